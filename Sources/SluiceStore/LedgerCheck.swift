// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The invariants of a ledger, checked over a store's own answers.
///
/// Every attempt has exactly one settle; rows come in the order of their numbers; the sums over any partition (key,
/// route, version, provider, model, day) are the same numbers as the sums over the rows. Reads the whole ledger and
/// remembers every attempt's id: some 30 bytes each.
package enum LedgerCheck {
    package enum Finding: Sendable, Equatable, CustomStringConvertible {
        case settledTwice(RequestID, attempt: Int)
        case openThoughSettled(RequestID, attempt: Int)
        case rowsOutOfOrder(row: Int64)
        case sumsDiffer(partition: String, what: String, rows: Int64, sums: Int64)

        package var description: String {
            switch self {
            case .settledTwice(let request, let attempt): "attempt \(attempt) of \(request) is settled twice"
            case .openThoughSettled(let request, let attempt):
                "attempt \(attempt) of \(request) is settled and yet listed as open"
            case .rowsOutOfOrder(let row): "row \(row) does not come after the one before it"
            case .sumsDiffer(let partition, let what, let rows, let sums):
                "\(what) summed by \(partition) is \(sums), but its rows add up to \(rows)"
            }
        }
    }

    /// Everything found wrong with the entries a filter means; nothing when all is well.
    ///
    /// The entries should not grow meanwhile: give the filter an `until` in the past, or check a store at rest.
    package static func findings(
        in store: some LedgerStore,
        _ filter: LedgerFilter = LedgerFilter()
    ) async throws(StoreError) -> [Finding] {
        var findings: [Finding] = []
        var settled: [RequestID: Set<Int>] = [:]
        var tally = UsageTally()
        var last: Int64 = 0
        while true {
            let page = try await store.ledger(filter, after: last, limit: 1_000)
            guard let end = page.last else { break }
            for row in page {
                if row.row <= last { findings.append(.rowsOutOfOrder(row: row.row)) }
                if !settled[row.request, default: []].insert(row.attempt.number).inserted {
                    findings.append(.settledTwice(row.request, attempt: row.attempt.number))
                }
                tally.add(row)
                last = max(last, row.row)
            }
            if end.row < last { break }
        }
        for attempt in try await store.openAttempts(
            of: nil,
            startedBefore: Timestamp(nanoseconds: .max),
            limit: .max
        )
        where settled[attempt.request]?.contains(attempt.number) == true {
            findings.append(.openThoughSettled(attempt.request, attempt: attempt.number))
        }
        let rows = tally.sum(group: [])
        for grouping in [[]] + UsageGrouping.allCases.map({ [$0] }) {
            let sums = try await store.usage(filter, groupedBy: grouping)
            let name = grouping.first?.rawValue ?? "all"
            findings += differences(partition: name, rows: rows, sums: sums)
        }
        return findings
    }

    private static func differences(partition: String, rows: UsageSum, sums: [UsageSum]) -> [Finding] {
        // A request may have attempts in several groups.
        UsageSum.measures.filter { $0.name != "requests" }.compactMap { what, measure in
            let total = Int64(clamping: sums.reduce(Int128(0)) { $0 + Int128($1[keyPath: measure]) })
            guard total != rows[keyPath: measure] else { return nil }
            return .sumsDiffer(partition: partition, what: what, rows: rows[keyPath: measure], sums: total)
        }
    }
}
