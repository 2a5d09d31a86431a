// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceTelemetry

extension ExportedMetrics {
    /// Adds the evidence of the rollouts that are judged: once, when the node is put together.
    package func include(_ readings: RolloutReadings, _ inbox: EvidenceInbox) {
        registry.counter(
            "sluice_rollout_evidence_lost_total",
            "Records of the evidence for rollouts that were dropped because they were not taken in: the judge knows less."
        ) { [MetricSample([], Double(inbox.lostRecords))] }
        registry.counter(
            "sluice_rollout_blocks_lost_total",
            "Blocks of evidence that were dropped because the store could not take them for too long: the judge knows less."
        ) { [MetricSample([], Double(readings.lostBlocks))] }
        registry.gauge(
            "sluice_rollout_log_evidence",
            "Natural logarithm of the evidence that a canary is worse, by metric; metric all is what decides.",
            labels: ["rollout", "metric"]
        ) {
            readings.openVerdicts.sorted { $0.key < $1.key }.flatMap { id, verdict in
                [MetricSample([id.rawValue, "all"], ExportedMetrics.shown(verdict.logEvidence))]
                    + verdict.metrics.map {
                        MetricSample([id.rawValue, $0.metric.rawValue], ExportedMetrics.shown($0.logEvidence))
                    }
            }
        }
        registry.gauge(
            "sluice_rollout_log_threshold",
            "The value of metric all at which the canary is rolled back.",
            labels: ["rollout"]
        ) {
            readings.openVerdicts.sorted { $0.key < $1.key }.map {
                MetricSample([$0.key.rawValue], ExportedMetrics.shown($0.value.logThreshold))
            }
        }
    }

    /// No evidence at all is minus infinity, which no graph can draw: the ends are a million.
    private static func shown(_ value: Double) -> Double { value.isNaN ? 0 : min(1_000_000, max(-1_000_000, value)) }
}
