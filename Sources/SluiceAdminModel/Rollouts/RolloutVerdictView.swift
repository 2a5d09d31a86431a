// SPDX-License-Identifier: Apache-2.0

/// What the judge says of a rollout, with the evidence for it.
package struct RolloutVerdictView: DescribedShape {
    package var decision = ""
    package var reasons: [ReasonView] = []
    package var logEvidence: Double = 0
    package var logThreshold: Double = 0
    package var evidence: Double?
    package var threshold: Double?
    package var pValue: Double?
    package var topMetric: String?
    package var stepRequests: Int64 = 0
    package var metrics: [MetricEvidenceView] = []

    package init() {}

    package init(
        decision: String,
        reasons: [ReasonView],
        logEvidence: Double,
        logThreshold: Double,
        pValue: Double?,
        topMetric: String?,
        stepRequests: Int64,
        metrics: [MetricEvidenceView]
    ) {
        self.decision = decision
        self.reasons = reasons
        self.logEvidence = logEvidence
        self.logThreshold = logThreshold
        self.pValue = pValue
        self.topMetric = topMetric
        self.stepRequests = stepRequests
        self.metrics = metrics
    }

    package static let component = (name: "RolloutVerdict", about: "What the judge says, with the evidence for it.")

    package static let fields: [Field<RolloutVerdictView>] = [
        .must("decision", \.decision, .oneOf(["advance", "hold", "rollback", "waiting"])),
        .must("reasons", \.reasons, .array(.named("RolloutReason"))),
        .must(
            "log_evidence",
            \.logEvidence,
            .number,
            "log E of all metrics that may roll back; the ends are +-1000000."
        ),
        .must("log_threshold", \.logThreshold, .number, "log(1/alpha): here the canary is rolled back."),
        .may("evidence", \.evidence, .number, "E: a stake of 1 that has grown to this; no probability."),
        .may("threshold", \.threshold, .number, "1/alpha: at this evidence the canary is rolled back."),
        .may("p_value", \.pValue, .number, "Valid whenever it is read; absent as long as it says nothing."),
        .may("top_metric", \.topMetric, .string, "The metric that contributes most."),
        .must("step_requests", \.stepRequests, .integer, "Canary requests in the step."),
        .must("metrics", \.metrics, .array(.named("MetricEvidence"))),
    ]

    /// One reason.
    package struct ReasonView: DescribedShape {
        package var code = ""
        package var metric: String?
        package var setting: String?
        package var text = ""

        package init() {}

        package init(code: String, metric: String?, setting: String?, text: String) {
            self.code = code
            self.metric = metric
            self.setting = setting
            self.text = text
        }

        package static let component = (name: "RolloutReason", about: "One reason of a verdict.")

        package static let fields: [Field<ReasonView>] = [
            .must("code", \.code, .string),
            .may("metric", \.metric, .string),
            .may("setting", \.setting, .string, "What in the plan would have let it pass."),
            .must("text", \.text, .string),
        ]
    }

    /// The evidence of one metric; counts are those of its strongest series since the start.
    package struct MetricEvidenceView: DescribedShape {
        package var metric = ""
        package var standing = ""
        package var logEvidence: Double = 0
        package var p99LogEvidence: Double?
        package var quantile: Double?
        package var canaryRequests: Int64 = 0
        package var canaryEvents: Int64 = 0
        package var baselineRequests: Int64 = 0
        package var baselineEvents: Int64 = 0
        package var evidence: Double?
        package var odds: OddsView?
        package var versions: [VersionEvidenceView]?

        package init() {}

        package init(
            metric: String,
            standing: String,
            logEvidence: Double,
            p99LogEvidence: Double?,
            quantile: Double?,
            canary: (requests: Int64, events: Int64),
            baseline: (requests: Int64, events: Int64)
        ) {
            self.metric = metric
            self.standing = standing
            self.logEvidence = logEvidence
            self.p99LogEvidence = p99LogEvidence
            self.quantile = quantile
            canaryRequests = canary.requests
            canaryEvents = canary.events
            baselineRequests = baseline.requests
            baselineEvents = baseline.events
        }

        package static let component = (name: "MetricEvidence", about: "The evidence of one metric.")

        package static let fields: [Field<MetricEvidenceView>] = [
            .must("metric", \.metric, .string),
            .must("standing", \.standing, .oneOf(["regressed", "certified", "undecided", "no_data"])),
            .must("log_evidence", \.logEvidence, .number),
            .may("p99_log_evidence", \.p99LogEvidence, .number, "At p99 alone, for values."),
            .may(
                "quantile",
                \.quantile,
                .number,
                "Of values: events are above this quantile of the baseline, times the tolerance."
            ),
            .must("canary_requests", \.canaryRequests, .integer),
            .must("canary_events", \.canaryEvents, .integer),
            .must("baseline_requests", \.baselineRequests, .integer),
            .must("baseline_events", \.baselineEvents, .integer),
            .may("evidence", \.evidence, .number, "E: a stake of 1 that has grown to this; no probability."),
            .may("odds", \.odds, .named("OddsRange"), "In explanations: the canary's odds over the baseline's."),
            .may(
                "versions",
                \.versions,
                .array(.named("VersionEvidence")),
                "Where several production versions are kept apart."
            ),
        ]
    }

    /// The odds of the canary over the baseline's that are not excluded, however often one looks.
    package struct OddsView: DescribedShape {
        package var lower: Double?
        package var upper: Double?
        package var level: Double = 0

        package init() {}

        package init(lower: Double?, upper: Double?, level: Double) {
            self.lower = lower
            self.upper = upper
            self.level = level
        }

        package static let component = (
            name: "OddsRange", about: "Odds ratios that are not excluded, however often one looks."
        )

        package static let fields: [Field<OddsView>] = [
            .may("lower", \.lower, .number, "Shown to be above this many times; absent where nothing is shown."),
            .may("upper", \.upper, .number, "Shown to be below this many times."),
            .must("level", \.level, .number, "Such as .95."),
        ]
    }

    /// The evidence against one of several production versions.
    package struct VersionEvidenceView: DescribedShape {
        package var versionID = ""
        package var logEvidence: Double = 0
        package var canaryRequests: Int64 = 0
        package var canaryEvents: Int64 = 0
        package var baselineRequests: Int64 = 0
        package var baselineEvents: Int64 = 0

        package init() {}

        package init(
            versionID: String,
            logEvidence: Double,
            canary: (requests: Int64, events: Int64),
            baseline: (requests: Int64, events: Int64)
        ) {
            self.versionID = versionID
            self.logEvidence = logEvidence
            canaryRequests = canary.requests
            canaryEvents = canary.events
            baselineRequests = baseline.requests
            baselineEvents = baseline.events
        }

        package static let component = (
            name: "VersionEvidence", about: "The evidence against one of several production versions."
        )

        package static let fields: [Field<VersionEvidenceView>] = [
            .must("version_id", \.versionID, .string),
            .must("log_evidence", \.logEvidence, .number),
            .must("canary_requests", \.canaryRequests, .integer),
            .must("canary_events", \.canaryEvents, .integer),
            .must("baseline_requests", \.baselineRequests, .integer),
            .must("baseline_events", \.baselineEvents, .integer),
        ]
    }
}
