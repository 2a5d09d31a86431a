// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge

package typealias RolloutID = Identifier<RolloutState>

/// Where a rollout stands: all of it is stored, nothing else decides what comes next.
package struct RolloutState: Sendable, Hashable, Codable {
    package var id: RolloutID
    package var route: RouteID
    package var canary: VersionID
    /// The production version it is judged against, and goes back to.
    package var baseline: VersionID?
    package var plan: Plan
    package var phase: Phase
    /// Index in the plan's steps of the step that runs, or ran last.
    package var step: Int
    /// When the soak clock of the step was started, in seconds on the clock of the blocks.
    package var stepStartedAt: Int64
    /// The first second of judged traffic.
    package var startedAt: Int64?
    /// Holds that somebody has looked at and let pass in this step.
    package var acknowledged: Set<Reason.Code>
    /// Broken ceilings that somebody let pass: each stays so over steps, until both arms have been well for a while.
    package var passed: [Reason]?
    /// Metrics whose regression was told where the plan only notifies; `nil` for none.
    package var noticed: Set<MetricID>?
    /// When a person moved it on to the step that runs, on the clock of the blocks; `nil` where nobody did.
    package var promotedAt: Int64?
    /// The production versions with traffic, as they were before the newest event: what the canary is compared with, and
    /// what `undo` brings back.
    package var production: [ProductionShare]?

    package init(
        id: RolloutID,
        route: RouteID,
        canary: VersionID,
        baseline: VersionID?,
        plan: Plan
    ) {
        self.id = id
        self.route = route
        self.canary = canary
        self.baseline = baseline
        self.plan = plan
        phase = .pending
        step = 0
        stepStartedAt = 0
        startedAt = nil
        acknowledged = []
        noticed = nil
    }

    /// A production version of the route and its weight.
    package struct ProductionShare: Sendable, Hashable, Codable {
        package var version: VersionID
        package var weight: BasisPoints

        package init(version: VersionID, weight: BasisPoints) {
            self.version = version
            self.weight = weight
        }
    }

    package enum Phase: Sendable, Hashable, Codable {
        /// Made, not started.
        case pending
        case progressing
        /// The weight stays; the canary is still judged, and a breach still rolls it back.
        case paused(Pause)
        /// The last step's soak, at its full weight.
        case baking
        case completed
        case aborted(Abort)
    }

    /// Why a rollout waits.
    package enum Pause: Sendable, Hashable, Codable {
        /// A gate of the plan: `approve` goes on.
        case gate
        /// A person: `resume` goes on.
        case person(reason: String)
        /// The judge: no traffic, a shared outage, a sample-ratio mismatch, an undecided step.
        case held([Reason])
        /// A node stopped sending to the canary because it fails outright.
        case brake(String)
    }

    /// Why a rollout ended without promotion.
    package enum Abort: Sendable, Hashable, Codable {
        case regression([Reason])
        /// It failed outright, and again when a node tried it anew.
        case brake(String)
        case person(reason: String)
        /// Somebody moved the canary by hand.
        case canaryMoved(VersionState)
    }

    /// Whether the rollout still holds its route.
    package var isOpen: Bool {
        switch phase {
        case .pending, .progressing, .paused, .baking: true
        case .completed, .aborted: false
        }
    }

    /// Whether traffic of the canary is being judged.
    package var isJudged: Bool { isOpen && phase != .pending }

    /// The provider refuses the canary, for want of quota or of a good credential: production serves its units meanwhile.
    package var isDiverted: Bool {
        guard case .paused(.held(let reasons)) = phase, plan.divertsRefused != false else { return false }
        return reasons.contains { $0.code == .quota || $0.code == .credential }
    }

    /// Whether it waits for both arms to be well again, and goes on by itself then.
    package var endsByItself: Bool {
        switch phase {
        case .paused(.brake): true
        case .paused(.held(let reasons)):
            reasons.contains { $0.code == .sharedOutage }
                && reasons.allSatisfy { $0.code == .sharedOutage || $0.code == .noTraffic }
        default: false
        }
    }

    /// Broken ceilings that were let pass and of which it can be seen that they are over.
    package var passedCeilings: [Reason] {
        (passed ?? []).filter { $0.metric.flatMap { Metric($0) }?.facts.isSeenAnyway == true }
    }

    /// Whether a reason of the judge was let pass.
    ///
    /// A broken ceiling is the same one with production to compare with or without: at the beginning of a step there is none.
    package func lets(_ reason: Reason) -> Bool {
        acknowledged.contains(reason.code)
            || reason.code.isCeiling && passed?.contains { $0.metric == reason.metric } == true
    }

    /// The hold that runs, or ran last before a gate.
    package var hold: Plan.Hold? {
        for step in plan.steps.prefix(step + 1).reversed() {
            if case .hold(let hold) = step { return hold }
        }
        return nil
    }

    /// What the judge must see before the step may end.
    package var demand: StepDemand {
        StepDemand(
            startedAt: stepStartedAt,
            seconds: hold?.seconds ?? 0,
            minimumRequests: hold?.minimumRequests ?? 0,
            certificates: hold?.certificates ?? []
        )
    }
}

extension Reason.Code {
    /// A ceiling is broken, and it is not shown to be the canary's fault.
    var isCeiling: Bool { self == .sharedOutage || self == .unattributable }
}
