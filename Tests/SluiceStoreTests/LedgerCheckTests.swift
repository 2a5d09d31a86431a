// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@Suite("The ledger check")
struct LedgerCheckTests {
    /// A ledger that answers as told, right or wrong.
    private struct ScriptedLedger: LedgerStore {
        var rows: [LedgerRow]
        var open: [OpenedAttempt] = []
        var summed: [LedgerRow]?
        var corrections: [LedgerCorrection] = []
        var cards: [KeptCard] = []

        func ingest(_: JournalBatch, node: String) async throws(StoreError) {}
        func ingestPosition(node: String) async throws(StoreError) -> JournalPosition? { nil }
        func ingestedNodes() async throws(StoreError) -> [String] { [] }
        func openAttempts(
            of: String?,
            startedBefore: Timestamp,
            limit: Int
        ) async throws(StoreError) -> [OpenedAttempt] { open }
        func ledger(_: LedgerFilter, after row: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
            row == 0 ? rows : []
        }
        func pins(newest count: Int) async throws(StoreError) -> [Pin] { [] }
        func dropPins(butNewest count: Int) async throws(StoreError) {}
        func lastUses() async throws(StoreError) -> [KeyID: Timestamp] { [:] }
        func failures(of: VersionID, from: Timestamp, limit: Int) async throws(StoreError) -> [FailureCount] { [] }
        func usage(_: LedgerFilter, groupedByEach: [[UsageGrouping]]) async throws(StoreError) -> [[UsageSum]] {
            groupedByEach.map { UsageTally.sums(over: summed ?? rows, groupedBy: $0) }
        }
        func usage(_: LedgerFilter, amongNewest: Int64) async throws(StoreError) -> UsageSum { UsageSum(emptyOf: []) }
        func correct(_: LedgerCorrection, audit: AuditDraft) async throws(StoreError) -> Bool { false }
        func corrections(_: LedgerFilter) async throws(StoreError) -> [LedgerCorrection] { corrections }
        func ledgerRow(of: RequestID, attempt: Int) async throws(StoreError) -> LedgerRow? { nil }
        func keep(_: [KeptCard]) async throws(StoreError) {}
        func keptCards() async throws(StoreError) -> [KeptCard] { cards }
    }

    private let first = LedgerRow(row: 1, outcome: Sample.outcome(1), attempt: Sample.attempt(1))

    @Test("names an attempt that is settled twice")
    func settledTwice() async throws {
        var second = first
        second.row = 2
        let findings = try await LedgerCheck.findings(in: ScriptedLedger(rows: [first, second]))
        #expect(findings == [.settledTwice(Sample.request(1), attempt: 1)])
    }

    @Test("names an attempt that is settled and open")
    func openThoughSettled() async throws {
        guard case .opened(let opened) = Sample.opened(1) else { return }
        let findings = try await LedgerCheck.findings(in: ScriptedLedger(rows: [first], open: [opened]))
        #expect(findings == [.openThoughSettled(Sample.request(1), attempt: 1)])
    }

    @Test("names every partition whose sums are off by one nano-dollar")
    func sums() async throws {
        var off = first
        off.attempt.cost = .known(NanoUSD(1_235))
        let findings = try await LedgerCheck.findings(in: ScriptedLedger(rows: [first], summed: [off]))
        #expect(findings.count == 1 + UsageGrouping.allCases.count)
        #expect(findings.first == .sumsDiffer(partition: "all", what: "cost", rows: 1_234, sums: 1_235))
    }

    @Test("names rows whose numbers do not grow")
    func order() async throws {
        var second = LedgerRow(row: 1, outcome: Sample.outcome(2), attempt: Sample.attempt(1))
        second.row = 1
        let findings = try await LedgerCheck.findings(in: ScriptedLedger(rows: [first, second]))
        #expect(findings == [.rowsOutOfOrder(row: 1)])
    }

    @Test("names cards that are missing or changed, and corrections that are not the rows'")
    func cards() async throws {
        var row = first
        row.attempt.pricing = Attempt.Pricing(card: 4)
        let card = PriceCard(
            provider: .sample("main"),
            model: "m",
            effectiveFrom: Timestamp(nanoseconds: 0),
            rates: PriceCard.Rates(input: 1, output: 1)
        )
        let kept = KeptCard(number: 5, card: card, factorMillionths: 1, keptAt: Timestamp(nanoseconds: 0))
        let correction = LedgerCorrection(
            request: row.request,
            attempt: 1,
            at: Timestamp(nanoseconds: 1),
            amount: NanoUSD(6),
            actor: "a",
            reason: ""
        )
        let findings = try await LedgerCheck.findings(
            in: ScriptedLedger(rows: [row], corrections: [correction], cards: [kept])
        )
        #expect(
            findings == [
                .cardChanged(card: 5), .cardMissing(row.request, attempt: 1, card: 4),
                .correctionsDiffer(rows: 0, entries: 6),
            ]
        )
    }

    @Test("names an amount whose card was taken away, where cards were kept by then")
    func cardGone() async throws {
        let card = PriceCard(
            provider: first.attempt.provider,
            model: first.attempt.model,
            effectiveFrom: Timestamp(nanoseconds: 0),
            rates: PriceCard.Rates(input: 1, output: 1)
        )
        func kept(_ second: Int64) -> KeptCard {
            KeptCard(
                number: card.digest(factorMillionths: 1_000_000),
                card: card,
                factorMillionths: 1_000_000,
                keptAt: first.requestStartedAt.advanced(bySeconds: second)
            )
        }
        var free = first
        free.attempt.cost = .known(.zero)
        #expect(
            try await LedgerCheck.findings(in: ScriptedLedger(rows: [first], cards: [kept(-1)]))
                == [.cardGone(first.request, attempt: 1)]
        )
        #expect(try await LedgerCheck.findings(in: ScriptedLedger(rows: [first], cards: [kept(1)])) == [])
        #expect(try await LedgerCheck.findings(in: ScriptedLedger(rows: [free], cards: [kept(-1)])) == [])
    }

    @Test("names charges that are not what their attempts cost, and those that are held for too long")
    func charges() async throws {
        let store = MemoryStore()
        func charge(_ number: UInt64, _ amount: Int64, isSettled: Bool = true) -> JournalRecord {
            .charged(
                Charge(
                    request: Sample.request(number),
                    at: Sample.outcome(number).startedAt,
                    amount: NanoUSD(amount),
                    isSettled: isSettled,
                    scope: Charge.Scope()
                )
            )
        }
        var unknown = Sample.attempt(1)
        (unknown.usage, unknown.cost) = (nil, .unknown)
        var records: [JournalRecord] = [
            charge(1, 1_234), charge(2, 1_000), charge(3, 9_000), charge(4, 5, isSettled: false),
        ]
        records += [1, 2].map { Sample.settled($0, at: 1, attempts: [Sample.attempt(1)]) }
        records.append(Sample.settled(3, at: 1, attempts: [unknown]))
        try await store.ingest(records, node: "n", position: JournalPosition())
        var report = LedgerCheck.Report()
        let late = Sample.outcome(4).startedAt.advanced(bySeconds: 1)
        try await LedgerCheck.charges(in: store, LedgerFilter(), openSince: late, into: &report)
        #expect(report.charges == 4)
        #expect(
            report.findings == [
                .chargeDiffers(Sample.request(2), charged: NanoUSD(1_000), cost: NanoUSD(1_234)),
                .chargeOpenTooLong(Sample.request(4), since: Sample.outcome(4).startedAt),
            ]
        )
    }
}
