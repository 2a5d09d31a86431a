// SPDX-License-Identifier: Apache-2.0

/// A price card; rates are US dollars per million tokens.
package struct PriceView: DescribedShape, Equatable {
    package var provider = ""
    package var model = ""
    /// RFC 3339; where absent in an import: from now on.
    package var effectiveFrom: String?
    package var rates = RatesView()
    /// Rates for larger contexts, ascending.
    package var tiers: [TierView]?
    /// By the name that an answer says it was served by.
    package var serviceTiers: [String: VariantView]?
    /// US dollars for each request.
    package var perRequest: Double?
    /// `file` or `api`; absent in an import.
    package var owner: String?

    package init() {}

    package static let component = (name: "Price", about: "A price card; US dollars per million tokens.")

    package static let fields: [Field<PriceView>] =
        [
            .must("provider", \.provider, .id, column: .text("provider")),
            .must("model", \.model, .model, column: .text("model")),
        ] + RatesView.fields.map { $0.within(\.rates) } + [
            .may(
                "tiers",
                \.tiers,
                .array(.named("PriceTier")),
                "Rates for larger contexts, ascending.",
                column: .number("tiers"),
                shown: { "\($0.count)" }
            ),
            .may(
                "service_tiers",
                \.serviceTiers,
                .map(.named("ServiceTierPrice")),
                "By the service tier, speed or place that an answer names: flex, priority, batch, fast, us.",
                column: .text("service tiers"),
                shown: { $0.keys.sorted().joined(separator: ", ") }
            ),
            .may(
                "per_request",
                \.perRequest,
                .price,
                "US dollars.",
                column: .number("per request"),
                shown: RatesView.dollars
            ),
            .may("effective_from", \.effectiveFrom, .moment, "In an import by default now.", column: .text("from")),
            .may("owner", \.owner, .owner, "Who may change it.", column: .text("owner")),
        ]
}

/// The body of `POST /prices/import`: cards of our own form, or a file of LiteLLM or models.dev.
package struct ImportPricesRequest: Sendable, Codable {
    package var prices: [PriceView]?
    /// The object of LiteLLM's `model_prices_and_context_window.json`, or a part of it.
    package var litellm: RawJSON?
    /// The object of models.dev's `api.json`, or a part of it.
    package var modelsDev: RawJSON?
    /// With a file: takes its entries for this provider alone.
    package var provider: String?
    /// With a file: its name for that provider; else the provider's id.
    package var source: String?
    /// Says what would be done, and does nothing.
    package var dryRun: Bool?
    package var reason: String?

    package init(
        prices: [PriceView]? = nil,
        litellm: RawJSON? = nil,
        modelsDev: RawJSON? = nil,
        provider: String? = nil,
        source: String? = nil,
        reason: String? = nil
    ) {
        self.prices = prices
        self.litellm = litellm
        self.modelsDev = modelsDev
        self.provider = provider
        self.source = source
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case prices, litellm
        case modelsDev = "models_dev"
        case provider, source
        case dryRun = "dry_run"
        case reason
    }
}

/// What an import did.
package struct ImportedPricesView: Sendable, Codable, Equatable {
    /// Cards put in force, new or with another price.
    package var written: Int
    /// Cards that were in force with the same price.
    package var unchanged: Int
    /// Model cards written for their context window.
    package var models: Int
    /// `provider/model` of cards that the configuration file defines, passed over.
    package var ownedByFile: [String]
    /// Entries without a price per token.
    package var skipped: [String]
    /// Entries of providers that are not configured.
    package var foreign: Int
    /// Prices that a card has no place for, by the file's name for them: how many entries have one.
    package var dropped: [String: Int]?
    /// Why each of `skipped` was.
    package var reasons: [String: String]?
    /// Of a dry run: what would be written.
    package var changes: [PriceDifferenceView]?

    package init(
        written: Int,
        unchanged: Int,
        models: Int,
        ownedByFile: [String],
        skipped: [String],
        foreign: Int,
        dropped: [String: Int]? = nil
    ) {
        self.written = written
        self.unchanged = unchanged
        self.models = models
        self.ownedByFile = ownedByFile
        self.skipped = skipped
        self.foreign = foreign
        self.dropped = dropped
    }

    private enum CodingKeys: String, CodingKey {
        case written, unchanged, models
        case ownedByFile = "owned_by_file"
        case skipped, foreign, dropped, reasons, changes
    }
}
