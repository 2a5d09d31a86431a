// SPDX-License-Identifier: Apache-2.0

/// A budget and where it stands on the node that answers.
package struct BudgetView: DescribedShape {
    package var id = ""
    package var entity = ""
    package var window = ""
    package var limitUSD = ""
    package var mode = ""
    package var timeZone = ""
    package var alertAt: [Int] = []
    package var fallback: String?
    package var spentUSD = ""
    package var reservedUSD = ""
    package var remainingUSD = ""
    package var windowStart: String?
    package var windowEnd: String?
    package var owner = ""
    package var warning: String?

    package init() {}

    package static let component = (name: "Budget", about: "What may be spent for somebody in a window of time.")

    package static let fields: [Field<BudgetView>] = [
        .must("id", \.id, .string, column: .text("id")),
        .must("entity", \.entity, .string, BudgetRequest.about("entity"), column: .text("entity")),
        .must("window", \.window, .oneOf(BudgetRequest.windows), column: .text("window")),
        .must("limit_usd", \.limitUSD, .string, "US dollars, exact.", column: .number("limit usd")),
        .must("mode", \.mode, .oneOf(["hard", "soft"]), column: .text("mode")),
        .must("time_zone", \.timeZone, .string, BudgetRequest.about("time_zone")),
        .must("alert_at", \.alertAt, .array(.integer), BudgetRequest.about("alert_at")),
        .may("budget_fallback", \.fallback, .string, BudgetRequest.about("budget_fallback")),
        .must("spent_usd", \.spentUSD, .string, "Spent in the window.", column: .number("spent")),
        .must(
            "reserved_usd",
            \.reservedUSD,
            .string,
            "Set aside for requests under way.",
            column: .number("reserved")
        ),
        .must(
            "remaining_usd",
            \.remainingUSD,
            .string,
            "What may still be set aside; below zero where more was spent than the limit.",
            column: .number("remaining")
        ),
        .may("window_start", \.windowStart, .moment, "Absent where the window is all time."),
        .may("window_end", \.windowEnd, .moment, "When it opens again.", column: .text("opens again")),
        .must("owner", \.owner, .owner, "Who may change it.", column: .text("owner")),
        .may("warning", \.warning, .string, "Whom its name does not hold for."),
    ]
}

/// The body of `POST /budgets`.
package struct BudgetRequest: DescribedShape {
    package var id: String?
    package var entity = ""
    package var window = ""
    package var limitUSD = ""
    package var mode: String?
    package var timeZone: String?
    package var alertAt: [Int]?
    package var fallback: String?
    package var reason: String?

    package init() {}

    package static let component = (name: "BudgetRequest", about: "A new budget.")
    static let windows = ["total", "hourly", "daily", "weekly", "monthly"]

    package static let fields: [Field<BudgetRequest>] = [
        .may("id", \.id, .id, "Default: kind, name and window, as in key.app.monthly."),
        .must(
            "entity",
            \.entity,
            .text(1...160),
            "Whose spending: key:NAME (or key:TEAM/NAME), team:NAME, user:ID, route:NAME, version:NAME, model:NAME, tag:NAME or end_user:NAME."
        ),
        .must("window", \.window, .oneOf(windows), "Of which time: total, hourly, daily, weekly or monthly."),
        .must(
            "limit_usd",
            \.limitUSD,
            .text(1...24, pattern: #"^[0-9]+(\.[0-9]{1,9})?$"#),
            "US dollars in each window, as text: \"1.00\"."
        ),
        .may(
            "mode",
            \.mode,
            .oneOf(["hard", "soft"]),
            "hard refuses what could cost more than is left (default); soft only alerts."
        ),
        .may("time_zone", \.timeZone, .text(1...64), "Where days begin: UTC (default), +08:00, or Europe/Berlin."),
        .may(
            "alert_at",
            \.alertAt,
            .list(of: .integer(in: 1...1_000), 0...16),
            "Shares of the limit in percent that alert (default: 50, 80, 100)."
        ),
        .may("budget_fallback", \.fallback, .id, "The route that serves instead of a refusal."),
        .may("reason", \.reason, .reason),
    ]
}

/// The budget that a key is made with.
package struct KeyBudgetView: DescribedShape {
    package var window = ""
    package var limitUSD = ""

    package init() {}

    package static let component = (name: "KeyBudget", about: "A hard budget that a key is made with.")

    package static let fields: [Field<KeyBudgetView>] = [
        .must("window", \.window, .oneOf(BudgetRequest.windows), BudgetRequest.about("window")),
        .must(
            "limit_usd",
            \.limitUSD,
            .text(1...24, pattern: #"^[0-9]+(\.[0-9]{1,9})?$"#),
            BudgetRequest.about("limit_usd")
        ),
    ]
}

/// Limits of an entity: numbers in a stretch of time each, and requests in flight.
package struct RateLimitsView: DescribedShape {
    package var numbers: [String: Int64] = [:]

    package init() {}

    package subscript(_ name: String) -> Int64? {
        get { numbers[name] }
        set { numbers[name] = newValue }
    }

    package static let component = (
        name: "RateLimits", about: "How often and how much somebody may ask; what is absent is not limited."
    )

    package static let names: [String] = ["requests", "tokens", "input_tokens", "output_tokens"].flatMap { unit in
        ["minute", "hour", "day"].map { "\(unit)_per_\($0)" }
    }

    package static let fields: [Field<RateLimitsView>] =
        names.map { .may($0, \RateLimitsView[$0], .integer(in: 1...1_000_000_000_000)) } + [
            .may(
                "concurrency",
                \RateLimitsView["concurrency"],
                .integer(in: 1...1_000_000),
                "Requests in flight on each node."
            ),
            .may(
                "cached_input_percent",
                \RateLimitsView["cached_input_percent"],
                .integer(in: 0...100),
                "What a token from a provider's cache counts, in percent of another (default: 0)."
            ),
        ]
}

/// The limits of one entity, as a list shows them and as they are set.
package struct EntityLimitsView: DescribedShape {
    package var entity = ""
    package var limits = RateLimitsView()
    package var owner: String?
    package var reason: String?

    package init() {}

    package static let component = (name: "EntityLimits", about: "The limits of a key, a team, a route or a model.")

    package static let fields: [Field<EntityLimitsView>] = [
        .must(
            "entity",
            \.entity,
            .text(1...160),
            "key:NAME, team:NAME, route:NAME or model:NAME.",
            column: .text("entity")
        ),
        .must(
            "rate_limits",
            \.limits,
            .named("RateLimits"),
            "In the place of those it had; {} takes them away.",
            column: .text("limits"),
            shown: { $0.numbers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ") }
        ),
        .may("owner", \.owner, .owner, "Who may change them.", column: .text("owner")),
        .may("reason", \.reason, .reason),
    ]
}
