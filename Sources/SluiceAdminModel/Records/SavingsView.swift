// SPDX-License-Identifier: Apache-2.0

/// What a stretch of the ledger would have cost, had each route's policy chosen.
package struct SavingsView: DescribedShape {
    package var from = ""
    package var until = ""
    package var isPartial = false
    package var routes: [RouteSavingsView] = []

    package init() {}

    package static let component = (
        name: "Savings",
        about: "What requests of the past would have cost, had each route's policy chosen; US dollars as text."
    )

    package static let fields: [Field<SavingsView>] = [
        .must("from", \.from, .moment),
        .must("until", \.until, .moment),
        .must(
            "partial",
            \.isPartial,
            .boolean,
            "The ledger has more rows than one report reads; the oldest were read."
        ),
        .must("routes", \.routes, .array(.named("RouteSavings"))),
    ]
}

/// A route's part of it.
package struct RouteSavingsView: DescribedShape {
    package var route = ""
    package var tier = ""
    package var requests: Int64 = 0
    package var skipped: Int64 = 0
    package var cost = ""
    package var costThen = ""
    package var saved = ""
    package var savedShare: Double?
    package var monthly = ""
    package var monthlyThen = ""
    package var overhead = ""
    package var current: [VersionShareView] = []
    package var optimal: [VersionShareView] = []
    package var recommendations: [RecommendationView] = []

    package init() {}

    package static let component = (name: "RouteSavings", about: "What a route's policy would have saved.")

    package static let fields: [Field<RouteSavingsView>] = [
        .must("route", \.route, .string, column: .text("route")),
        .must("tier", \.tier, .oneOf(["premium", "balanced", "economy"]), column: .text("tier")),
        .must("requests", \.requests, .integer, "Requests that were weighed.", column: .number("requests")),
        .must("skipped", \.skipped, .integer, "Requests without known cost or usage."),
        .must("cost_usd", \.cost, .string, "What they cost.", column: .number("cost")),
        .must("cost_then_usd", \.costThen, .string, "What they would have cost.", column: .number("cost then")),
        .must(
            "saved_usd",
            \.saved,
            .string,
            "The difference; below 0 where it would have cost more.",
            column: .number("saved")
        ),
        .may(
            "saved_share",
            \.savedShare,
            .number,
            "Of the cost.",
            column: .number("share"),
            shown: { "\(Int64(($0 * 1_000).rounded()) / 10) %" }
        ),
        .must("monthly_usd", \.monthly, .string, "The cost, stretched to 30 days."),
        .must("monthly_then_usd", \.monthlyThen, .string, "The other cost, stretched to 30 days."),
        .must("overhead_usd", \.overhead, .string, "What shadows and judges cost meanwhile; not in the other figures."),
        .must("current", \.current, .array(.named("VersionCost")), "Who served, and what that cost."),
        .must("optimal", \.optimal, .array(.named("VersionCost")), "Who would have served."),
        .must("recommendations", \.recommendations, .array(.named("Recommendation"))),
    ]
}

/// A version's part of a route's requests and cost.
package struct VersionShareView: DescribedShape {
    package var version = ""
    package var requests: Int64 = 0
    package var cost = ""

    package init() {}

    package static let component = (name: "VersionCost", about: "A version's part of a route's requests and cost.")

    package static let fields: [Field<VersionShareView>] = [
        .must("version", \.version, .string), .must("requests", \.requests, .integer),
        .must("cost_usd", \.cost, .string),
    ]
}

/// Requests of one version that another would have served for less.
package struct RecommendationView: DescribedShape {
    package var from = ""
    package var to = ""
    package var requests: Int64 = 0
    package var cost = ""
    package var costThen = ""
    package var monthlySaving = ""
    package var qualityFrom: Double?
    package var qualityTo: Double?
    package var assumption = ""
    package var check = ""

    package init() {}

    package static let component = (
        name: "Recommendation", about: "Requests of one version that another would have served for less."
    )

    package static let fields: [Field<RecommendationView>] = [
        .must("from", \.from, .string, column: .text("from")),
        .must("to", \.to, .string, column: .text("to")),
        .must("requests", \.requests, .integer, column: .number("requests")),
        .must("cost_usd", \.cost, .string),
        .must("cost_then_usd", \.costThen, .string),
        .must(
            "monthly_saving_usd",
            \.monthlySaving,
            .string,
            "Stretched to 30 days.",
            column: .number("saves a month")
        ),
        .may("quality_from", \.qualityFrom, .number, "0.0 to 1.0.", column: .number("quality")),
        .may("quality_to", \.qualityTo, .number, "0.0 to 1.0.", column: .number("then")),
        .must("assumption", \.assumption, .string, "What the figures take for granted.", column: .text("assumes")),
        .must("check", \.check, .string, "The command that would prove or refute it.", column: .text("check")),
    ]
}
