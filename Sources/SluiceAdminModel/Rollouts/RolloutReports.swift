// SPDX-License-Identifier: Apache-2.0

/// What a plan would find out at the route's traffic.
package struct RolloutEstimateView: DescribedShape {
    package var route = ""
    package var canary = ""
    package var baseline: String?
    package var production: [String]?
    package var requestsPerSecond: Double = 0
    package var baselineErrorRate: Double = 0
    package var steps: [Step] = []
    package var priceRatio: Double?
    package var priceLimit: Double?
    package var tooDear = false
    package var bursts: String?
    package var limits: [Limit]?
    package var warnings: [String] = []

    package init() {}

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

    package static let component = (
        name: "RolloutEstimate", about: "What a plan would find out at the route's traffic."
    )

    package static let fields: [Field<RolloutEstimateView>] = [
        .must("route", \.route, .string),
        .must("canary", \.canary, .string),
        .may("baseline", \.baseline, .string),
        .newer("production", \.production, .array(.string), "Every version that the canary would be compared with."),
        .must("requests_per_second", \.requestsPerSecond, .number, "Of the whole route; 0 where nothing is known."),
        .must("baseline_error_rate", \.baselineErrorRate, .number, "Of the production versions together."),
        .must("steps", \.steps, .array(.named("RolloutEstimateStep"))),
        .may("price_ratio", \.priceRatio, .number, "Canary over baseline by the price cards."),
        .may("price_limit", \.priceLimit, .number, "Above it the plan refuses."),
        .must("too_dear", \.tooDear, .boolean, "Starting is refused unless forced."),
        .newer("bursts", \.bursts, .string, "Which rule on bursts holds, and why."),
        .newer("limits", \.limits, .array(.named("PlanLimit")), "Each beside what production did in the last hour."),
        .must("warnings", \.warnings, .array(.string)),
    ]

    /// A ceiling or a tolerance beside production's figure.
    package struct Limit: DescribedShape {
        package var metric = ""
        package var kind = ""
        package var unit = ""
        package var quantile: Double?
        package var factor: Double?
        package var limit: Double?
        package var production: Double?
        package var requests: Int64 = 0
        package var broken = false
        package var unclear: Bool?

        package init() {}

        package init(metric: String, kind: String, unit: String, requests: Int64, broken: Bool) {
            self.metric = metric
            self.kind = kind
            self.unit = unit
            self.requests = requests
            self.broken = broken
        }

        package static let component = (
            name: "PlanLimit", about: "A ceiling or a tolerance of a plan beside what production did in the last hour."
        )

        package static let fields: [Field<Limit>] = [
            .must("metric", \.metric, .string),
            .must("kind", \.kind, .oneOf(["ceiling", "tolerance"])),
            .must("unit", \.unit, .string),
            .may("quantile", \.quantile, .number, "Of times: what is compared, 0.0 to 1.0."),
            .may("factor", \.factor, .number, "Of a tolerance: times, or for errors a ratio of odds."),
            .may("limit", \.limit, .number),
            .may("production", \.production, .number, "Absent where too little was seen."),
            .must("requests", \.requests, .integer, "Of production, that tell it."),
            .must(
                "broken",
                \.broken,
                .boolean,
                "Starting is refused unless forced: production is shown to be above it."
            ),
            .may("unclear", \.unclear, .boolean, "Production's figure is above it, of too few requests to tell."),
        ]
    }

    /// One step.
    package struct Step: DescribedShape {
        package var step = 0
        package var weight: Double?
        package var seconds: Int64 = 0
        package var canaryRequests: Double = 0
        package var secondsToFindErrors: Double?
        package var leastDetectableErrorRate: Double?
        package var secondsToCertificate: Double?
        package var warning: String?

        package init() {}

        package init(step: Int, weight: Double?, seconds: Int64, canaryRequests: Double) {
            self.step = step
            self.weight = weight
            self.seconds = seconds
            self.canaryRequests = canaryRequests
        }

        package static let component = (name: "RolloutEstimateStep", about: "One step of it.")

        package static let fields: [Field<Step>] = [
            .must("step", \.step, .integer, "From 1."),
            .may("weight", \.weight, .number, "0.0 to 1.0; absent for a gate."),
            .must("seconds", \.seconds, .integer, "It lasts at least so long."),
            .must("canary_requests", \.canaryRequests, .number, "Expected in that time."),
            .may(
                "seconds_to_find_errors",
                \.secondsToFindErrors,
                .number,
                "Until errors of 5 %, or five times the baseline's, are found."
            ),
            .may(
                "least_detectable_error_rate",
                \.leastDetectableErrorRate,
                .number,
                "Expected to be found within the step."
            ),
            .may("seconds_to_certificate", \.secondsToCertificate, .number),
            .may("warning", \.warning, .string),
        ]
    }
}

/// The verdicts of a rollout, computed again from its log.
package struct RolloutReplayView: DescribedShape {
    package var rolloutID = ""
    package var entries: Int64 = 0
    package var blocks: Int64 = 0
    package var agrees: Bool?
    package var turns: [Turn] = []
    package var last: RolloutVerdictView?
    package var recorded: RolloutVerdictView?

    package init() {}

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

    package static let component = (name: "RolloutReplay", about: "The verdicts, computed again from the log.")

    package static let fields: [Field<RolloutReplayView>] = [
        .must("rollout_id", \.rolloutID, .string),
        .must("entries", \.entries, .integer),
        .must("blocks", \.blocks, .integer),
        .may("agrees", \.agrees, .boolean, "The log gives the recorded verdict again, bit for bit."),
        .must("turns", \.turns, .array(.named("RolloutTurn")), "Where decision or reasons changed."),
        .may("last", \.last, .named("RolloutVerdict")),
        .may("recorded", \.recorded, .named("RolloutVerdict"), "The verdict that was acted upon last."),
    ]

    package struct Turn: DescribedShape {
        package var sequence: Int64 = 0
        package var at = ""
        package var verdict = RolloutVerdictView()

        package init() {}

        package init(sequence: Int64, at: String, verdict: RolloutVerdictView) {
            self.sequence = sequence
            self.at = at
            self.verdict = verdict
        }

        package static let component = (name: "RolloutTurn", about: "A verdict that differs from the one before.")

        package static let fields: [Field<Turn>] = [
            .must("sequence", \.sequence, .integer, "Of the log's entry, from 1."),
            .must("at", \.at, .moment),
            .must("verdict", \.verdict, .named("RolloutVerdict")),
        ]
    }
}

/// How often a canary that is production itself would have been rolled back.
package struct SelfTestView: DescribedShape {
    package var route = ""
    package var share: Double = 0
    package var salts = 0
    package var rolledBack = 0
    package var falseAlarmRate: Double = 0
    package var byMetric: [String: Int] = [:]
    package var alpha: Double = 0
    package var requests: Int64 = 0
    package var failures: Int64 = 0
    package var from: String?
    package var until: String?
    package var largestLogEvidence: Double = 0

    package init() {}

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

    package static let component = (
        name: "SelfTest", about: "How often a canary that is production itself would have been rolled back."
    )

    package static let fields: [Field<SelfTestView>] = [
        .must("route", \.route, .string),
        .must("share", \.share, .number),
        .must("salts", \.salts, .integer, "Splits that were judged: fewer than asked where time was up."),
        .must("rolled_back", \.rolledBack, .integer),
        .must("false_alarm_rate", \.falseAlarmRate, .number, "rolled_back over salts."),
        .must("by_metric", \.byMetric, .map(.integer)),
        .must("alpha", \.alpha, .number, "The bound that the judge keeps to."),
        .must("requests", \.requests, .integer),
        .must("failures", \.failures, .integer),
        .may("from", \.from, .moment),
        .may("until", \.until, .moment),
        .must("largest_log_evidence", \.largestLogEvidence, .number, "Of all splits."),
    ]
}
