// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension ConfigurationReader {
    private static let rateKeys =
        ["input", "cached_input", "cache_write_5m", "cache_write_1h", "output", "reasoning"]
        + BilledPart.allCases.map(\.name)
    private static let priceKeys =
        ["provider", "model", "effective_from", "per_request", "tiers", "service_tiers"] + rateKeys

    func prices(_ field: ConfigurationField?, providers: [ConfiguredProvider]) -> [PriceCard] {
        guard let field else { return [] }
        var seen: Set<[String]> = []
        return field.list().compactMap { item in
            guard let section = item.section(ConfigurationReader.priceKeys),
                let (provider, model) = providerAndModel(section, providers: providers),
                let rates = rates(section)
            else { return nil }
            let from = section.optional("effective_from").flatMap(moment) ?? Timestamp(nanoseconds: 0)
            guard seen.insert([provider.rawValue, model, "\(from.nanoseconds)"]).inserted else {
                item.fail("a second price of '\(model)' at '\(provider)' from the same moment on")
                return nil
            }
            return PriceCard(
                provider: provider,
                model: model,
                effectiveFrom: from,
                rates: rates,
                tiers: tiers(section.optional("tiers")),
                variants: variants(section.optional("service_tiers")),
                perRequest: section.optional("per_request").flatMap(money) ?? .zero
            )
        }
    }

    func currencies(_ field: ConfigurationField?) -> [CurrencyRate] {
        guard let field else { return [] }
        var seen: Set<String> = []
        return field.list().compactMap { item in
            guard let section = item.section(["currency", "from", "per_usd"]),
                let code = section.required("currency")?.filledText(), let start = section.required("from"),
                let from = moment(start), let field = section.required("per_usd"), let text = field.text()
            else { return nil }
            guard CurrencyRate.isCode(code), code != CurrencyRate.usd else {
                item.fail("'\(code)' must be three capital letters, and not USD, in which all is counted")
                return nil
            }
            guard from.nanoseconds % 86_400_000_000_000 == 0 else {
                start.fail("must be a day such as 2026-01-31")
                return nil
            }
            guard let rate = Decimal(text)?.scaled(by: 9), rate > 0 else {
                field.fail("must be above 0 with at most nine decimals, is '\(text)'")
                return nil
            }
            guard seen.insert("\(code) \(from.nanoseconds)").inserted else {
                item.fail("a second rate of \(code) from the same day on")
                return nil
            }
            return CurrencyRate(currency: code, from: from, billionthsPerUSD: rate)
        }
    }

    func models(_ field: ConfigurationField?, providers: [ConfiguredProvider]) -> [ModelCard] {
        guard let field else { return [] }
        var seen: Set<[String]> = []
        return field.list().compactMap { item in
            guard
                let section = item.section([
                    "provider", "model", "quality_score", "context_window", "prefill", "capabilities",
                ]),
                let (provider, model) = providerAndModel(section, providers: providers)
            else { return nil }
            guard seen.insert([provider.rawValue, model]).inserted else {
                item.fail("'\(model)' at '\(provider)' stands here twice")
                return nil
            }
            return ModelCard(
                provider: provider,
                model: model,
                qualityScore: section.optional("quality_score")?.number(in: 0...1),
                contextWindow: section.optional("context_window")?.integer(in: 1...1_000_000_000).map(Int64.init),
                prefill: section.optional("prefill")?.choice(of: Prefill.allCases),
                capabilities: section.optional("capabilities").map { field in
                    Set(field.list().compactMap { $0.choice(of: ModelCapability.allCases) })
                }
            )
        }
    }

    /// Tells of versions that will be served without a price: their cost counts as unknown, never as zero.
    func warnAboutPrices(
        versions: [Version],
        prices: [PriceCard],
        providers: [ConfiguredProvider],
        field: ConfigurationField?
    ) {
        let priced = Set(prices.map { [$0.provider.rawValue, $0.model] })
        for version in versions where !priced.contains([version.provider.rawValue, version.apiVersion]) {
            field?.warn(
                "no price for model '\(version.apiVersion)' of provider '\(version.provider)' in this file "
                    + "(version '\(version.id)'): unless the API knows one, its cost is counted as unpriced"
            )
        }
    }

    private func providerAndModel(
        _ section: Section,
        providers: [ConfiguredProvider]
    ) -> (ProviderID, String)? {
        let provider = section.required("provider").flatMap { reference($0, providers: providers) }
        guard let model = section.required("model")?.filledText(), let provider else { return nil }
        return (provider, model)
    }

    /// The provider a field names; an unknown one is reported with the nearest.
    func reference(_ field: ConfigurationField, providers: [ConfiguredProvider]) -> ProviderID? {
        guard let text = field.text() else { return nil }
        let known = providers.map(\.provider.id.rawValue)
        guard let found = providers.first(where: { $0.provider.id.rawValue == text }) else {
            let hint = ConfigurationField.hint(text, among: known)
            let list = known.isEmpty ? "; none is defined" : "; defined are \(known.joined(separator: ", "))"
            field.fail("names the provider '\(text)', which is not defined\(hint.isEmpty ? list : hint)")
            return nil
        }
        return found.provider.id
    }

    private func rates(_ section: Section) -> PriceCard.Rates? {
        let input = section.required("input").flatMap(rate)
        let output = section.required("output").flatMap(rate)
        let rates = ["cached_input", "cache_write_5m", "cache_write_1h", "reasoning"].map {
            section.optional($0).flatMap(rate)
        }
        var parts = BilledParts()
        for part in BilledPart.allCases {
            if let field = section.optional(part.name) { parts[part] = rate(field, of: part) }
        }
        guard let input, let output else { return nil }
        return PriceCard.Rates(
            input: input,
            cachedInput: rates[0],
            cacheWrite5m: rates[1],
            cacheWrite1h: rates[2],
            output: output,
            reasoning: rates[3],
            parts: parts
        )
    }

    /// Answers that say they were served in another way: by its name a factor, or rates of its own.
    private func variants(_ field: ConfigurationField?) -> [PriceCard.Variant] {
        guard let field else { return [] }
        return field.members().compactMap { name, value in
            guard let section = value.section(["factor", "tiers"] + ConfigurationReader.rateKeys),
                let text = name.filledText()
            else { return nil }
            guard let factor = section.optional("factor") else {
                return rates(section).map { rates in
                    PriceCard.Variant(name: text, rates: rates, tiers: tiers(section.optional("tiers")))
                }
            }
            for key in ["tiers"] + ConfigurationReader.rateKeys {
                section.optional(key)?.fail("a service tier has a factor or rates of its own, not both")
            }
            guard let written = factor.text() else { return nil }
            guard let millionths = Decimal(written)?.scaled(by: 6), (0...100_000_000).contains(millionths) else {
                factor.fail("must be from 0 to 100 with at most six decimals, is '\(written)'")
                return nil
            }
            return PriceCard.Variant(name: text, factorMillionths: millionths)
        }
    }

    private func tiers(_ field: ConfigurationField?) -> [PriceCard.Tier] {
        guard let field else { return [] }
        var last = 0
        return field.list().compactMap { item in
            guard let section = item.section(["from_input_tokens"] + ConfigurationReader.rateKeys),
                let start = section.required("from_input_tokens"),
                let from = start.integer(in: 1...1_000_000_000), let rates = rates(section)
            else { return nil }
            guard from > last else {
                start.fail("tiers stand in ascending order of from_input_tokens")
                return nil
            }
            last = from
            return PriceCard.Tier(fromInputTokens: Int64(from), rates: rates)
        }
    }

    /// US dollars for a million tokens, a second or one of a part, exact.
    private func rate(_ field: ConfigurationField, of part: BilledPart) -> Int64? {
        if part.unit == .token { return rate(field) }
        guard let text = field.text() else { return nil }
        guard let rate = Decimal(text)?.scaled(by: part.places), (0...1_000_000_000_000_000).contains(rate) else {
            field.fail(
                "must be US dollars for \(part.priceUnit), 0 to 1000 with at most \(part.places) decimals, is '\(text)'"
            )
            return nil
        }
        return rate
    }

    /// US dollars per million tokens as millionths of a dollar, exact.
    private func rate(_ field: ConfigurationField) -> Int64? {
        guard let text = field.text() else { return nil }
        guard let rate = Decimal(text)?.scaled(by: 6), (0...1_000_000_000_000).contains(rate) else {
            field.fail("must be US dollars per million tokens, 0 to 1000000 with at most six decimals, is '\(text)'")
            return nil
        }
        return rate
    }

    private func money(_ field: ConfigurationField) -> NanoUSD? {
        guard let text = field.text() else { return nil }
        guard let amount = Decimal(text)?.scaled(by: 9), (0...1_000_000_000_000).contains(amount) else {
            field.fail("must be US dollars, 0 to 1000 with at most nine decimals, is '\(text)'")
            return nil
        }
        return NanoUSD(amount)
    }

    private func moment(_ field: ConfigurationField) -> Timestamp? {
        guard let text = field.text() else { return nil }
        if let moment = Timestamp(text) { return moment }
        field.fail("must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z, is '\(text)'")
        return nil
    }
}
