// SPDX-License-Identifier: Apache-2.0
import RealModule

/// What a step of a rollout can find out, before it runs.
public struct PlanEstimate: Sendable, Hashable, Codable {
    /// What is asked.
    public struct Question: Sendable, Hashable, Codable {
        /// Requests per second of both arms together.
        public var requestsPerSecond: Double
        /// The canary's share, strictly between 0 and 1.
        public var share: Double
        /// Error rate of the baseline.
        public var baselineRate: Double
        /// Error rate of the canary that is to be found.
        public var canaryRate: Double
        /// Bound on false rollbacks.
        public var alpha: Double
        /// Part of alpha that the metric has, 0 … 1.
        public var metricShare: Double
        /// The tolerated odds ratio.
        public var tolerance: Double
        /// Error rate above which the canary may not be, whatever the baseline's; none without.
        public var ceiling: Double?
        /// Planned minutes of the rollout, over which the capital is paid in.
        public var planMinutes: Int
        /// How much one cluster of seconds may say; by the metric's part of alpha where it is left out.
        public var burst: BurstLimit?

        /// Takes a question that has an answer.
        ///
        /// - Throws: ``ConfigurationError``, which names the value out of range.
        public init(
            requestsPerSecond: Double,
            share: Double,
            baselineRate: Double,
            canaryRate: Double,
            alpha: Double = 0.01,
            metricShare: Double = 1,
            tolerance: Double = 1,
            ceiling: Double? = nil,
            planMinutes: Int = 2880,
            burst: BurstLimit?? = nil
        ) throws(ConfigurationError) {
            func check(_ isGood: Bool, _ field: String, _ range: String) throws(ConfigurationError) {
                if !isGood { throw ConfigurationError(field, "must lie \(range)") }
            }
            try check(requestsPerSecond > 0 && requestsPerSecond < 1e9, "rps", "above 0 and below 1e9")
            try check(share > 0 && share < 1, "weight", "strictly between 0 and 1")
            try check(baselineRate >= 0 && baselineRate < 1, "baseline-error", "within 0 … 1, 1 excluded")
            try check(canaryRate > 0 && canaryRate <= 1, "detect", "above 0 and at most 1")
            try check(alpha > 0 && alpha < 1, "alpha", "strictly between 0 and 1")
            try check(metricShare > 0 && metricShare <= 1, "metric-weight", "above 0 and at most 1")
            try check(tolerance >= 1 && tolerance < 1e4, "tolerance", "at least 1 and below 1e4")
            self.requestsPerSecond = requestsPerSecond
            self.share = share
            self.baselineRate = baselineRate
            self.canaryRate = canaryRate
            self.alpha = alpha
            self.metricShare = metricShare
            if let ceiling { try check(ceiling > 0 && ceiling < 0.94, "ceiling", "above 0 and below 0.94") }
            self.tolerance = tolerance
            self.ceiling = ceiling
            self.planMinutes = planMinutes
            self.burst = burst ?? .standard(part: metricShare, alpha: alpha)
        }

        private enum CodingKeys: String, CodingKey {
            case share, alpha, tolerance, ceiling, burst
            case planMinutes = "plan_minutes"
            case requestsPerSecond = "requests_per_second"
            case baselineRate = "baseline_rate"
            case canaryRate = "canary_rate"
            case metricShare = "metric_share"
        }
    }

    public var question: Question
    /// Canary requests that no test of the tolerance can do without, the baseline's rate being known.
    public var boundKnown: Double
    /// Canary requests that no test can do without, the baseline's rate being learnt; infinite when it is within the tolerance.
    public var boundTwoSample: Double
    /// Canary requests expected until rollback, when the fault is there from the start.
    public var canaryRequests: Double
    /// The same for a fault after long health.
    public var canaryRequestsLate: Double
    /// Length of a block, seconds.
    public var blockSeconds: Int
    /// Seconds expected until rollback.
    public var seconds: Double
    /// The same for a fault after long health.
    public var secondsLate: Double
    /// Canary requests for a certificate (odds below 2, 95 %) when nothing is wrong.
    public var certificateRequests: Double
    /// Seconds for that certificate.
    public var certificateSeconds: Double

    /// Rehearses the step a few dozen times, with the judge itself and chance from a fixed seed (see ``Rehearsal``).
    ///
    /// Takes some milliseconds. A certificate takes about 1.1 × its bound and half a block.
    public init(_ question: Question) {
        self.question = question
        boundTwoSample = question.bound
        let tolerated = LowerBound.raised(question.baselineRate, by: question.tolerance)
        let alpha = question.alpha * question.metricShare
        boundKnown =
            question.canaryRate > tolerated
            ? LowerBound.known(baseline: tolerated, canary: question.canaryRate, alpha: alpha) : .infinity
        blockSeconds = BlockLength.seconds(requestsPerSecond: question.requestsPerSecond, share: question.share)
        let early = Rehearsal(question).mean()
        canaryRequests = early.requests
        seconds = early.seconds
        let late = Rehearsal(question, healthySeconds: Self.longHealth).mean()
        canaryRequestsLate = late.requests
        secondsLate = late.seconds
        let canaryRate = question.requestsPerSecond * question.share
        let rate = min(max(question.baselineRate, 1e-9), 1 - 1e-9)
        certificateRequests =
            1.1 * LowerBound.certificate(rate: rate, worst: 2, share: question.share, alpha: 0.05)
            + 0.5 * Double(blockSeconds) * canaryRate
        certificateSeconds = certificateRequests / canaryRate
    }

    /// What "long health" is: a day.
    static let longHealth = 86_400

    private enum CodingKeys: String, CodingKey {
        case question, seconds
        case boundKnown = "bound_known"
        case boundTwoSample = "bound_two_sample"
        case canaryRequests = "canary_requests"
        case canaryRequestsLate = "canary_requests_late"
        case blockSeconds = "block_seconds"
        case secondsLate = "seconds_late"
        case certificateRequests = "certificate_requests"
        case certificateSeconds = "certificate_seconds"
    }

    /// Whether the fault is expected to be found within a step of so many seconds.
    public func isFeasible(within seconds: Double) -> Bool { self.seconds <= seconds }

    /// The least error rate of the canary that is expected to be found within a step, or nothing when none is.
    ///
    /// To within a tenth of what it is above the tolerated rate.
    public func leastDetectable(within seconds: Double) -> Double? {
        func found(_ rate: Double) -> Bool {
            var other = question
            other.canaryRate = rate
            return Rehearsal(other, most: seconds).isFound(within: seconds)
        }
        guard found(1) else { return nil }
        var low = LowerBound.raised(question.baselineRate, by: question.tolerance)
        var high = 1.0
        for _ in 0..<16 where high - low > 0.1 * (high - question.baselineRate) {
            // Rates near the baseline's are told apart by their ratio.
            let middle = low > 0 ? (low * high).squareRoot() : 0.2 * high
            if found(middle) { high = middle } else { low = middle }
        }
        return high
    }
}

extension PlanEstimate.Question {
    /// See ``PlanEstimate/boundTwoSample``.
    var bound: Double {
        LowerBound.twoSample(
            baseline: baselineRate,
            canary: canaryRate,
            share: share,
            alpha: alpha * metricShare,
            tolerance: tolerance
        )
    }
}

/// Planned minutes of a rollout: what its capital is paid in over.
public enum PlanMinutes {
    /// All timed steps and bakes, at least 60; each open gate counts 24 hours.
    public static func total(timedSeconds: [Int64], openGates: Int = 0) -> Int {
        let seconds = timedSeconds.reduce(Int64(0)) { $0.addingClamped(max(0, $1)) }
        let gates = Int64(min(max(0, openGates), 1000)) * 1440
        return Int(min(max(60, (seconds / 60).addingClamped(gates)), 1 << 30))
    }
}
