// SPDX-License-Identifier: Apache-2.0
import SluiceTelemetry

extension ExportedMetrics {
    /// Adds the figures of the alert channels: once, when the node is put together.
    package func include(_ alerts: AlertChannels) {
        registry.counter(
            "sluice_alerts_total",
            "Tries to deliver alerts by what came of them.",
            labels: ["channel", "result"]
        ) {
            alerts.states.flatMap { name, state in
                [
                    MetricSample([name, "delivered"], Double(state.delivered)),
                    MetricSample([name, "failed"], Double(state.failed)),
                    MetricSample([name, "given_up"], Double(state.givenUp)),
                ]
            }
        }
        registry.gauge("sluice_alerts_waiting", "Alerts in the outbox.", labels: ["channel"]) {
            alerts.states.map { MetricSample([$0.key], Double($0.value.waiting)) }
        }
    }
}
