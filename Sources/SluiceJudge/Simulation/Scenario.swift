// SPDX-License-Identifier: Apache-2.0

/// A made-up rollout: its traffic, what goes wrong in it, and how it is judged.
public struct Scenario: Sendable {
    /// A stretch of time with the same rates.
    public struct ErrorPhase: Sendable, Hashable {
        public var seconds: Int
        public var canary: Double
        public var baseline: Double
        /// Factor on the requests per second.
        public var traffic: Double

        public init(seconds: Int, canary: Double, baseline: Double, traffic: Double = 1) {
            self.seconds = seconds
            self.canary = canary
            self.baseline = baseline
            self.traffic = traffic
        }
    }

    /// A stretch of time with the same values.
    public struct ValuePhase: Sendable, Hashable {
        public var seconds: Int
        public var canary: ValueModel
        public var baseline: ValueModel
    }

    /// What the requests do.
    public enum Traffic: Sendable {
        case errors([ErrorPhase])
        case values([ValuePhase])
        /// Tenants that stay on their arm: some of them fail chronically.
        case sticky(Tenants)
        /// One observation after another: mirrored pairs, triples, units, certificates.
        case observations(Observations)
        /// Providers that stumble now and then; 1 % errors between.
        case blips(Blips)
        /// Several production versions, each with its part of the baseline's traffic and its error rate.
        case versions([ProductionVersion], canary: Double)
        /// Answers that take their time, request by request.
        case answers([AnswerPhase])
    }

    /// One of several production versions.
    public struct ProductionVersion: Sendable, Hashable {
        public var name: String
        /// Part of the baseline's requests, 0 … 1.
        public var part: Double
        public var errorRate: Double
    }

    /// A stretch of time with the same answers.
    public struct AnswerPhase: Sendable, Hashable {
        public var seconds: Int
        public var canary: AnswerModel
        public var baseline: AnswerModel
    }

    /// Sticky units of which a part fails most of the time.
    public struct Tenants: Sendable, Hashable {
        public var units = 2000
        public var chronicShare = 0.01
        public var chronicRate = 0.6
        public var otherRate = 0.004
        /// Factor on the canary's error rate of units that are not chronic.
        public var canaryFactor = 1.0
        /// Whether a few units send most of the traffic.
        public var isSkewed = false
        /// Canary's share in each of the steps, all of the same length; none is one step with the scenario's share.
        public var steps: [Double] = []
        /// How often the control plane starts anew, at equal distances.
        public var restarts = 0
        /// Share of the traffic that one unit on the canary sends; it fails wherever it is served.
        public var badShare = 0.0
    }

    /// Short failures of the providers, at random moments.
    public struct Blips: Sendable, Hashable {
        public var seconds: Int
        /// How many come in a day on average.
        public var perDay = 1.0
        /// Share of the requests that fail meanwhile.
        public var part = 1.0
        /// Both arms have the same provider, so that each hits both; else each arm's has its own.
        public var areCommon = false
    }

    public enum Observations: Sendable, Hashable {
        /// Mirrored pairs: their failure rate, against the allowed one.
        case pairs(rate: Double, limit: Double)
        /// Mirrored triples: how often the baseline differs from itself, and the canary from the baseline.
        case triples(own: Double, canary: Double)
        /// First-seen units: the planned share, and the actual one.
        case units(planned: Double, actual: Double)
    }

    public var name: String
    public var summary: String
    /// Whether the canary is no worse than allowed, so that every rollback is a false one.
    public var isNull: Bool
    public var traffic: Traffic
    public var rule: MetricRule
    public var requestsPerSecond = 27.8
    public var share = 0.05
    public var alpha = 0.01
    /// When the fault begins; delays count from here.
    public var onset = 0
    /// Seconds, or observations, after which a run ends.
    public var horizon: Int
    /// Planned minutes of the rollout: what the funded form is paid in over.
    public var planMinutes = 2880
    /// A fault of this odds ratio is what the delay is compared with; its error rates.
    public var bound: (baseline: Double, canary: Double)?

    /// All metrics of the rollout, where they are more than ``rule``.
    public var metrics: [MetricRule]?
    /// Whether the judge runs as it ships alone, without its plain form and the threshold rules.
    public var isShippedOnly = false
    /// How much one cluster of seconds may say in the form that ships; by the metrics' parts of alpha unless it is given.
    public var burst: BurstLimit??
    /// First seconds that are no evidence.
    public var warmUp = 0

    /// Asks for a certificate instead of a rollback: the odds to be excluded.
    public var certificateOdds: Double?

    /// The metrics the judge looks at.
    var rules: [MetricRule] { metrics ?? [rule] }

    /// The same scenario, judged by the metrics a rollout has by default.
    public var withDefaultMetrics: Scenario {
        var copy = self
        copy.metrics = try? JudgeConfiguration.standard(planMinutes: planMinutes).metrics
        return copy
    }

    /// Whether its events are errors alone, so that it can be judged by other metrics beside them.
    public var isOfErrors: Bool {
        switch traffic {
        case .errors, .sticky, .blips, .versions: rule.metric == .error && certificateOdds == nil
        case .values, .observations, .answers: false
        }
    }

    static let errorRule = MetricRule(.error, form: .event, tolerance: 1)
    static let latencyRule = MetricRule(
        .latency,
        form: .value,
        tolerance: 1,
        weight: 1
    )
}

extension Scenario {
    /// The scenario of a name, if there is one.
    public static func named(_ name: String) -> Scenario? { all.first { $0.name == name } }

    /// Every scenario: the nulls first, then the faults.
    public static let all: [Scenario] = nulls + faults + lateFaults + values + others + real

    private static func errors(
        _ name: String,
        _ summary: String,
        from baseline: Double,
        to canary: Double,
        hours: Double
    ) -> Scenario {
        let seconds = Int(hours * 3600)
        return Scenario(
            name: name,
            summary: summary,
            isNull: canary == baseline,
            traffic: .errors([ErrorPhase(seconds: seconds, canary: canary, baseline: baseline)]),
            rule: errorRule,
            horizon: seconds,
            bound: canary == baseline ? nil : (baseline, canary)
        )
    }

    private static let nulls: [Scenario] = [
        errors("healthy", "1 % errors in both arms, 3 h", from: 0.01, to: 0.01, hours: 3),
        errors("healthy-48h", "1 % errors in both arms, 48 h", from: 0.01, to: 0.01, hours: 48),
        lowTraffic("healthy-low-traffic", "10 000 calls a day, 1 % errors in both arms, 48 h", to: 0.01, hours: 48),
        outage,
        drift,
        sticky("sticky-tenants", "1 % of the tenants fail 60 % of the time, 3 h"),
        sticky("sticky-skewed", "the same, and a few tenants send most of the traffic", isSkewed: true),
    ]

    private static let outage = Scenario(
        name: "shared-outage",
        summary: "1 % errors; both arms 30 % for 10 min after an hour; 3 h",
        isNull: true,
        traffic: .errors([
            ErrorPhase(seconds: 3600, canary: 0.01, baseline: 0.01),
            ErrorPhase(seconds: 600, canary: 0.3, baseline: 0.3),
            ErrorPhase(seconds: 6600, canary: 0.01, baseline: 0.01),
        ]),
        rule: errorRule,
        horizon: 10_800
    )

    /// Error rate and traffic go through a day in 10-minute steps: 0.5 … 3 %, 0.4 … 1.6 times the traffic.
    private static let drift: Scenario = {
        let steps = 144
        let phases = (0..<steps).map { step in
            let part = Double(step) / Double(steps)
            let wave = part < 0.5 ? 4 * part - 1 : 3 - 4 * part
            return ErrorPhase(
                seconds: 600,
                canary: 0.0175 + 0.0125 * wave,
                baseline: 0.0175 + 0.0125 * wave,
                traffic: 1 - 0.6 * wave
            )
        }
        return Scenario(
            name: "drifting-baseline",
            summary: "both arms drift between 0.5 and 3 % errors through a day, traffic 0.4 to 1.6 times; 24 h",
            isNull: true,
            traffic: .errors(phases),
            rule: errorRule,
            horizon: 86_400
        )
    }()

    private static func sticky(
        _ name: String,
        _ summary: String,
        factor: Double = 1,
        isSkewed: Bool = false
    ) -> Scenario {
        Scenario(
            name: name,
            summary: summary,
            isNull: factor == 1,
            traffic: .sticky(Tenants(canaryFactor: factor, isSkewed: isSkewed)),
            rule: errorRule,
            horizon: 10_800
        )
    }

    private static let faults: [Scenario] = [
        errors("worse-errors", "errors 1 → 5 %", from: 0.01, to: 0.05, hours: 6),
        errors("slightly-worse", "errors 1 → 2 %", from: 0.01, to: 0.02, hours: 24),
        errors("half-broken", "errors 1 → 50 %", from: 0.01, to: 0.5, hours: 1),
        errors("dead-canary", "errors 1 → 100 %", from: 0.01, to: 1, hours: 1),
        errors("rare-errors", "errors 0.1 → 1 %", from: 0.001, to: 0.01, hours: 12),
        lowTraffic("low-traffic", "10 000 calls a day, errors 1 → 50 %", to: 0.5, hours: 24),
        lowTraffic("low-traffic-5", "10 000 calls a day, errors 1 → 5 %", to: 0.05, hours: 96),
        sticky("sticky-worse", "chronic tenants as above, the others' errors ×4 on the canary", factor: 4),
        certificate("certificate", "certificate \"odds below 2\" when both arms have 1 % errors", to: 0.01),
        certificate("certificate-null", "the same when the canary's odds are 2: must not be given", to: 0.02 / 1.01),
        ceiling("ceiling", "errors above a 5 % ceiling: 1 → 10 %", onset: 0, to: 0.1),
    ]

    /// A certificate is given at 95 %; given for odds of 2 it would be false.
    private static func certificate(_ name: String, _ summary: String, to rate: Double) -> Scenario {
        var scenario = errors(name, summary, from: 0.01, to: rate, hours: 12)
        scenario.isNull = rate != 0.01
        scenario.certificateOdds = 2
        scenario.alpha = 0.05
        scenario.bound = nil
        return scenario
    }

    private static func lowTraffic(_ name: String, _ summary: String, to rate: Double, hours: Double) -> Scenario {
        var scenario = errors(name, summary, from: 0.01, to: rate, hours: hours)
        scenario.requestsPerSecond = 10_000 / 86_400
        return scenario
    }

    private static func ceiling(_ name: String, _ summary: String, onset: Int, to rate: Double) -> Scenario {
        var scenario = late(name, summary, to: rate, hours: 12)
        scenario.onset = onset
        scenario.bound = nil
        if onset == 0 {
            scenario.traffic = .errors([ErrorPhase(seconds: 43_200, canary: rate, baseline: 0.01)])
            scenario.horizon = 43_200
        }
        scenario.rule = MetricRule(.error, form: .event, ceiling: MetricRule.Ceiling(share: 0.05))
        return scenario
    }

    private static func late(_ name: String, _ summary: String, to rate: Double, hours: Int) -> Scenario {
        Scenario(
            name: name,
            summary: summary,
            isNull: false,
            traffic: .errors([
                ErrorPhase(seconds: 86_400, canary: 0.01, baseline: 0.01),
                ErrorPhase(seconds: hours * 3600, canary: rate, baseline: 0.01),
            ]),
            rule: errorRule,
            onset: 86_400,
            horizon: 86_400 + hours * 3600,
            bound: (0.01, rate)
        )
    }

    private static let lateFaults: [Scenario] = [
        late("late-onset", "errors 1 → 5 % after 24 healthy hours", to: 0.05, hours: 12),
        late("late-slightly-worse", "errors 1 → 2 % after 24 healthy hours", to: 0.02, hours: 23),
        late("late-dead", "errors 1 → 100 % after 24 healthy hours", to: 1, hours: 1),
        ceiling("late-ceiling", "errors above a 5 % ceiling, 1 → 10 % after 24 healthy hours", onset: 86_400, to: 0.1),
        ceiling("late-ceiling-50", "errors above a 5 % ceiling, 1 → 50 % after 24 h", onset: 86_400, to: 0.5),
    ]
}
