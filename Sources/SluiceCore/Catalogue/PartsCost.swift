// SPDX-License-Identifier: Apache-2.0

/// What a usage costs that holds more than plain tokens, or was served in another way than the usual one.
struct PartsCost {
    /// What factors of service tiers are on.
    private var scaled = PicoUSD(0)
    /// Tool calls, and the price for each request.
    private var flat: PicoUSD
    private var factors: [Int64] = []
    /// Some of it has no rate.
    private var isUnpriced = false

    init(_ usage: Usage, _ card: PriceCard) {
        flat = PicoUSD(Int128(card.perRequest.rawValue) * 1_000)
        // A batch tells what all its requests came to together: none of them is as large, and none is said to reach a tier.
        let tokens = usage.isOfBatch ? 0 : usage.input - usage.countedTwice
        var rates = card.rates(forInputTokens: tokens)
        var hasOwnRates = false
        for name in usage.servedAs {
            guard let variant = card.variants.first(where: { $0.name == name }) else {
                isUnpriced = true
                return
            }
            if let factor = variant.factorMillionths { factors.append(factor) }
            guard let own = variant.rates else { continue }
            // Two sets of rates at once: nobody says which.
            if hasOwnRates { isUnpriced = true }
            hasOwnRates = true
            rates = PriceCard.rates(own, variant.tiers, forInputTokens: tokens)
        }
        addTokens(usage, at: rates)
        addUnits(usage, at: rates, of: card)
    }

    func cost(factorMillionths factor: Int64) -> Cost {
        if isUnpriced { return .unpriced }
        guard let scaled = scaled.fraction(factors + [factor]), let flat = flat.fraction([factor]),
            let sum = scaled.adding(flat)?.roundedHalfEven(), let amount = Int64(exactly: sum)
        else { return .unknown }
        return .known(NanoUSD(amount))
    }

    /// Takes the tokens of each kind out of the count they are a view on, and adds them at their own rates.
    private mutating func addTokens(_ usage: Usage, at rates: PriceCard.Rates) {
        var text = usage
        let isFree = rates.isFree
        for entry in usage.parts.entries where entry.part.unit == .token {
            let (count, path, plain) = PartsCost.view(entry, text, rates)
            guard count > 0 else { continue }
            text[keyPath: path] -= count
            guard let rate = PartsCost.rate(entry.part, rates) ?? (isFree ? 0 : nil) else {
                isUnpriced = true
                continue
            }
            scaled.add(count, at: usage.isInconsistent ? max(rate, plain) : rate)
        }
        text.reasoning = min(text.reasoning, max(0, text.output))
        scaled.add(text, at: rates)
    }

    /// How many of a count's tokens are of the part, which count that is, and its rate for text.
    private static func view(
        _ entry: BilledParts.Entry,
        _ text: Usage,
        _ rates: PriceCard.Rates
    ) -> (count: Int64, path: WritableKeyPath<Usage, Int64>, plain: Int64) {
        let path: WritableKeyPath<Usage, Int64>
        let plain: Int64
        switch entry.part {
        case .cachedAudio, .cachedImage, .cachedVideo: (path, plain) = (\.cachedInput, rates.cachedInput ?? rates.input)
        case .outputAudio, .outputImage, .outputVideo: (path, plain) = (\.output, rates.output)
        case .cacheWrite30m: (path, plain) = (\.cacheWrite5m, rates.cacheWrite5m ?? rates.input)
        case .cacheWrite12h: (path, plain) = (\.cacheWrite1h, rates.cacheWrite1h ?? rates.input)
        default: (path, plain) = (\.freshInput, rates.input)
        }
        return (min(max(0, entry.number), max(0, text[keyPath: path])), path, plain)
    }

    /// The rate of a kind of tokens; an absent one falls back to that of which it is a kind, but for sound, and for output
    /// that is no text, which cost many times what text does.
    private static func rate(_ part: BilledPart, _ rates: PriceCard.Rates) -> Int64? {
        if let own = rates.parts[part] { return own }
        switch part {
        case .inputImage, .inputVideo: return rates.input
        case .cachedAudio: return rates.parts[.inputAudio]
        case .cachedImage: return rates.parts[.inputImage] ?? rates.cachedInput ?? rates.input
        case .cachedVideo: return rates.parts[.inputVideo] ?? rates.cachedInput ?? rates.input
        case .cacheWrite30m: return rates.cacheWrite5m ?? rates.input
        case .cacheWrite12h: return rates.cacheWrite1h ?? rates.cacheWrite5m ?? rates.input
        default: return nil
        }
    }

    /// Adds what is counted in other units; pictures, time, characters and pages may be paid by the request.
    private mutating func addUnits(_ usage: Usage, at rates: PriceCard.Rates, of card: PriceCard) {
        for entry in usage.parts.entries where entry.part.unit != .token && entry.number > 0 {
            guard let rate = rates.parts[entry.part] ?? card.rates.parts[entry.part] else {
                if entry.part.isTool || !card.isPricedByRequest { isUnpriced = true }
                continue
            }
            if entry.part.isTool {
                flat.add(entry.number, at: rate)
            } else {
                scaled.add(entry.number, at: rate)
            }
        }
    }
}
