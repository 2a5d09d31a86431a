// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// How a version is or was chosen on a route.
package struct ChoiceView: DescribedShape {
    package var route = ""
    package var tier = ""
    package var latencyBudgetMilliseconds: Double?
    package var maxCostPer1k: String?
    package var version: String?
    package var choice: String?
    package var reproduced: Bool?
    package var candidates: [ChoiceCandidateView] = []

    package init() {}

    package static let component = (name: "Choice", about: "How a version is or was chosen on a route.")

    package static let fields: [Field<ChoiceView>] = [
        .must("route", \.route, .string),
        .must("tier", \.tier, .oneOf(RequestTier.words)),
        .may("latency_budget_ms", \.latencyBudgetMilliseconds, .number, "For the mean of a candidate's answers."),
        .may("max_cost_per_1k", \.maxCostPer1k, .string, "US dollars for a thousand output tokens."),
        .may("version", \.version, .string, "The one chosen."),
        .may(
            "choice",
            \.choice,
            .oneOf(VersionChoice.Reason.allCases.map(\.rawValue)),
            "score: the best that passed; cheapest: none passed; pinned: its conversation's first choice, or what the request"
                + " names; rollout: the split decides."
        ),
        .may(
            "reproduced",
            \.reproduced,
            .boolean,
            "Of a request of the past: by today's scores and that day's prices the choice is the same."
        ),
        .must("candidates", \.candidates, .array(.named("ChoiceCandidate"))),
    ]
}

/// A version that may be chosen, and what keeps it from that.
package struct ChoiceCandidateView: DescribedShape {
    package var version = ""
    package var costPerMtok: Double?
    package var qualityScore: Double?
    package var avgLatencyMilliseconds: Double?
    package var score = 0.0
    package var obstacle: String?

    package init() {}

    package static let component = (name: "ChoiceCandidate", about: "A version that may be chosen.")

    package static let fields: [Field<ChoiceCandidateView>] = [
        .must("version", \.version, .string, column: .text("version")),
        .may(
            "cost_per_mtok",
            \.costPerMtok,
            .number,
            "The output price in US dollars per million tokens.",
            column: .number("$ per Mtok")
        ),
        .may("quality_score", \.qualityScore, .number, "0.0 to 1.0.", column: .number("quality")),
        .may(
            "avg_latency_ms",
            \.avgLatencyMilliseconds,
            .number,
            "Over the last hour, from 20 answers on.",
            column: .number("mean ms"),
            shown: { "\(Int64($0.rounded()))" }
        ),
        .must(
            "score",
            \.score,
            .number,
            "Price and quality, weighed by the tier.",
            column: .number("score"),
            shown: { "\(($0 * 10_000).rounded() / 10_000)" }
        ),
        .may(
            "obstacle",
            \.obstacle,
            .oneOf(["lacking", "held_back", "slow", "dear", "unpriced", "below_floor", "unrated"]),
            "The first constraint that rules it out; absent where it passes.",
            column: .text("ruled out by")
        ),
    ]
}
