// SPDX-License-Identifier: Apache-2.0

/// The prices in force, and what an attempt costs by them.
package struct PriceBook: Sendable {
    private struct Subject: Hashable {
        var provider: ProviderID
        var model: String
    }

    /// A model's cards by the moment they come into force; of equal moments the later one given stands last.
    private var cards: [Subject: [PriceCard]] = [:]
    private var factors: [ProviderID: Int64] = [:]
    /// Providers whose dated models may be priced as the undated ones.
    private var undating: Set<ProviderID> = []

    /// A book of these cards; a provider's factor applies to all its cards.
    package init(cards: [PriceCard], providers: [Provider]) {
        let sorted = cards.enumerated().sorted {
            ($0.element.effectiveFrom, $0.offset) < ($1.element.effectiveFrom, $1.offset)
        }
        for (_, card) in sorted {
            self.cards[Subject(provider: card.provider, model: card.model), default: []].append(card)
        }
        for provider in providers {
            factors[provider.id] = provider.priceFactorMillionths
            if provider.pricesDatedAsUndated { undating.insert(provider.id) }
        }
    }

    /// The card of a model that was last to come into force at a moment.
    package func card(provider: ProviderID, model: String, at moment: Timestamp) -> PriceCard? {
        cards[Subject(provider: provider, model: model)]?.last { $0.effectiveFrom <= moment }
    }

    /// All cards of a model, the oldest first.
    package func history(provider: ProviderID, model: String) -> [PriceCard] {
        cards[Subject(provider: provider, model: model)] ?? []
    }

    /// What an attempt cost.
    ///
    /// `unknown` without usage or where the amount does not fit, `unpriced` without a card, or where the usage holds
    /// what the card has no rate for.
    package func cost(of usage: Usage?, provider: ProviderID, model: String, at moment: Timestamp) -> Cost {
        cards(provider: provider, model: model).cost(of: usage, at: moment).cost
    }

    /// All cards of one model at one provider, for whoever asks for the same again and again.
    ///
    /// Those of the model without its date where it has none, and the provider allows that.
    package func cards(provider: ProviderID, model: String) -> Cards {
        let factor = factors[provider] ?? 1_000_000
        if let own = cards[Subject(provider: provider, model: model)] { return Cards(own, factor: factor) }
        guard undating.contains(provider), let undated = ModelDate.undated(model),
            let others = cards[Subject(provider: provider, model: undated)]
        else { return Cards([], factor: factor) }
        return Cards(others, factor: factor, pricedAs: undated)
    }

    package struct Cards: Sendable {
        fileprivate let cards: [PriceCard]
        fileprivate let factor: Int64
        /// Their numbers in the ledger.
        private let digests: [Int64]
        /// The model whose cards they are, where it is not the one asked for.
        private let pricedAs: String?

        fileprivate init(_ cards: [PriceCard], factor: Int64, pricedAs: String? = nil) {
            self.cards = cards
            self.factor = factor
            self.pricedAs = pricedAs
            digests = cards.map { $0.digest(factorMillionths: factor) }
        }

        /// Whether the card in force says what a request costs whose tokens nobody counts: by a price for each request, or
        /// since it is free.
        package func isPricedByRequest(at moment: Timestamp) -> Bool {
            cards.last { $0.effectiveFrom <= moment }?.isPricedByRequest ?? false
        }

        /// Whether the card in force has other rates for larger requests.
        package func hasTiers(at moment: Timestamp) -> Bool {
            card(at: moment).map { card in !card.tiers.isEmpty || card.variants.contains { !$0.tiers.isEmpty } }
                ?? false
        }

        /// The one that was last to come into force at a moment.
        func card(at moment: Timestamp) -> PriceCard? { cards.last { $0.effectiveFrom <= moment } }

        /// The output rate in force, factor applied: millionths of a US dollar for a million tokens.
        package func outputPrice(at moment: Timestamp) -> Int64? {
            guard let card = card(at: moment) else { return nil }
            let product = Int128(card.rates.output) * Int128(factor)
            return Int64(exactly: (product + 500_000) / 1_000_000)
        }

        /// The same as money.
        package func outputPricePerMillion(at moment: Timestamp) -> NanoUSD? {
            guard let price = outputPrice(at: moment) else { return nil }
            let (amount, overflow) = price.multipliedReportingOverflow(by: 1_000)
            return overflow ? nil : NanoUSD(amount)
        }

        /// The cards as the ledger's entries name them.
        package func kept(at moment: Timestamp) -> [KeptCard] {
            zip(digests, cards).map { KeptCard(number: $0, card: $1, factorMillionths: factor, keptAt: moment) }
        }

        /// As of ``PriceBook/cost(of:provider:model:at:)``, with the card that says so.
        package func cost(of usage: Usage?, at moment: Timestamp) -> (cost: Cost, pricing: Attempt.Pricing?) {
            guard let usage else { return (.unknown, nil) }
            guard let place = cards.lastIndex(where: { $0.effectiveFrom <= moment }) else { return (.unpriced, nil) }
            return (
                PriceBook.cost(of: usage, by: cards[place], factorMillionths: factor),
                Attempt.Pricing(card: digests[place], pricedAs: pricedAs)
            )
        }
    }

    /// The exact cost, rounded once, half to even, to nano-dollars; `unknown` when it does not fit.
    ///
    /// Tokens × rate are whole picodollars, summed in 128 bits. Where the provider's numbers contradict each other
    /// every token is charged at the dearest rate it can have. 1 000 fresh and 200 output tokens at 2 and 8 dollars
    /// per million cost 3 600 000 nano-dollars.
    package static func cost(of usage: Usage, by card: PriceCard, factorMillionths: Int64) -> Cost {
        if usage.needsFurtherRates {
            return PartsCost(usage, card).cost(factorMillionths: factorMillionths)
        }
        // What most requests are: plain tokens of text.
        var sum = PicoUSD(Int128(card.perRequest.rawValue) * 1_000)
        if card.tiers.isEmpty {
            sum.add(usage, at: card.rates)
        } else {
            sum.add(usage, at: card.rates(forInputTokens: usage.input - usage.countedTwice))
        }
        return sum.cost(factorMillionths: factorMillionths)
    }
}

extension PriceCard {
    /// It says what a request costs whose tokens nobody counts.
    package var isPricedByRequest: Bool { perRequest > .zero || (tiers.isEmpty && rates.isFree) }

    /// The rates for a request of this size: those of the highest tier it reaches.
    package func rates(forInputTokens tokens: Int64) -> Rates { PriceCard.rates(rates, tiers, forInputTokens: tokens) }

    static func rates(_ rates: Rates, _ tiers: [Tier], forInputTokens tokens: Int64) -> Rates {
        if tiers.isEmpty { return rates }
        let reached = tiers.filter { $0.fromInputTokens <= tokens }
        return reached.max { $0.fromInputTokens < $1.fromInputTokens }?.rates ?? rates
    }
}

extension PriceCard.Rates {
    var isFree: Bool {
        input == 0 && output == 0 && (cachedInput ?? 0) == 0 && (cacheWrite5m ?? 0) == 0 && (cacheWrite1h ?? 0) == 0
            && (reasoning ?? 0) == 0 && parts.entries.allSatisfy { $0.number == 0 }
    }
}

/// A checked sum in millionths of a millionth of a dollar.
struct PicoUSD {
    private var amount: Int128?

    init(_ amount: Int128) { self.amount = amount }

    /// Adds units at a rate; a count below zero adds nothing.
    mutating func add(_ count: Int64, at rate: Int64) {
        guard let sum = amount else { return }
        let (part, _) = Int128(max(count, 0)).multipliedReportingOverflow(by: Int128(rate))
        let (total, overflow) = sum.addingReportingOverflow(part)
        amount = overflow ? nil : total
    }

    /// Adds plain tokens.
    mutating func add(_ usage: Usage, at rates: borrowing PriceCard.Rates) {
        let read = rates.cachedInput ?? rates.input
        let write5m = rates.cacheWrite5m ?? rates.input
        let write1h = rates.cacheWrite1h ?? write5m
        let think = rates.reasoning ?? rates.output
        if usage.isInconsistent {
            add(usage.freshInput, at: rates.input)
            add(usage.cachedInput, at: max(read, rates.input))
            add(usage.cacheWrite5m, at: max(write5m, rates.input))
            add(usage.cacheWrite1h, at: max(write1h, rates.input))
            add(max(usage.output, usage.reasoning), at: max(rates.output, think))
        } else {
            let reasoning = min(max(usage.reasoning, 0), max(usage.output, 0))
            add(usage.freshInput, at: rates.input)
            add(usage.cachedInput, at: read)
            add(usage.cacheWrite5m, at: write5m)
            add(usage.cacheWrite1h, at: write1h)
            add(usage.output - reasoning, at: rates.output)
            add(reasoning, at: think)
        }
    }

    /// The sum times a factor, rounded half to even to nano-dollars.
    func cost(factorMillionths factor: Int64) -> Cost {
        guard let amount else { return .unknown }
        let (product, overflow) = amount.multipliedReportingOverflow(by: Int128(factor))
        guard !overflow else { return .unknown }
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: 1_000_000_000)
        let doubled = remainder.magnitude * 2
        let awayFromZero = doubled > 1_000_000_000 || (doubled == 1_000_000_000 && quotient & 1 != 0)
        let rounded = awayFromZero ? quotient + (product < 0 ? -1 : 1) : quotient
        return Int64(exactly: rounded).map { .known(NanoUSD($0)) } ?? .unknown
    }

    /// In nano-dollars and times some factors in millionths, exactly.
    func fraction(_ factors: [Int64]) -> WideFraction? {
        guard let amount else { return nil }
        var fraction: WideFraction? = WideFraction(amount, over: 1_000)
        for factor in factors where factor != 1_000_000 { fraction = fraction?.times(factor, over: 1_000_000) }
        return fraction
    }
}
