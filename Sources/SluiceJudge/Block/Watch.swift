// SPDX-License-Identifier: Apache-2.0

/// What a data plane counts for one rollout: the series, and the limits of each arm.
///
/// Handed down with the weights; a place in ``items`` is a series' index in ``BlockCounters``. The limits are frozen until the
/// next watch, which must not replace one inside a block.
public struct Watch: Sendable, Hashable, Codable {
    /// One series.
    public struct Item: Sendable, Hashable, Codable {
        public var series: SeriesID
        public var metric: MetricID
        /// A canary value above this has the event; none for series that are events themselves.
        public var canaryLimit: Double?
        /// A baseline value above this has the event.
        public var baselineLimit: Double?

        /// The limit of an arm, in the metric's unit.
        ///
        /// For latencies a timer fires the event at the limit.
        public func limit(_ arm: Arm) -> Double? { arm == .canary ? canaryLimit : baselineLimit }

        private enum CodingKeys: String, CodingKey {
            case series, metric
            case canaryLimit = "canary_limit"
            case baselineLimit = "baseline_limit"
        }
    }

    public var items: [Item]

    /// Lists the series of a configuration.
    ///
    /// Relative limits are the baseline's quantile for the baseline, and the quantile times the tolerance for the canary. A
    /// metric whose quantiles are not known yet is left out: it has no evidence until they are.
    ///
    /// - Parameters:
    ///   - configuration: the rollout's metrics.
    ///   - quantiles: the baseline's quantiles from **earlier** data, in the metric's unit.
    public init(_ configuration: JudgeConfiguration, quantiles: [MetricID: [QuantileLevel: Double]] = [:]) {
        items = configuration.metrics.flatMap { Self.items($0, quantiles[$0.metric] ?? [:]) }
    }

    private static func items(_ rule: MetricRule, _ quantiles: [QuantileLevel: Double]) -> [Item] {
        guard rule.form == .value else { return [Item(series: .event(rule.metric), metric: rule.metric)] }
        var items: [Item] = []
        if let tolerance = rule.tolerance {
            for level in QuantileLevel.allCases {
                guard let limit = quantiles[level] else { continue }
                items.append(
                    Item(
                        series: .above(level, of: rule.metric),
                        metric: rule.metric,
                        canaryLimit: limit * tolerance,
                        baselineLimit: limit
                    )
                )
            }
        }
        if let limit = rule.ceiling?.above {
            items.append(
                Item(series: .ceiling(rule.metric), metric: rule.metric, canaryLimit: limit, baselineLimit: limit)
            )
        }
        return items
    }

    /// The places of a metric's series.
    public func places(of metric: MetricID) -> [Int] { items.indices.filter { items[$0].metric == metric } }
}
