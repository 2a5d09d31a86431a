// SPDX-License-Identifier: Apache-2.0

/// What traffic to language models is like beyond independent requests.
extension Scenario {
    static let real: [Scenario] =
        [5, 20, 60].flatMap(blips) + [5, 20, 60].map { commonBlips(Blips(seconds: $0, perDay: 10, areCommon: true)) }
        + [commonBlips(Blips(seconds: 1, perDay: 100, part: 0.5, areCommon: true)), rareCommonBlips]
        + [
            slowModels, ceilingOfBoth, lateErrors(isNull: true), lateErrors(isNull: false), deadAmongSlow, badTenant,
            slowRefusals,
        ]
        + [outageOfBoth(seconds: 20), outageOfBoth(seconds: 600), chronicSteps, chronicRestarts, cold]
        + [versions(canary: 0.01), versions(canary: 0.1)]
        + [tiny(to: 0.01, days: 60), tiny(to: 1, days: 60)]

    /// Whether it stands here: judged in the form that ships alone, beside what its rules are compared with.
    var isReal: Bool {
        switch traffic {
        case .blips, .answers, .versions: true
        case .sticky(let tenants): !tenants.steps.isEmpty || tenants.restarts > 0 || tenants.badShare > 0
        case .errors: metrics != nil || warmUp > 0 || requestsPerSecond < 0.01
        case .values, .observations: false
        }
    }

    private static func blips(_ seconds: Int) -> [Scenario] {
        let alone = Scenario(
            name: "blips-\(seconds)",
            summary: "each arm's provider fails wholly for \(seconds) s, once a day, each on its own; 48 h",
            isNull: true,
            traffic: .blips(Blips(seconds: seconds)),
            rule: errorRule,
            horizon: 172_800
        )
        var standard = alone.withDefaultMetrics
        standard.name += "-default"
        standard.summary += "; default metrics"
        return [alone, standard]
    }

    /// The canary is the same model of the same provider: a blip hits both arms, and bursts are not limited.
    private static func commonBlips(_ blips: Blips) -> Scenario {
        let failing = blips.part < 1 ? "half of all requests fail" : "both arms fail wholly"
        var scenario = Scenario(
            name: "common-blips-\(blips.seconds)",
            summary:
                "one provider: \(failing) for \(blips.seconds) s, \(Int(blips.perDay)) times a day; no limit on bursts, 48 h",
            isNull: true,
            traffic: .blips(blips),
            rule: errorRule,
            horizon: 172_800
        )
        scenario.burst = .some(nil)
        return scenario
    }

    /// So few requests that the canary has none, or all, of a blip's failures by chance.
    private static let rareCommonBlips: Scenario = {
        var scenario = commonBlips(Blips(seconds: 20, perDay: 10, areCommon: true))
        scenario.name = "common-blips-low"
        scenario.summary = "the same for 20 s at 10 000 calls a day: the canary has one request in a blip, or none"
        scenario.requestsPerSecond = 10_000 / 86_400
        return scenario
    }()

    private static func answers(
        _ name: String,
        _ summary: String,
        isNull: Bool,
        canary: AnswerModel,
        baseline: AnswerModel
    ) -> Scenario {
        Scenario(
            name: name,
            summary: summary + "; default metrics, 20 min",
            isNull: isNull,
            traffic: .answers([AnswerPhase(seconds: 1200, canary: canary, baseline: baseline)]),
            rule: errorRule,
            horizon: 1200
        ).withDefaultMetrics
    }

    /// p50 1.2 s, p99 4 s.
    private static let slowModels: Scenario = {
        let model = AnswerModel(latency: ValueModel(median: 1200, sigma: 0.51754))
        return answers("slow-models", "both arms p50 1.2 s, p99 4 s", isNull: true, canary: model, baseline: model)
    }()

    /// Answers of 20 to 80 s: 95 % of them.
    private static let long = ValueModel(median: 40_000, sigma: 0.35365)

    private static func lateErrors(isNull: Bool) -> Scenario {
        var baseline = AnswerModel(latency: long)
        baseline.errorAfter = 35
        baseline.errorRate = isNull ? 0.05 : 0.01
        var canary = baseline
        if !isNull { canary.errorRate = 0.5 }
        return answers(
            isNull ? "long-answers" : "long-answers-broken",
            "answers of 20 to 80 s; " + (isNull ? "5 % of both arms" : "50 instead of 1 %") + " fail after 35 s",
            isNull: isNull,
            canary: canary,
            baseline: baseline
        )
    }

    /// Both arms are above the ceiling; that the baseline is shows after a minute and a half.
    private static let ceilingOfBoth: Scenario = {
        var baseline = AnswerModel(latency: long)
        baseline.errorAfter = 90
        baseline.errorRate = 0.2
        var canary = baseline
        canary.errorAfter = 0
        var scenario = answers(
            "ceiling-of-both",
            "answers of 20 to 80 s",
            isNull: true,
            canary: canary,
            baseline: baseline
        )
        scenario.rule = MetricRule(.error, form: .event, ceiling: MetricRule.Ceiling(share: 0.05))
        scenario.metrics = [scenario.rule]
        scenario.summary =
            String(scenario.summary.prefix { $0 != ";" }) + "; 20 % of both arms fail, the canary's at once and"
            + " production's after 90 s; a ceiling of 5 % alone, 20 min"
        return scenario
    }()

    private static let deadAmongSlow: Scenario = {
        var model = AnswerModel(latency: ValueModel(median: 20_000, sigma: 0.1))
        model.errorAfter = 20
        var canary = model
        canary.errorRate = 1
        canary.errorAfter = 0
        return answers(
            "long-answers-dead",
            "a dead canary among answers of 20 s",
            isNull: false,
            canary: canary,
            baseline: model
        )
    }()

    private static let badTenant = Scenario(
        name: "bad-tenant",
        summary: "one tenant on the canary sends 2 % of all traffic and fails wherever it is served; 2 h",
        isNull: true,
        traffic: .sticky(Tenants(chronicShare: 0, otherRate: 0.01, badShare: 0.02)),
        rule: errorRule,
        horizon: 7200
    )

    private static let slowRefusals: Scenario = {
        var canary = AnswerModel()
        canary.refusalRate = 0.5
        return answers(
            "slow-refusals",
            "half of the canary's requests get 429 after 400 ms, in a metric that only holds",
            isNull: true,
            canary: canary,
            baseline: AnswerModel()
        )
    }()

    private static func outageOfBoth(seconds: Int) -> Scenario {
        Scenario(
            name: "outage-of-both-\(seconds)",
            summary: "both arms fail wholly for \(seconds) s after half an hour; default metrics, 2 h",
            isNull: true,
            traffic: .errors([
                ErrorPhase(seconds: 1800, canary: 0.01, baseline: 0.01),
                ErrorPhase(seconds: seconds, canary: 1, baseline: 1),
                ErrorPhase(seconds: 5400 - seconds, canary: 0.01, baseline: 0.01),
            ]),
            rule: errorRule,
            horizon: 7200
        ).withDefaultMetrics
    }

    private static let chronicSteps = Scenario(
        name: "chronic-steps",
        summary: "5 % of 2 000 tenants fail 60 % of the time; 49 steps of 6 min, 1 to 49 %",
        isNull: true,
        traffic: .sticky(Tenants(chronicShare: 0.05, steps: (1...49).map { Double($0) / 100 })),
        rule: errorRule,
        horizon: 49 * 360
    )

    private static let chronicRestarts = Scenario(
        name: "chronic-restarts",
        summary: "the same tenants at 5 %, 24 restarts in 6 h",
        isNull: true,
        traffic: .sticky(Tenants(chronicShare: 0.05, restarts: 24)),
        rule: errorRule,
        horizon: 25 * 864
    )

    private static let cold: Scenario = {
        var scenario = Scenario(
            name: "cold-canary",
            summary: "the canary fails half of its first 10 s, then fares as production; warm-up 60 s, 3 h",
            isNull: true,
            traffic: .errors([
                ErrorPhase(seconds: 10, canary: 0.5, baseline: 0.01),
                ErrorPhase(seconds: 10_790, canary: 0.01, baseline: 0.01),
            ]),
            rule: errorRule,
            horizon: 10_800
        )
        scenario.warmUp = 60
        return scenario
    }()

    private static func versions(canary: Double) -> Scenario {
        let isNull = canary <= 0.01
        let production = [
            ProductionVersion(name: "p1", part: 0.4, errorRate: 0.01),
            ProductionVersion(name: "p2", part: 0.4, errorRate: 0.01),
            ProductionVersion(name: "p3", part: 0.2, errorRate: 0.3),
        ]
        return Scenario(
            name: isNull ? "three-versions" : "three-versions-broken",
            summary:
                "three production versions with 1, 1 and 30 % errors, the canary with \(isNull ? 1 : 10) %; default"
                + " metrics, 1 h",
            isNull: isNull,
            traffic: .versions(production, canary: canary),
            rule: errorRule,
            horizon: 3600
        ).withDefaultMetrics
    }

    private static func tiny(to rate: Double, days: Int) -> Scenario {
        var scenario = Scenario(
            name: rate == 1 ? "tiny-dead" : "tiny",
            summary: "50 calls a day, " + (rate == 1 ? "the canary dead" : "1 % errors in both arms, \(days) days"),
            isNull: rate < 1,
            traffic: .errors([ErrorPhase(seconds: days * 86_400, canary: rate, baseline: 0.01)]),
            rule: errorRule,
            horizon: days * 86_400,
            planMinutes: days * 1440,
            bound: rate < 1 ? nil : (0.01, rate)
        )
        scenario.requestsPerSecond = 50.0 / 86_400
        return scenario
    }
}
