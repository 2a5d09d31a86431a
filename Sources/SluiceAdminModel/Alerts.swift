// SPDX-License-Identifier: Apache-2.0

/// An alert channel: what it hears, and how it does since the process started.
package struct AlertChannelView: DescribedShape {
    package var channel = ""
    package var type = ""
    package var kinds: [String] = []
    package var delivered: Int64 = 0
    package var failed: Int64 = 0
    package var givenUp: Int64 = 0
    package var waiting: Int64 = 0
    package var lastDeliveredAt: String?
    package var failingSince: String?
    package var lastError: String?

    package init() {}

    package init(channel: String, type: String, kinds: [String]) {
        self.channel = channel
        self.type = type
        self.kinds = kinds
        delivered = 0
        failed = 0
        givenUp = 0
        waiting = 0
    }

    package static let component = (
        name: "AlertChannel", about: "A channel of the configuration, and how it does since the node started."
    )

    package static let fields: [Field<AlertChannelView>] = [
        .must("channel", \.channel, .string),
        .must("type", \.type, .string, "`slack`, `pagerduty`, `alertmanager` or `webhook`."),
        .must("kinds", \.kinds, .array(.string), "What it hears; empty for everything."),
        .must("delivered", \.delivered, .integer),
        .must("failed", \.failed, .integer, "Tries that failed."),
        .must("given_up", \.givenUp, .integer),
        .must("waiting", \.waiting, .integer, "Messages in the outbox."),
        .may("last_delivered_at", \.lastDeliveredAt, .moment),
        .may("failing_since", \.failingSince, .moment),
        .may("last_error", \.lastError, .string),
    ]
}

/// The body of `POST /alerts/test`.
package struct AlertTestRequest: DescribedShape {
    package var channel = ""

    package init() {}

    package init(channel: String) { self.channel = channel }

    package static let component = (name: "AlertTestRequest", about: "Which channel to test.")

    package static let fields: [Field<AlertTestRequest>] = [
        .must("channel", \.channel, .string)
    ]
}

/// What came of a test.
package struct AlertTestView: DescribedShape {
    package var channel = ""
    package var delivered = false
    package var error: String?

    package init() {}

    package init(channel: String, delivered: Bool, error: String?) {
        self.channel = channel
        self.delivered = delivered
        self.error = error
    }

    package static let component = (name: "AlertTest", about: "What came of a test.")

    package static let fields: [Field<AlertTestView>] = [
        .must("channel", \.channel, .string),
        .must("delivered", \.delivered, .boolean),
        .may("error", \.error, .string),
    ]
}
