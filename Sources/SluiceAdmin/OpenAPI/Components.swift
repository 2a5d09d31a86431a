// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// The objects of the admin API, as the OpenAPI document describes them.
enum Components {
    static let all: [Component] =
        versions + rollouts + rolloutRequests + keys + catalogue + records + alerts + node + pages

    private static let states = JSONSchema.oneOf(["staging", "canary", "production", "deprecated", "rollback"])
    private static let owner = Component.Field.must("owner", .oneOf(["file", "api"]), "Who may change it.")

    private static let versionFields: [Component.Field] = [
        .must("version_id", .string), .must("route", .string), .must("api_version", .string, "The provider's model."),
        .must("provider", .string), .must("weight", .number, "0.0 to 1.0."), .must("state", states),
        .must(
            "health_score",
            .number,
            "(1 - error rate) x min(1, p99 ceiling / p99) over the last 5 minutes; 1.0 without traffic."
        ),
        .must("error_count", .integer, "Attempts that speak against the version."), .must("request_count", .integer),
        .must("created_at", .moment), .may("deployed_at", .moment, "When it last began to take traffic."),
        .must("config_hash", .string, "16 hex digits."), .may("avg_latency_ms", .number, "Over the last hour."),
        .may("max_concurrency", .integer),
        .may("cost_per_mtok", .number, "The output price in US dollars per million tokens."),
        .may("quality_score", .number, "0.0 to 1.0."), owner,
    ]

    private static let detailFields: [Component.Field] =
        versionFields + [
            .must("config", .object, "As it was registered."), .must("thresholds", .named("Thresholds")),
        ]

    private static let limits: [(String, String, JSONSchema)] = [
        ("error_rate", "Share of attempts that fail, 0.0 to 1.0.", .share),
        ("p99_latency_ms", "Milliseconds.", .bounded(.number, .above(0))),
        ("p99_ttft_ms", "Milliseconds to the first token.", .bounded(.number, .above(0))),
        ("cost_spike_ratio", "Cost per token against the production version.", .bounded(.number, .above(0))),
    ]

    private static let versions: [Component] = [
        Component(
            name: "Error",
            about: "Every error.",
            fields: [
                .must("error", .string, "A stable code."), .must("message", .string, "What was wrong, and where."),
                .may("hint", .string, "The next step."), .may("details", .object, "Facts a program may use."),
            ]
        ),
        Component(name: "Version", about: "A version in lists; what is not known is absent.", fields: versionFields),
        Component(
            name: "VersionDetail",
            about: "A version with config and thresholds.",
            fields: detailFields + [.may("message", .string, "What a change did that its caller may not expect.")]
        ),
        Component(
            name: "Thresholds",
            about: "Limits; an absent one does not apply.",
            fields: limits.map { .may($0.0, $0.2, $0.1) }
        ),
        Component(
            name: "ThresholdsPatch",
            about: "A named limit is set, null clears it, others stay.",
            fields: limits.map { .may($0.0, .nullable($0.2), $0.1) } + [.may("reason", .reason)]
        ),
        Component(
            name: "Share",
            about: "What a version has of its route.",
            fields: [
                .must("weight", .number), .must("route", .string), .must("state", states),
                .must("effective_weight", .number, "The share of the route's traffic it takes."),
            ]
        ),
        Component(name: "Metrics", about: "What a version did in the last window.", fields: metricsFields),
        Component(
            name: "Rollback",
            about: "The version after its rollback, and where its traffic went.",
            fields: detailFields + [
                .may("target_version", .string, "Who has the traffic now; absent where nobody could take it."),
                .must("message", .string),
            ]
        ),
        Component(
            name: "RegisterRequest",
            about: "A new version.",
            fields: [
                .must("version_id", .id, "1 to 128 characters of A-Z a-z 0-9 . _ : / @ + -"),
                .must("api_version", .model, "The provider's model."),
                .may("weight", .share, "A wish: a staging version takes no traffic."),
                .may("state", .oneOf(["staging", "canary", "production"]), "Default staging."),
                .must("config", .object),
                .may("config_hash", .text(16...16, pattern: "^[0-9a-f]{16}$"), "Checked where given."),
                .may(
                    "route",
                    .id,
                    "Default: the route that is, or has as an alias, api_version; else the only one."
                ),
                .may("provider", .id, "Default: that of the route's production version."),
                .may("thresholds", .named("Thresholds")), .may("reason", .reason),
            ],
            passedOver: detailFields.map(\.name)
        ),
        Component(
            name: "WeightRequest",
            about: "A new weight.",
            fields: [.must("weight", .share, "0.0 to 1.0."), .may("reason", .reason)]
        ),
        Component(
            name: "TransitionRequest",
            about: "A move to another state.",
            fields: [.must("target_state", states), .may("reason", .reason)]
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

    private static let metricsFields: [Component.Field] = [
        .must("error_rate", .number, "0 without traffic."), .must("p99_latency_ms", .number, "0 without traffic."),
        .must("cost_per_1k_tokens", .number, "US dollars; 0 without traffic, and where it is not known: see priced."),
        .must("total_requests", .integer),
        .may("priced", .boolean, "false where the cost is not known: no price in force, or no usage stated."),
        .may("p50_latency_ms", .number), .may("p90_latency_ms", .number), .may("p95_latency_ms", .number),
        .may("avg_latency_ms", .number), .may("p50_ttft_ms", .number, "To the first token."),
        .may("p99_ttft_ms", .number), .may("tokens_per_second", .number),
        .may("cost_per_1m_tokens", .number, "US dollars."),
        .may("cost_ratio", .number, "Cost per token against the route's production version, same window."),
        .may("errors_by_class", .map(.integer)), .must("window_seconds", .integer), .must("health_score", .number),
    ]

    private static let keys: [Component] = [
        Component(KeyView.self), Component(NewKeyView.self), Component(CreateKeyRequest.self),
        Component(RotateKeyRequest.self),
    ]

    private static let rates: [Component.Field] = [
        .must("input", .price), .may("cached_input", .price), .may("cache_write_5m", .price),
        .may("cache_write_1h", .price), .must("output", .price), .may("reasoning", .price),
    ]

    private static let priceFields: [Component.Field] =
        [.must("provider", .id), .must("model", .model)] + rates + [
            .may("tiers", .array(.named("PriceTier")), "Rates for larger contexts, ascending."),
            .may("per_request", .price, "US dollars."),
        ]

    private static let modelFields: [Component.Field] = [
        .must("provider", .id), .must("model", .model), .may("quality_score", .share, "0.0 to 1.0."),
        .may("context_window", .integer(in: 1...Int.max), "Tokens."),
        .may(
            "prefill",
            .oneOf(Prefill.allCases.map(\.rawValue)),
            "message, prefix or continue_final_message: how it goes on with a begun answer."
        ),
    ]

    private static let catalogue: [Component] = [
        Component(
            name: "Route",
            about: "A name callers put in `model`.",
            fields: [
                .must("route", .string), .must("aliases", .array(.string)),
                .must("unit", .array(.string), "Where the sticky unit is looked for, in this order."),
                .must("versions", .array(.string)),
                .may("fallbacks", .array(.string), "Versions that answer when the assigned one cannot."),
                .may("context_fallback", .string, "The version that answers when a request is too long."), owner,
            ]
        ),
        Component(
            name: "Provider",
            about: "An upstream account; its credential is never shown.",
            fields: [
                .must("provider", .string),
                .must("dialect", .oneOf(["openai", "anthropic", "gemini", "azure", "bedrock"])),
                .must("base_url", .string), .must("has_credential", .boolean),
                .must("price_factor", .number, "1.0 is the list price."),
                .may("open_breakers", .array(.named("OpenBreaker")), "Models that this node holds back now."), owner,
            ]
        ),
        Component(
            name: "OpenBreaker",
            about: "A model that is held back while another target is left.",
            fields: [
                .must("model", .string),
                .must("faults", .array(.oneOf(["reach", "slow", "error", "quota", "credential"]))),
            ]
        ),
        Component(name: "Model", about: "What is known of a model beside its price.", fields: modelFields + [owner]),
        Component(
            name: "Price",
            about: "A price card; US dollars per million tokens.",
            fields: priceFields + [.must("effective_from", .moment), owner]
        ),
        Component(
            name: "PriceTier",
            about: "Rates from a number of input tokens on.",
            fields: [.must("from_input_tokens", .integer(in: 1...Int.max))] + rates
        ),
        Component(
            name: "NewPrice",
            about: "A price card to import.",
            fields: priceFields + [.may("effective_from", .moment, "Default: now.")],
            passedOver: [owner.name]
        ),
        Component(
            name: "NewModel",
            about: "A model card to import.",
            fields: modelFields,
            passedOver: [owner.name]
        ),
        Component(
            name: "ImportPricesRequest",
            about: "Price cards to put in force: prices, litellm or models_dev.",
            fields: [
                .may("prices", .array(.named("NewPrice"))),
                .may("litellm", .object, "LiteLLM's file, or a part of it."),
                .may("models_dev", .object, "models.dev's api.json, or a part of it."),
                .may("provider", .id, "With a file: for this provider alone."),
                .may("source", .string, "With a file: its name for that provider; else the provider's id."),
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
    ]

    private static let records: [Component] = [
        Component(
            name: "Usage",
            about: "Sums over the ledger.",
            fields: [
                .may("from", .moment), .may("until", .moment),
                .may("since", .moment, "When the first request began of those taken in."),
                .must("group_by", .array(.string)),
                .must("groups", .array(.named("UsageRow"))), .must("total", .named("UsageRow")),
            ]
        ),
        Component(
            name: "UsageRow",
            about: "One group; the members it is grouped by are absent where an entry had none.",
            fields: ["day", "key", "key_name", "team", "route", "version", "provider", "model"].map {
                .may($0, .string)
            } + sums
        ),
        Component(
            name: "AuditEntry",
            about: "One change; the fields the hash chain is made of.",
            fields: [
                .must("sequence", .integer, "From 1, without gaps."), .must("at", .moment),
                .must("at_ns", .integer, "Nanoseconds since 1970, exactly."), .must("actor", .string),
                .must("action", .string), .must("subject", .string), .must("reason", .string),
                .may("before", .string, "JSON text."), .may("after", .string, "JSON text."),
                .must("hash", .string, "SHA-256 over the previous hash and this entry, in hex."),
            ]
        ),
        Component(
            name: "AuditVerdict",
            about: "Whether the chain holds.",
            fields: [
                .must("intact", .boolean), .must("entries", .integer),
                .may("head", .string, "Hash of the last entry."),
                .may("first_bad", .integer, "The number of the first entry that does not fit."),
                .may("problem", .string),
            ]
        ),
    ]

    private static let node: [Component] = [
        Component(
            name: "Status",
            about: "How the node is.",
            fields: [
                .must("version", .string), .must("state", .oneOf(["ready", "degraded", "not_ready"])),
                .must("problems", .array(.string)), .must("epoch", .integer), .must("routes", .integer),
                .must("versions", .integer), .must("keys", .integer),
            ]
        ),
        Component(
            name: "Health",
            about: "A probe's answer.",
            fields: [.must("status", .string), .may("problems", .array(.string))]
        ),
    ]

    private static let pages: [Component] = [
        "Rollout", "AlertChannel", "Key", "Route", "Provider", "Model", "Price", "AuditEntry",
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
