// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@Suite("Corrections of a ledger, and the cards it was charged by", .tags(.contract))
struct CorrectionTests {
    private static let card = PriceCard(
        provider: .sample("main"),
        model: "gpt-4.1",
        effectiveFrom: Timestamp(nanoseconds: 7),
        rates: PriceCard.Rates(input: 2_000_000, cachedInput: 500_000, output: 8_000_000, parts: [.webSearches: 3]),
        tiers: [PriceCard.Tier(fromInputTokens: 9, rates: PriceCard.Rates(input: 1, output: 2))],
        variants: [PriceCard.Variant(name: "flex", factorMillionths: 500_000)],
        perRequest: NanoUSD(3)
    )

    private static func kept(_ card: PriceCard = card, at moment: Int64 = 1) -> KeptCard {
        KeptCard(
            number: card.digest(factorMillionths: 850_000),
            card: card,
            factorMillionths: 850_000,
            keptAt: Timestamp(nanoseconds: moment)
        )
    }

    private static func charged(_ number: UInt64, _ usage: Usage, off: Int64 = 0) -> JournalRecord {
        let kept = kept()
        var attempt = Sample.attempt(1, usage: usage)
        attempt.cost = PriceBook.cost(of: usage, by: kept.card, factorMillionths: kept.factorMillionths)
        if let amount = attempt.cost.known { attempt.cost = .known(NanoUSD(amount.rawValue + off)) }
        attempt.pricing = Attempt.Pricing(card: kept.number, pricedAs: number == 2 ? "gpt-4" : nil)
        return Sample.settled(number, attempts: [attempt])
    }

    private static func correction(_ number: UInt64, _ amount: Int64, attempt: Int = 1) -> LedgerCorrection {
        LedgerCorrection(
            request: Sample.request(number),
            attempt: attempt,
            at: Timestamp(nanoseconds: 50),
            amount: NanoUSD(amount),
            actor: "anna",
            reason: "invoice of November"
        )
    }

    @Test("a correction stands beside the entry, is in every sum, and is audited", arguments: Engine.allCases)
    func corrects(_ engine: Engine) async throws {
        try await engine.withStore { store in
            var unknown = Sample.attempt(1, version: .sample("v2"), usage: nil, cost: .unknown)
            unknown.errorClass = nil
            let records = [
                Sample.settled(1), Sample.settled(2, attempts: [unknown]),
                Sample.settled(3, attempts: [Sample.attempt(1, cost: .unpriced)]),
            ]
            try await store.ingest(records, node: "n", position: JournalPosition())
            let draft = Sample.draft("invoice of November")
            #expect(try await store.correct(Self.correction(1, -234), audit: draft))
            #expect(try await store.correct(Self.correction(1, 100), audit: draft))
            #expect(try await store.correct(Self.correction(2, 5_000), audit: draft))
            #expect(try await store.correct(Self.correction(9, 1), audit: draft) == false)
            #expect(try await store.correct(Self.correction(1, 1, attempt: 2), audit: draft) == false)
            #expect(try await store.auditEntries(after: 0, limit: 10).count == 3)
            let rows = try await store.ledger(LedgerFilter(), after: 0, limit: 10)
            #expect(rows.map(\.correction) == [NanoUSD(-134), NanoUSD(5_000), nil])
            #expect(rows.map(\.amount) == [NanoUSD(1_100), NanoUSD(5_000), nil])
            #expect(rows.map(\.attempt.cost) == [.known(NanoUSD(1_234)), .unknown, .unpriced])
            #expect(rows.map(\.costState) == [.known, .known, .unpriced])
            #expect(try await store.ledgerRow(of: Sample.request(2), attempt: 1) == rows[1])
            #expect(try await store.ledgerRow(of: Sample.request(2), attempt: 2) == nil)
            let sum = try #require(try await store.usage(LedgerFilter(), groupedBy: []).first)
            #expect(sum.cost == NanoUSD(6_100))
            #expect(sum.correction == NanoUSD(4_866))
            #expect(sum.correctedAttempts == 2)
            #expect(sum.unknownAttempts == 0)
            #expect(sum.unpricedAttempts == 1)
            let versions = try await store.usage(LedgerFilter(), groupedBy: [.version])
            #expect(versions.map(\.cost) == [NanoUSD(1_100), NanoUSD(5_000)])
            let all = try await store.corrections(LedgerFilter())
            #expect(all.map(\.amount.rawValue) == [-234, 100, 5_000])
            #expect(all.first == Self.correction(1, -234))
            #expect(try await store.corrections(LedgerFilter(version: .sample("v2"))).count == 1)
            #expect(try await LedgerCheck.findings(in: store).isEmpty)
        }
    }

    @Test("cards are kept as they were, once", arguments: Engine.allCases)
    func cards(_ engine: Engine) async throws {
        try await engine.withStore { store in
            var other = Self.card
            other.rates.output = 9
            try await store.keep([Self.kept(), Self.kept(other, at: 2)])
            try await store.keep([Self.kept(at: 99)])
            #expect(try await store.keptCards() == [Self.kept(), Self.kept(other, at: 2)])
        }
    }

    @Test("the check reckons every amount again, and names the row that is off", arguments: Engine.allCases)
    func reckons(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await store.keep([Self.kept()])
            let usages = [
                Usage(freshInput: 8, output: 20), Usage(freshInput: 800, cachedInput: 7, output: 20),
                Usage(freshInput: 1, output: 1, parts: [.webSearches: 2], servedAs: ["flex"]),
                Usage(freshInput: 1, output: 1, parts: [.outputAudio: 1]),
                Usage(freshInput: 5, cachedInput: 5, cacheWrite5m: 9, output: 1, countedTwice: 9),
            ]
            let records = usages.enumerated().map { Self.charged(UInt64($0.offset), $0.element) }
            try await store.ingest(records, node: "n", position: JournalPosition())
            // A spool that is played again changes nothing.
            for _ in 0..<3 { try await store.ingest(records, node: "n", position: JournalPosition()) }
            let good = try await LedgerCheck.report(of: store)
            #expect(good.findings.isEmpty)
            #expect(good.rows == 5 && good.reckoned == 5)
            let rows = try await store.ledger(LedgerFilter(), after: 0, limit: 9)
            #expect(rows.map(\.attempt.usage) == usages)
            #expect(rows.map(\.attempt.pricing?.pricedAs) == [nil, nil, "gpt-4", nil, nil])
            let bad = [Self.charged(7, usages[1], off: 1), Sample.opened(8, at: 10)]
            try await store.ingest(bad, node: "n", position: JournalPosition())
            let found = try await LedgerCheck.report(of: store, openSince: Timestamp(nanoseconds: 11)).findings
            let amount = PriceBook.cost(of: usages[1], by: Self.card, factorMillionths: 850_000).known?.rawValue ?? 0
            #expect(
                found == [
                    .costDiffers(
                        Sample.request(7),
                        attempt: 1,
                        ledger: .known(NanoUSD(amount + 1)),
                        reckoned: .known(NanoUSD(amount))
                    ),
                    .openTooLong(Sample.request(8), attempt: 1, since: Timestamp(nanoseconds: 10)),
                ]
            )
        }
    }
}
