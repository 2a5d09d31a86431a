// SPDX-License-Identifier: Apache-2.0

/// Everything a verdict depends on besides the blocks and the steps.
public struct JudgeConfiguration: Sendable, Hashable, Codable {
    /// Bound on the probability of ever rolling back a version that is not worse, over the whole rollout.
    public var alpha: Double
    public var metrics: [MetricRule]
    /// How the capital is paid in over the plan.
    public var funding: Funding
    /// The plain threshold rule, instead of evidence, decides on rollback; none by default.
    public var thresholds: ThresholdRule?
    /// Level of the sample-ratio test.
    public var sampleRatioAlpha: Double
    /// The odds ratio that a certificate excludes.
    public var certificateOdds: Double
    /// Level of the certificate.
    public var certificateAlpha: Double
    /// Seconds without canary traffic after which `waiting` becomes `hold`.
    public var noTrafficSeconds: Int64
    /// How much one cluster of seconds may say; nothing holds it back where it is off.
    public var burst: BurstLimit?
    /// The rules that verdicts are made by, 1 … ``newest``; recorded, so that old logs give the verdicts of their time.
    ///
    /// 1 is what a configuration without this field was judged by: equal legs, a ceiling's leg of two parts, no limit on bursts, fixed weights.
    /// In 2 a block longer than a cluster could say no more than one, and capital that moved opened the cluster's room again. Up to 3
    /// the baseline's open requests counted as successes where it is shown to be below a ceiling. Up to 4 events and values had the same
    /// alternatives, ``OddsGrid/likely``.
    public let formulation: Int

    /// The rules in force.
    public static let newest = 5

    /// Takes a configuration that can be judged by, with the limit on bursts that its metrics and alpha ask for.
    ///
    /// - Throws: ``ConfigurationError``, which names the value out of range.
    public init(
        alpha: Double = 0.01,
        metrics: [MetricRule],
        funding: Funding,
        thresholds: ThresholdRule? = nil,
        sampleRatioAlpha: Double = 0.001,
        certificateOdds: Double = 2,
        certificateAlpha: Double = 0.05,
        noTrafficSeconds: Int64 = 86_400,
        formulation: Int = newest
    ) throws(ConfigurationError) {
        try self.init(
            alpha: alpha,
            metrics: metrics,
            funding: funding,
            thresholds: thresholds,
            sampleRatioAlpha: sampleRatioAlpha,
            certificateOdds: certificateOdds,
            certificateAlpha: certificateAlpha,
            noTrafficSeconds: noTrafficSeconds,
            burst: .standard(for: metrics, alpha: alpha),
            formulation: formulation
        )
    }

    /// Takes a configuration that can be judged by; without a limit on bursts where none is given.
    ///
    /// - Throws: ``ConfigurationError``, which names the value out of range.
    public init(
        alpha: Double = 0.01,
        metrics: [MetricRule],
        funding: Funding,
        thresholds: ThresholdRule? = nil,
        sampleRatioAlpha: Double = 0.001,
        certificateOdds: Double = 2,
        certificateAlpha: Double = 0.05,
        noTrafficSeconds: Int64 = 86_400,
        burst: BurstLimit?,
        formulation: Int = newest
    ) throws(ConfigurationError) {
        self.alpha = alpha
        self.metrics = metrics
        self.funding = funding
        self.thresholds = thresholds
        self.sampleRatioAlpha = sampleRatioAlpha
        self.certificateOdds = certificateOdds
        self.certificateAlpha = certificateAlpha
        self.noTrafficSeconds = noTrafficSeconds
        self.formulation = formulation
        self.burst = formulation == 1 ? nil : burst
        try validate()
    }

    /// The default metrics of a rollout: tolerances, and a ceiling on the error rate.
    ///
    /// Latency has no ceiling unless one is given: what is slow depends on the model.
    ///
    /// - Parameters:
    ///   - errorRate: ceiling of the error rate, or none.
    ///   - p99Milliseconds: ceiling of the 99th percentile of the latency, or none.
    ///   - costRatio: tolerated ratio of the cost per request.
    ///   - planMinutes: see ``Funding/planMinutes``.
    ///   - alpha: the bound on false rollbacks.
    /// - Throws: ``ConfigurationError``, which names the value out of range.
    public static func standard(
        errorRate: Double? = 0.05,
        p99Milliseconds: Double? = nil,
        costRatio: Double = 2,
        planMinutes: Int,
        alpha: Double = 0.01
    ) throws(ConfigurationError) -> JudgeConfiguration {
        let errors = errorRate.map { MetricRule.Ceiling(share: $0) }
        let slow = p99Milliseconds.map { MetricRule.Ceiling(share: 0.01, above: $0) }
        return try JudgeConfiguration(
            alpha: alpha,
            metrics: [
                MetricRule(.error, form: .event, tolerance: 1.5, ceiling: errors, weight: 0.50),
                MetricRule(.ttft, form: .value, tolerance: 1.2, weight: 0.22),
                MetricRule(.latency, form: .value, tolerance: 1.2, ceiling: slow, weight: 0.18),
                MetricRule(.cost, form: .value, tolerance: costRatio, weight: 0.10),
                MetricRule(.quota, form: .event, tolerance: 1.5, onRegression: .hold),
                MetricRule(.credential, form: .event, tolerance: 1.5, onRegression: .hold, ignoresBurstLimit: true),
            ],
            funding: Funding(planMinutes: planMinutes)
        )
    }

    /// All series of all metrics, in the order of a block.
    public var series: [SeriesID] { metrics.flatMap(\.series) }

    /// Whether blocks are to tell which of the baseline's requests have ended well (see ``SeriesID/settled(_:)``).
    public func tellsSettled(_ rule: MetricRule) -> Bool {
        formulation > 3 && rule.form == .event && rule.ceiling != nil
    }

    private func validate() throws(ConfigurationError) {
        try Self.check(alpha, "alpha", above: 0, below: 1)
        try Self.check(sampleRatioAlpha, "sample_ratio_alpha", above: 0, below: 1)
        try Self.check(certificateAlpha, "certificate_alpha", above: 0, below: 1)
        try Self.check(certificateOdds, "certificate_odds", above: 1.2, below: 1e6)
        try Self.check(Double(noTrafficSeconds), "no_traffic_seconds", above: 0, below: 1e12)
        guard (1...Self.newest).contains(formulation) else {
            throw ConfigurationError("formulation", "must be 1 … \(Self.newest); \(formulation) is not known here")
        }
        guard !metrics.isEmpty, metrics.count <= 64 else {
            throw ConfigurationError("metrics", "1 to 64 metrics are needed, not \(metrics.count)")
        }
        guard Set(metrics.map(\.metric)).count == metrics.count else {
            throw ConfigurationError("metrics", "a metric may stand in the list once")
        }
        for rule in metrics { try Self.check(rule) }
        try thresholds?.validate()
    }

    private static func check(_ rule: MetricRule) throws(ConfigurationError) {
        let name = rule.metric.rawValue
        try check(rule.weight, "\(name).weight", above: 0, below: 1e6)
        if let alpha = rule.alpha { try check(alpha, "\(name).alpha", above: 0, below: 1) }
        if let tolerance = rule.tolerance { try check(tolerance, "\(name).tolerance", above: 0.001, below: 1e4) }
        if let ceiling = rule.ceiling {
            try check(ceiling.share, "\(name).ceiling", above: 0, below: 0.94)
            if rule.form == .value, !((ceiling.above ?? 0) > 0) {
                throw ConfigurationError("\(name).ceiling", "a ceiling on a value needs a limit above 0")
            }
        }
        switch rule.form {
        case .event, .value:
            if rule.tolerance == nil, rule.ceiling == nil {
                throw ConfigurationError(name, "neither tolerance nor ceiling is set: nothing to judge")
            }
        case .pairs:
            if rule.ceiling == nil { throw ConfigurationError("\(name).ceiling", "pairs need an allowed share") }
        case .triples: break
        }
    }

    private static func check(
        _ value: Double,
        _ name: String,
        above low: Double,
        below high: Double
    ) throws(ConfigurationError) {
        guard value > low, value < high else {
            throw ConfigurationError(name, "must lie between \(low) and \(high), both excluded; it is \(value)")
        }
    }
}

/// A configuration that cannot be judged by.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The value at fault, such as `error.tolerance`.
    public let field: String
    /// What is wrong, and what would be right.
    public let message: String

    init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }

    public var description: String { "\(field): \(message)" }
}

extension JudgeConfiguration {
    private enum CodingKeys: String, CodingKey {
        case alpha, metrics, funding, thresholds
        case sampleRatioAlpha = "sample_ratio_alpha"
        case certificateOdds = "certificate_odds"
        case certificateAlpha = "certificate_alpha"
        case noTrafficSeconds = "no_traffic_seconds"
        case burst, formulation
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            alpha: try box.decodeIfPresent(Double.self, forKey: .alpha) ?? 0.01,
            metrics: try box.decode([MetricRule].self, forKey: .metrics),
            funding: try box.decode(Funding.self, forKey: .funding),
            thresholds: try box.decodeIfPresent(ThresholdRule.self, forKey: .thresholds),
            sampleRatioAlpha: try box.decodeIfPresent(Double.self, forKey: .sampleRatioAlpha) ?? 0.001,
            certificateOdds: try box.decodeIfPresent(Double.self, forKey: .certificateOdds) ?? 2,
            certificateAlpha: try box.decodeIfPresent(Double.self, forKey: .certificateAlpha) ?? 0.05,
            noTrafficSeconds: try box.decodeIfPresent(Int64.self, forKey: .noTrafficSeconds) ?? 86_400,
            burst: try box.decodeIfPresent(BurstLimit.self, forKey: .burst),
            formulation: try box.decodeIfPresent(Int.self, forKey: .formulation) ?? 1
        )
    }
}
