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

/// The body of `POST /prices/import`, and its answer.
package struct ImportPricesRequest: Sendable, Codable {
    package var prices: [PriceView]
    package var models: [ModelView]?
    package var reason: String?

    package init(prices: [PriceView], models: [ModelView]? = nil, reason: String? = nil) {
        self.prices = prices
        self.models = models
        self.reason = reason
    }
}

/// What an import did.
package struct ImportedPricesView: Sendable, Codable, Equatable {
    /// Cards that are new or changed.
    package var imported: Int

    package init(imported: Int) { self.imported = imported }
}
