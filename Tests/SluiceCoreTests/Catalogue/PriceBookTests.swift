// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Price book")
struct PriceBookTests {
    private static func provider(_ id: String, factor: Int64 = 1_000_000) throws -> Provider {
        Provider(
            id: try #require(ProviderID(id)),
            dialect: .openai,
            address: try ProviderAddress(validating: "http://127.0.0.1:1"),
            priceFactorMillionths: factor
        )
    }

    private static func card(
        _ rates: PriceCard.Rates,
        from: Int64 = 0,
        tiers: [PriceCard.Tier] = [],
        perRequest: Int64 = 0
    ) throws -> PriceCard {
        PriceCard(
            provider: try #require(ProviderID("p")),
            model: "m",
            effectiveFrom: Timestamp(milliseconds: from),
            rates: rates,
            tiers: tiers,
            perRequest: NanoUSD(perRequest)
        )
    }

    private static let list = PriceCard.Rates(input: 2_000_000, cachedInput: 500_000, output: 8_000_000)

    @Test(
        "tokens times rate is exact",
        arguments: [
            (Usage(freshInput: 1_000, output: 200), 3_600_000),
            (Usage(freshInput: 500, cachedInput: 500, output: 200, reasoning: 150), 2_850_000),
            (Usage(cacheWrite5m: 10, cacheWrite1h: 20), 60_000),
            (Usage(), 0), (Usage(output: 1), 8_000), (Usage(cachedInput: 1), 500),
        ] as [(Usage, Int64)]
    )
    func exact(usage: Usage, nano: Int64) throws {
        #expect(
            PriceBook.cost(of: usage, by: try Self.card(Self.list), factorMillionths: 1_000_000) == NanoUSD(nano)
        )
    }

    @Test(
        "the sum is rounded once, half to even",
        arguments: [(1, 500, 0), (1, 1_500, 2), (3, 500, 2), (1, 2_500, 2), (1, 501, 1), (1, 1_499, 1), (5, 500, 2)]
            as [(Int64, Int64, Int64)]
    )
    func rounding(tokens: Int64, rate: Int64, nano: Int64) throws {
        let card = try Self.card(PriceCard.Rates(input: rate, output: 0))
        #expect(
            PriceBook.cost(of: Usage(freshInput: tokens), by: card, factorMillionths: 1_000_000) == NanoUSD(nano)
        )
    }

    @Test("the provider's factor is part of the one rounding")
    func factor() throws {
        let card = try Self.card(PriceCard.Rates(input: 333, output: 0), perRequest: 1)
        // (1000 × 333 + 1000) × 0.85 / 1000 = 283.9
        #expect(PriceBook.cost(of: Usage(freshInput: 1_000), by: card, factorMillionths: 850_000) == NanoUSD(284))
    }

    @Test("a tier holds from its size on")
    func tiers() throws {
        let dear = PriceCard.Rates(input: 4_000_000, output: 12_000_000)
        let card = try Self.card(Self.list, tiers: [PriceCard.Tier(fromInputTokens: 200_000, rates: dear)])
        func cost(_ usage: Usage) -> Int64? {
            PriceBook.cost(of: usage, by: card, factorMillionths: 1_000_000)?.rawValue
        }
        #expect(cost(Usage(freshInput: 199_999)) == 399_998_000)
        #expect(cost(Usage(freshInput: 200_000)) == 800_000_000)
        #expect(cost(Usage(freshInput: 100_000, cachedInput: 100_000, output: 1)) == 800_012_000)
    }

    @Test("contradictory usage is charged at the dearest rate each token can have")
    func inconsistent() throws {
        let card = try Self.card(
            PriceCard.Rates(input: 10, cachedInput: 1, cacheWrite5m: 12, output: 20, reasoning: 30)
        )
        let usage = Usage(freshInput: 1_000, cachedInput: 1_000, output: 1_000, reasoning: 2_000, isInconsistent: true)
        #expect(PriceBook.cost(of: usage, by: card, factorMillionths: 1_000_000) == NanoUSD(10 + 10 + 60))
    }

    @Test(
        "absurd numbers neither trap nor give money",
        arguments: [
            Usage(freshInput: .max, cachedInput: .max, output: .max), Usage(freshInput: .min, output: .min),
            Usage(output: .min, reasoning: .max), Usage(output: 1, reasoning: .min),
        ]
    )
    func absurd(usage: Usage) throws {
        for rate in [1, .max] as [Int64] {
            let card = try Self.card(PriceCard.Rates(input: rate, output: rate, reasoning: rate), perRequest: .max)
            for factor in [0, 1_000_000, .max] as [Int64] {
                let cost = PriceBook.cost(of: usage, by: card, factorMillionths: factor)
                #expect(cost.map { $0 >= .zero } ?? true)
            }
        }
    }

    @Test("the card in force is the last that began, and an old moment keeps its price")
    func inForce() throws {
        let old = try Self.card(PriceCard.Rates(input: 1_000, output: 0), from: 1_000)
        let new = try Self.card(PriceCard.Rates(input: 2_000, output: 0), from: 2_000)
        let book = PriceBook(cards: [new, old], providers: [try Self.provider("p", factor: 500_000)])
        let id = try #require(ProviderID("p"))
        func cost(_ milliseconds: Int64) -> Cost {
            book.cost(
                of: Usage(freshInput: 10),
                provider: id,
                model: "m",
                at: Timestamp(milliseconds: milliseconds)
            )
        }
        #expect(cost(999) == .unpriced)
        #expect(cost(1_000) == .known(NanoUSD(5)))
        #expect(cost(1_999) == .known(NanoUSD(5)))
        #expect(cost(2_000) == .known(NanoUSD(10)))
    }

    @Test("no usage is unknown, no card is unpriced, neither is free")
    func unknown() throws {
        let book = PriceBook(cards: [try Self.card(Self.list)], providers: [])
        let id = try #require(ProviderID("p"))
        let now = Timestamp(milliseconds: 1)
        #expect(book.cost(of: nil, provider: id, model: "m", at: now) == .unknown)
        #expect(book.cost(of: Usage(), provider: id, model: "other", at: now) == .unpriced)
        #expect(book.cost(of: Usage(freshInput: .max), provider: id, model: "m", at: now) == .unknown)
    }

    @Test("what a card has no rate for is unpriced, not cheap")
    func unpricedParts() throws {
        let book = PriceBook(cards: [try Self.card(Self.list)], providers: [])
        let id = try #require(ProviderID("p"))
        let usage = Usage(freshInput: 1_000, output: 500, hasUnpricedParts: true)
        #expect(book.cost(of: usage, provider: id, model: "m", at: Timestamp(milliseconds: 1)) == .unpriced)
    }

    @Test("the size of a prompt decides the tier, not what was written of it on top")
    func tierOfPrompt() throws {
        let tier = PriceCard.Tier(fromInputTokens: 201, rates: PriceCard.Rates(input: 9_000, output: 0))
        var card = try Self.card(PriceCard.Rates(input: 1_000, output: 0))
        card.tiers = [tier]
        let book = PriceBook(cards: [card], providers: [])
        let id = try #require(ProviderID("p"))
        func cost(_ usage: Usage) -> Cost {
            book.cost(of: usage, provider: id, model: "m", at: Timestamp(milliseconds: 1))
        }
        // 200 tokens, 150 of which were read and 180 written.
        let usage = Usage(freshInput: 50, cachedInput: 150, cacheWrite5m: 180, countedTwice: 180)
        #expect(cost(usage) == .known(NanoUSD(380)))
        #expect(cost(Usage(freshInput: 201)) == .known(NanoUSD(1_809)))
    }
}
