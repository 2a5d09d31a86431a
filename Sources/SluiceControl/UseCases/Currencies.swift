// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

extension Catalogue {
    private static let prefix = "currency/"

    /// Rates of both owners, the file's first.
    package var currencyRates: [CurrencyRate] {
        let made = state.settings.compactMap { name, value -> CurrencyRate? in
            let parts = name.split(separator: "/")
            guard name.hasPrefix(Catalogue.prefix), parts.count == 3, let from = Timestamp(String(parts[2])),
                let rate = Int64(value)
            else { return nil }
            return CurrencyRate(currency: String(parts[1]), from: from, billionthsPerUSD: rate, owner: .api)
        }
        return definitions.currencies + made.sorted { ($0.currency, $0.from) < ($1.currency, $1.from) }
    }

    /// The name under which the store keeps a rate.
    fileprivate static func setting(_ rate: CurrencyRate) -> String { "\(prefix)\(rate.currency)/\(rate.from.day)" }
}

extension ControlPlane {
    /// Rates of both owners, by currency and day.
    package func currencyRates() -> [CurrencyRate] {
        catalogue.currencyRates.sorted { ($0.currency, $0.from) < ($1.currency, $1.from) }
    }

    /// Writes what a US dollar is worth in a currency from a day on.
    package func putCurrencyRate(_ rate: CurrencyRate, _ change: Change) async throws(ControlError) -> CurrencyRate {
        guard CurrencyRate.isCode(rate.currency), rate.currency != CurrencyRate.usd else {
            throw ControlError(
                .invalid,
                "A currency is three capital letters, and not USD: it is what all is counted in."
            )
        }
        guard rate.billionthsPerUSD > 0 else { throw ControlError(.invalid, "A rate is above 0.") }
        let moment = now()
        return try await self.change { catalogue throws(ControlError) in
            let isDefined = catalogue.definitions.currencies.contains {
                $0.currency == rate.currency && $0.from == rate.from
            }
            guard !isDefined else {
                throw ControlError(
                    .readOnly,
                    "The rate of \(rate.currency) from \(rate.from.day) on is defined in the configuration file.",
                    hint: "Change it there and reload, or name another day."
                )
            }
            let name = Catalogue.setting(rate)
            let before = catalogue.state.settings[name]
            var written = rate
            written.owner = .api
            guard before != "\(rate.billionthsPerUSD)" else { return .nothing(written) }
            let draft = change.draft(
                "currency.put",
                "currency:\(rate.currency)/\(rate.from.day)",
                at: moment,
                before: before.map { ["billionths_per_usd": .integer($0)] },
                after: ["billionths_per_usd": .integer(String(rate.billionthsPerUSD))]
            )
            return Decision([.setSetting(name, "\(rate.billionthsPerUSD)")], audit: [draft], answer: written)
        }
    }
}
