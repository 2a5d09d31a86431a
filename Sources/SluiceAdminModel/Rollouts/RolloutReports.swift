// SPDX-License-Identifier: Apache-2.0

/// What a plan would find out at the route's traffic.
package struct RolloutEstimateView: Sendable, Codable {
    package var route: String
    package var canary: String
    package var baseline: String?
    /// Every production version that the canary would be compared with; absent from older servers.
    package var production: [String]?
    /// Of the whole route.
    package var requestsPerSecond: Double
    package var baselineErrorRate: Double
    package var steps: [Step]
    /// Price of the canary over the baseline's by the cards; absent where unknown.
    package var priceRatio: Double?
    package var priceLimit: Double?
    /// Starting is refused unless forced.
    package var tooDear: Bool
    /// Which rule on bursts holds, and why; absent from older servers.
    package var bursts: String?
    /// Every ceiling and tolerance beside what production did in the last hour; absent from older servers.
    package var limits: [Limit]?
    package var warnings: [String]

    package init(
        route: String,
        canary: String,
        baseline: String?,
        requestsPerSecond: Double,
        baselineErrorRate: Double,
        steps: [Step],
        priceRatio: Double?,
        priceLimit: Double?,
        tooDear: Bool,
        limits: [Limit],
        warnings: [String]
    ) {
        self.route = route
        self.canary = canary
        self.baseline = baseline
        self.requestsPerSecond = requestsPerSecond
        self.baselineErrorRate = baselineErrorRate
        self.steps = steps
        self.priceRatio = priceRatio
        self.priceLimit = priceLimit
        self.tooDear = tooDear
        self.limits = limits
        self.warnings = warnings
    }

    private enum CodingKeys: String, CodingKey {
        case route, canary, baseline, production
        case requestsPerSecond = "requests_per_second"
        case baselineErrorRate = "baseline_error_rate"
        case steps
        case priceRatio = "price_ratio"
        case priceLimit = "price_limit"
        case tooDear = "too_dear"
        case bursts, limits, warnings
    }

    /// A ceiling or a tolerance beside production's figure.
    package struct Limit: Sendable, Codable {
        package var metric: String
        /// `ceiling` or `tolerance`.
        package var kind: String
        /// `share`, `ms` or `usd`.
        package var unit: String
        package var quantile: Double?
        /// Of a tolerance: times, or for errors a ratio of odds.
        package var factor: Double?
        package var limit: Double?
        /// Absent where too little was seen.
        package var production: Double?
        package var requests: Int64
        /// Production is shown to be above the ceiling: starting is refused unless forced.
        package var broken: Bool
        /// Production's figure is above it, of too few requests to tell; absent where it is not.
        package var unclear: Bool?

        package init(metric: String, kind: String, unit: String, requests: Int64, broken: Bool) {
            self.metric = metric
            self.kind = kind
            self.unit = unit
            self.requests = requests
            self.broken = broken
        }
    }

    /// One step.
    package struct Step: Sendable, Codable {
        /// From 1.
        package var step: Int
        /// Absent for a gate.
        package var weight: Double?
        package var seconds: Int64
        /// Expected in that time.
        package var canaryRequests: Double
        package var secondsToFindErrors: Double?
        package var leastDetectableErrorRate: Double?
        package var secondsToCertificate: Double?
        package var warning: String?

        package init(step: Int, weight: Double?, seconds: Int64, canaryRequests: Double) {
            self.step = step
            self.weight = weight
            self.seconds = seconds
            self.canaryRequests = canaryRequests
        }

        private enum CodingKeys: String, CodingKey {
            case step, weight, seconds
            case canaryRequests = "canary_requests"
            case secondsToFindErrors = "seconds_to_find_errors"
            case leastDetectableErrorRate = "least_detectable_error_rate"
            case secondsToCertificate = "seconds_to_certificate"
            case warning
        }
    }
}

/// The verdicts of a rollout, computed again from its log.
package struct RolloutReplayView: Sendable, Codable {
    package var rolloutID: String
    package var entries: Int64
    package var blocks: Int64
    /// Whether the log gives the verdict again that was acted upon last; absent where none was recorded.
    package var agrees: Bool?
    /// Where decision or reasons changed.
    package var turns: [Turn]
    package var last: RolloutVerdictView?
    package var recorded: RolloutVerdictView?

    package init(
        rolloutID: String,
        entries: Int64,
        blocks: Int64,
        agrees: Bool?,
        turns: [Turn],
        last: RolloutVerdictView?,
        recorded: RolloutVerdictView?
    ) {
        self.rolloutID = rolloutID
        self.entries = entries
        self.blocks = blocks
        self.agrees = agrees
        self.turns = turns
        self.last = last
        self.recorded = recorded
    }

    private enum CodingKeys: String, CodingKey {
        case rolloutID = "rollout_id"
        case entries, blocks, agrees, turns, last, recorded
    }

    package struct Turn: Sendable, Codable {
        /// Number of the log's entry, from 1.
        package var sequence: Int64
        package var at: String
        package var verdict: RolloutVerdictView

        package init(sequence: Int64, at: String, verdict: RolloutVerdictView) {
            self.sequence = sequence
            self.at = at
            self.verdict = verdict
        }
    }
}

/// How often a canary that is production itself would have been rolled back.
package struct SelfTestView: Sendable, Codable {
    package var route: String
    package var share: Double
    /// Splits that were judged.
    package var salts: Int
    package var rolledBack: Int
    package var falseAlarmRate: Double
    package var byMetric: [String: Int]
    /// The bound that the judge keeps to.
    package var alpha: Double
    package var requests: Int64
    package var failures: Int64
    package var from: String?
    package var until: String?
    package var largestLogEvidence: Double

    package init(
        route: String,
        share: Double,
        salts: Int,
        rolledBack: Int,
        falseAlarmRate: Double,
        byMetric: [String: Int],
        alpha: Double,
        requests: Int64,
        failures: Int64,
        from: String?,
        until: String?,
        largestLogEvidence: Double
    ) {
        self.route = route
        self.share = share
        self.salts = salts
        self.rolledBack = rolledBack
        self.falseAlarmRate = falseAlarmRate
        self.byMetric = byMetric
        self.alpha = alpha
        self.requests = requests
        self.failures = failures
        self.from = from
        self.until = until
        self.largestLogEvidence = largestLogEvidence
    }

    private enum CodingKeys: String, CodingKey {
        case route, share, salts
        case rolledBack = "rolled_back"
        case falseAlarmRate = "false_alarm_rate"
        case byMetric = "by_metric"
        case alpha, requests, failures, from, until
        case largestLogEvidence = "largest_log_evidence"
    }
}
