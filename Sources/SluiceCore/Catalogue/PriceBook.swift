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

    /// A book of these cards; a provider's factor applies to all its cards.
    package init(cards: [PriceCard], providers: [Provider]) {
        let sorted = cards.enumerated().sorted {
            ($0.element.effectiveFrom, $0.offset) < ($1.element.effectiveFrom, $1.offset)
        }
        for (_, card) in sorted {
            self.cards[Subject(provider: card.provider, model: card.model), default: []].append(card)
        }
        for provider in providers { factors[provider.id] = provider.priceFactorMillionths }
    }

    /// The card of a model that was last to come into force at a moment.
    package func card(provider: ProviderID, model: String, at moment: Timestamp) -> PriceCard? {
        cards[Subject(provider: provider, model: model)]?.last { $0.effectiveFrom <= moment }
    }

    /// What an attempt cost.
    ///
    /// `unknown` without usage or where the amount does not fit, `unpriced` without a card, or where the usage holds
    /// what no card has a rate for.
    package func cost(of usage: Usage?, provider: ProviderID, model: String, at moment: Timestamp) -> Cost {
        cards(provider: provider, model: model).cost(of: usage, at: moment)
    }

    /// All cards of one model at one provider, for whoever asks for the same again and again.
    package func cards(provider: ProviderID, model: String) -> Cards {
        Cards(
            cards: cards[Subject(provider: provider, model: model)] ?? [],
            factor: factors[provider] ?? 1_000_000
        )
    }

    package struct Cards: Sendable {
        fileprivate let cards: [PriceCard]
        fileprivate let factor: Int64

        /// Whether the card in force says what a request costs whose tokens nobody counts: by a price for each request, or
        /// since it is free.
        package func isPricedByRequest(at moment: Timestamp) -> Bool {
            guard let card = cards.last(where: { $0.effectiveFrom <= moment }) else { return false }
            return card.perRequest > .zero || (card.tiers.isEmpty && card.rates.isFree)
        }

        /// As of ``PriceBook/cost(of:provider:model:at:)``.
        package func cost(of usage: Usage?, at moment: Timestamp) -> Cost {
            guard let usage else { return .unknown }
            guard !usage.hasUnpricedParts, let place = cards.lastIndex(where: { $0.effectiveFrom <= moment }) else {
                return .unpriced
            }
            return PriceBook.cost(
                of: usage,
                at: cards[place].rates(forInputTokens: usage.input - usage.countedTwice),
                perRequest: cards[place].perRequest,
                factorMillionths: factor
            ).map(Cost.known) ?? .unknown
        }
    }

    /// The exact cost, rounded once, half to even, to nano-dollars; `nil` when it does not fit.
    ///
    /// Tokens × rate are whole picodollars, summed in 128 bits. Where the provider's numbers contradict each other
    /// every token is charged at the dearest rate it can have. 1 000 fresh and 200 output tokens at 2 and 8 dollars
    /// per million cost 3 600 000 nano-dollars.
    package static func cost(of usage: Usage, by card: PriceCard, factorMillionths: Int64) -> NanoUSD? {
        cost(
            of: usage,
            at: card.rates(forInputTokens: usage.input - usage.countedTwice),
            perRequest: card.perRequest,
            factorMillionths: factorMillionths
        )
    }

    private static func cost(
        of usage: Usage,
        at rates: PriceCard.Rates,
        perRequest: NanoUSD,
        factorMillionths: Int64
    ) -> NanoUSD? {
        var sum = PicoUSD(Int128(perRequest.rawValue) * 1_000)
        let read = rates.cachedInput ?? rates.input
        let write5m = rates.cacheWrite5m ?? rates.input
        let write1h = rates.cacheWrite1h ?? write5m
        let think = rates.reasoning ?? rates.output
        if usage.isInconsistent {
            sum.add(usage.freshInput, at: rates.input)
            sum.add(usage.cachedInput, at: max(read, rates.input))
            sum.add(usage.cacheWrite5m, at: max(write5m, rates.input))
            sum.add(usage.cacheWrite1h, at: max(write1h, rates.input))
            sum.add(max(usage.output, usage.reasoning), at: max(rates.output, think))
        } else {
            let reasoning = min(max(usage.reasoning, 0), max(usage.output, 0))
            sum.add(usage.freshInput, at: rates.input)
            sum.add(usage.cachedInput, at: read)
            sum.add(usage.cacheWrite5m, at: write5m)
            sum.add(usage.cacheWrite1h, at: write1h)
            sum.add(usage.output - reasoning, at: rates.output)
            sum.add(reasoning, at: think)
        }
        return sum.nanoUSD(factorMillionths: factorMillionths)
    }
}

extension PriceCard.Rates {
    fileprivate var isFree: Bool {
        input == 0 && output == 0 && (cachedInput ?? 0) == 0 && (cacheWrite5m ?? 0) == 0 && (cacheWrite1h ?? 0) == 0
            && (reasoning ?? 0) == 0
    }
}

extension PriceCard {
    /// The rates for a request of this size: those of the highest tier it reaches.
    package func rates(forInputTokens tokens: Int64) -> Rates {
        if tiers.isEmpty { return rates }
        let reached = tiers.filter { $0.fromInputTokens <= tokens }
        return reached.max { $0.fromInputTokens < $1.fromInputTokens }?.rates ?? rates
    }
}

/// A checked sum in millionths of a millionth of a dollar.
private struct PicoUSD {
    private var amount: Int128?

    init(_ amount: Int128) { self.amount = amount }

    /// Adds tokens at a rate; a count below zero adds nothing.
    mutating func add(_ tokens: Int64, at rate: Int64) {
        guard let sum = amount else { return }
        let (part, _) = Int128(max(tokens, 0)).multipliedReportingOverflow(by: Int128(rate))
        let (total, overflow) = sum.addingReportingOverflow(part)
        amount = overflow ? nil : total
    }

    /// The sum times a factor, rounded half to even to nano-dollars.
    func nanoUSD(factorMillionths factor: Int64) -> NanoUSD? {
        guard let amount else { return nil }
        let (product, overflow) = amount.multipliedReportingOverflow(by: Int128(factor))
        guard !overflow else { return nil }
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: 1_000_000_000)
        let doubled = remainder.magnitude * 2
        let awayFromZero = doubled > 1_000_000_000 || (doubled == 1_000_000_000 && quotient & 1 != 0)
        let rounded = awayFromZero ? quotient + (product < 0 ? -1 : 1) : quotient
        return Int64(exactly: rounded).map(NanoUSD.init)
    }
}
