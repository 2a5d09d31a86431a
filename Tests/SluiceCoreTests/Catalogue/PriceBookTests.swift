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
            PriceBook.cost(of: usage, by: try Self.card(Self.list), factorMillionths: 1_000_000)
                == .known(NanoUSD(nano))
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
            PriceBook.cost(of: Usage(freshInput: tokens), by: card, factorMillionths: 1_000_000)
                == .known(NanoUSD(nano))
        )
    }

    @Test("the provider's factor is part of the one rounding")
    func factor() throws {
        let card = try Self.card(PriceCard.Rates(input: 333, output: 0), perRequest: 1)
        // (1000 × 333 + 1000) × 0.85 / 1000 = 283.9
        #expect(
            PriceBook.cost(of: Usage(freshInput: 1_000), by: card, factorMillionths: 850_000) == .known(NanoUSD(284))
        )
    }

    @Test("a tier holds from its size on")
    func tiers() throws {
        let dear = PriceCard.Rates(input: 4_000_000, output: 12_000_000)
        let card = try Self.card(Self.list, tiers: [PriceCard.Tier(fromInputTokens: 200_000, rates: dear)])
        func cost(_ usage: Usage) -> Int64? {
            PriceBook.cost(of: usage, by: card, factorMillionths: 1_000_000).known?.rawValue
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
        #expect(PriceBook.cost(of: usage, by: card, factorMillionths: 1_000_000) == .known(NanoUSD(10 + 10 + 60)))
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
                let cost = PriceBook.cost(of: usage, by: card, factorMillionths: factor).known
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
        let usage = Usage(freshInput: 1_000, output: 500, servedAs: ["flex"])
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

    // MARK: Parts

    private func cost(_ usage: Usage, _ card: PriceCard, factor: Int64 = 1_000_000) -> Cost {
        PriceBook.cost(of: usage, by: card, factorMillionths: factor)
    }

    @Test("kinds of tokens are views: each token is charged once, at its own rate")
    func kinds() throws {
        var rates = PriceCard.Rates(input: 1_000, cachedInput: 100, cacheWrite5m: 2_000, output: 4_000)
        rates.parts = [
            .inputAudio: 40_000, .cachedAudio: 10_000, .inputImage: 3_000, .outputAudio: 80_000, .outputImage: 30_000,
            .cacheWrite12h: 9_000,
        ]
        let card = try Self.card(rates)
        let usage = Usage(
            freshInput: 100,
            cachedInput: 50,
            cacheWrite5m: 10,
            cacheWrite1h: 7,
            output: 90,
            reasoning: 20,
            parts: [
                .inputAudio: 30, .inputImage: 20, .cachedAudio: 40, .outputAudio: 10, .outputImage: 40,
                .cacheWrite30m: 10, .cacheWrite12h: 7,
            ]
        )
        // Fresh 50 text, 30 audio, 20 image; cached 10 text, 40 audio; written 10 at 2 000 and 7 at 9 000; out 40, 10, 40.
        let pico = 50 * 1_000 + 30 * 40_000 + 20 * 3_000 + 10 * 100 + 40 * 10_000 + 10 * 2_000 + 7 * 9_000
        let out = 40 * 4_000 + 10 * 80_000 + 40 * 30_000
        #expect(cost(usage, card) == .known(NanoUSD(Int64((pico + out) / 1_000))))
    }

    @Test(
        "sound and pictures that come out have no price without a rate; pictures that go in are priced as text",
        arguments: [
            (.inputAudio, false), (.outputAudio, false), (.outputImage, false), (.outputVideo, false),
            (.cachedAudio, false), (.webSearches, false), (.outputImages, false), (.inputAudioTime, false),
            (.inputImage, true), (.inputVideo, true), (.cachedImage, true), (.cacheWrite30m, true),
        ] as [(BilledPart, Bool)]
    )
    func rateless(part: BilledPart, isPriced: Bool) throws {
        let usage = Usage(freshInput: 5, cachedInput: 5, cacheWrite5m: 5, output: 5, parts: BilledParts([part: 3]))
        let plain = Usage(freshInput: 5, cachedInput: 5, cacheWrite5m: 5, output: 5)
        let card = try Self.card(Self.list)
        #expect(cost(usage, card) == (isPriced ? cost(plain, card) : .unpriced))
    }

    @Test("a service tier has its factor or its rates; tool calls and the price for each request stay")
    func variants() throws {
        var card = try Self.card(PriceCard.Rates(input: 2_000, output: 8_000, parts: [.webSearches: 10_000_000]))
        card.perRequest = NanoUSD(7)
        let large = PriceCard.Tier(fromInputTokens: 1_000, rates: PriceCard.Rates(input: 9_000, output: 9_000))
        card.variants = [
            PriceCard.Variant(name: "flex", rates: PriceCard.Rates(input: 1_000, output: 4_000), tiers: [large]),
            PriceCard.Variant(name: "us", factorMillionths: 1_100_000),
            PriceCard.Variant(name: "fast", factorMillionths: 6_000_000),
            PriceCard.Variant(name: "priority", rates: PriceCard.Rates(input: 5_000, output: 9_000)),
        ]
        func served(_ names: String..., input: Int64 = 100, searches: Int64 = 0) -> Cost {
            let parts: BilledParts = searches > 0 ? [.webSearches: searches] : [:]
            return cost(Usage(freshInput: input, output: 10, parts: parts, servedAs: names), card)
        }
        #expect(served() == .known(NanoUSD(287)))
        #expect(served("flex") == .known(NanoUSD(147)))
        #expect(served("flex", input: 1_000) == .known(NanoUSD(9_097)))
        #expect(served("us") == .known(NanoUSD(308 + 7)))
        #expect(served("fast", "us", searches: 2) == .known(NanoUSD(1_848 + 7 + 20_000)))
        #expect(served("flex", "us", searches: 1) == .known(NanoUSD(154 + 7 + 10_000)))
        #expect(served("flex", "priority") == .unpriced)
        #expect(served("scale") == .unpriced)
    }

    @Test("other units are charged one by one, or are paid by the request")
    func units() throws {
        let heard = Usage(parts: [.inputAudioTime: 12_345])
        let second = try Self.card(PriceCard.Rates(input: 0, output: 0, parts: [.inputAudioTime: 100_000]))
        // 12.345 seconds at 0.0001 dollars.
        #expect(cost(heard, second) == .known(NanoUSD(1_234_500)))
        let request = try Self.card(PriceCard.Rates(input: 0, output: 0), perRequest: 5)
        #expect(cost(heard, request) == .known(NanoUSD(5)))
        #expect(cost(heard, try Self.card(Self.list)) == .unpriced)
    }

    @Test("random cards and usages cost what exact fractions say, and never trap")
    func fractions() throws {
        var random = SplitMix64(seed: 7)
        for _ in 0..<2_000 {
            func number(_ most: UInt64) -> Int64 { Int64(random.next() % most) }
            var card = try Self.card(
                PriceCard.Rates(
                    input: number(1 << 40),
                    output: number(1 << 40),
                    parts: [.outputAudio: number(1 << 40)]
                ),
                perRequest: number(1 << 30)
            )
            let factors = [number(3_000_000), number(3_000_000)]
            card.variants = [
                PriceCard.Variant(name: "a", factorMillionths: factors[0]),
                PriceCard.Variant(name: "b", factorMillionths: factors[1]),
            ]
            let sound = number(1_000)
            let usage = Usage(
                freshInput: number(1 << 20),
                output: sound + number(1_000),
                parts: [.outputAudio: sound],
                servedAs: ["a", "b"]
            )
            let account = number(2_000_000)
            var tokens = Int128(usage.freshInput) * Int128(card.rates.input)
            tokens += Int128(usage.output - sound) * Int128(card.rates.output)
            tokens += Int128(sound) * Int128(card.rates.parts[.outputAudio] ?? 0)
            let product = tokens.multipliedReportingOverflow(by: Int128(factors[0]) * Int128(factors[1]))
            let whole = product.partialValue.multipliedReportingOverflow(by: Int128(account))
            guard !product.overflow, !whole.overflow else { continue }
            let flat = Int128(card.perRequest.rawValue) * 1_000 * Int128(account) * 1_000_000_000_000
            let divisor: Int128 = 1_000_000_000_000_000_000_000
            let (quotient, rest) = (whole.partialValue + flat).quotientAndRemainder(dividingBy: divisor)
            let isUp = rest * 2 > divisor || (rest * 2 == divisor && quotient % 2 != 0)
            #expect(cost(usage, card, factor: account).known?.rawValue == Int64(exactly: quotient + (isUp ? 1 : 0)))
        }
    }

    @Test("a dated model has the card of the undated one where its provider allows it, and says so")
    func dated() throws {
        var provider = try Self.provider("p")
        let now = Timestamp(milliseconds: 1)
        var card = try Self.card(Self.list)
        card.model = "gpt-4o"
        func priced(_ model: String, _ providers: [Provider]) -> (cost: Cost, pricing: Attempt.Pricing?) {
            PriceBook(cards: [card], providers: providers).cards(provider: provider.id, model: model)
                .cost(of: Usage(output: 1), at: now)
        }
        #expect(priced("gpt-4o-2024-08-06", [provider]).cost == .unpriced)
        provider.pricesDatedAsUndated = true
        let dated = priced("gpt-4o-2024-08-06", [provider])
        #expect(dated.cost == .known(NanoUSD(8_000)))
        #expect(dated.pricing?.pricedAs == "gpt-4o")
        #expect(priced("gpt-4o", [provider]).pricing?.pricedAs == nil)
        #expect(priced("gpt-4o-mini-2024-08-06", [provider]).cost == .unpriced)
        #expect(priced("gpt-4o-2024-99-06", [provider]).cost == .unpriced)
        #expect(ModelDate.undated("claude-sonnet-4-5-20250929") == "claude-sonnet-4-5")
        #expect(ModelDate.undated("claude-sonnet-4-5@20250929") == "claude-sonnet-4-5")
        #expect(ModelDate.undated("-20250929") == nil)
        #expect(ModelDate.undated("m-12345678") == nil)
    }

    @Test("cards of other terms have other numbers, of the same terms the same")
    func digests() throws {
        let card = try Self.card(Self.list)
        var others: [PriceCard] = []
        for change in [
            { $0.rates.input = 1 }, { $0.rates.parts[.inputAudio] = 1 }, { $0.rates.cachedInput = nil },
            { $0.tiers = [PriceCard.Tier(fromInputTokens: 1, rates: Self.list)] }, { $0.perRequest = NanoUSD(1) },
            { $0.variants = [PriceCard.Variant(name: "flex", factorMillionths: 1)] }, { $0.model = "n" },
        ] as [(inout PriceCard) -> Void] {
            var other = card
            change(&other)
            others.append(other)
        }
        let numbers = ([card] + others).map { $0.digest(factorMillionths: 1_000_000) }
        #expect(Set(numbers).count == numbers.count)
        #expect(numbers.first == card.digest(factorMillionths: 1_000_000))
        #expect(numbers.first != card.digest(factorMillionths: 999_999))
    }

    @Test("the sum of a batch is at the rates of small requests, however large it is")
    func batches() throws {
        let card = PriceCard(
            provider: try #require(ProviderID("p")),
            model: "m",
            effectiveFrom: Timestamp(nanoseconds: 0),
            rates: PriceCard.Rates(input: 2_000_000, output: 8_000_000),
            tiers: [.init(fromInputTokens: 200_001, rates: .init(input: 4_000_000, output: 16_000_000))],
            variants: [.init(name: "batch", factorMillionths: 500_000)]
        )
        var usage = Usage(freshInput: 300_000, output: 1_000)
        #expect(PriceBook.cost(of: usage, by: card, factorMillionths: 1_000_000) == .known(NanoUSD(1_216_000_000)))
        usage.servedAs = ["batch"]
        #expect(PriceBook.cost(of: usage, by: card, factorMillionths: 1_000_000) == .known(NanoUSD(304_000_000)))
    }
}
