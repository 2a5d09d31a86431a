// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// The objects of the admin API, as the OpenAPI document describes them.
enum Components {
    static let all: [Component] =
        versions + rollouts + rolloutRequests + keys + budgets + catalogue + records + alerts + node + pages

    private static let versions: [Component] = [
        Component(
            name: "Error",
            about: "Every error.",
            fields: [
                .must("error", .string, "A stable code."), .must("message", .string, "What was wrong, and where."),
                .may("hint", .string, "The next step."), .may("details", .object, "Facts a program may use."),
            ]
        ),
        Component(VersionView.self), Component(VersionDetail.self), Component(ThresholdsView.self),
        Component(ShareView.self), Component(MetricsView.self), Component(RollbackView.self),
        Component(RegisterRequest.self, passingOver: VersionDetail.shared.map(\.name)),
        Component(
            name: "ThresholdsPatch",
            about: "A named limit is set, null clears it, others stay.",
            fields: ThresholdsView.fields.map { .may($0.name, .nullable($0.schema), $0.about) }
                + [.may("reason", .reason)]
        ),
        Component(
            name: "WeightRequest",
            about: "A new weight.",
            fields: [.must("weight", .share, "0.0 to 1.0."), .may("reason", .reason)]
        ),
        Component(
            name: "TransitionRequest",
            about: "A move to another state.",
            fields: [.must("target_state", .state), .may("reason", .reason)]
        ),
        Component(
            name: "RollbackRequest",
            about: "Why, and who takes over.",
            fields: [
                .may("reason", .reason),
                .may("target_version", .id, "Default: the newest other production version of the route."),
            ]
        ),
        Component(name: "ReasonRequest", about: "Why.", fields: [.may("reason", .reason)]),
    ]

    private static let keys: [Component] = [
        Component(KeyView.self), Component(NewKeyView.self), Component(CreateKeyRequest.self),
        Component(RotateKeyRequest.self), Component(UpdateKeyRequest.self), Component(TeamView.self),
        Component(CreateTeamRequest.self), Component(UpdateTeamRequest.self), Component(DeleteTeamRequest.self),
        Component(UserView.self), Component(CreateUserRequest.self), Component(UpdateUserRequest.self),
        Component(TokenView.self), Component(NewTokenView.self), Component(CreateTokenRequest.self),
        Component(SessionView.self), Component(DeviceSignInView.self), Component(DeviceTokenRequest.self),
    ]

    private static let budgets: [Component] = [
        Component(BudgetView.self), Component(BudgetRequest.self), Component(RateLimitsView.self),
        Component(EntityLimitsView.self), Component(KeyBudgetView.self),
    ]

    private static let catalogue: [Component] = [
        Component(RouteView.self), Component(ChoiceView.self), Component(ChoiceCandidateView.self),
        Component(SavingsView.self), Component(RouteSavingsView.self), Component(VersionShareView.self),
        Component(RecommendationView.self),
        Component(ProviderView.self), Component(OpenBreakerView.self),
        Component(CredentialRequest.self), Component(RewrapView.self),
        Component(ModelView.self), Component(PriceView.self), Component(TierView.self), Component(VariantView.self),
        Component(KeptPriceView.self), Component(PriceDifferenceView.self),
        Component(body: PriceView.self, named: "NewPrice", "A price card to import.", passingOver: ["owner"]),
        Component(body: ModelView.self, named: "NewModel", "A model card to import.", passingOver: ["owner"]),
        Component(
            name: "ImportPricesRequest",
            about: "Price cards to put in force: prices, litellm or models_dev.",
            fields: [
                .may("prices", .array(.named("NewPrice"))),
                .may("litellm", .object, "LiteLLM's file, or a part of it."),
                .may("models_dev", .object, "models.dev's api.json, or a part of it."),
                .may("provider", .id, "With a file: for this provider alone."),
                .may("source", .string, "With a file: its name for that provider; else the provider's id."),
                .may("dry_run", .boolean, "Says what would be done, and does nothing."),
                .may("reason", .reason),
            ]
        ),
        Component(
            name: "ImportedPrices",
            about: "What an import did.",
            fields: [
                .must("written", .integer, "Cards new or changed."), .must("unchanged", .integer),
                .must("models", .integer, "Model cards written for their context window."),
                .must("owned_by_file", .array(.string), "Passed over: the configuration file defines them."),
                .must("skipped", .array(.string), "Entries without a price per token."),
                .must("foreign", .integer, "Entries of providers that are not configured."),
                .may("dropped", .object, "Prices a card has no place for, by name: entries that have one."),
                .may("reasons", .map(.string), "Why each of skipped was."),
                .may("changes", .array(.named("PriceDifference")), "Of a dry run: what would be written."),
            ]
        ),
    ]

    private static let sums: [Component.Field] = [
        .must("requests", .integer), .must("attempts", .integer),
        .must("failed_attempts", .integer, "Came to nothing by themselves."),
        .must("caller_gone_attempts", .integer, "Left by their caller before their end."),
        .must("input_tokens", .integer), .must("cached_input_tokens", .integer, "A part of the input."),
        .must("cache_write_tokens", .integer, "A part of the input."), .must("output_tokens", .integer),
        .must("reasoning_tokens", .integer, "A part of the output."), .must("cost_usd", .number, "For people."),
        .must("cost_nano_usd", .integer, "Exact, in billionths of a dollar."),
        .must("cost_state", .oneOf(CostState.allCases.map(\.rawValue)), "How sure the cost is."),
        .must("estimated_attempts", .integer, "The amount is an estimate."),
        .must("inconsistent_attempts", .integer, "Numbers that contradict each other: the more expensive reading."),
        .must("unpriced_attempts", .integer, "Usage known, no price: not in the cost."),
        .must("unknown_attempts", .integer, "Usage not known: not in the cost."),
        .must("lost_usage_attempts", .integer, "Those of them that neither failed nor were left by their caller."),
        .may("corrected_attempts", .integer, "Corrected by hand; their amount counts as known."),
        .may(
            "correction_nano_usd",
            .integer,
            "What corrections added to the cost, or took from it; the cost holds it."
        ),
        .may("provider_cost_nano_usd", .integer, "What providers said that their answers cost, where they did."),
        .may("compared_cost_nano_usd", .integer, "What those answers cost by the price cards."),
        .may("cost", .string, "In the currency asked for, as decimal text."),
        .may("parts", .map(.number), "Billed apart from plain tokens: tokens of a kind, seconds, calls."),
    ]

    private static let records: [Component] = [
        Component(CurrencyRateView.self),
        Component(
            body: CurrencyRateView.self,
            named: "NewCurrencyRate",
            "A rate to write.",
            passingOver: ["owner"]
        ),
        Component(CorrectLedgerRequest.self), Component(CorrectionView.self), Component(LedgerVerdictView.self),
        Component(
            name: "Usage",
            about: "Sums over the ledger.",
            fields: [
                .may("from", .moment), .may("until", .moment),
                .may("since", .moment, "When the first request began of those taken in."),
                .may("currency", .string, "That of cost in the rows."), .must("group_by", .array(.string)),
                .must("groups", .array(.named("UsageRow"))), .must("total", .named("UsageRow")),
            ]
        ),
        Component(
            name: "UsageRow",
            about: "One group; the members it is grouped by are absent where an entry had none.",
            fields: ["day", "key", "key_name", "team", "route", "version", "provider", "model", "end_user", "tag"].map {
                .may($0, .string)
            } + [.may("tags", .any, "What tags say of each name asked for.")] + sums
        ),
        Component(AuditView.self), Component(AuditVerdictView.self),
    ]

    private static let alerts: [Component] = [
        Component(AlertChannelView.self), Component(AlertTestRequest.self), Component(AlertTestView.self),
    ]

    private static let node: [Component] = [
        Component(StatusView.self),
        Component(
            name: "Health",
            about: "A probe's answer.",
            fields: [.must("status", .string), .may("problems", .array(.string))]
        ),
    ]

    private static let pages: [Component] = [
        "Rollout", "AlertChannel", "Key", "Team", "User", "Token", "Budget", "EntityLimits", "Route", "Provider",
        "Model", "Price", "LedgerCorrection", "CurrencyRate", "AuditEntry",
    ].map { item in
        Component(
            name: "\(item)Page",
            about: "Part of a list.",
            fields: [
                .must("items", .array(.named(item))),
                .may("next_cursor", .string, "Give it back as `cursor`; absent on the last page."),
            ]
        )
    }
}
