// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceRelease
import SluiceTelemetry

/// Where the figures of the running node come from; read when the text is asked for.
package struct NodeGauges: Sendable {
    /// Requests being served now.
    package var inFlight: @Sendable () -> Int
    /// Whether the journal could not take a record and so metering is at risk.
    package var isJournalDegraded: @Sendable () -> Bool
    /// The snapshot in force; absent before the first one.
    package var snapshot: @Sendable () -> Snapshot?
    /// How every target does.
    package var targets: @Sendable () -> [TargetState]
    package var ingester: IngesterStatus
    package var now: @Sendable () -> Timestamp
    /// The release of the program.
    package var build: String

    package init(
        inFlight: @escaping @Sendable () -> Int,
        isJournalDegraded: @escaping @Sendable () -> Bool,
        snapshot: @escaping @Sendable () -> Snapshot?,
        targets: @escaping @Sendable () -> [TargetState] = { [] },
        ingester: IngesterStatus,
        now: @escaping @Sendable () -> Timestamp,
        build: String
    ) {
        self.inFlight = inFlight
        self.isJournalDegraded = isJournalDegraded
        self.snapshot = snapshot
        self.targets = targets
        self.ingester = ingester
        self.now = now
        self.build = build
    }
}

extension ExportedMetrics {
    /// Adds the figures of the running node: once, when it is put together.
    package func include(_ node: NodeGauges) {
        func gauge(_ name: String, _ help: String, _ read: @escaping @Sendable () -> Double?) {
            registry.gauge(name, help, reading: { read().map { [MetricSample([], $0)] } ?? [] })
        }
        let status = node.ingester
        gauge("sluice_requests_in_flight", "Requests being served now.") { Double(node.inFlight()) }
        gauge("sluice_snapshot_epoch", "Revision of the snapshot in force.") {
            node.snapshot().map { Double($0.epoch) }
        }
        gauge("sluice_ingester_lag_seconds", "How long the oldest outcome has waited for the store.") {
            status.reading.lag(at: node.now())
        }
        gauge("sluice_ingester_pending_records", "Journal records read that the store has not taken yet.") {
            Double(status.reading.pending)
        }
        registry.counter("sluice_ingested_records_total", "Journal records the store took.") {
            [MetricSample([], Double(status.reading.ingested))]
        }
        registry.counter("sluice_journal_damaged_places_total", "Places of the journal that could not be read.") {
            [MetricSample([], Double(status.reading.damaged))]
        }
        gauge("sluice_journal_degraded", "1 while outcomes cannot be written or read; metering is at risk.") {
            node.isJournalDegraded() || !status.reading.isJournalUp ? 1 : 0
        }
        gauge("sluice_store_up", "1 while the store takes outcomes.") { status.reading.isStoreUp ? 1 : 0 }
        registry.gauge(
            "sluice_breaker_open",
            "1 for a kind of failure that holds a target back while another is left.",
            labels: ["provider", "model", "fault"]
        ) {
            node.targets().flatMap { target in
                target.openBreakers.map { MetricSample([target.provider.rawValue, target.model, $0], 1) }
            }
        }
        registry.gauge("sluice_build_info", "Always 1; the label says which release runs.", labels: ["version"]) {
            [MetricSample([node.build], 1)]
        }
        registry.gauge(
            "sluice_version_effective_weight_ratio",
            "Share of the route's traffic that a version gets now.",
            labels: ["route", "version"]
        ) { ExportedMetrics.weights(node.snapshot()) }
        registry.gauge(
            "sluice_version_state",
            "1 for the state a version is in.",
            labels: ["route", "version", "state"]
        ) {
            (node.snapshot()?.versions ?? []).map {
                MetricSample([$0.route.rawValue, $0.id.rawValue, $0.release.state.rawValue], 1)
            }
        }
    }

    private static func weights(_ snapshot: Snapshot?) -> [MetricSample] {
        guard let snapshot else { return [] }
        return snapshot.routes.flatMap { route in
            let versions = snapshot.versions.filter { $0.route == route.id }
            let split = Split(versions.map { ($0.id, $0.release) })
            return versions.indices.map { index in
                MetricSample(
                    [route.id.rawValue, versions[index].id.rawValue],
                    split.effectiveWeight(of: index)
                )
            }
        }
    }
}
