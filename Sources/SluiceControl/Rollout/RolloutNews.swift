// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge
package import SluiceRelease

/// Something that happened to a rollout, as those who follow it are told, and as channels are alerted.
package struct RolloutNews: Sendable, Hashable {
    /// What happened; the raw value names events of the API and kinds of alerts.
    package enum Kind: String, Sendable, CaseIterable {
        case started = "rollout.started"
        case stepped = "rollout.stepped"
        /// A person paused it, or let it go on.
        case paused = "rollout.paused"
        case resumed = "rollout.resumed"
        case held = "rollout.held"
        case braked = "rollout.braked"
        case gateWaiting = "rollout.gate_waiting"
        /// A metric has regressed that the plan wants no more of than to be told.
        case regressed = "rollout.regressed"
        case rolledBack = "rollout.rolled_back"
        case aborted = "rollout.aborted"
        case completed = "rollout.completed"
        case undone = "rollout.undone"
        /// The process that runs rollouts started again; the step's soak clock with it.
        case restarted = "rollout.restarted"
        /// The judge took in a block; told to followers only, never to channels.
        case evidence = "rollout.evidence"
    }

    package var kind: Kind
    package var at: Timestamp
    /// One sentence for people.
    package var text: String
    package var record: RolloutRecord
    /// What the judge says at this moment.
    package var verdict: Verdict?

    package init(_ kind: Kind, at: Timestamp, text: String, record: RolloutRecord, verdict: Verdict? = nil) {
        self.kind = kind
        self.at = at
        self.text = text
        self.record = record
        self.verdict = verdict
    }
}
