// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Reads LiteLLM's `model_prices_and_context_window.json`: an object of models with prices per token in US dollars.
///
/// Which of our providers an entry is for is told by its `litellm_provider`: one of the same id, or of that dialect.
package struct LiteLLMPrices: Sendable {
    package struct Reading: Sendable {
        package var cards: [PriceCard] = []
        package var models: [ModelCard] = []
        /// Entries of our providers that have no price per token, or one that cannot be read.
        package var skipped: [String] = []
        /// Entries of providers that are not configured.
        package var foreign: Int = 0
    }

    /// `litellm_provider` to our providers.
    private let mapping: [String: [ProviderID]]

    /// A reader for the configured providers.
    ///
    /// - Parameters:
    ///   - only: Takes entries for this provider alone.
    ///   - source: The `litellm_provider` whose entries are taken for it; without it, its id and its dialect's name.
    package init(providers: [Provider], only: ProviderID? = nil, source: String? = nil) {
        var mapping: [String: [ProviderID]] = [:]
        for provider in providers where only == nil || provider.id == only {
            let names = source.map { [$0] } ?? [provider.id.rawValue, provider.dialect.rawValue]
            for name in Set(names) { mapping[name, default: []].append(provider.id) }
        }
        self.mapping = mapping
    }

    /// The cards of a whole file, in force from a moment on.
    package func read(_ file: JSONObject, from moment: Timestamp) -> Reading {
        var reading = Reading()
        for (name, value) in file.members where name != "sample_spec" {
            guard case .object(let entry) = value, case .string(let source)? = entry["litellm_provider"],
                let providers = mapping[source]
            else {
                reading.foreign += 1
                continue
            }
            let model = name.hasPrefix(source + "/") ? String(name.dropFirst(source.count + 1)) : name
            let window = ExactRate.scaled(entry["max_input_tokens"] ?? entry["max_tokens"], by: 0)
            for provider in providers {
                guard let rates = LiteLLMPrices.rates(entry) else {
                    reading.skipped.append(name)
                    continue
                }
                reading.cards.append(
                    PriceCard(
                        provider: provider,
                        model: model,
                        effectiveFrom: moment,
                        rates: rates,
                        tiers: LiteLLMPrices.tiers(entry, base: rates),
                        perRequest: NanoUSD(ExactRate.scaled(entry["input_cost_per_request"], by: 9) ?? 0),
                        owner: .api
                    )
                )
                if let window, window > 0 {
                    reading.models.append(
                        ModelCard(provider: provider, model: model, contextWindow: window, owner: .api)
                    )
                }
            }
        }
        return reading
    }

    /// The rates of an entry; `suffix` is empty or `_above_200k_tokens`.
    private static func rates(_ entry: JSONObject, suffix: String = "") -> PriceCard.Rates? {
        func rate(_ name: String) -> Int64? { ExactRate.perToken(entry[name + suffix]) }
        guard let input = rate("input_cost_per_token") else { return nil }
        let isEmbedding = if case .string("embedding")? = entry["mode"] { true } else { false }
        guard let output = rate("output_cost_per_token") ?? (isEmbedding ? 0 : nil) else { return nil }
        return PriceCard.Rates(
            input: input,
            cachedInput: rate("cache_read_input_token_cost"),
            cacheWrite5m: rate("cache_creation_input_token_cost"),
            cacheWrite1h: rate("cache_creation_input_token_cost_above_1hr"),
            output: output,
            reasoning: rate("output_cost_per_reasoning_token")
        )
    }

    /// Rates that hold above a number of input tokens; what a tier leaves out it takes from the base.
    private static func tiers(_ entry: JSONObject, base: PriceCard.Rates) -> [PriceCard.Tier] {
        var thresholds: Set<Int64> = []
        for (name, _) in entry.members {
            for prefix in ["input_cost_per_token_above_", "output_cost_per_token_above_"]
            where name.hasPrefix(prefix) && name.hasSuffix("k_tokens") {
                if let thousands = Int64(name.dropFirst(prefix.count).dropLast(8)), (1...100_000).contains(thousands) {
                    thresholds.insert(thousands)
                }
            }
        }
        return thresholds.sorted().map { thousands in
            func rate(_ name: String) -> Int64? { ExactRate.perToken(entry["\(name)_above_\(thousands)k_tokens"]) }
            return PriceCard.Tier(
                fromInputTokens: thousands * 1_000 + 1,
                rates: PriceCard.Rates(
                    input: rate("input_cost_per_token") ?? base.input,
                    cachedInput: rate("cache_read_input_token_cost") ?? base.cachedInput,
                    cacheWrite5m: rate("cache_creation_input_token_cost") ?? base.cacheWrite5m,
                    cacheWrite1h: base.cacheWrite1h,
                    output: rate("output_cost_per_token") ?? base.output,
                    reasoning: base.reasoning
                )
            )
        }
    }
}
