// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

extension PriceView {
    init(_ card: PriceCard) {
        self.init(
            provider: card.provider.rawValue,
            model: card.model,
            effectiveFrom: card.effectiveFrom.description,
            rates: RatesView(card.rates),
            tiers: card.tiers.isEmpty
                ? nil
                : card.tiers.map { TierView(fromInputTokens: $0.fromInputTokens, rates: RatesView($0.rates)) },
            perRequest: card.perRequest == .zero ? nil : Double(card.perRequest.rawValue) / 1_000_000_000,
            owner: card.owner.rawValue
        )
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
                throw .invalid("must be an amount from 0 to 1000000 US dollars", in: "\(field).per_request")
            }
            fees = NanoUSD(amount)
        }
        var tiers: [PriceCard.Tier] = []
        for (index, tier) in (self.tiers ?? []).enumerated() {
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
        return PriceCard(
            provider: provider,
            model: model,
            effectiveFrom: from,
            rates: try rates.rates(at: field),
            tiers: tiers,
            perRequest: fees,
            owner: .api
        )
    }
}

extension RatesView {
    init(_ rates: PriceCard.Rates) {
        self.init(
            input: RatesView.dollars(rates.input),
            cachedInput: rates.cachedInput.map(RatesView.dollars),
            cacheWrite5m: rates.cacheWrite5m.map(RatesView.dollars),
            cacheWrite1h: rates.cacheWrite1h.map(RatesView.dollars),
            output: RatesView.dollars(rates.output),
            reasoning: rates.reasoning.map(RatesView.dollars)
        )
    }

    /// Millionths of a dollar as dollars.
    static func dollars(_ millionths: Int64) -> Double { Double(millionths) / 1_000_000 }

    /// Dollars in smaller units, rounded to the nearest; `nil` below 0, above a million dollars, or for no number.
    static func integer(_ dollars: Double, scale: Double) -> Int64? {
        guard dollars >= 0, dollars <= 1_000_000 else { return nil }
        return Int64((dollars * scale).rounded())
    }

    func rates(at field: String) throws(AdminRefusal) -> PriceCard.Rates {
        func read(_ name: String, _ dollars: Double) throws(AdminRefusal) -> Int64 {
            guard let rate = RatesView.integer(dollars, scale: 1_000_000) else {
                throw .invalid("must be an amount from 0 to 1000000 US dollars", in: "\(field).\(name)")
            }
            return rate
        }
        func read(_ name: String, _ dollars: Double?) throws(AdminRefusal) -> Int64? {
            guard let dollars else { return nil }
            return try read(name, dollars) as Int64
        }
        return PriceCard.Rates(
            input: try read("input", input),
            cachedInput: try read("cached_input", cachedInput),
            cacheWrite5m: try read("cache_write_5m", cacheWrite5m),
            cacheWrite1h: try read("cache_write_1h", cacheWrite1h),
            output: try read("output", output),
            reasoning: try read("reasoning", reasoning)
        )
    }
}

extension AdminRefusal {
    /// A member of the body that is wrong, by its name.
    fileprivate static func invalid(_ problem: String, in field: String) -> AdminRefusal {
        .invalid("\(field) \(problem).", field: field)
    }
}
