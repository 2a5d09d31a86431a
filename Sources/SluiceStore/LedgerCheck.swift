// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The invariants of a ledger, checked over a store's own answers.
///
/// Every attempt has exactly one settle, and none is open for longer than an attempt can last; rows come in the order of
/// their numbers; each amount is what the card it was charged by says of its usage; the sums over any partition (key,
/// route, version, provider, model, day) are the same numbers as the sums over the rows, and so are the corrections.
/// Reads the whole ledger and remembers every attempt's id: some 30 bytes each.
package enum LedgerCheck {
    package enum Finding: Sendable, Equatable, CustomStringConvertible {
        case settledTwice(RequestID, attempt: Int)
        case openThoughSettled(RequestID, attempt: Int)
        case rowsOutOfOrder(row: Int64)
        case sumsDiffer(partition: String, what: String, rows: Int64, sums: Int64)
        case openTooLong(RequestID, attempt: Int, since: Timestamp)
        /// The card that an entry names is not kept, or is not what it was.
        case cardMissing(RequestID, attempt: Int, card: Int64)
        case cardChanged(card: Int64)
        case costDiffers(RequestID, attempt: Int, ledger: Cost, reckoned: Cost)
        case correctionsDiffer(rows: Int64, entries: Int64)
        /// A correction is not what the audit has of it, or the audit has none.
        case correctionNotAudited(RequestID, attempt: Int)
        /// The audit has a correction that the ledger has not.
        case correctionGone(subject: String)

        package var description: String {
            switch self {
            case .settledTwice(let request, let attempt): "attempt \(attempt) of \(request) is settled twice"
            case .openThoughSettled(let request, let attempt):
                "attempt \(attempt) of \(request) is settled and yet listed as open"
            case .rowsOutOfOrder(let row): "row \(row) does not come after the one before it"
            case .sumsDiffer(let partition, let what, let rows, let sums):
                "\(what) summed by \(partition) is \(sums), but its rows add up to \(rows)"
            case .openTooLong(let request, let attempt, let since):
                "attempt \(attempt) of \(request) is open since \(since), longer than any can last"
            case .cardMissing(let request, let attempt, let card):
                "attempt \(attempt) of \(request) was charged by card \(card), which is not kept"
            case .cardChanged(let card): "card \(card) is not what it was when attempts were charged by it"
            case .costDiffers(let request, let attempt, let ledger, let reckoned):
                "attempt \(attempt) of \(request) cost \(Finding.text(ledger)), but its card says \(Finding.text(reckoned))"
            case .correctionsDiffer(let rows, let entries):
                "corrections of rows add up to \(rows), but their entries to \(entries)"
            case .correctionNotAudited(let request, let attempt):
                "a correction of attempt \(attempt) of \(request) is not what the audit has of it"
            case .correctionGone(let subject): "the audit has a correction of \(subject) that the ledger has not"
            }
        }

        private static func text(_ cost: Cost) -> String {
            switch cost {
            case .known(let amount): "$\(amount)"
            case .unpriced: "unpriced"
            case .unknown: "unknown"
            }
        }
    }

    /// What a check went through, and what it found.
    package struct Report: Sendable, Equatable {
        package var rows: Int64 = 0
        /// Rows whose amount was reckoned again.
        package var reckoned: Int64 = 0
        package var corrections: Int64 = 0
        package var open: Int64 = 0
        package var cost: NanoUSD = .zero
        package var findings: [Finding] = []

        package init() {}
    }

    /// Everything found wrong with the entries a filter means; nothing when all is well.
    package static func findings(
        in store: some LedgerStore,
        _ filter: LedgerFilter = LedgerFilter()
    ) async throws(StoreError) -> [Finding] {
        try await report(of: store, filter).findings
    }

    /// Checks the entries a filter means.
    ///
    /// The entries should not grow meanwhile: give the filter an `until` in the past, or check a store at rest.
    ///
    /// - Parameter openSince: Attempts that were opened before then should be settled by now.
    package static func report(
        of store: some LedgerStore,
        _ filter: LedgerFilter = LedgerFilter(),
        openSince: Timestamp = Timestamp(nanoseconds: .min)
    ) async throws(StoreError) -> Report {
        var report = Report()
        var settled: [RequestID: Set<Int>] = [:]
        var tally = UsageTally()
        var last: Int64 = 0
        var cards: [Int64: KeptCard] = [:]
        for kept in try await store.keptCards() {
            cards[kept.number] = kept
            if kept.card.digest(factorMillionths: kept.factorMillionths) != kept.number {
                report.findings.append(.cardChanged(card: kept.number))
            }
        }
        while true {
            let page = try await store.ledger(filter, after: last, limit: 1_000)
            guard let end = page.last else { break }
            for row in page {
                if row.row <= last { report.findings.append(.rowsOutOfOrder(row: row.row)) }
                if !settled[row.request, default: []].insert(row.attempt.number).inserted {
                    report.findings.append(.settledTwice(row.request, attempt: row.attempt.number))
                }
                report.rows += 1
                report.takeCost(of: row, cards)
                tally.add(row)
                last = max(last, row.row)
            }
            if end.row < last { break }
        }
        for attempt in try await store.openAttempts(
            of: nil,
            startedBefore: Timestamp(nanoseconds: .max),
            limit: .max
        ) {
            report.open += 1
            if settled[attempt.request]?.contains(attempt.number) == true {
                report.findings.append(.openThoughSettled(attempt.request, attempt: attempt.number))
            } else if attempt.requestStartedAt < openSince {
                let since = attempt.requestStartedAt
                report.findings.append(.openTooLong(attempt.request, attempt: attempt.number, since: since))
            }
        }
        let rows = tally.sum(group: [])
        report.cost = rows.cost
        for grouping in [[]] + UsageGrouping.allCases.map({ [$0] }) {
            let sums = try await store.usage(filter, groupedBy: grouping)
            let name = grouping.first?.rawValue ?? "all"
            report.findings += differences(partition: name, rows: rows, sums: sums)
        }
        let corrections = try await store.corrections(filter)
        report.corrections = Int64(corrections.count)
        let entries = Int64(clamping: corrections.reduce(Int128(0)) { $0 + Int128($1.amount.rawValue) })
        if entries != rows.correction.rawValue {
            report.findings.append(.correctionsDiffer(rows: rows.correction.rawValue, entries: entries))
        }
        return report
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

extension LedgerCheck.Report {
    /// Reckons a row's amount again by the card it was charged by.
    fileprivate mutating func takeCost(of row: LedgerRow, _ cards: [Int64: KeptCard]) {
        guard let pricing = row.attempt.pricing else { return }
        guard let kept = cards[pricing.card] else {
            findings.append(.cardMissing(row.request, attempt: row.attempt.number, card: pricing.card))
            return
        }
        guard let usage = row.attempt.usage else { return }
        reckoned += 1
        let cost = PriceBook.cost(of: usage, by: kept.card, factorMillionths: kept.factorMillionths)
        guard cost != row.attempt.cost else { return }
        findings.append(
            .costDiffers(row.request, attempt: row.attempt.number, ledger: row.attempt.cost, reckoned: cost)
        )
    }
}
