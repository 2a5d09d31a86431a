// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Currencies")
struct CurrencyTests {
    private static func rate(_ currency: String, _ from: String, _ text: String) -> CurrencyRate {
        CurrencyRate(
            currency: currency,
            from: Timestamp(from) ?? Timestamp(nanoseconds: 0),
            billionthsPerUSD: ExactRate.scaled(text, by: 9) ?? 0
        )
    }

    @Test("a rate holds from its day on, and none before the first")
    func dated() throws {
        let book = CurrencyBook([Self.rate("CNY", "2026-11-03", "7.2"), Self.rate("CNY", "2026-11-01", "7.1")])
        func rate(_ moment: String) -> Int64? {
            book.billionthsPerUSD("CNY", at: Timestamp(moment) ?? Timestamp(nanoseconds: 0))
        }
        #expect(rate("2026-10-31T23:59:59Z") == nil)
        #expect(rate("2026-11-01") == 7_100_000_000)
        #expect(rate("2026-11-02T23:59:59Z") == 7_100_000_000)
        #expect(rate("2026-11-03") == 7_200_000_000)
        #expect(book.billionthsPerUSD("EUR", at: Timestamp(nanoseconds: .max)) == nil)
        #expect(book.billionthsPerUSD("USD", at: Timestamp(nanoseconds: 0)) == 1_000_000_000)
        #expect(book.currencies == ["CNY", "USD"])
    }

    @Test("a sum is exact whatever its order, and rounded once")
    func sums() {
        var random = SplitMix64(seed: 3)
        let parts = (0..<500).map { _ in
            (NanoUSD(Int64(random.next() % 1_000_000_000_000)), Int64(random.next() % 9_000_000_000) + 1)
        }
        var forwards = CurrencyBook.Sum()
        for (amount, rate) in parts { forwards.add(amount, billionthsPerUSD: rate) }
        var halves = [CurrencyBook.Sum(), CurrencyBook.Sum()]
        for (index, part) in parts.reversed().enumerated() { halves[index % 2].add(part.0, billionthsPerUSD: part.1) }
        halves[0].add(halves[1])
        #expect(forwards == halves[0])
        let exact = parts.reduce(Int128(0)) { $0 + Int128($1.0.rawValue) * Int128($1.1) }
        let (quotient, rest) = exact.quotientAndRemainder(dividingBy: 1_000_000_000)
        let isUp = rest * 2 > 1_000_000_000 || (rest * 2 == 1_000_000_000 && quotient % 2 != 0)
        #expect(forwards.billionths == Int64(quotient + (isUp ? 1 : 0)))
        var large = CurrencyBook.Sum()
        for _ in 0..<3 { large.add(NanoUSD(.max), billionthsPerUSD: .max) }
        #expect(large.billionths == nil)
    }

    @Test("usage is converted day by day, in every grouping; a day without a rate is refused")
    func usage() async throws {
        let bench = try await Bench.started()
        let change = bench.change
        for (from, text) in [("2026-11-01", "7"), ("2026-11-02", "8")] {
            _ = try await bench.plane.putCurrencyRate(Self.rate("CNY", from, text), change)
        }
        var number: UInt64 = 0
        func ingest(_ day: String, _ version: String, _ nano: Int64) async throws {
            number += 1
            let start = Timestamp("\(day)T12:00:00Z") ?? Timestamp(nanoseconds: 0)
            var outcome = Outcome(
                request: RequestID(high: 1, low: number),
                startedAt: start,
                endpoint: .chatCompletions,
                epoch: 1
            )
            var attempt = Attempt(
                number: 1,
                purpose: .primary,
                provider: .of("main"),
                model: "m",
                version: .of(version),
                startedAfter: 0
            )
            attempt.usage = Usage(output: 1)
            attempt.cost = .known(NanoUSD(nano))
            outcome.attempts = [attempt]
            try await bench.store.ingest([.settled(outcome)], node: "n", position: JournalPosition())
        }
        try await ingest("2026-11-01", "a", 100)
        try await ingest("2026-11-02", "a", 10)
        try await ingest("2026-11-02", "b", 1)
        let report = try await bench.plane.usage(LedgerFilter(), groupedBy: [.version], in: "CNY")
        #expect(report.converted == [[Array("a".utf8)]: 780, [Array("b".utf8)]: 8])
        #expect(report.convertedTotal == 788)
        for dimensions in [[], [.day], [.team], [.key, .model], [.version, .day]] as [[UsageDimension]] {
            let other = try await bench.plane.usage(LedgerFilter(), groupedBy: dimensions, in: "CNY")
            #expect(other.converted.values.reduce(0, +) == 788)
            #expect(other.groups.allSatisfy { other.converted[$0.groupBytes] != nil })
        }
        try await ingest("2026-10-31", "b", 1)
        let error = await refusal { () async throws(ControlError) in
            _ = try await bench.plane.usage(LedgerFilter(), groupedBy: [.version], in: "CNY")
        }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains("CNY for 2026-10-31") == true)
        let bad = await refusal { () async throws(ControlError) in
            _ = try await bench.plane.putCurrencyRate(Self.rate("USD", "2026-11-01", "1"), change)
        }
        #expect(bad?.code == .invalid)
    }
}
