// SPDX-License-Identifier: Apache-2.0
import RealModule

/// What the judge says now, with the evidence for it.
public struct Verdict: Sendable, Hashable, Codable {
    /// One of four; no traffic is never a pass.
    public enum Decision: String, Sendable, Hashable, Codable {
        /// The step has what it asked for, and nothing speaks against the canary.
        case advance
        /// Something needs attention: keep the weight, alert.
        case hold
        /// The canary is worse; take it out.
        case rollback
        /// Nothing is wrong; more time or traffic is needed.
        case waiting
    }

    public var decision: Decision
    /// Why, the most important first.
    public var reasons: [Reason]
    /// `log E` of all metrics that may roll back, together.
    public var logEvidence: Double
    /// The largest `logEvidence` so far.
    public var peakLogEvidence: Double
    /// `log(1/alpha)`: the evidence at which the canary is rolled back.
    public var logThreshold: Double
    /// The metric that contributes most to the evidence.
    public var topContributor: MetricID?
    public var metrics: [MetricReport]
    /// `log E` of the sample-ratio test.
    public var sampleRatioLogEvidence: Double
    /// Canary requests in the step.
    public var stepRequests: Int64

    /// `1 / sup E`: valid whenever it is read; 1 as long as there is no evidence, see ``significance``.
    public var pValue: Double { min(1, .exp(-peakLogEvidence)) }

    /// `1 / sup E`, once that says anything: absent as long as it would be 1.
    public var significance: Double? { peakLogEvidence > 0 ? .exp(-peakLogEvidence) : nil }

    /// `E` now: the canary is rolled back at ``threshold``.
    public var evidence: Double { Self.evidence(logEvidence) }

    /// The largest `E` so far.
    public var peakEvidence: Double { Self.evidence(peakLogEvidence) }

    /// `1/alpha`.
    public var threshold: Double { Self.evidence(logThreshold) }

    /// `E` of a logarithm, held at 1e300.
    static func evidence(_ log: Double) -> Double { log > 690 ? 1e300 : .exp(log) }

    private enum CodingKeys: String, CodingKey {
        case decision, reasons, metrics
        case logEvidence = "log_evidence"
        case peakLogEvidence = "peak_log_evidence"
        case logThreshold = "log_threshold"
        case topContributor = "top_contributor"
        case sampleRatioLogEvidence = "sample_ratio_log_evidence"
        case stepRequests = "step_requests"
    }
}

/// One reason of a verdict.
public struct Reason: Sendable, Hashable, Codable {
    /// The kinds of reasons; they are what audit, dashboard and alerts name.
    public enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        /// The canary is worse than the baseline beyond the tolerance, or above its ceiling and worse.
        case regression = "Regression"
        /// The plain threshold rule fired.
        case thresholdExceeded = "ThresholdExceeded"
        /// The ceiling is broken, but the canary is not shown to be worse than the baseline.
        case sharedOutage = "SharedOutage"
        /// The ceiling is broken, and there is no baseline traffic to compare with.
        case unattributable = "Unattributable"
        /// Units are not split as planned.
        case sampleRatioMismatch = "SampleRatioMismatch"
        /// The provider's quota refuses the canary more often.
        case quota = "Quota"
        /// The provider refuses the canary's credential more often.
        case credential = "Credential"
        /// A metric that only holds has regressed.
        case held = "Held"
        /// A metric that only notifies has regressed; the decision stands without it.
        case notice = "Notice"
        /// No canary traffic.
        case noTraffic = "NoTraffic"
        /// The step's time is over without the certificate it asks for.
        case undecided = "Undecided"
        /// Too few sticky units for a valid test.
        case tooFewUnits = "TooFewUnits"
        /// A metric is known of the baseline and not of the canary.
        case unmeasured = "Unmeasured"
        /// The step's requests are not reached.
        case minimumRequests = "MinimumRequests"
        /// The step's time is not over.
        case stepTime = "StepTime"
    }

    public var code: Code
    public var metric: MetricID?
    /// The setting that would have let it pass, such as `error.tolerance`.
    public var setting: String?

    public init(_ code: Code, _ metric: MetricID? = nil, setting: String? = nil) {
        self.code = code
        self.metric = metric
        self.setting = setting
    }
}

/// The evidence of one metric.
public struct MetricReport: Sendable, Hashable, Codable {
    public enum Standing: String, Sendable, Hashable, Codable {
        /// Its own evidence reached 1/alpha.
        case regressed
        /// Shown not to be worse than the certificate's odds.
        case certified
        case undecided
        case noData = "no_data"
    }

    /// One part of the evidence.
    public struct Leg: Sendable, Hashable, Codable {
        /// What the leg compares: `relative` with the baseline, or `ceiling` with the limit (and the baseline).
        public enum Kind: String, Sendable, Hashable, Codable {
            case relative
            case ceiling
        }

        public var kind: Kind
        public var logEvidence: Double
        /// Of a ceiling: the evidence against the limit alone.
        public var ceilingAlone: Double?
        /// Of a ceiling: the evidence that the baseline is below it, once that is kept.
        public var baselineBelow: Double?

        private enum CodingKeys: String, CodingKey {
            case kind
            case logEvidence = "log_evidence"
            case ceilingAlone = "ceiling_alone"
            case baselineBelow = "baseline_below"
        }
    }

    /// The evidence against one of several production versions.
    public struct Stratum: Sendable, Hashable, Codable {
        /// The version's name; empty for what was found before versions were told apart.
        public var version: String
        /// Its part in the average, 0 … 1.
        public var part: Double
        public var logEvidence: Double
        /// All requests and events against this version, of the series with the strongest evidence.
        public var counts: Counts

        /// `E`.
        public var evidence: Double { Verdict.evidence(logEvidence) }

        private enum CodingKeys: String, CodingKey {
            case version, part, counts
            case logEvidence = "log_evidence"
        }
    }

    public var metric: MetricID
    public var standing: Standing
    public var logEvidence: Double
    public var legs: [Leg]
    /// Evidence at p99 alone, for values: the figure people ask for; decisions rest on all quantiles.
    public var p99LogEvidence: Double?
    /// `log E` of the certificate, where one is kept.
    public var certificateLogEvidence: Double?
    /// All requests and events, since the start, of the metric's series with the strongest evidence.
    public var counts: Counts
    /// Of values: the quantile of the baseline whose limit the events of ``counts`` are above; `nil` where that is the
    /// ceiling, or where the events are events.
    public var quantile: Double?
    /// Where several versions are production: the evidence against each, the worst first is up to the reader.
    public var strata: [Stratum]?
    /// The odds ratios that are not excluded, where they were asked for; of values at their p99.
    public var odds: OddsRange?

    /// `E` of the metric: how many times better "worse" explains what was seen; one says nothing.
    public var evidence: Double { Verdict.evidence(logEvidence) }

    /// The production version that the canary is worse than, with the strongest evidence.
    public var worst: Stratum? { strata?.max { $0.logEvidence < $1.logEvidence } }

    private enum CodingKeys: String, CodingKey {
        case metric, standing, legs, counts, quantile, strata, odds
        case logEvidence = "log_evidence"
        case p99LogEvidence = "p99_log_evidence"
        case certificateLogEvidence = "certificate_log_evidence"
    }
}
