// SPDX-License-Identifier: Apache-2.0
package import SluiceRelease

/// Carries messages to channels outside; knows their formats and secrets.
package protocol Messenger: Sendable {
    /// Sends one message to its channel and says what came of it, within a bounded time.
    func send(_ message: OutboxMessage) async -> Delivery
}

/// What came of sending a message.
package enum Delivery: Sendable, Hashable {
    case delivered
    /// Worth another try, not before the duration has passed where the receiver named one.
    case failed(String, after: Duration?)
    /// The receiver will never take this message.
    case refused(String)

    /// Why it was not delivered; holds no secret.
    package var problem: String? {
        switch self {
        case .delivered: nil
        case .failed(let text, _), .refused(let text): text
        }
    }
}

/// For nodes without channels.
package struct NoMessenger: Messenger {
    package init() {}

    package func send(_ message: OutboxMessage) async -> Delivery { .refused("no channel is configured") }
}
