// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Reads LiteLLM's `model_prices_and_context_window.json`: an object of models with prices per token in US dollars.
enum LiteLLMPrices {
    static func read(_ file: JSONObject, into reading: inout PriceReading) {
        for (name, value) in file.members where name != "sample_spec" {
            guard case .object(let entry) = value, case .string(let source)? = entry["litellm_provider"],
                let providers = reading.providers[source]
            else {
                reading.foreign += 1
                continue
            }
            if file["\(source)/\(name)"] != nil {
                reading.skip(name, because: "the same model as \(source)/\(name), which is taken")
                continue
            }
            let price = LiteLLMEntry(entry)
            reading.take(
                name,
                model: name.hasPrefix(source + "/") ? String(name.dropFirst(source.count + 1)) : name,
                for: providers,
                price.price,
                dropping: price.dropped,
                window: ExactRate.scaled(entry["max_input_tokens"] ?? entry["max_tokens"], by: 0),
                because: price.reason
            )
        }
    }
}

/// What one entry says of a model's price.
private struct LiteLLMEntry {
    /// What a name of the file is the price of.
    private enum Rate: Hashable {
        case input, output, cached, write5m, write1h, reasoning, request
        case part(BilledPart)
    }

    /// For which answers a price holds: of a service tier, from a number of input tokens on.
    private struct Place: Hashable {
        var tier = ""
        /// Thousands of tokens.
        var above: Int64 = 0
    }

    private let mode: String
    private var rates: [Place: [Rate: Int64]] = [:]
    private var factors: [String: Int64] = [:]
    /// Prices that a card has no place for, by their names.
    private(set) var dropped: [String] = []
    private var hasPrice = false

    init(_ entry: JSONObject) {
        if case .string(let mode)? = entry["mode"] { self.mode = mode } else { mode = "" }
        for (name, value) in entry.members where LiteLLMEntry.isPrice(name) { take(name, value) }
        if case .array(let tiers)? = entry["tiered_pricing"] { take(tiers: tiers) }
        if case .object(let specific)? = entry["provider_specific_entry"] {
            for name in ["fast", "us"] { factors[name] = ExactRate.scaled(specific[name], by: 6) }
        }
    }

    private static func isPrice(_ name: String) -> Bool {
        name.contains("cost") || name.contains("pricing") || name.contains("multiplier")
    }

    private mutating func take(_ name: String, _ value: JSONValue) {
        guard name != "tiered_pricing" else { return }
        guard value.holdsPrice else {
            // A zero is a price, too, and no dropped one.
            if let (rate, place) = rate(named: name), let zero = ExactRate.perToken(value) { put(rate, place, zero) }
            return
        }
        hasPrice = true
        if name == "search_context_cost_per_query", let price = LiteLLMEntry.searches(value) {
            return put(.part(.webSearches), Place(), price)
        }
        guard let (rate, place) = rate(named: name), let price = ExactRate.scaled(value, by: places(rate)) else {
            dropped.append(name)
            return
        }
        put(rate, place, price)
    }

    private mutating func put(_ rate: Rate, _ place: Place, _ price: Int64) {
        // A transcription's second has one price, which may stand under two names.
        rates[place, default: [:]][rate] = max(price, rates[place]?[rate] ?? 0)
    }

    private func places(_ rate: Rate) -> Int {
        switch rate {
        case .request: 9
        case .part(let part): part.unit == .token ? 12 : part.places
        default: 12
        }
    }

    /// The price of a search where it is the same for all sizes of what is looked at.
    private static func searches(_ value: JSONValue) -> Int64? {
        guard case .object(let sizes) = value else { return nil }
        let prices = Set(sizes.members.map { ExactRate.scaled($0.value, by: 12) })
        return prices.count == 1 ? prices.first ?? nil : nil
    }

    /// Takes a name apart: its price, the size of context it is for, the service tier.
    private func rate(named name: String) -> (Rate, Place)? {
        var place = Place()
        var rest = Substring(name)
        for (suffix, tier) in LiteLLMEntry.tiers where rest.hasSuffix(suffix) {
            place.tier = tier
            rest = rest.dropLast(suffix.count)
            break
        }
        if rest.hasSuffix("k_tokens"), let above = rest.range(lastOf: "_above_") {
            guard let thousands = Int64(rest[above.upperBound...].dropLast(8)), (1...100_000).contains(thousands) else {
                return nil
            }
            place.above = thousands
            rest = rest[..<above.lowerBound]
        }
        return rate(String(rest)).map { ($0, place) }
    }

    private static let tiers = [
        ("_priority", "priority"), ("_flex", "flex"), ("_batches", "batch"), ("_ultrafast", "ultrafast"),
        ("_balanced", "balanced"), ("_decisions", "decisions"),
    ]

    private func rate(_ name: String) -> Rate? {
        switch name {
        case "input_cost_per_second" where mode == "audio_transcription": .part(.inputAudioTime)
        case "output_cost_per_second" where mode == "audio_transcription": .part(.inputAudioTime)
        case "output_cost_per_second" where mode == "audio_speech": .part(.outputAudioTime)
        case "output_cost_per_second" where mode == "video_generation": .part(.outputVideoTime)
        default: LiteLLMEntry.names[name]
        }
    }

    private static let names: [String: Rate] = [
        "input_cost_per_token": .input, "output_cost_per_token": .output,
        "cache_read_input_token_cost": .cached, "input_cost_per_token_cache_hit": .cached,
        "cache_creation_input_token_cost": .write5m, "cache_creation_input_token_cost_above_1hr": .write1h,
        "cache_creation_input_token_cost_above_12hr": .part(.cacheWrite12h),
        "output_cost_per_reasoning_token": .reasoning,
        "input_cost_per_audio_token": .part(.inputAudio), "output_cost_per_audio_token": .part(.outputAudio),
        "cache_read_input_audio_token_cost": .part(.cachedAudio),
        "input_cost_per_image_token": .part(.inputImage), "output_cost_per_image_token": .part(.outputImage),
        "cache_read_input_image_token_cost": .part(.cachedImage),
        "input_cost_per_video_token": .part(.inputVideo), "output_cost_per_video_token": .part(.outputVideo),
        "input_cost_per_image": .part(.inputImages), "output_cost_per_image": .part(.outputImages),
        "input_cost_per_audio_per_second": .part(.inputAudioTime),
        "input_cost_per_video_per_second": .part(.inputVideoTime),
        "output_cost_per_video_per_second": .part(.outputVideoTime),
        "input_cost_per_character": .part(.inputCharacters), "output_cost_per_character": .part(.outputCharacters),
        "ocr_cost_per_page": .part(.pages), "google_maps_grounding_cost_per_query": .part(.mapSearches),
        "input_cost_per_request": .request, "input_cost_per_query": .request,
    ]

    /// Prices by ranges of input tokens; the first one is the base.
    private mutating func take(tiers: [JSONValue]) {
        for case .object(let tier) in tiers {
            guard case .array(let range)? = tier["range"], let start = ExactRate.scaled(range.first, by: 0),
                start % 1_000 == 0, start <= 100_000_000
            else {
                dropped.append("tiered_pricing")
                continue
            }
            for (name, value) in tier.members where LiteLLMEntry.isPrice(name) {
                guard let (rate, _) = rate(named: name), let price = ExactRate.scaled(value, by: places(rate)) else {
                    dropped.append("tiered_pricing.\(name)")
                    continue
                }
                if price > 0 { hasPrice = true }
                put(rate, Place(above: start / 1_000), price)
            }
        }
    }

    // MARK: The card

    private static let units: [BilledPart] = [
        .inputImages, .outputImages, .inputAudioTime, .outputAudioTime, .inputVideoTime, .outputVideoTime,
        .inputCharacters, .outputCharacters, .pages,
    ]

    /// What an entry costs; `nil` where no price can be read, or none but zero beside a price that has no place here.
    var price: PriceReading.Price? { reason == nil ? card : nil }

    /// Why there is no price.
    var reason: String? {
        guard let card else {
            if rates[Place()]?[.input] != nil { return "a price for what goes in and none for what comes out" }
            if dropped.isEmpty { return "no price" }
            return "priced by what a card has no place for: \(dropped.joined(separator: ", "))"
        }
        let isFree = card.rates.input == 0 && card.rates.output == 0 && card.perRequest == .zero
        guard isFree, !card.rates.parts.entries.contains(where: { $0.number > 0 && !$0.part.isTool }) else {
            return nil
        }
        guard hasPrice else { return nil }
        return "a price of zero a token beside another one: "
            + (dropped.isEmpty ? "of tools alone" : dropped.joined(separator: ", "))
    }

    private var card: PriceReading.Price? {
        let base = rates[Place()] ?? [:]
        guard let rates = LiteLLMEntry.rates(base, else: nil, isEmbedding: mode == "embedding") ?? unitRates(base)
        else {
            return nil
        }
        var variants: [PriceCard.Variant] = []
        for (_, tier) in LiteLLMEntry.tiers where self.rates.keys.contains(where: { $0.tier == tier }) {
            let own = self.rates[Place(tier: tier)] ?? [:]
            guard let changed = LiteLLMEntry.rates(own, else: rates) else { continue }
            variants.append(PriceCard.Variant(name: tier, rates: changed, tiers: sizes(tier, of: changed)))
        }
        for (name, factor) in factors.sorted(by: { $0.key < $1.key }) where factor > 0 {
            variants.append(PriceCard.Variant(name: name, factorMillionths: factor))
        }
        return PriceReading.Price(
            rates: rates,
            tiers: sizes("", of: rates),
            variants: variants,
            perRequest: NanoUSD(base[.request] ?? 0)
        )
    }

    /// Rates of larger contexts; what one leaves out it takes from the base.
    private func sizes(_ tier: String, of base: PriceCard.Rates) -> [PriceCard.Tier] {
        rates.keys.filter { $0.tier == tier && $0.above > 0 }.sorted { $0.above < $1.above }.compactMap { place in
            LiteLLMEntry.rates(rates[place] ?? [:], else: base).map {
                PriceCard.Tier(fromInputTokens: place.above * 1_000 + 1, rates: $0)
            }
        }
    }

    private static func rates(
        _ read: [Rate: Int64],
        else base: PriceCard.Rates?,
        isEmbedding: Bool = false
    ) -> PriceCard.Rates? {
        // Output that has no price as text is what else the model makes.
        let made = read[.part(.outputImage)] ?? read[.part(.outputAudio)] ?? read[.part(.outputVideo)]
        guard let input = read[.input] ?? base?.input,
            let output = read[.output] ?? base?.output ?? made ?? (isEmbedding ? 0 : nil)
        else { return nil }
        // Thoughts that cost what other output does go on doing so.
        let followsOutput = read[.output] != nil && base?.reasoning == base?.output
        var parts = base?.parts ?? BilledParts()
        for case (.part(let part), let rate) in read { parts[part] = rate }
        return PriceCard.Rates(
            input: input,
            cachedInput: read[.cached] ?? base?.cachedInput,
            cacheWrite5m: read[.write5m] ?? base?.cacheWrite5m,
            cacheWrite1h: read[.write1h] ?? base?.cacheWrite1h,
            output: output,
            reasoning: read[.reasoning] ?? (followsOutput ? nil : base?.reasoning),
            parts: parts
        )
    }

    /// Of a model that has no price for tokens, but one for pictures, time, characters, pages or requests.
    private func unitRates(_ read: [Rate: Int64]) -> PriceCard.Rates? {
        guard read[.input] == nil, read[.output] ?? 0 == 0 else { return nil }
        let hasUnits = LiteLLMEntry.units.contains { read[.part($0)] ?? 0 > 0 } || read[.request] ?? 0 > 0
        guard hasUnits else { return nil }
        var parts = BilledParts()
        for case (.part(let part), let rate) in read { parts[part] = rate }
        return PriceCard.Rates(input: 0, output: 0, parts: parts)
    }
}

extension Substring {
    /// Where a text stands in it last.
    fileprivate func range(lastOf text: String) -> Range<Index>? {
        var place = endIndex
        while place > startIndex {
            place = index(before: place)
            if self[place...].hasPrefix(text) { return place..<index(place, offsetBy: text.count) }
        }
        return nil
    }
}
