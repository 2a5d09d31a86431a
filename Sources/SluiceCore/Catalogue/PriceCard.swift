// SPDX-License-Identifier: Apache-2.0

/// What a provider asks for a model from a moment on.
///
/// Rates are millionths of a US dollar per million tokens, which is the same number as picodollars per token, so that
/// tokens × rate is exact.
package struct PriceCard: Sendable, Equatable {
    package var provider: ProviderID
    package var model: String
    package var effectiveFrom: Timestamp
    package var rates: Rates
    /// Rates that hold from a number of input tokens on, ascending.
    package var tiers: [Tier]
    package var perRequest: NanoUSD
    package var owner: Owner

    package init(
        provider: ProviderID,
        model: String,
        effectiveFrom: Timestamp,
        rates: Rates,
        tiers: [Tier] = [],
        perRequest: NanoUSD = .zero,
        owner: Owner = .file
    ) {
        self.provider = provider
        self.model = model
        self.effectiveFrom = effectiveFrom
        self.rates = rates
        self.tiers = tiers
        self.perRequest = perRequest
        self.owner = owner
    }

    /// Rates for one size of context; an absent one falls back as its comment says.
    package struct Rates: Sendable, Equatable, Codable {
        package var input: Int64
        /// Falls back to `input`.
        package var cachedInput: Int64?
        /// Falls back to `input`.
        package var cacheWrite5m: Int64?
        /// Falls back to `cacheWrite5m`, then `input`.
        package var cacheWrite1h: Int64?
        package var output: Int64
        /// Falls back to `output`.
        package var reasoning: Int64?

        package init(
            input: Int64,
            cachedInput: Int64? = nil,
            cacheWrite5m: Int64? = nil,
            cacheWrite1h: Int64? = nil,
            output: Int64,
            reasoning: Int64? = nil
        ) {
            self.input = input
            self.cachedInput = cachedInput
            self.cacheWrite5m = cacheWrite5m
            self.cacheWrite1h = cacheWrite1h
            self.output = output
            self.reasoning = reasoning
        }
    }

    package struct Tier: Sendable, Equatable, Codable {
        /// Holds for requests with at least this many input tokens.
        package var fromInputTokens: Int64
        package var rates: Rates

        package init(fromInputTokens: Int64, rates: Rates) {
            self.fromInputTokens = fromInputTokens
            self.rates = rates
        }
    }
}
