// SPDX-License-Identifier: Apache-2.0

/// What a provider asks for a model from a moment on.
///
/// Rates are millionths of a US dollar per million tokens, which is the same number as picodollars per token, so that
/// tokens × rate is exact. Those of other units are picodollars for one of them, or for a thousandth of a second.
package struct PriceCard: Sendable, Equatable {
    package var provider: ProviderID
    package var model: String
    package var effectiveFrom: Timestamp
    package var rates: Rates
    /// Rates that hold from a number of input tokens on, ascending.
    package var tiers: [Tier]
    /// What is asked for answers of a service tier, a speed or a place of its own.
    package var variants: [Variant]
    package var perRequest: NanoUSD
    package var owner: Owner

    package init(
        provider: ProviderID,
        model: String,
        effectiveFrom: Timestamp,
        rates: Rates,
        tiers: [Tier] = [],
        variants: [Variant] = [],
        perRequest: NanoUSD = .zero,
        owner: Owner = .file
    ) {
        self.provider = provider
        self.model = model
        self.effectiveFrom = effectiveFrom
        self.rates = rates
        self.tiers = tiers
        self.variants = variants
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
        /// Of what is billed apart; sound, and output that is no text, has no price without one here.
        package var parts: BilledParts

        package init(
            input: Int64,
            cachedInput: Int64? = nil,
            cacheWrite5m: Int64? = nil,
            cacheWrite1h: Int64? = nil,
            output: Int64,
            reasoning: Int64? = nil,
            parts: BilledParts = BilledParts()
        ) {
            self.input = input
            self.cachedInput = cachedInput
            self.cacheWrite5m = cacheWrite5m
            self.cacheWrite1h = cacheWrite1h
            self.output = output
            self.reasoning = reasoning
            self.parts = parts
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            input = try container.decode(Int64.self, forKey: .input)
            cachedInput = try container.decodeIfPresent(Int64.self, forKey: .cachedInput)
            cacheWrite5m = try container.decodeIfPresent(Int64.self, forKey: .cacheWrite5m)
            cacheWrite1h = try container.decodeIfPresent(Int64.self, forKey: .cacheWrite1h)
            output = try container.decode(Int64.self, forKey: .output)
            reasoning = try container.decodeIfPresent(Int64.self, forKey: .reasoning)
            parts = try container.decodeIfPresent(BilledParts.self, forKey: .parts) ?? BilledParts()
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

    /// What an answer costs that says it was served in another way than the usual one.
    package struct Variant: Sendable, Equatable, Codable {
        /// As the answer names it: `flex`, `priority`, `batch`, `fast`, `us`.
        package var name: String
        /// On all but tool calls and the price for each request; absent where it has rates of its own.
        package var factorMillionths: Int64?
        /// Instead of the card's.
        package var rates: Rates?
        package var tiers: [Tier]

        package init(name: String, factorMillionths: Int64? = nil, rates: Rates? = nil, tiers: [Tier] = []) {
            self.name = name
            self.factorMillionths = factorMillionths
            self.rates = rates
            self.tiers = tiers
        }
    }
}

extension PriceCard {
    /// What it asks, without whom it is of and since when.
    package struct Terms: Sendable, Equatable, Codable {
        package var rates: Rates
        package var tiers: [Tier]
        package var variants: [Variant]
        /// Nano-dollars.
        package var perRequest: Int64

        package init(rates: Rates, tiers: [Tier], variants: [Variant], perRequest: Int64) {
            self.rates = rates
            self.tiers = tiers
            self.variants = variants
            self.perRequest = perRequest
        }
    }

    package var terms: Terms {
        get { Terms(rates: rates, tiers: tiers, variants: variants, perRequest: perRequest.rawValue) }
        set {
            rates = newValue.rates
            tiers = newValue.tiers
            variants = newValue.variants
            perRequest = NanoUSD(newValue.perRequest)
        }
    }

    /// A number for what is asked at a factor, by which entries of the ledger name it: another one for other terms.
    package func digest(factorMillionths: Int64) -> Int64 {
        var hash = FNV1a()
        hash.take(provider.rawValue)
        hash.take(model)
        hash.take(effectiveFrom.nanoseconds)
        hash.take(factorMillionths)
        hash.take(perRequest.rawValue)
        hash.take(rates)
        hash.take(tiers)
        for variant in variants {
            hash.take(variant.name)
            hash.take(variant.factorMillionths)
            if let rates = variant.rates { hash.take(rates) }
            hash.take(variant.tiers)
        }
        return Int64(bitPattern: hash.value)
    }
}

/// The 64-bit hash of Fowler, Noll and Vo.
private struct FNV1a {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    private mutating func take(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

    mutating func take(_ text: String) {
        for byte in text.utf8 { take(byte: byte) }
        // No text holds it.
        take(byte: 0xFF)
    }

    mutating func take(_ number: Int64) {
        var rest = UInt64(bitPattern: number)
        for _ in 0..<8 {
            take(byte: UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    mutating func take(_ number: Int64?) {
        take(byte: number == nil ? 0 : 1)
        if let number { take(number) }
    }

    mutating func take(_ rates: PriceCard.Rates) {
        take(rates.input)
        take(rates.cachedInput)
        take(rates.cacheWrite5m)
        take(rates.cacheWrite1h)
        take(rates.output)
        take(rates.reasoning)
        for entry in rates.parts.entries {
            take(byte: entry.part.rawValue)
            take(entry.number)
        }
        take(byte: 0)
    }

    mutating func take(_ tiers: [PriceCard.Tier]) {
        for tier in tiers {
            take(tier.fromInputTokens)
            take(tier.rates)
        }
        take(byte: 0)
    }
}
