// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

extension PriceView {
    init(_ card: PriceCard) {
        self.init()
        provider = card.provider.rawValue
        model = card.model
        effectiveFrom = card.effectiveFrom.description
        rates = RatesView(card.rates)
        tiers = card.tiers.isEmpty ? nil : card.tiers.map { TierView($0) }
        if !card.variants.isEmpty {
            serviceTiers = Dictionary(card.variants.map { ($0.name, VariantView($0)) }) { first, _ in first }
        }
        perRequest = card.perRequest == .zero ? nil : Double(card.perRequest.rawValue) / 1_000_000_000
        owner = card.owner.rawValue
    }

    /// The card this describes; `field` names it in a refusal.
    func card(at field: String, now: Timestamp) throws(AdminRefusal) -> PriceCard {
        guard let provider = ProviderID(provider) else { throw .invalid("is no provider", in: "\(field).provider") }
        guard (1...256).contains(model.utf8.count) else {
            throw .invalid("must have 1 to 256 bytes", in: "\(field).model")
        }
        var from = now
        if let effectiveFrom {
            guard let moment = Timestamp(effectiveFrom) else {
                throw .invalid("must be a date or a moment as in 2026-11-20T23:49:04Z", in: "\(field).effective_from")
            }
            from = moment
        }
        var fees = NanoUSD.zero
        if let perRequest {
            guard let amount = RatesView.integer(perRequest, scale: 1_000_000_000) else {
                throw .invalid(
                    "must be an amount from 0 to 1000000 US dollars with at most nine decimals",
                    in: "\(field).per_request"
                )
            }
            fees = NanoUSD(amount)
        }
        var variants: [PriceCard.Variant] = []
        for (name, variant) in (serviceTiers ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(\.isVisibleASCII) else {
                throw .invalid("names no service tier", in: "\(field).service_tiers")
            }
            variants.append(try variant.variant(named: name, at: "\(field).service_tiers.\(name)"))
        }
        return PriceCard(
            provider: provider,
            model: model,
            effectiveFrom: from,
            rates: try rates.rates(at: field),
            tiers: try TierView.tiers(tiers, at: field),
            variants: variants,
            perRequest: fees,
            owner: .api
        )
    }
}

extension TierView {
    init(_ tier: PriceCard.Tier) {
        self.init()
        fromInputTokens = tier.fromInputTokens
        rates = RatesView(tier.rates)
    }

    fileprivate static func tiers(
        _ views: [TierView]?,
        at field: String
    ) throws(AdminRefusal) -> [PriceCard.Tier] {
        var tiers: [PriceCard.Tier] = []
        for (index, tier) in (views ?? []).enumerated() {
            guard tier.fromInputTokens > tiers.last?.fromInputTokens ?? 0 else {
                throw .invalid("must be above 0 and ascend", in: "\(field).tiers.\(index).from_input_tokens")
            }
            tiers.append(
                PriceCard.Tier(
                    fromInputTokens: tier.fromInputTokens,
                    rates: try tier.rates.rates(at: "\(field).tiers.\(index)")
                )
            )
        }
        return tiers
    }
}

extension VariantView {
    init(_ variant: PriceCard.Variant) {
        self.init()
        factor = variant.factorMillionths.map { Double($0) / 1_000_000 }
        rates = variant.rates.map { RatesView($0) }
        tiers = variant.tiers.isEmpty ? nil : variant.tiers.map { TierView($0) }
    }

    fileprivate func variant(named name: String, at field: String) throws(AdminRefusal) -> PriceCard.Variant {
        switch (factor, rates) {
        case (let factor?, nil) where tiers == nil:
            guard factor <= 100, let millionths = RatesView.integer(factor, scale: 1_000_000) else {
                throw .invalid("must be from 0 to 100 with at most six decimals", in: "\(field).factor")
            }
            return PriceCard.Variant(name: name, factorMillionths: millionths)
        case (nil, let rates?):
            return PriceCard.Variant(
                name: name,
                rates: try rates.rates(at: field),
                tiers: try TierView.tiers(tiers, at: field)
            )
        default: throw .invalid("must have a factor, or an input and an output rate", in: field)
        }
    }
}

extension RatesView {
    init(_ rates: PriceCard.Rates) {
        self.init()
        input = RatesView.dollars(rates.input)
        cachedInput = rates.cachedInput.map(RatesView.dollars)
        cacheWrite5m = rates.cacheWrite5m.map(RatesView.dollars)
        cacheWrite1h = rates.cacheWrite1h.map(RatesView.dollars)
        output = RatesView.dollars(rates.output)
        reasoning = rates.reasoning.map(RatesView.dollars)
        for entry in rates.parts.entries {
            parts[entry.part] = Double(entry.number) / RatesView.scale(of: entry.part)
        }
    }

    /// Millionths of a dollar as dollars.
    static func dollars(_ millionths: Int64) -> Double { Double(millionths) / 1_000_000 }

    private static func scale(of part: BilledPart) -> Double {
        switch part.unit {
        case .token: 1e6
        case .millisecond: 1e9
        case .each: 1e12
        }
    }

    /// Dollars in smaller units; `nil` below 0, above a million dollars, for no number, and where it has more decimals than
    /// those units.
    static func integer(_ dollars: Double, scale: Double) -> Int64? {
        guard dollars >= 0, dollars <= 1_000_000 else { return nil }
        let whole = (dollars * scale).rounded()
        // The nearest double to so many units is what their decimal text was read as.
        guard whole / scale == dollars else { return nil }
        return Int64(whole)
    }

    func rates(at field: String) throws(AdminRefusal) -> PriceCard.Rates {
        func read(_ name: String, _ dollars: Double) throws(AdminRefusal) -> Int64 {
            guard let rate = RatesView.integer(dollars, scale: 1_000_000) else {
                throw .invalid(
                    "must be an amount from 0 to 1000000 US dollars with at most six decimals",
                    in: "\(field).\(name)"
                )
            }
            return rate
        }
        func read(_ name: String, _ dollars: Double?) throws(AdminRefusal) -> Int64? {
            guard let dollars else { return nil }
            return try read(name, dollars) as Int64
        }
        var further = BilledParts()
        for (part, dollars) in parts {
            guard dollars <= 1_000 || part.unit == .token,
                let rate = RatesView.integer(dollars, scale: RatesView.scale(of: part))
            else {
                throw .invalid(
                    "must be an amount from 0 to 1000 US dollars with at most \(part.places) decimals",
                    in: "\(field).\(part.name)"
                )
            }
            further[part] = rate
        }
        return PriceCard.Rates(
            input: try read("input", input),
            cachedInput: try read("cached_input", cachedInput),
            cacheWrite5m: try read("cache_write_5m", cacheWrite5m),
            cacheWrite1h: try read("cache_write_1h", cacheWrite1h),
            output: try read("output", output),
            reasoning: try read("reasoning", reasoning),
            parts: further
        )
    }
}

extension AdminRefusal {
    /// A member of the body that is wrong, by its name.
    fileprivate static func invalid(_ problem: String, in field: String) -> AdminRefusal {
        .invalid("\(field) \(problem).", field: field)
    }
}
