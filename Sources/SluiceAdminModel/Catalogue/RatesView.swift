// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// US dollars per million tokens, and for one of what is counted otherwise; an absent rate falls back to the one it is a
/// kind of, where there is one.
package struct RatesView: DescribedShape, Equatable {
    package var input = 0.0
    package var cachedInput: Double?
    package var cacheWrite5m: Double?
    package var cacheWrite1h: Double?
    package var output = 0.0
    package var reasoning: Double?
    /// What is billed apart: US dollars for a million tokens, a second, or one.
    package var parts: [BilledPart: Double] = [:]

    package init() {}

    package static let component = (name: "Rates", about: "US dollars per million tokens, a second, or one of a thing.")

    package static let fields: [Field<RatesView>] =
        [
            .must("input", \.input, .price, column: .number("input"), shown: dollars),
            .may("cached_input", \.cachedInput, .price, "Default: input.", column: .number("cached"), shown: dollars),
            .may("cache_write_5m", \.cacheWrite5m, .price, "Default: input."),
            .may("cache_write_1h", \.cacheWrite1h, .price, "Default: cache_write_5m."),
            .must("output", \.output, .price, column: .number("output"), shown: dollars),
            .may("reasoning", \.reasoning, .price, "Default: output.", column: .number("reasoning"), shown: dollars),
        ]
        + BilledPart.allCases.map { part in .may(part.name, \.parts[part], .price, "US dollars for \(part.priceUnit).")
        }

    /// `$2.5`, `$10`.
    package static let dollars: @Sendable (Double) -> String? = { amount in
        amount == amount.rounded() && abs(amount) < 1e12 ? "$\(Int64(amount))" : "$\(amount)"
    }

    /// The same, none of which is needed.
    package static let optionalFields: [Field<RatesView?>] = fields.map { $0.ofOptional() }
}

/// Rates that hold from a number of input tokens on.
package struct TierView: DescribedShape, Equatable {
    package var fromInputTokens: Int64 = 0
    package var rates = RatesView()

    package init() {}

    package static let component = (name: "PriceTier", about: "Rates from a number of input tokens on.")

    package static let fields: [Field<TierView>] =
        [.must("from_input_tokens", \.fromInputTokens, .integer(in: 1...Int.max))]
        + RatesView.fields.map { $0.within(\.rates) }
}

/// What answers cost that say they were served in another way: a factor, or rates of their own.
package struct VariantView: DescribedShape, Equatable {
    package var factor: Double?
    /// Absent where a factor is there.
    package var rates: RatesView?
    package var tiers: [TierView]?

    package init() {}

    package static let component = (
        name: "ServiceTierPrice",
        about: "A factor on all but tool calls and the price for each request, or rates of its own."
    )

    package static let fields: [Field<VariantView>] =
        [
            .may("factor", \.factor, .number(in: 0...100)),
            .may("tiers", \.tiers, .array(.named("PriceTier")), "With rates: others for larger contexts."),
        ] + RatesView.optionalFields.map { $0.within(\.rates) }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: FieldName.self)
        factor = try container.decodeIfPresent(Double.self, forKey: FieldName("factor"))
        tiers = try container.decodeIfPresent([TierView].self, forKey: FieldName("tiers"))
        // Rates are whole or not there.
        if RatesView.fields.contains(where: { container.contains(FieldName($0.name)) }) {
            rates = try RatesView(from: decoder)
        }
    }
}
