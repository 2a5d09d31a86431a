// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore

/// For how long both arms of a rollout have been well, by what was measured of their versions.
///
/// Well are errors within the plan's ceiling (or 5 %) and, where a time broke its ceiling, that time within it; of each arm
/// at least a few requests must tell. This is no evidence for or against anybody: it only says that what a hold waited out
/// is over, and the judge goes on from there.
struct QuietArms {
    let state: RolloutState
    /// Sums of some versions over the last seconds.
    let sum: (_ versions: [VersionID], _ window: Int64) -> Slice

    /// Requests of an arm that tell how it is.
    private static let least: Int64 = 5
    private static let longest: Int64 = 3_600

    /// Whether both have been well for as long as the plan asks; with little traffic a longer time is looked at.
    var isQuiet: Bool {
        var window = state.plan.quiet
        while true {
            if areWell(for: window) { return true }
            guard window < QuietArms.longest else { return false }
            window = min(window * 2, QuietArms.longest)
        }
    }

    /// Seconds for which both have been well so far, at most what the plan asks.
    var quietSeconds: Int64 {
        let step = max(10, state.plan.quiet / 12 / 10 * 10)
        var window = step
        var well: Int64 = 0
        while window <= state.plan.quiet, areWell(for: window, least: 1) {
            well = window
            window += step
        }
        return well
    }

    private func areWell(for window: Int64, least: Int64 = QuietArms.least) -> Bool {
        isWell(sum([state.canary], window), least) && isWell(sum(state.comparedWith, window), least)
    }

    private func isWell(_ slice: Slice, _ least: Int64) -> Bool {
        guard slice.judged >= least, Double(slice.errors) <= errorLimit * Double(slice.judged) else { return false }
        return brokenTimes.allSatisfy { metric, ceiling in slice.breaks(ceiling, of: metric) != true }
    }

    private var errorLimit: Double {
        state.plan.judging.metrics.first { $0.metric == Metric.error.id }?.ceiling?.share ?? 0.05
    }

    /// The times whose ceilings the hold is about, or that were let pass.
    private var brokenTimes: [(Metric, MetricRule.Ceiling)] {
        var reasons = state.passedCeilings
        if case .paused(.held(let held)) = state.phase { reasons += held }
        return state.plan.judging.metrics.compactMap { rule in
            guard let metric = Metric(rule.metric), metric.facts.clock != nil, let ceiling = rule.ceiling,
                reasons.contains(where: { $0.metric == rule.metric })
            else { return nil }
            return (metric, ceiling)
        }
    }
}

extension RolloutState {
    /// The versions that the canary is compared with.
    fileprivate var comparedWith: [VersionID] {
        let production = (production ?? []).map(\.version)
        return production.isEmpty ? [baseline].compactMap { $0 } : production
    }
}

extension ControlPlane {
    /// What was measured of the versions that a rollout's canary is compared with, in the last five minutes.
    func lastMinutes(ofProductionBeside state: RolloutState) -> Slice {
        quietArms(of: state).sum(state.comparedWith, 300)
    }

    /// What tells whether a hold that was nobody's fault is over.
    func quietArms(of state: RolloutState) -> QuietArms {
        var state = state
        state.production = catalogue.productionShares(besides: state)
        let (metrics, moment) = (metrics, now())
        return QuietArms(state: state) { versions, window in
            var whole = Slice(number: 0)
            for version in versions { whole.add(metrics.sum(of: version, window: window, at: moment)) }
            return whole
        }
    }

    /// Seconds for which both arms of a rollout that waits for it have been well, and the hold has lasted.
    func quietSeconds(of record: RolloutRecord) -> Int64 {
        let held = now().duration(since: record.updatedAt).components.seconds
        return min(held, quietArms(of: record.state).quietSeconds)
    }

    /// Whether a rollout waits for both arms to be well, or passes over a ceiling until they are, and they have been for so
    /// long as its plan asks.
    func isQuiet(_ id: RolloutID) -> Bool {
        guard let record = catalogue.state.rollouts.last(where: { $0.state.id == id }),
            record.state.endsByItself || !record.state.passedCeilings.isEmpty,
            now().duration(since: record.updatedAt) >= .seconds(record.state.plan.quiet)
        else { return false }
        return quietArms(of: record.state).isQuiet
    }
}
