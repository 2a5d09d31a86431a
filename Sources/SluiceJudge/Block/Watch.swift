// SPDX-License-Identifier: Apache-2.0

/// What a data plane counts for one rollout: the series, and the limits of each arm.
///
/// Handed down with the weights; an index in ``items`` is a series' index in ``BlockCounters``. A configuration always has the same
/// items in the same order, so that counters made under older limits add up with newer ones; only limits change from watch to
/// watch. A request keeps the watch it started with.
public struct Watch: Sendable, Hashable, Codable {
    /// One series.
    public struct Item: Sendable, Hashable, Codable {
        public var series: SeriesID
        public var metric: MetricID
        /// Whether the series counts events themselves, not values above a limit.
        public var isEvent: Bool
        /// A canary value above this has the event; none for events, and while the baseline's quantile is unknown.
        public var canaryLimit: Double?
        /// A baseline value above this has the event.
        public var baselineLimit: Double?

        /// The limit of an arm, in the metric's unit.
        ///
        /// For latencies a timer fires the event at the limit.
        public func limit(_ arm: Arm) -> Double? { arm == .canary ? canaryLimit : baselineLimit }

        /// Whether there is anything to count: not before a value's limit is known.
        public var isCounted: Bool { isEvent || canaryLimit != nil }

        private enum CodingKeys: String, CodingKey {
            case series, metric
            case isEvent = "is_event"
            case canaryLimit = "canary_limit"
            case baselineLimit = "baseline_limit"
        }
    }

    public var items: [Item]

    /// Lists the series of a configuration.
    ///
    /// Relative limits are the baseline's quantile for the baseline, and the quantile times the tolerance for the canary. A
    /// series whose quantile is not known yet has no limits and is not counted: it has no evidence until it is.
    ///
    /// - Parameters:
    ///   - configuration: the rollout's metrics.
    ///   - quantiles: the baseline's quantiles from **earlier** data, in the metric's unit.
    public init(_ configuration: JudgeConfiguration, quantiles: [MetricID: [QuantileLevel: Double]] = [:]) {
        items = configuration.metrics.flatMap { Self.items($0, quantiles[$0.metric] ?? [:]) }
    }

    private static func items(_ rule: MetricRule, _ quantiles: [QuantileLevel: Double]) -> [Item] {
        guard rule.form == .value else {
            return [Item(series: .event(rule.metric), metric: rule.metric, isEvent: true)]
        }
        var items: [Item] = []
        if let tolerance = rule.tolerance {
            for level in QuantileLevel.allCases {
                items.append(
                    Item(
                        series: .above(level, of: rule.metric),
                        metric: rule.metric,
                        isEvent: false,
                        canaryLimit: quantiles[level].map { $0 * tolerance },
                        baselineLimit: quantiles[level]
                    )
                )
            }
        }
        if let limit = rule.ceiling?.above {
            items.append(
                Item(
                    series: .ceiling(rule.metric),
                    metric: rule.metric,
                    isEvent: false,
                    canaryLimit: limit,
                    baselineLimit: limit
                )
            )
        }
        return items
    }

    /// The indices of a metric's series.
    public func indices(of metric: MetricID) -> [Int] { items.indices.filter { items[$0].metric == metric } }
}
