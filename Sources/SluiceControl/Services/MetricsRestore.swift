// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore

/// Rebuilds the metrics book from the ledger: counters of all time, slices of the last hour.
struct MetricsRestore {
    let store: any LedgerStore
    let metrics: VersionStatistics
    /// Attempts read at most; on a busy ledger a shorter time is rebuilt.
    var most: Int64 = 200_000

    func run(at now: Timestamp) async throws(StoreError) {
        for sum in try await store.usage(LedgerFilter(), groupedBy: [.version]) {
            guard let name = sum.group.first, let version = VersionID(name) else { continue }
            metrics.restore(
                .init(requests: sum.requests, errors: sum.failedAttempts + sum.callerGoneAttempts),
                for: version
            )
        }
        for seconds: Int64 in [3_600, 900, 300, 60] {
            let filter = LedgerFilter(from: now.advanced(bySeconds: -seconds))
            let attempts = try await store.usage(filter, groupedBy: []).reduce(0) { $0 + $1.attempts }
            guard attempts <= most || seconds == 60 else { continue }
            return try await replay(filter)
        }
    }

    private func replay(_ filter: LedgerFilter) async throws(StoreError) {
        var cursor: Int64 = 0
        var count: Int64 = 0
        while count < most {
            let page = try await store.ledger(filter, after: cursor, limit: 5_000)
            for row in page { metrics.replay(row) }
            count += Int64(page.count)
            guard let last = page.last, last.row > cursor else { return }
            cursor = last.row
        }
    }
}
