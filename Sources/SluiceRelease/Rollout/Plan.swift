// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge

/// How a canary is moved to production: steps with weights and demands, and what it is judged by.
package struct Plan: Sendable, Hashable, Codable {
    package var steps: [Step]
    /// Metrics, alpha and the rest of what the judge needs; its funding follows from the steps.
    package var judging: JudgeConfiguration
    /// Share of the route that stays on the former version at a weight of 100 %, so that a control exists while baking.
    package var holdback: BasisPoints
    /// While the provider refuses the canary (a quota or credential hold), production serves its units; `nil` for yes.
    package var divertsRefused: Bool?

    /// Seconds in which both arms must be well before a hold ends that was nobody's fault; `nil` for the default.
    package var quietSeconds: Int64?
    /// Seconds for which every attempt on the canary must have failed before its brake rolls back, 0 for never; `nil` for the
    /// default.
    package var brakeSeconds: Int64?
    /// Why bursts are limited, or are not; `nil` where the plan was made before that was recorded.
    package var burstReason: BurstReason?
    /// Ceilings that production broke before the start: they are shown and decide nothing.
    package var shownCeilings: [ShownCeiling]?

    package init(
        steps: [Step],
        judging: JudgeConfiguration,
        holdback: BasisPoints = .none,
        quietSeconds: Int64? = nil
    ) {
        self.steps = steps
        self.judging = judging
        self.holdback = holdback
        self.quietSeconds = quietSeconds
    }

    /// A ceiling that was taken out of the decision.
    package struct ShownCeiling: Sendable, Hashable, Codable {
        package var metric: MetricID
        package var ceiling: MetricRule.Ceiling

        package init(metric: MetricID, ceiling: MetricRule.Ceiling) {
            self.metric = metric
            self.ceiling = ceiling
        }
    }

    /// Quiet seconds without a setting.
    package static let standardQuietSeconds: Int64 = 120

    /// Seconds of a brake without a setting, where bursts are not limited: what is over sooner was a blip, and a dead canary
    /// goes within five seconds.
    package static let standardBrakeSeconds: Int64 = 3
    /// Seconds beyond a cluster of the limit on bursts, since attempts come a while apart.
    private static let brakeMargin: Int64 = 5

    /// Seconds for which every attempt on the canary must have failed before its brake rolls back; `nil` where it only holds.
    ///
    /// A plan that lets bursts of a cluster pass waits for one: production serves the canary's units meanwhile.
    package var brakeTolerance: Int64? {
        let standard = judging.burst.map { Int64($0.cluster) + Plan.brakeMargin } ?? Plan.standardBrakeSeconds
        let seconds = brakeSeconds ?? standard
        return seconds > 0 ? seconds : nil
    }

    /// Seconds in which both arms must be well before a hold ends that was nobody's fault.
    package var quiet: Int64 { quietSeconds ?? Plan.standardQuietSeconds }

    /// Takes the ceilings of some metrics out of the decision; they are only shown from then on.
    ///
    /// A metric that has nothing but its ceiling is shown as a whole.
    package mutating func showOnly(ceilingsOf metrics: Set<MetricID>) {
        for index in judging.metrics.indices where metrics.contains(judging.metrics[index].metric) {
            guard let ceiling = judging.metrics[index].ceiling else { continue }
            let shown = ShownCeiling(metric: judging.metrics[index].metric, ceiling: ceiling)
            shownCeilings = (shownCeilings ?? []) + [shown]
            if judging.metrics[index].tolerance == nil {
                judging.metrics[index].onRegression = .display
            } else {
                judging.metrics[index].ceiling = nil
            }
        }
    }

    /// One step: a weight that is held, or a gate that waits for a person.
    package enum Step: Sendable, Hashable, Codable {
        case hold(Hold)
        /// Waits until somebody approves; the canary is judged meanwhile, at the weight of the step before.
        case gate
    }

    /// A weight that is held until its demands are met.
    package struct Hold: Sendable, Hashable, Codable {
        package var weight: BasisPoints
        /// Seconds the weight is held at least: `for`, or `bake` on the last step.
        package var seconds: Int64
        /// Canary requests needed before the next step.
        package var minimumRequests: Int64
        /// Metrics that must be certified as not worse before the next step.
        package var certificates: [MetricID]
        /// The seconds were given as `bake`.
        package var isBake: Bool
        /// Seconds at the beginning of the step that are no evidence; `nil` for none.
        package var warmUp: Int64?

        package init(
            weight: BasisPoints,
            seconds: Int64,
            minimumRequests: Int64 = 0,
            certificates: [MetricID] = [],
            isBake: Bool = false,
            warmUp: Int64? = nil
        ) {
            self.weight = weight
            self.seconds = seconds
            self.minimumRequests = minimumRequests
            self.certificates = certificates
            self.isBake = isBake
            self.warmUp = warmUp
        }
    }

    /// Minutes the plan takes if nothing holds it: all timed steps and bakes, an open gate counting a day, at least 60.
    package var minutes: Int { Plan.minutes(of: steps) }

    package static func minutes(of steps: [Step]) -> Int {
        let seconds = steps.reduce(Int64(0)) { sum, step in
            switch step {
            case .hold(let hold): sum + min(hold.seconds, 86_400 * 3_650)
            case .gate: sum + 86_400
            }
        }
        return max(60, Int(seconds / 60))
    }

    /// The weight the route is to give the canary in a step: 100 % leaves room for the holdback.
    package func weight(of hold: Hold) -> BasisPoints {
        guard hold.weight == .all else { return hold.weight }
        return BasisPoints(BasisPoints.all.rawValue - holdback.rawValue) ?? .all
    }
}
