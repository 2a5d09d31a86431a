// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceStore

/// What a correction did to an attempt.
package struct CorrectedEntry: Sendable, Equatable {
    package var correction: LedgerCorrection
    /// What the attempt cost before it; absent where nobody knew.
    package var before: NanoUSD?
    /// What it costs with it.
    package var after: NanoUSD
}

extension ControlPlane {
    /// Sets what an attempt cost, by an entry beside the ledger's, which stays as it is.
    ///
    /// - Parameter reason: must say why: it is all that later readers have.
    package func correctLedger(
        _ request: RequestID,
        attempt: Int,
        to cost: NanoUSD,
        _ change: Change
    ) async throws(ControlError) -> CorrectedEntry {
        guard cost >= .zero else { throw ControlError(.invalid, "An attempt costs nothing or more.") }
        guard !change.reason.allSatisfy(\.isWhitespace) else {
            throw ControlError(.invalid, "A correction needs a reason.", hint: "Say why, with \"reason\".")
        }
        do throws(StoreError) {
            guard let row = try await store.ledgerRow(of: request, attempt: attempt) else {
                throw StoreError(.unusable, "")
            }
            let before = row.amount
            let amount = NanoUSD(cost.rawValue.saturatingDifference(before?.rawValue ?? 0))
            let correction = LedgerCorrection(
                request: request,
                attempt: attempt,
                at: now(),
                amount: amount,
                actor: change.actor,
                reason: change.reason
            )
            let draft = change.draft(
                ControlPlane.correcting,
                ControlPlane.subject(request, attempt),
                at: correction.at,
                before: before.map { ["cost_nano_usd": .integer(String($0.rawValue))] },
                after: [
                    "cost_nano_usd": .integer(String(cost.rawValue)),
                    "correction_nano_usd": .integer(String(amount.rawValue)),
                ]
            )
            guard try await store.correct(correction, audit: draft) else { throw StoreError(.unusable, "") }
            return CorrectedEntry(correction: correction, before: before, after: cost)
        } catch {
            guard error.code == .unusable, error.message.isEmpty else {
                throw ControlError(.unavailable(error.message))
            }
            throw ControlError(
                .notFound,
                "The ledger has no attempt \(attempt) of \(request).",
                hint: "`sluice usage export` lists attempts with request_id and attempt."
            )
        }
    }

    /// All corrections of attempts that a filter means, the oldest first.
    package func ledgerCorrections(_ filter: LedgerFilter) async throws(ControlError) -> [LedgerCorrection] {
        do throws(StoreError) {
            return try await store.corrections(filter)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
    }

    /// How long an attempt may be open; one that is so for longer was never settled.
    private static let longestOpen: Duration = .seconds(86_400)
    /// What began so shortly ago may still be on its way into the store.
    private static let settling: Duration = .seconds(900)

    /// Proves the ledger's invariants on what is stored: RELIABILITY of a bill, one check for each way it could be wrong.
    ///
    /// - Parameter until: Entries of requests that began before; without it, those of a quarter of an hour ago and older.
    package func verifyLedger(
        from: Timestamp? = nil,
        until: Timestamp? = nil
    ) async throws(ControlError) -> LedgerCheck.Report {
        let moment = now()
        let filter = LedgerFilter(from: from, until: until ?? moment.advanced(by: .zero - ControlPlane.settling))
        let openSince = moment.advanced(by: .zero - ControlPlane.longestOpen)
        do throws(StoreError) {
            var report = try await LedgerCheck.report(of: store, filter, openSince: openSince)
            // What is made in the background is waited for as long; the next request after that ends it.
            let heldSince = openSince.advanced(by: .zero - ControlPlane.longestOpen)
            try await LedgerCheck.charges(in: store, filter, openSince: heldSince, into: &report)
            try await proveBudgets(into: &report)
            report.findings += try await unaudited(before: moment.advanced(by: .zero - ControlPlane.committing))
            return report
        } catch {
            throw ControlError(.unavailable(error.message))
        }
    }

    /// Holds what this node says of each budget's window against the sum of the store's rows.
    ///
    /// What a request has just changed is on its way into the store: those that were used in the last seconds are left out.
    private func proveBudgets(into report: inout LedgerCheck.Report) async throws(StoreError) {
        await seedBudgets()
        let (catalogue, names, moment) = (catalogue, KeyNames(catalogue.keys), now())
        let states = spending.states().filter { state in
            quietBudgets[state.budget.id].map { $0.used == state.used && $0.since <= moment.advanced(bySeconds: -10) }
                ?? false
        }
        let sums = try await store.spending(states.map { catalogue.query($0, names, ofWhole: true) })
        let after = Dictionary(spending.states().map { ($0.budget.id, $0) }, uniquingKeysWith: { first, _ in first })
        for (state, sum) in zip(states, sums) where after[state.budget.id] == state {
            report.budgets += 1
            guard sum != state.used else { continue }
            report.findings.append(.budgetDiffers(state.budget.id, node: state.used, store: sum))
        }
    }

    /// Notes since when budgets are not used: what they say must then be what the store says.
    func noteUse(of states: [BudgetState], at moment: Timestamp) {
        let known = quietBudgets
        quietBudgets = [:]
        for state in states {
            let last = known[state.budget.id].flatMap { $0.used == state.used ? $0 : nil }
            quietBudgets[state.budget.id] = last ?? QuietBudget(used: state.used, since: moment)
        }
    }

    /// What a budget has used, and since when that is so.
    struct QuietBudget {
        var used: NanoUSD
        var since: Timestamp
    }

    /// All corrections, of whatever time, that are not what the audit, a chain of its own, has of them.
    private func unaudited(before moment: Timestamp) async throws(StoreError) -> [LedgerCheck.Finding] {
        var told: [String: Int64?] = [:]
        var after: Int64 = 0
        while let last = try await readCorrections(after: after, before: moment, into: &told) { after = last }
        var findings: [LedgerCheck.Finding] = []
        for correction in try await store.corrections(LedgerFilter()) where correction.at < moment {
            let subject = ControlPlane.subject(correction.request, correction.attempt)
            let amount = told.removeValue(forKey: "\(subject) \(correction.at.nanoseconds)")
            if amount != correction.amount.rawValue {
                findings.append(.correctionNotAudited(correction.request, attempt: correction.attempt))
            }
        }
        return findings
            + told.keys.sorted().map { .correctionGone(subject: String($0.prefix { $0 != " " })) }
    }

    /// Takes the amounts of one page of the audit by what was corrected and when; the page's last entry.
    private func readCorrections(
        after: Int64,
        before moment: Timestamp,
        into told: inout [String: Int64?]
    ) async throws(StoreError) -> Int64? {
        let page = try await store.auditEntries(after: after, limit: 1_000)
        for entry in page where entry.action == ControlPlane.correcting && entry.at < moment {
            let terms = entry.after.flatMap { try? JSONValue(parsing: $0) }?.object
            var amount: Int64?
            if case .integer(let digits)? = terms?["correction_nano_usd"] { amount = Int64(digits) }
            told["\(entry.subject) \(entry.at.nanoseconds)"] = amount
        }
        return page.last?.sequence
    }

    private static let correcting = "ledger.correct"
    /// How long a correction may be on its way into the store.
    private static let committing: Duration = .seconds(5)

    private static func subject(_ request: RequestID, _ attempt: Int) -> String { "attempt:\(request)/\(attempt)" }

    /// All cards there ever were of a model, the oldest first: those in force or to come, and those it was charged by.
    package func priceHistory(provider: String, model: String) async throws(ControlError) -> [KeptCard] {
        guard let known = catalogue.definitions.providers.first(where: { $0.id.rawValue == provider }) else {
            throw ControlError(
                .invalid,
                "There is no provider \"\(provider.prefix(140))\".",
                details: .list("providers", catalogue.definitions.providers.map(\.id.rawValue))
            )
        }
        var cards: [KeptCard]
        do throws(StoreError) {
            cards = try await store.keptCards().filter { $0.card.provider == known.id && $0.card.model == model }
        } catch {
            throw ControlError(.unavailable(error.message))
        }
        let factor = known.priceFactorMillionths
        for card in catalogue.prices.history(provider: known.id, model: model) {
            let number = card.digest(factorMillionths: factor)
            guard !cards.contains(where: { $0.number == number }) else { continue }
            cards.append(KeptCard(number: number, card: card, factorMillionths: factor, keptAt: card.effectiveFrom))
        }
        return cards.sorted { ($0.card.effectiveFrom, $0.keptAt) < ($1.card.effectiveFrom, $1.keptAt) }
    }
}

extension Int64 {
    /// The difference, held at the ends of the range.
    fileprivate func saturatingDifference(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
