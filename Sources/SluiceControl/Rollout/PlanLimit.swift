// SPDX-License-Identifier: Apache-2.0
import SluiceCore
package import SluiceJudge
import SluiceRelease

/// A ceiling or a tolerance of a plan beside what production did in the last hour.
package struct PlanLimit: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// An absolute limit.
        case ceiling
        /// What the canary may be worse by, at production's present figure.
        case tolerance
    }

    /// What the figures are in.
    package enum Unit: String, Sendable, Hashable, CaseIterable {
        /// 0…1, of the requests.
        case share
        case milliseconds = "ms"
        /// US dollars per request.
        case dollars = "usd"
        case tokens

        init(_ unit: MetricFacts.Unit) {
            switch unit {
            case .milliseconds: self = .milliseconds
            case .nanoDollars: self = .dollars
            case .tokens: self = .tokens
            }
        }
    }

    package var metric: MetricID
    package var kind: Kind
    package var unit: Unit
    /// Of times: the quantile that is compared, 0…1.
    package var quantile: Double?
    /// Of a tolerance: how many times production's value is fine; of errors a ratio of odds.
    package var factor: Double?
    /// Where the limit is; of a tolerance absent while production's figure is.
    package var limit: Double?
    /// What production does now; absent where too little was seen.
    package var production: Double?
    /// Requests of production that tell it.
    package var requests: Int64
    /// Of a ceiling: how many of them are above it, or failed.
    package var above: Int64?

    /// Whether production is shown to be above the limit itself, so that no canary could pass it.
    package var isBroken: Bool { isAbove && isShown }

    /// Whether production's figure is above the limit, and of too few requests to tell.
    package var isUnclear: Bool { isAbove && !isShown }

    private var isAbove: Bool {
        guard kind == .ceiling, let limit, let production else { return false }
        return production > limit
    }

    /// Whether so many requests above it would come up in less than one in a hundred hours, were production just at it.
    private var isShown: Bool {
        let share = unit == .share ? limit : quantile.map { 1 - $0 }
        guard let share, let above else { return false }
        return ExactShare.probability(ofAtLeast: above, among: requests, rate: share) < PlanLimit.level
    }

    private static let level = 0.01
}

/// What production did in the last hour, all its versions with traffic together.
struct ProductionFigures: Sendable {
    private let slice: Slice

    /// Requests needed before a share or a mean is told.
    private static let least: Int64 = 20

    init(_ slice: Slice) { self.slice = slice }

    /// All limits of a plan, in the order of its metrics.
    func limits(of plan: Plan) -> [PlanLimit] {
        let shown = (plan.shownCeilings ?? []).map { ($0.metric, $0.ceiling) }
        return plan.judging.metrics.flatMap { rule -> [PlanLimit] in
            let ceilings = [rule.ceiling].compactMap { $0 } + shown.filter { $0.0 == rule.metric }.map(\.1)
            return Set(ceilings).map { ceiling(rule, $0) } + tolerances(rule)
        }
    }

    private func ceiling(_ rule: MetricRule, _ ceiling: MetricRule.Ceiling) -> PlanLimit {
        let metric = Metric(rule.metric)
        guard let metric, let unit = metric.facts.unit else {
            let (share, requests) = metric.map { self.share(of: $0) } ?? (nil, 0)
            return PlanLimit(
                metric: rule.metric,
                kind: .ceiling,
                unit: .share,
                limit: ceiling.share,
                production: share,
                requests: requests,
                above: metric.flatMap { slice.events(of: $0) }?.events ?? 0
            )
        }
        let quantile = 1 - ceiling.share
        let (value, requests) = value(of: metric, at: quantile)
        return PlanLimit(
            metric: rule.metric,
            kind: .ceiling,
            unit: PlanLimit.Unit(unit),
            quantile: quantile,
            limit: ceiling.above.map { $0 * unit.shown },
            production: value,
            requests: requests,
            above: slice.times(of: metric).flatMap { times in ceiling.above.map { times.above($0) } }
        )
    }

    private func tolerances(_ rule: MetricRule) -> [PlanLimit] {
        guard let factor = rule.tolerance else { return [] }
        func limit(_ unit: PlanLimit.Unit, _ figure: (Double?, Int64), quantile: Double? = nil) -> PlanLimit {
            PlanLimit(
                metric: rule.metric,
                kind: .tolerance,
                unit: unit,
                quantile: quantile,
                factor: factor,
                limit: figure.0.map { unit == .share ? factor * $0 / (1 + (factor - 1) * $0) : factor * $0 },
                production: figure.0,
                requests: figure.1
            )
        }
        guard let metric = Metric(rule.metric) else { return [] }
        switch metric.facts.lastHour {
        case .errors, .refusals: return [limit(.share, share(of: metric))]
        case .cost: return [limit(.dollars, cost)]
        case .times:
            return [0.5, 0.99].map { limit(.milliseconds, value(of: metric, at: $0), quantile: $0) }
        case .notKept: return []
        }
    }

    // MARK: Figures

    private func share(of metric: Metric) -> (Double?, Int64) {
        guard let (events, requests) = slice.events(of: metric) else { return (nil, 0) }
        return (requests >= ProductionFigures.least ? Double(events) / Double(requests) : nil, requests)
    }

    /// Milliseconds at a quantile, told where enough requests lie above it.
    private func value(of metric: Metric, at quantile: Double) -> (Double?, Int64) {
        guard let counts = slice.times(of: metric) else { return (nil, 0) }
        let needed = max(Double(ProductionFigures.least), (1 / (1 - quantile)).rounded())
        guard Double(counts.total) >= needed else { return (nil, counts.total) }
        return (counts.percentiles([quantile * 100]).first, counts.total)
    }

    /// Dollars per request.
    private var cost: (Double?, Int64) {
        guard slice.unpriced == 0, slice.pricedTokens > 0, slice.requests >= ProductionFigures.least else {
            return (nil, slice.requests)
        }
        return (Double(slice.cost) / 1e9 / Double(slice.requests), slice.requests)
    }
}

extension VersionStatistics {
    /// The last hour of some versions together.
    func figures(of versions: [VersionID], at now: Timestamp) -> ProductionFigures {
        var whole = Slice(number: 0)
        for version in versions { whole.add(sum(of: version, window: 3_600, at: now)) }
        return ProductionFigures(whole)
    }
}
