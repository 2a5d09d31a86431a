// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

/// A page of the usage export.
package struct UsagePage: Sendable {
    /// One line per request, in the order the ledger took them in.
    package var lines: [TrafficLine]
    /// Where the next page begins; absent at the end.
    package var next: Int64?
}

extension ControlPlane {
    /// Sums over the ledger.
    package func usage(
        _ filter: LedgerFilter,
        groupedBy grouping: [UsageGrouping]
    ) async throws(ControlError) -> [UsageSum] {
        do throws(StoreError) {
            return try await store.usage(filter, groupedBy: grouping)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
    }

    /// A page of requests from the ledger, after a cursor.
    ///
    /// A request's attempts stand together in the ledger and are never torn over two pages.
    package func usageExport(
        _ filter: LedgerFilter,
        after cursor: Int64 = 0,
        limit: Int = 1_000
    ) async throws(ControlError) -> UsagePage {
        guard (100...10_000).contains(limit) else { throw ControlError(.invalid, "limit must be from 100 to 10000.") }
        let rows: [LedgerRow]
        do throws(StoreError) {
            rows = try await store.ledger(filter, after: max(0, cursor), limit: limit)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
        var groups: [ArraySlice<LedgerRow>] = []
        for index in rows.indices {
            if let last = groups.last, last.first?.request == rows[index].request {
                groups[groups.count - 1] = rows[last.startIndex...index]
            } else {
                groups.append(rows[index...index])
            }
        }
        let isFull = rows.count == limit
        if isFull, groups.count > 1 { groups.removeLast() }
        return UsagePage(
            lines: groups.compactMap { TrafficLine(rows: $0) },
            next: isFull ? groups.last?.last?.row : nil
        )
    }
}
