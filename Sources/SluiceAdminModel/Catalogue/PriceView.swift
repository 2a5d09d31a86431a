// SPDX-License-Identifier: Apache-2.0

/// A price card; rates are US dollars per million tokens.
package struct PriceView: Sendable, Codable, Equatable {
    package var provider: String
    package var model: String
    /// RFC 3339; where absent in an import: from now on.
    package var effectiveFrom: String?
    package var rates: RatesView
    /// Rates for larger contexts, ascending.
    package var tiers: [TierView]?
    /// US dollars for each request.
    package var perRequest: Double?
    /// `file` or `api`; absent in an import.
    package var owner: String?

    package init(
        provider: String,
        model: String,
        effectiveFrom: String? = nil,
        rates: RatesView,
        tiers: [TierView]? = nil,
        perRequest: Double? = nil,
        owner: String? = nil
    ) {
        self.provider = provider
        self.model = model
        self.effectiveFrom = effectiveFrom
        self.rates = rates
        self.tiers = tiers
        self.perRequest = perRequest
        self.owner = owner
    }

    private enum CodingKeys: String, CodingKey {
        case provider, model
        case effectiveFrom = "effective_from"
        case tiers
        case perRequest = "per_request"
        case owner
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        provider = try container.decode(String.self, forKey: .provider)
        model = try container.decode(String.self, forKey: .model)
        effectiveFrom = try container.decodeIfPresent(String.self, forKey: .effectiveFrom)
        rates = try RatesView(from: decoder)
        tiers = try container.decodeIfPresent([TierView].self, forKey: .tiers)
        perRequest = try container.decodeIfPresent(Double.self, forKey: .perRequest)
        owner = try container.decodeIfPresent(String.self, forKey: .owner)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(provider, forKey: .provider)
        try container.encode(model, forKey: .model)
        try container.encodeIfPresent(effectiveFrom, forKey: .effectiveFrom)
        try rates.encode(to: encoder)
        try container.encodeIfPresent(tiers, forKey: .tiers)
        try container.encodeIfPresent(perRequest, forKey: .perRequest)
        try container.encodeIfPresent(owner, forKey: .owner)
    }
}

/// US dollars per million tokens; an absent rate falls back to the one it is a kind of.
package struct RatesView: Sendable, Codable, Equatable {
    package var input: Double
    package var cachedInput: Double?
    package var cacheWrite5m: Double?
    package var cacheWrite1h: Double?
    package var output: Double
    package var reasoning: Double?

    package init(
        input: Double,
        cachedInput: Double? = nil,
        cacheWrite5m: Double? = nil,
        cacheWrite1h: Double? = nil,
        output: Double,
        reasoning: Double? = nil
    ) {
        self.input = input
        self.cachedInput = cachedInput
        self.cacheWrite5m = cacheWrite5m
        self.cacheWrite1h = cacheWrite1h
        self.output = output
        self.reasoning = reasoning
    }

    private enum CodingKeys: String, CodingKey {
        case input
        case cachedInput = "cached_input"
        case cacheWrite5m = "cache_write_5m"
        case cacheWrite1h = "cache_write_1h"
        case output, reasoning
    }
}

/// Rates that hold from a number of input tokens on.
package struct TierView: Sendable, Codable, Equatable {
    package var fromInputTokens: Int64
    package var rates: RatesView

    package init(fromInputTokens: Int64, rates: RatesView) {
        self.fromInputTokens = fromInputTokens
        self.rates = rates
    }

    private enum CodingKeys: String, CodingKey { case fromInputTokens = "from_input_tokens" }

    package init(from decoder: any Decoder) throws {
        fromInputTokens = try decoder.container(keyedBy: CodingKeys.self).decode(Int64.self, forKey: .fromInputTokens)
        rates = try RatesView(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(fromInputTokens, forKey: .fromInputTokens)
        try rates.encode(to: encoder)
    }
}

/// The body of `POST /prices/import`: cards of our own form, or a file of LiteLLM or models.dev.
package struct ImportPricesRequest: Sendable, Codable {
    package var prices: [PriceView]?
    /// The object of LiteLLM's `model_prices_and_context_window.json`, or a part of it.
    package var litellm: RawJSON?
    /// The object of models.dev's `api.json`, or a part of it.
    package var modelsDev: RawJSON?
    /// With a file: takes its entries for this provider alone.
    package var provider: String?
    /// With a file: its name for that provider; else the provider's id.
    package var source: String?
    package var reason: String?

    package init(
        prices: [PriceView]? = nil,
        litellm: RawJSON? = nil,
        modelsDev: RawJSON? = nil,
        provider: String? = nil,
        source: String? = nil,
        reason: String? = nil
    ) {
        self.prices = prices
        self.litellm = litellm
        self.modelsDev = modelsDev
        self.provider = provider
        self.source = source
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case prices, litellm
        case modelsDev = "models_dev"
        case provider, source, reason
    }
}

/// What an import did.
package struct ImportedPricesView: Sendable, Codable, Equatable {
    /// Cards put in force, new or with another price.
    package var written: Int
    /// Cards that were in force with the same price.
    package var unchanged: Int
    /// Model cards written for their context window.
    package var models: Int
    /// `provider/model` of cards that the configuration file defines, passed over.
    package var ownedByFile: [String]
    /// Entries without a price per token.
    package var skipped: [String]
    /// Entries of providers that are not configured.
    package var foreign: Int
    /// Prices that a card has no place for, by the file's name for them: how many entries have one.
    package var dropped: [String: Int]?

    package init(
        written: Int,
        unchanged: Int,
        models: Int,
        ownedByFile: [String],
        skipped: [String],
        foreign: Int,
        dropped: [String: Int]? = nil
    ) {
        self.written = written
        self.unchanged = unchanged
        self.models = models
        self.ownedByFile = ownedByFile
        self.skipped = skipped
        self.foreign = foreign
        self.dropped = dropped
    }

    private enum CodingKeys: String, CodingKey {
        case written, unchanged, models
        case ownedByFile = "owned_by_file"
        case skipped, foreign, dropped
    }
}
