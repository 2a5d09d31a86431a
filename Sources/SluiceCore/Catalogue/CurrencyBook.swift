// SPDX-License-Identifier: Apache-2.0

/// What a US dollar is worth in another currency from a day on.
package struct CurrencyRate: Sendable, Equatable {
    /// Three capital letters: `CNY`.
    package var currency: String
    /// The beginning of a day in UTC.
    package var from: Timestamp
    /// Billionths of the currency's unit for a US dollar; above zero.
    package var billionthsPerUSD: Int64
    package var owner: Owner

    package init(currency: String, from: Timestamp, billionthsPerUSD: Int64, owner: Owner = .file) {
        self.currency = currency
        self.from = from
        self.billionthsPerUSD = billionthsPerUSD
        self.owner = owner
    }

    /// Whether a text is the form of a currency's code.
    package static func isCode(_ text: String) -> Bool {
        text.utf8.count == 3 && text.utf8.allSatisfy { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
    }

    /// The code of the unit of account, whose rate is 1 always.
    package static let usd = "USD"
}

/// The rates of all currencies by the days from which on they hold.
package struct CurrencyBook: Sendable, Equatable {
    private var rates: [String: [CurrencyRate]] = [:]

    /// Of two rates of a currency from the same day on the later one given stands.
    package init(_ rates: [CurrencyRate] = []) {
        for (_, rate) in rates.enumerated().sorted(by: { ($0.element.from, $0.offset) < ($1.element.from, $1.offset) })
        {
            self.rates[rate.currency, default: []].append(rate)
        }
    }

    /// Codes of all currencies, the US dollar included.
    package var currencies: [String] { (Array(rates.keys) + [CurrencyRate.usd]).sorted() }

    /// Billionths of a currency's unit for a US dollar at a moment; `nil` before its first rate.
    package func billionthsPerUSD(_ currency: String, at moment: Timestamp) -> Int64? {
        if currency == CurrencyRate.usd { return 1_000_000_000 }
        return rates[currency]?.last { $0.from <= moment }?.billionthsPerUSD
    }

    /// An amount that is being added up, each part at the rate of its own day: exact, and rounded once at its end.
    package struct Sum: Sendable, Equatable {
        /// Billionths of billionths.
        private var amount: Int128? = 0

        package init() {}

        package mutating func add(_ dollars: NanoUSD, billionthsPerUSD rate: Int64) {
            guard let sum = amount else { return }
            let (part, _) = Int128(dollars.rawValue).multipliedReportingOverflow(by: Int128(rate))
            let (total, overflow) = sum.addingReportingOverflow(part)
            amount = overflow ? nil : total
        }

        package mutating func add(_ other: Sum) {
            guard let mine = amount, let theirs = other.amount else {
                amount = nil
                return
            }
            let (total, overflow) = mine.addingReportingOverflow(theirs)
            amount = overflow ? nil : total
        }

        /// Billionths of the currency's unit, rounded half to even; `nil` where it does not fit.
        package var billionths: Int64? {
            amount.flatMap { WideFraction($0, over: 1_000_000_000)?.roundedHalfEven() }.flatMap { Int64(exactly: $0) }
        }
    }
}
