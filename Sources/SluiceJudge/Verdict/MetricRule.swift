// SPDX-License-Identifier: Apache-2.0

/// How one metric is judged.
public struct MetricRule: Sendable, Hashable, Codable {
    /// What is counted.
    public enum Form: String, Sendable, Hashable, Codable {
        /// Requests with the event itself: an error, a refusal. One series.
        case event
        /// Values above the baseline's quantiles, and above the ceiling: latency, cost. Six series, and one for a ceiling.
        case value
        /// Mirrored pairs that failed the comparison: `n_c` pairs, `k_c` failures.
        case pairs
        /// Mirrored triples (baseline, baseline again, canary): `n` triples, `k_c` where only the canary's comparison failed, `k_b`
        /// where only the baseline's did.
        case triples
    }

    /// What a regression of this metric does.
    public enum Reaction: String, Sendable, Hashable, Codable {
        /// Shares the rollout's alpha, and rolls back.
        case rollback
        /// Holds the rollout, with its own alpha; never rolls back.
        case hold
        /// Raises a notice, with its own alpha.
        case notify
        /// A dry run: shown, never acted upon.
        case display
    }

    /// An absolute limit: no more than `share` of the requests may have the event, or a value above `above`.
    public struct Ceiling: Sendable, Hashable, Codable {
        /// The allowed share, strictly between 0 and 0.94: .05 for 5 % errors, .01 for a p99.
        public var share: Double
        /// For values: the limit in the metric's unit (milliseconds, nano-dollars).
        public var above: Double?

        public init(share: Double, above: Double? = nil) {
            self.share = share
            self.above = above
        }
    }

    public var metric: MetricID
    public var form: Form
    /// What the canary may be worse by, an odds ratio for events or a factor for values.
    ///
    /// None: only the ceiling counts.
    public var tolerance: Double?
    public var ceiling: Ceiling?
    /// Part of the rollout's alpha, relative to the other metrics that roll back; above zero.
    public var weight: Double
    public var onRegression: Reaction
    /// Level of a metric that holds or notifies; the rollout's alpha when absent.
    public var alpha: Double?
    /// The configuration's limit on bursts does not hold for this metric, which only holds; absent where it does.
    public var ignoresBurstLimit: Bool?

    public init(
        _ metric: MetricID,
        form: Form,
        tolerance: Double? = nil,
        ceiling: Ceiling? = nil,
        weight: Double = 1,
        onRegression: Reaction = .rollback,
        alpha: Double? = nil,
        ignoresBurstLimit: Bool? = nil
    ) {
        self.metric = metric
        self.form = form
        self.tolerance = tolerance
        self.ceiling = ceiling
        self.weight = weight
        self.onRegression = onRegression
        self.alpha = alpha
        self.ignoresBurstLimit = ignoresBurstLimit
    }

    private enum CodingKeys: String, CodingKey {
        case metric, form, tolerance, ceiling, weight, alpha
        case onRegression = "on_regression"
        case ignoresBurstLimit = "ignores_burst_limit"
    }

    /// The series this metric is made of, in the order of a block.
    public var series: [SeriesID] {
        switch form {
        case .event, .pairs, .triples:
            return [.event(metric)]
        case .value:
            let levels = tolerance == nil ? [] : QuantileLevel.allCases.map { SeriesID.above($0, of: metric) }
            return levels + (ceiling == nil ? [] : [.ceiling(metric)])
        }
    }
}
