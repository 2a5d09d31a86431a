// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Reads `api.json` of models.dev: an object of providers with their models, whose `cost` is in US dollars per million
/// tokens.
enum ModelsDevPrices {
    private static let parts: [(name: String, part: BilledPart)] = [
        ("input_audio", .inputAudio), ("output_audio", .outputAudio), ("input_image", .inputImage),
        ("output_image", .outputImage), ("input_video", .inputVideo), ("output_video", .outputVideo),
    ]
    private static let rateNames =
        Set(["input", "output", "cache_read", "cache_write", "reasoning"]).union(parts.map(\.name))

    static func read(_ file: JSONObject, into reading: inout PriceReading) {
        for (source, value) in file.members {
            guard case .object(let provider) = value, case .object(let models)? = provider["models"] else {
                reading.foreign += 1
                continue
            }
            guard let ours = reading.providers[source] else {
                reading.foreign += models.count
                continue
            }
            for (model, value) in models.members {
                guard case .object(let entry) = value else {
                    reading.skip("\(source)/\(model)", because: "no object")
                    continue
                }
                var dropped: [String] = []
                let price = price(entry["cost"], &dropped)
                var window: Int64?
                if case .object(let limit)? = entry["limit"] {
                    window = ExactRate.scaled(limit["input"] ?? limit["context"], by: 0)
                }
                reading.take(
                    "\(source)/\(model)",
                    model: model,
                    for: ours,
                    price,
                    dropping: dropped,
                    window: window,
                    because: entry["cost"] == nil ? "no price" : "a price of zero a token beside another one"
                )
            }
        }
    }

    /// What a model costs; `nil` without prices of tokens, or where they are zero and something else is not.
    private static func price(_ value: JSONValue?, _ dropped: inout [String]) -> PriceReading.Price? {
        guard case .object(let cost)? = value, let base = rates(cost, base: nil) else { return nil }
        for (name, value) in cost.members
        where !rateNames.contains(name) && name != "tiers" && name != "context_over_200k" {
            if value.holdsPrice { dropped.append("cost.\(name)") }
        }
        let hasOthers = base.parts.entries.contains { $0.number > 0 }
        if base.input == 0, base.output == 0, !dropped.isEmpty || hasOthers { return nil }
        var tiers: [Int64: PriceCard.Rates] = [:]
        if case .array(let elements)? = cost["tiers"] {
            for case .object(let tier) in elements {
                guard case .object(let kind)? = tier["tier"], kind["type"] == .string("context"),
                    let size = ExactRate.scaled(kind["size"], by: 0), size > 0, size < .max,
                    let rates = rates(tier, base: base)
                else {
                    dropped.append("cost.tiers")
                    continue
                }
                tiers[size + 1] = rates
            }
        } else if case .object(let tier)? = cost["context_over_200k"], let rates = rates(tier, base: base) {
            tiers[200_001] = rates
        }
        return PriceReading.Price(
            rates: base,
            tiers: tiers.sorted { $0.key < $1.key }.map { PriceCard.Tier(fromInputTokens: $0.key, rates: $0.value) }
        )
    }

    /// Rates per million tokens; what a tier leaves out it takes from the base.
    private static func rates(_ cost: JSONObject, base: PriceCard.Rates?) -> PriceCard.Rates? {
        func rate(_ name: String) -> Int64? { ExactRate.perMillion(cost[name]) }
        guard let input = rate("input") ?? base?.input, let output = rate("output") ?? base?.output else { return nil }
        var parts = base?.parts ?? BilledParts()
        for (name, part) in ModelsDevPrices.parts { if let own = rate(name) { parts[part] = own } }
        return PriceCard.Rates(
            input: input,
            cachedInput: rate("cache_read") ?? base?.cachedInput,
            cacheWrite5m: rate("cache_write") ?? base?.cacheWrite5m,
            output: output,
            reasoning: rate("reasoning") ?? base?.reasoning,
            parts: parts
        )
    }
}
