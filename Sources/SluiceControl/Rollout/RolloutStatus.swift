// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge
package import SluiceRelease

/// A rollout and what is known of it now.
package struct RolloutStatus: Sendable {
    package var record: RolloutRecord
    /// What the judge says now; of a closed rollout, what it said last.
    package var verdict: Verdict?
    /// The canary's share of the route now, 0…1.
    package var effectiveWeight: Double
    /// What the rollout waits for, or how it ended: one sentence.
    package var awaited: String
    /// The last five minutes of both arms; the baseline is absent where the rollout has none.
    package var canary: VersionMetrics?
    package var baseline: VersionMetrics?
    /// Whether evidence cannot be stored at the moment: the rollout is frozen, nothing is promoted.
    package var isFrozen: Bool

    package var id: RolloutID { record.state.id }
    package var state: RolloutState { record.state }
}

/// A wish for a rollout, as it came in.
package struct RolloutRequest: Sendable {
    /// A name of one's own; without one the plan's `name`, or one made from the canary's id.
    package var id: String?
    package var canary: String
    /// The plan as YAML or JSON gave it.
    package var plan: JSONValue
    /// Start although the price cards alone break the plan's cost limit, or production a ceiling, which is only shown then.
    package var isForced: Bool
    /// Begin at once; otherwise the rollout waits for ``RolloutOrder/start``.
    package var starts: Bool

    package init(id: String? = nil, canary: String, plan: JSONValue, isForced: Bool = false, starts: Bool = true) {
        self.id = id
        self.canary = canary
        self.plan = plan
        self.isForced = isForced
        self.starts = starts
    }
}

/// What a person may tell a rollout to do.
package enum RolloutOrder: Sendable, Hashable {
    case start
    /// On without waiting for the step's demands: to the next step, or to the end.
    ///
    /// - Parameter from: Index of the step that is meant; refused where another runs by now.
    case promote(RolloutEvent.Promotion, from: Int? = nil)
    case pause
    /// Goes on after a pause or a hold.
    case resume
    /// Opens the gate.
    case approve
    /// Opens the gate and goes on with further steps, in the place of those the plan had left.
    case extend([Plan.Step])
    case abort
    /// An aborted rollout begins anew.
    case retry
    /// A completed rollout is taken back.
    case undo

    /// The machine's event; the reason is that of the change.
    func event(because reason: String) -> RolloutEvent {
        let reason = reason.isEmpty ? "no reason given" : reason
        return switch self {
        case .start: .start
        case .promote(let promotion, let step): .promote(promotion, from: step)
        case .pause: .pause(reason: reason)
        case .resume: .resume
        case .approve: .approve
        case .extend(let steps): .extend(steps)
        case .abort: .abort(reason: reason)
        case .retry: .retry
        case .undo: .undo(reason: reason)
        }
    }
}

/// What a plan can find out at the route's traffic, before it starts.
package struct RolloutEstimate: Sendable {
    /// One step.
    package struct Step: Sendable {
        /// Index in the plan.
        package var index: Int
        /// Absent for a gate.
        package var weight: BasisPoints?
        /// Seconds it lasts at least.
        package var seconds: Int64
        /// Canary requests expected in that time.
        package var canaryRequests: Double
        /// Seconds until errors of 5 % (or of five times the baseline's, if that is more) are expected to be found.
        package var secondsToFindErrors: Double?
        /// The least error rate that is expected to be found within the step, if any is.
        package var leastDetectableErrorRate: Double?
        /// Seconds until a certificate is expected, where the step requires one.
        package var secondsToCertificate: Double?
        /// What is wrong with the step, and what would be right.
        package var warning: String?
    }

    package var route: RouteID
    package var canary: VersionID
    package var baseline: VersionID?
    /// Every version that the canary would be compared with; the baseline is the first of them.
    package var production: [VersionID] = []
    /// Of the whole route, over the last hour's busiest recent window; 0 where nothing is known.
    package var requestsPerSecond: Double
    /// Errors of the production versions together, 0…1.
    package var baselineErrorRate: Double
    package var steps: [Step]
    /// Price of the canary over that of the baseline by the cards and the baseline's recent mix of tokens, if known.
    package var priceRatio: Double?
    /// Ratio above which the plan refuses, where it limits cost.
    package var priceLimit: Double?
    /// The price cards alone break the plan: `start` refuses unless forced.
    package var isTooExpensive: Bool
    /// Which rule on bursts holds, and why: one sentence.
    package var bursts = ""
    /// Every ceiling and tolerance beside what production does now.
    package var limits: [PlanLimit] = []
    package var warnings: [String]
}

/// What happened and why, for someone who was asleep.
package struct RolloutExplanation: Sendable {
    /// Paragraphs, each with a heading.
    package var sections: [(heading: String, lines: [String])]
    package var status: RolloutStatus
    /// Of each metric the odds ratios of the canary that are not excluded.
    package var odds: [MetricID: OddsRange]
    /// What the ledger tells; nothing of a rollout that has not started.
    package var faults: FaultReport?
    /// Results that came too late to be counted.
    package var late: Int64
    /// Blocks of evidence that were dropped because the store could not take them for too long.
    package var lostBlocks: Int64
    /// Commands that could be next, the likeliest first.
    package var commands: [String]

    /// The whole as plain text.
    package var text: String {
        sections.map { section in ([section.heading] + section.lines.map { "  " + $0 }).joined(separator: "\n") }
            .joined(separator: "\n\n") + "\n"
    }
}

/// The verdicts of a rollout, computed again from its log.
package struct RolloutReplay: Sendable {
    /// A verdict whose decision or reasons differ from the one before.
    package struct Turn: Sendable {
        /// Number of the log entry, from 1.
        package var sequence: Int64
        /// Seconds since 1970, on the clock of the blocks.
        package var second: Int64
        package var verdict: Verdict
    }

    package var id: RolloutID
    /// Entries and blocks of the log.
    package var entries: Int64
    package var blocks: Int64
    package var turns: [Turn]
    package var last: Verdict?
    /// The verdict that was acted upon last, as it was stored then.
    package var recorded: Verdict?
    /// Whether the log gives the recorded verdict again, bit for bit; absent where none was recorded.
    package var agrees: Bool?
}
