// SPDX-License-Identifier: Apache-2.0

/// The prices in force, and what an attempt costs by them.
package struct PriceBook: Sendable {
    /// A book of these cards; a provider's factor applies to all its cards.
    package init(cards: [PriceCard], providers: [Provider]) {}

    /// The card of a model that was last in force at a moment.
    package func card(provider: ProviderID, model: String, at moment: Timestamp) -> PriceCard? { nil }

    /// What an attempt cost: `unknown` without usage, `unpriced` without a card.
    package func cost(of usage: Usage?, provider: ProviderID, model: String, at moment: Timestamp) -> Cost { .unknown }

    /// The exact cost, rounded once, half to even, to nano-dollars; `nil` when it does not fit.
    package static func cost(of usage: Usage, by card: PriceCard, factorMillionths: Int64) -> NanoUSD? { nil }
}
