// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// A file in which somebody else collects the prices of many providers.
package enum PriceFile: Sendable {
    /// LiteLLM's `model_prices_and_context_window.json`: models, with US dollars per token.
    case litellm(JSONObject)
    /// `api.json` of models.dev: providers with their models, with US dollars per million tokens.
    case modelsDev(JSONObject)

    /// The cards for the configured providers, in force from a moment on.
    ///
    /// An entry is for a provider whose id is the very name that the file gives the provider.
    ///
    /// - Parameters:
    ///   - only: Takes entries for this provider alone.
    ///   - source: The file's name for it, where it is not its id.
    package func read(
        for providers: [Provider],
        only: ProviderID? = nil,
        source: String? = nil,
        from moment: Timestamp
    ) -> PriceReading {
        var reading = PriceReading(moment: moment)
        for provider in providers where only == nil || provider.id == only {
            reading.providers[source ?? provider.id.rawValue, default: []].append(provider.id)
        }
        switch self {
        case .litellm(let models): LiteLLMPrices.read(models, into: &reading)
        case .modelsDev(let providers): ModelsDevPrices.read(providers, into: &reading)
        }
        return reading
    }
}

/// What was read of a file of prices.
package struct PriceReading: Sendable {
    package var cards: [PriceCard] = []
    package var models: [ModelCard] = []
    /// Entries of our providers that have no price per token, or one that cannot be read.
    package var skipped: [String] = []
    /// Why each was skipped.
    package var reasons: [String: String] = [:]
    /// Entries of providers that are not configured.
    package var foreign: Int = 0
    /// Prices that a card has no field for, by the file's name for them: how many entries have one.
    package var dropped: [String: Int] = [:]

    /// The file's names for providers, and ours.
    fileprivate(set) var providers: [String: [ProviderID]] = [:]
    let moment: Timestamp

    fileprivate init(moment: Timestamp) { self.moment = moment }

    /// What one model costs, as far as a card says it.
    struct Price {
        var rates: PriceCard.Rates
        var tiers: [PriceCard.Tier] = []
        var variants: [PriceCard.Variant] = []
        var perRequest = NanoUSD.zero
    }

    mutating func skip(_ name: String, because reason: String) {
        skipped.append(name)
        reasons[name] = reason
    }

    /// Takes one entry for some of our providers; without a price it is skipped.
    mutating func take(
        _ name: String,
        model: String,
        for providers: [ProviderID],
        _ price: Price?,
        dropping dropped: [String],
        window: Int64?,
        because reason: String?
    ) {
        guard let price else { return skip(name, because: reason ?? "no price") }
        for dimension in dropped { self.dropped[dimension, default: 0] += 1 }
        for provider in providers {
            cards.append(
                PriceCard(
                    provider: provider,
                    model: model,
                    effectiveFrom: moment,
                    rates: price.rates,
                    tiers: price.tiers,
                    variants: price.variants,
                    perRequest: price.perRequest,
                    owner: .api
                )
            )
            if let window, window > 0 {
                models.append(ModelCard(provider: provider, model: model, contextWindow: window, owner: .api))
            }
        }
    }
}

extension JSONValue {
    /// It holds a number above zero, at any depth: a price of something.
    var holdsPrice: Bool {
        switch self {
        case .integer, .double, .string: ExactRate.scaled(self, by: 15).map { $0 > 0 } ?? false
        case .array(let elements): elements.contains { $0.holdsPrice }
        case .object(let object): object.members.contains { $0.value.holdsPrice }
        case .null, .bool: false
        }
    }
}
