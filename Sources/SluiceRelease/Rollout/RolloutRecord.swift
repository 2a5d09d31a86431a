// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge

/// A rollout as it is stored: its state, and what people want to know of it.
package struct RolloutRecord: Sendable, Hashable, Codable {
    package var state: RolloutState
    package var createdAt: Timestamp
    package var createdBy: String
    package var updatedAt: Timestamp
    /// What the judge said last.
    package var verdict: Verdict?
    /// Serial of the newest watch handed to the data plane.
    package var watchSerial: Int64

    package init(state: RolloutState, createdAt: Timestamp, createdBy: String) {
        self.state = state
        self.createdAt = createdAt
        self.createdBy = createdBy
        updatedAt = createdAt
        verdict = nil
        watchSerial = 0
    }
}

/// One message to one channel, in the outbox until it is delivered or given up.
package struct OutboxMessage: Sendable, Hashable, Codable {
    /// From 1; given by the store, 0 before.
    package var sequence: Int64
    /// The name of the channel in the configuration.
    package var channel: String
    /// What it is about: `rollout.rolled_back`, `rollout.held`, `price.missing`.
    package var kind: String
    /// JSON text with what the channel's format needs; holds no secret.
    package var payload: String
    package var createdAt: Timestamp
    package var attempts: Int
    /// Not before this moment.
    package var nextAttemptAt: Timestamp
    package var lastError: String?

    package init(channel: String, kind: String, payload: String, createdAt: Timestamp) {
        sequence = 0
        self.channel = channel
        self.kind = kind
        self.payload = payload
        self.createdAt = createdAt
        attempts = 0
        nextAttemptAt = createdAt
    }
}
