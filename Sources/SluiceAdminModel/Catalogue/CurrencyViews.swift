// SPDX-License-Identifier: Apache-2.0

/// What a US dollar is worth in a currency from a day on.
package struct CurrencyRateView: DescribedShape, Equatable {
    package var currency = ""
    package var from = ""
    package var perUSD = ""
    package var owner: String?

    package init() {}

    package static let component = (
        name: "CurrencyRate", about: "What a US dollar is worth in a currency from a day on."
    )

    package static let fields: [Field<CurrencyRateView>] = [
        .must("currency", \.currency, .text(3...3, pattern: "^[A-Z]{3}$"), column: .text("currency")),
        .must(
            "from",
            \.from,
            .text(10...10, pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            "A day, UTC.",
            column: .text("from")
        ),
        .must(
            "per_usd",
            \.perUSD,
            .text(1...20, pattern: "^[0-9]{1,9}([.][0-9]{1,9})?$"),
            "Units of the currency for a US dollar, as text with nine decimals at most.",
            column: .number("per US dollar")
        ),
        .may("owner", \.owner, .owner, "Who may change it.", column: .text("owner")),
    ]
}
