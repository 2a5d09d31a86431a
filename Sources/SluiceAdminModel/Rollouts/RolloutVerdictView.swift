// SPDX-License-Identifier: Apache-2.0

/// What the judge says of a rollout, with the evidence for it.
package struct RolloutVerdictView: Sendable, Codable {
    /// `advance`, `hold`, `rollback` or `waiting`.
    package var decision: String
    package var reasons: [ReasonView]
    /// `log E` of all metrics that may roll back, together.
    package var logEvidence: Double
    /// The evidence at which the canary is rolled back.
    package var logThreshold: Double
    /// A stake of 1 that has grown to this, `E`; absent from older servers, as what it is rolled back at.
    package var evidence: Double?
    package var threshold: Double?
    /// Valid whenever it is read; absent as long as it says nothing.
    package var pValue: Double?
    /// The metric that contributes most.
    package var topMetric: String?
    /// Canary requests in the step.
    package var stepRequests: Int64
    package var metrics: [MetricEvidenceView]

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

    private enum CodingKeys: String, CodingKey {
        case decision, reasons, evidence, threshold
        case logEvidence = "log_evidence"
        case logThreshold = "log_threshold"
        case pValue = "p_value"
        case topMetric = "top_metric"
        case stepRequests = "step_requests"
        case metrics
    }

    /// One reason.
    package struct ReasonView: Sendable, Codable {
        package var code: String
        package var metric: String?
        /// The setting of the plan that would have let it pass.
        package var setting: String?
        package var text: String

        package init(code: String, metric: String?, setting: String?, text: String) {
            self.code = code
            self.metric = metric
            self.setting = setting
            self.text = text
        }
    }

    /// The evidence of one metric; counts are those of its strongest series since the start.
    package struct MetricEvidenceView: Sendable, Codable {
        package var metric: String
        /// `regressed`, `certified`, `undecided` or `no_data`.
        package var standing: String
        package var logEvidence: Double
        /// At p99 alone, for values.
        package var p99LogEvidence: Double?
        /// Of values: events are requests above this quantile of the baseline, times the tolerance; absent for the ceiling.
        package var quantile: Double?
        package var canaryRequests: Int64
        package var canaryEvents: Int64
        package var baselineRequests: Int64
        package var baselineEvents: Int64
        /// The metric's own stake; absent from older servers.
        package var evidence: Double?
        /// What is not excluded; in explanations only.
        package var odds: OddsView?
        /// Where several versions are production and are kept apart: the evidence against each.
        package var versions: [VersionEvidenceView]?

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

        private enum CodingKeys: String, CodingKey {
            case metric, standing, quantile, evidence, odds, versions
            case logEvidence = "log_evidence"
            case p99LogEvidence = "p99_log_evidence"
            case canaryRequests = "canary_requests"
            case canaryEvents = "canary_events"
            case baselineRequests = "baseline_requests"
            case baselineEvents = "baseline_events"
        }
    }

    /// The odds of the canary over the baseline's that are not excluded, however often one looks.
    package struct OddsView: Sendable, Codable {
        /// Above this many times; absent where nothing is shown.
        package var lower: Double?
        /// Below this many times; absent where nothing is shown.
        package var upper: Double?
        /// Such as .95.
        package var level: Double

        package init(lower: Double?, upper: Double?, level: Double) {
            self.lower = lower
            self.upper = upper
            self.level = level
        }
    }

    /// The evidence against one of several production versions.
    package struct VersionEvidenceView: Sendable, Codable {
        package var versionID: String
        package var logEvidence: Double
        package var canaryRequests: Int64
        package var canaryEvents: Int64
        package var baselineRequests: Int64
        package var baselineEvents: Int64

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

        private enum CodingKeys: String, CodingKey {
            case versionID = "version_id"
            case logEvidence = "log_evidence"
            case canaryRequests = "canary_requests"
            case canaryEvents = "canary_events"
            case baselineRequests = "baseline_requests"
            case baselineEvents = "baseline_events"
        }
    }
}
