// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("What a request may cost at most")
struct PriceBoundTests {
    private func bound(_ change: (inout PriceCard) -> Void) throws -> Int64? {
        let provider = try #require(ProviderID("p"))
        var card = PriceCard(
            provider: provider,
            model: "m",
            effectiveFrom: Timestamp(nanoseconds: 10),
            rates: PriceCard.Rates(input: 2_000_000, cachedInput: 500_000, output: 8_000_000)
        )
        change(&card)
        let book = PriceBook(cards: [card], providers: [])
        return book.cards(provider: provider, model: "m")
            .bound(inputTokens: 1_000, outputTokens: 200, at: Timestamp(nanoseconds: 10))?.rawValue
    }

    @Test("is every token at the most expensive rate it can have")
    func rates() throws {
        #expect(try bound { _ in } == 3_600_000)
        #expect(try bound { $0.rates.cacheWrite1h = 4_000_000 } == 5_600_000)
        #expect(try bound { $0.rates.reasoning = 10_000_000 } == 4_000_000)
        #expect(
            try bound {
                $0.rates = PriceCard.Rates(input: 0, output: 0); $0.perRequest = NanoUSD(7)
            } == 7
        )
        #expect(try bound { $0.rates.parts[.inputAudio] = 40_000_000 } == 41_600_000)
        #expect(try bound { $0.rates.parts[.outputAudio] = 80_000_000 } == 18_000_000)
    }

    @Test("counts the dearest way of service")
    func variants() throws {
        let priority = PriceCard.Variant(name: "priority", factorMillionths: 2_000_000)
        #expect(try bound { $0.variants = [priority] } == 7_200_000)
        let flex = PriceCard.Variant(name: "flex", factorMillionths: 500_000)
        #expect(try bound { $0.variants = [flex] } == 3_600_000)
    }

    @Test("is not known before a card is in force")
    func noCard() throws {
        #expect(try bound { $0.effectiveFrom = Timestamp(nanoseconds: 11) } == nil)
    }
}
