// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge

/// What can happen to a rollout; a person's word and the judge's go through the same machine.
package enum RolloutEvent: Sendable, Hashable {
    case start
    /// The judge has spoken.
    case verdict(Verdict)
    /// A person moves on without waiting for the step's demands.
    ///
    /// - Parameter from: Index of the step the person saw; without one a second word right after the first is refused.
    case promote(Promotion, from: Int? = nil)
    case pause(reason: String)
    case resume
    /// A person opens the gate.
    case approve
    /// Further steps behind the gate it waits at, in the place of those the plan had left; opens the gate.
    case extend([Plan.Step])
    case abort(reason: String)
    /// An aborted rollout begins anew with the same plan and salt.
    case retry
    /// A completed rollout is taken back: the former version gets the traffic.
    case undo(reason: String)
    /// The process that ran the rollout has started again.
    case restarted
    /// Somebody moved the canary by hand.
    case canaryMoved(VersionState)
    /// A node stopped sending to the canary because it fails outright.
    case brake(String)
    /// Both arms have been well for so long as the plan asks after a hold that was nobody's fault.
    case quiet
    /// A canary that a node stopped sending to failed again when it was tried, while the baseline was well.
    case brakeProven(String)
    /// A canary whose provider refused it answers again.
    case accepted(String)

    package enum Promotion: String, Sendable, Hashable, Codable {
        case nextStep = "next"
        case full
    }
}

/// What is to be done: applied in one transaction with the new state, the audit entry and the outbox.
package enum RolloutEffect: Sendable, Hashable {
    /// Brings the canary to state `canary`, by legal moves.
    case admit(VersionID)
    case setWeight(VersionID, BasisPoints)
    /// The judge's next step begins.
    case beginStep(StepDemand)
    /// Somebody looked at these holds: metrics that hold start their evidence anew.
    case acknowledge([Reason])
    /// The canary becomes production; the former version stays warm at weight 0.
    case promote(VersionID, former: VersionID?)
    /// All traffic leaves the canary at once.
    case rollBack(VersionID, to: VersionID?, reason: String)
    case notify(Notice)

    /// What people are told.
    package enum Notice: Sendable, Hashable, Codable {
        case started
        case stepped(Int)
        case held([Reason])
        case braked(String)
        case gateWaiting
        /// Metrics have regressed whose plan says to notify; told once each.
        case regressed([Reason])
        case rolledBack([Reason])
        /// Rolled back because the canary fails outright.
        case brokenOff(String)
        case aborted(String)
        case completed
        case undone(String)
    }
}

/// Why an event is refused in the state the rollout is in.
package struct RolloutRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and what would be right.
    package var message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
