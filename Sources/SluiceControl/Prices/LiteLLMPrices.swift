// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Reads LiteLLM's `model_prices_and_context_window.json`: an object of models with prices per token in US dollars.
enum LiteLLMPrices {
    private static let inputName = "input_cost_per_token"
    private static let outputName = "output_cost_per_token"
    private static let cacheReadName = "cache_read_input_token_cost"
    private static let cacheWrite5mName = "cache_creation_input_token_cost"
    private static let cacheWrite1hName = "cache_creation_input_token_cost_above_1hr"
    private static let reasoningName = "output_cost_per_reasoning_token"
    private static let perRequestName = "input_cost_per_request"
    private static let tiered = [
        inputName, outputName, cacheReadName, cacheWrite1hName, cacheWrite5mName, reasoningName,
    ]

    static func read(_ file: JSONObject, into reading: inout PriceReading) {
        for (name, value) in file.members where name != "sample_spec" {
            guard case .object(let entry) = value, case .string(let source)? = entry["litellm_provider"],
                let providers = reading.providers[source]
            else {
                reading.foreign += 1
                continue
            }
            let thresholds = thresholds(entry)
            reading.take(
                name,
                model: name.hasPrefix(source + "/") ? String(name.dropFirst(source.count + 1)) : name,
                for: providers,
                price(entry, thresholds),
                dropping: dropped(entry, thresholds),
                window: ExactRate.scaled(entry["max_input_tokens"] ?? entry["max_tokens"], by: 0)
            )
        }
    }

    /// What an entry costs; `nil` where no price per token can be read, or none but zero beside a price of another unit.
    private static func price(_ entry: JSONObject, _ thresholds: [Int64]) -> PriceReading.Price? {
        func rate(_ name: String, _ suffix: String = "") -> Int64? { ExactRate.perToken(entry[name + suffix]) }
        guard let input = rate(inputName) else { return nil }
        let isEmbedding = if case .string("embedding")? = entry["mode"] { true } else { false }
        guard let output = rate(outputName) ?? (isEmbedding ? 0 : nil) else { return nil }
        let request = ExactRate.scaled(entry[perRequestName], by: 9) ?? 0
        if input == 0, output == 0, request == 0, !dropped(entry, thresholds).isEmpty { return nil }
        let base = PriceCard.Rates(
            input: input,
            cachedInput: rate(cacheReadName),
            cacheWrite5m: rate(cacheWrite5mName),
            cacheWrite1h: rate(cacheWrite1hName),
            output: output,
            reasoning: rate(reasoningName)
        )
        // What a tier leaves out it takes from the base.
        let tiers = thresholds.map { thousands in
            let suffix = suffix(thousands)
            return PriceCard.Tier(
                fromInputTokens: thousands * 1_000 + 1,
                rates: PriceCard.Rates(
                    input: rate(inputName, suffix) ?? base.input,
                    cachedInput: rate(cacheReadName, suffix) ?? base.cachedInput,
                    cacheWrite5m: rate(cacheWrite5mName, suffix) ?? base.cacheWrite5m,
                    cacheWrite1h: rate(cacheWrite1hName, suffix) ?? base.cacheWrite1h,
                    output: rate(outputName, suffix) ?? base.output,
                    reasoning: rate(reasoningName, suffix) ?? base.reasoning
                )
            )
        }
        return PriceReading.Price(rates: base, tiers: tiers, perRequest: NanoUSD(request))
    }

    private static func suffix(_ thousands: Int64) -> String { "_above_\(thousands)k_tokens" }

    /// The numbers of input tokens, in thousands, above which other rates hold, ascending.
    private static func thresholds(_ entry: JSONObject) -> [Int64] {
        var thresholds: Set<Int64> = []
        for (name, _) in entry.members where name.hasSuffix("k_tokens") {
            for rate in tiered where name.hasPrefix(rate + "_above_") {
                let thousands = Int64(name.dropFirst(rate.count + 7).dropLast(8))
                if let thousands, (1...100_000).contains(thousands) { thresholds.insert(thousands) }
            }
        }
        return thresholds.sorted()
    }

    /// The prices of an entry that a card has no field for: other units, service tiers, batches.
    private static func dropped(_ entry: JSONObject, _ thresholds: [Int64]) -> [String] {
        let read = Set(
            tiered + [perRequestName] + thresholds.flatMap { thousands in tiered.map { $0 + suffix(thousands) } }
        )
        return entry.members.compactMap { name, value in
            let isPrice = name.contains("cost") || name.contains("pricing")
            return isPrice && !read.contains(name) && value.holdsPrice ? name : nil
        }
    }
}
