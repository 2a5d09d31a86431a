// SPDX-License-Identifier: Apache-2.0

/// A price card as it was, is or will be.
package struct KeptPriceView: DescribedShape {
    package var price = PriceView()
    package var priceFactor = 1.0
    package var card = ""
    package var keptAt = ""

    package init() {}

    package static let component = (name: "KeptPrice", about: "A price card that was, is or will be in force.")

    package static let fields: [Field<KeptPriceView>] =
        [.must("card", \.card, .string, "Its number, as entries of the ledger name it.", column: .text("card"))]
        + PriceView.fields.filter { !["provider", "model"].contains($0.name) }.map { $0.within(\.price) }
        + PriceView.fields.filter { ["provider", "model"].contains($0.name) }.map { $0.within(\.price).hidden }
        + [
            .must(
                "price_factor",
                \.priceFactor,
                .number,
                "What the account paid per listed price.",
                column: .number("factor")
            ),
            .must("kept_at", \.keptAt, .moment, "When a node first had it.", column: .text("known since")),
        ]
}

/// A card that an import puts in force, and the one in force before it.
package struct PriceDifferenceView: DescribedShape, Equatable {
    package var price = PriceView()
    package var before: PriceView?

    package init() {}

    package static let component = (name: "PriceDifference", about: "A new card, and the one it takes the place of.")

    package static let fields: [Field<PriceDifferenceView>] = [
        .must("price", \.price, .named("Price")),
        .may("before", \.before, .named("Price")),
    ]
}
