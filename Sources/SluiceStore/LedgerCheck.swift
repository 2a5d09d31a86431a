// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The invariants of a ledger, checked over a store's own answers.
///
/// Every attempt has exactly one settle, and none is open for longer than an attempt can last; rows come in the order of
/// their numbers; each amount is what the card it was charged by says of its usage, and names that card; what requests under
/// budgets were charged is what their attempts cost; the sums over any partition (key,
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
        /// An amount that no card is named for, though cards were kept by then.
        case cardGone(RequestID, attempt: Int)
        case costDiffers(RequestID, attempt: Int, ledger: Cost, reckoned: Cost)
        case correctionsDiffer(rows: Int64, entries: Int64)
        /// A correction is not what the audit has of it, or the audit has none.
        case correctionNotAudited(RequestID, attempt: Int)
        /// The audit has a correction that the ledger has not.
        case correctionGone(subject: String)
        /// What a request was charged is not what its attempts cost.
        case chargeDiffers(RequestID, charged: NanoUSD, cost: NanoUSD)
        case chargeOpenTooLong(RequestID, since: Timestamp)
        /// What a budget has used on this node is not what the store says.
        case budgetDiffers(BudgetID, node: NanoUSD, store: NanoUSD)

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
            case .cardGone(let request, let attempt):
                "attempt \(attempt) of \(request) has an amount, but not the card it was charged by"
            case .chargeDiffers(let request, let charged, let cost):
                "\(request) was charged $\(charged) to its budgets, but its attempts cost $\(cost)"
            case .chargeOpenTooLong(let request, let since):
                "what was set aside for \(request) is held since \(since), longer than any request can last"
            case .budgetDiffers(let budget, let node, let store):
                "budget \(budget) has used $\(node) in its window on this node, but the store says $\(store)"
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
        /// Charges of requests under budgets that were held against their attempts.
        package var charges: Int64 = 0
        /// Budgets whose window was held against the store.
        package var budgets: Int64 = 0
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
        var keptSince: [CardSubject: Timestamp] = [:]
        for kept in try await store.keptCards() {
            cards[kept.number] = kept
            let subject = CardSubject(provider: kept.card.provider, model: kept.card.model)
            keptSince[subject] = min(keptSince[subject] ?? kept.keptAt, kept.keptAt)
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
                report.takeCost(of: row, cards, keptSince)
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
            let name = grouping.first?.name ?? "all"
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

    /// Holds what requests under budgets were charged against what their attempts cost.
    ///
    /// An attempt whose cost nobody knows is charged something between nothing and all that was set aside. Who reads an answer
    /// that was made in the background is charged nothing for it: whoever had it made is.
    package static func charges(
        in store: some LedgerStore & BudgetStore,
        _ filter: LedgerFilter,
        openSince: Timestamp,
        into report: inout Report
    ) async throws(StoreError) {
        var costs: [RequestID: RequestCost] = [:]
        var last: Int64 = 0
        while true {
            let page = try await store.ledger(filter, after: last, limit: 1_000)
            guard let end = page.last, end.row > last else { break }
            for row in page { costs[row.request, default: RequestCost()].add(row) }
            last = end.row
        }
        var after: RequestID?
        while true {
            let page = try await store.charges(from: filter.from, until: filter.until, after: after, limit: 1_000)
            guard let end = page.last else { break }
            for charge in page {
                report.charges += 1
                guard charge.isSettled else {
                    if charge.at < openSince {
                        report.findings.append(.chargeOpenTooLong(charge.request, since: charge.at))
                    }
                    continue
                }
                guard let cost = costs[charge.request], !cost.agrees(with: charge.amount) else { continue }
                report.findings.append(
                    .chargeDiffers(charge.request, charged: charge.amount, cost: NanoUSD(cost.known))
                )
            }
            after = end.request
        }
    }

    /// What the attempts of one request cost that its caller pays for.
    private struct RequestCost {
        var known: Int64 = 0
        var hasUnknown = false
        var isReading = false

        mutating func add(_ row: LedgerRow) {
            guard row.attempt.purpose.isForCaller else { return }
            if !row.endpoint.operation.isBilled { isReading = true }
            if let amount = row.attempt.cost.known {
                known = known.addingHeld(amount.rawValue)
            } else {
                hasUnknown = true
            }
        }

        func agrees(with charge: NanoUSD) -> Bool {
            if isReading, charge == .zero { return true }
            return hasUnknown ? charge.rawValue >= known : charge.rawValue == known
        }
    }

    fileprivate struct CardSubject: Hashable {
        var provider: ProviderID
        var model: String
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
    fileprivate mutating func takeCost(
        of row: LedgerRow,
        _ cards: [Int64: KeptCard],
        _ keptSince: [LedgerCheck.CardSubject: Timestamp]
    ) {
        guard let pricing = row.attempt.pricing else {
            // Releases before cards were kept named none; what costs nothing may have none.
            let subject = LedgerCheck.CardSubject(provider: row.attempt.provider, model: row.attempt.model)
            if let amount = row.attempt.cost.known, amount != .zero, row.attempt.usage != nil,
                let since = keptSince[subject], row.requestStartedAt > since
            {
                findings.append(.cardGone(row.request, attempt: row.attempt.number))
            }
            return
        }
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
