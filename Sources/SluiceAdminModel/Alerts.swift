// SPDX-License-Identifier: Apache-2.0

/// An alert channel: what it hears, and how it does since the process started.
package struct AlertChannelView: Sendable, Codable {
    package var channel: String
    /// `slack`, `pagerduty`, `alertmanager` or `webhook`.
    package var type: String
    /// Kinds of news it is sent; empty for all.
    package var kinds: [String]
    package var delivered: Int64
    /// Tries that failed.
    package var failed: Int64
    package var givenUp: Int64
    /// Messages that wait in the outbox.
    package var waiting: Int64
    package var lastDeliveredAt: String?
    package var failingSince: String?
    package var lastError: String?

    package init(channel: String, type: String, kinds: [String]) {
        self.channel = channel
        self.type = type
        self.kinds = kinds
        delivered = 0
        failed = 0
        givenUp = 0
        waiting = 0
    }

    private enum CodingKeys: String, CodingKey {
        case channel, type, kinds, delivered, failed
        case givenUp = "given_up"
        case waiting
        case lastDeliveredAt = "last_delivered_at"
        case failingSince = "failing_since"
        case lastError = "last_error"
    }
}

/// The body of `POST /alerts/test`.
package struct AlertTestRequest: Sendable, Codable {
    package var channel: String

    package init(channel: String) { self.channel = channel }
}

/// What came of a test.
package struct AlertTestView: Sendable, Codable {
    package var channel: String
    package var delivered: Bool
    package var error: String?

    package init(channel: String, delivered: Bool, error: String?) {
        self.channel = channel
        self.delivered = delivered
        self.error = error
    }
}
