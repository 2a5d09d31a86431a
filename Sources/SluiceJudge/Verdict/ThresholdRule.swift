// SPDX-License-Identifier: Apache-2.0

/// The plain rule people know: roll back once a point estimate stands above a threshold.
///
/// Selectable, because it is familiar; docs/judge.md says what it costs. It knows no baseline (but for cost) and bounds no
/// false alarm.
public struct ThresholdRule: Sendable, Hashable, Codable {
    /// Error rate of the canary above which it is rolled back; none to leave it out.
    public var errorRate: Double?
    /// Whether a p99 above the latency ceiling rolls back: more than 1 % of the values above it.
    ///
    /// Needs a metric `latency` with a ceiling; without one there is nothing to count.
    public var watchesP99: Bool
    /// Cost per token over the baseline's above which it is rolled back; none to leave it out.
    public var costRatio: Double?
    /// Seconds looked back; none counts from the start.
    public var windowSeconds: Int64?
    /// Canary requests in the window below which nothing is said.
    public var minimumRequests: Int64

    public init(
        errorRate: Double? = 0.05,
        watchesP99: Bool = true,
        costRatio: Double? = 2,
        windowSeconds: Int64? = 300,
        minimumRequests: Int64 = 100
    ) {
        self.errorRate = errorRate
        self.watchesP99 = watchesP99
        self.costRatio = costRatio
        self.windowSeconds = windowSeconds
        self.minimumRequests = minimumRequests
    }

    private enum CodingKeys: String, CodingKey {
        case errorRate = "error_rate"
        case watchesP99 = "watches_p99"
        case costRatio = "cost_ratio"
        case windowSeconds = "window_seconds"
        case minimumRequests = "minimum_requests"
    }

    func validate() throws(ConfigurationError) {
        if let rate = errorRate, !(rate > 0 && rate < 1) {
            throw ConfigurationError("thresholds.error_rate", "must lie strictly between 0 and 1; it is \(rate)")
        }
        if let ratio = costRatio, !(ratio > 0) {
            throw ConfigurationError("thresholds.cost_ratio", "must be above 0; it is \(ratio)")
        }
        if let window = windowSeconds, !(1...604_800).contains(window) {
            throw ConfigurationError("thresholds.window_seconds", "must lie within 1 … 604800; it is \(window)")
        }
        guard minimumRequests >= 0 else {
            throw ConfigurationError("thresholds.minimum_requests", "must not be negative")
        }
    }
}

/// The threshold rule at work on blocks.
public struct ThresholdWatch: Sendable {
    /// What one block adds to the window.
    private struct Sample: Sendable {
        var end: Int64
        var errors: Counts
        var slow: Counts
        var spending: Spending
        var isFurther: Bool
    }

    public let rule: ThresholdRule
    private var window: [Sample] = []
    private var head = 0
    private var errors = Tally()
    private var slow = Tally()
    private var spending = Spending.zero

    private struct Tally: Sendable {
        var requests: Int64 = 0
        var events: Int64 = 0

        mutating func add(_ counts: Counts, sign: Int64, isAgain: Bool = false) {
            if !isAgain { requests = requests.addingClamped(sign * counts.canary) }
            events = events.addingClamped(sign * counts.canaryEvents)
        }
    }

    public init(_ rule: ThresholdRule) { self.rule = rule }

    /// Takes one block: its errors, the values above the latency ceiling, and its spending.
    ///
    /// - Parameter isFurther: see ``Block/isFurther``: the requests of the errors were counted before.
    public mutating func absorb(
        end: Int64,
        errors: Counts,
        slow: Counts = .zero,
        spending: Spending = .zero,
        isFurther: Bool = false
    ) {
        self.errors.add(errors, sign: 1, isAgain: isFurther)
        self.slow.add(slow, sign: 1)
        self.spending = self.spending + spending
        guard let length = rule.windowSeconds else { return }
        window.append(Sample(end: end, errors: errors, slow: slow, spending: spending, isFurther: isFurther))
        let horizon = end.subtractingClamped(length)
        while head < window.count, window[head].end <= horizon { dropFirst() }
        if head > 1024, head * 2 > window.count {
            window.removeFirst(head)
            head = 0
        }
    }

    private mutating func dropFirst() {
        let old = window[head]
        head += 1
        errors.add(old.errors, sign: -1, isAgain: old.isFurther)
        slow.add(old.slow, sign: -1)
        spending = Spending(
            canaryNanoUSD: spending.canaryNanoUSD.subtractingClamped(old.spending.canaryNanoUSD),
            canaryTokens: spending.canaryTokens.subtractingClamped(old.spending.canaryTokens),
            baselineNanoUSD: spending.baselineNanoUSD.subtractingClamped(old.spending.baselineNanoUSD),
            baselineTokens: spending.baselineTokens.subtractingClamped(old.spending.baselineTokens)
        )
    }

    /// The metric above its threshold now, if any: errors before latency before cost.
    public var exceeded: MetricID? {
        if let limit = rule.errorRate, isAbove(errors, limit) { return .error }
        if rule.watchesP99, isAbove(slow, 0.01) { return .latency }
        let requests = max(errors.requests, slow.requests)
        if let limit = rule.costRatio, requests >= rule.minimumRequests, let ratio = spending.ratio, ratio > limit {
            return .cost
        }
        return nil
    }

    private func isAbove(_ tally: Tally, _ limit: Double) -> Bool {
        tally.requests > 0 && tally.requests >= rule.minimumRequests
            && Double(tally.events) > limit * Double(tally.requests)
    }
}
