// SPDX-License-Identifier: Apache-2.0

extension Scenario {
    private static func latency(
        _ name: String,
        _ summary: String,
        minutes: Int,
        canary: ValueModel,
        isNull: Bool = false
    ) -> Scenario {
        Scenario(
            name: name,
            summary: summary,
            isNull: isNull,
            traffic: .values([ValuePhase(seconds: minutes * 60, canary: canary, baseline: .latency)]),
            rule: latencyRule,
            horizon: minutes * 60
        )
    }

    private static func cost(_ name: String, _ summary: String, factor: Double, tolerance: Double) -> Scenario {
        Scenario(
            name: name,
            summary: summary,
            isNull: factor <= tolerance,
            traffic: .values([ValuePhase(seconds: 3600, canary: ValueModel.cost.scaled(factor), baseline: .cost)]),
            rule: MetricRule(.cost, form: .value, tolerance: tolerance),
            horizon: factor <= tolerance ? 1200 : 3600
        )
    }

    private static let slowTogether: Scenario = {
        let normal = ValueModel.latency
        return Scenario(
            name: "slow-together",
            summary: "both arms 4 times slower for 5 min; 1 h",
            isNull: true,
            traffic: .values([
                ValuePhase(seconds: 600, canary: normal, baseline: normal),
                ValuePhase(seconds: 300, canary: normal.scaled(4), baseline: normal.scaled(4)),
                ValuePhase(seconds: 2700, canary: normal, baseline: normal),
            ]),
            rule: latencyRule,
            horizon: 3600
        )
    }()

    static let values: [Scenario] = [
        latency("healthy-latency", "p99 450 ms in both arms, 1 h", minutes: 60, canary: .latency, isNull: true),
        slowTogether,
        latency("slower", "every request ×1.2, nothing tolerated", minutes: 60, canary: ValueModel.latency.scaled(1.2)),
        latency("slow", "p99 450 → 900 ms, every request ×2", minutes: 60, canary: ValueModel.latency.scaled(2)),
        latency(
            "slow-tail",
            "p99 450 → 900 ms, only 1.5 % of the requests (+776 ms)",
            minutes: 180,
            canary: ValueModel.latency.withTail(0.015, adding: 776)
        ),
        cost("healthy-cost", "the same cost in both arms, nothing tolerated, 20 min", factor: 1, tolerance: 1),
        cost("dearer", "cost ×1.3, nothing tolerated", factor: 1.3, tolerance: 1),
        cost("twice-as-dear", "cost ×2, ×1.25 tolerated", factor: 2, tolerance: 1.25),
        cost("three-times-as-dear", "cost ×3, ×2 tolerated", factor: 3, tolerance: 2),
    ]

    private static func observed(
        _ name: String,
        _ summary: String,
        _ observations: Observations,
        isNull: Bool,
        horizon: Int
    ) -> Scenario {
        let form: MetricRule.Form =
            switch observations {
            case .pairs, .units: .pairs
            case .triples: .triples
            }
        var scenario = Scenario(
            name: name,
            summary: summary,
            isNull: isNull,
            traffic: .observations(observations),
            rule: MetricRule(.equivalence, form: form, ceiling: MetricRule.Ceiling(share: 0.02)),
            horizon: horizon
        )
        if case .units = observations { scenario.alpha = 0.001 }
        return scenario
    }

    static let others: [Scenario] = [
        holdMetric,
        observed(
            "equivalent",
            "2 % of the mirrored pairs fail, 2 % allowed",
            .pairs(rate: 0.02, limit: 0.02),
            isNull: true,
            horizon: 4000
        ),
        observed(
            "not-equivalent",
            "5 % of the mirrored pairs fail, 2 % allowed",
            .pairs(rate: 0.05, limit: 0.02),
            isNull: false,
            horizon: 4000
        ),
        observed(
            "same-as-itself",
            "triples: 8 % differ, canary and baseline alike",
            .triples(own: 0.08, canary: 0.08),
            isNull: true,
            horizon: 3000
        ),
        observed(
            "not-as-itself",
            "triples: the canary differs in 16 %, the baseline in 8 %",
            .triples(own: 0.08, canary: 0.16),
            isNull: false,
            horizon: 3000
        ),
        observed(
            "split-as-planned",
            "5 % planned, 5 % of the units",
            .units(planned: 0.05, actual: 0.05),
            isNull: true,
            horizon: 20_000
        ),
        observed(
            "split-wrong",
            "5 % planned, 4 % of the units",
            .units(planned: 0.05, actual: 0.04),
            isNull: false,
            horizon: 40_000
        ),
    ]

    /// A fault in a metric that only holds.
    private static let holdMetric: Scenario = {
        let phases = [ErrorPhase(seconds: 3600, canary: 0.5, baseline: 0.01)]
        return Scenario(
            name: "hold-metric",
            summary: "quota refusals 1 → 50 % in a metric that only holds: must never roll back",
            isNull: true,
            traffic: .errors(phases),
            rule: MetricRule(.quota, form: .event, tolerance: 1, onRegression: .hold),
            horizon: 3600
        )
    }()
}
