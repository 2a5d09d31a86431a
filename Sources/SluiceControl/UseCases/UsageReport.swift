// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

/// A page of the usage export.
package struct UsagePage: Sendable {
    /// One line per attempt, in the order the ledger took them in.
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

    /// A page of attempts from the ledger, after a cursor.
    ///
    /// - Parameter limit: 1…10 000.
    package func usageExport(
        _ filter: LedgerFilter,
        after cursor: Int64 = 0,
        limit: Int = 1_000
    ) async throws(ControlError) -> UsagePage {
        guard (1...10_000).contains(limit) else { throw ControlError(.invalid, "limit must be from 1 to 10000.") }
        let rows: [LedgerRow]
        do throws(StoreError) {
            rows = try await store.ledger(filter, after: max(0, cursor), limit: limit)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
        return UsagePage(lines: rows.map { TrafficLine($0) }, next: rows.count == limit ? rows.last?.row : nil)
    }
}
