// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A route: the name callers put in `model`.
package struct RouteView: DescribedShape {
    package var route = ""
    package var aliases: [String] = []
    package var unit: [String] = []
    /// The ids of its versions.
    package var versions: [String] = []
    package var fallbacks: [String]?
    package var contextFallback: String?
    package var promotion: String?
    package var awaits: String?
    package var owner = ""

    package init() {}

    package static let component = (name: "Route", about: "A name callers put in `model`.")

    package static let fields: [Field<RouteView>] = [
        .must("route", \.route, .string, column: .text("route")),
        .must("aliases", \.aliases, .array(.string), column: .text("aliases"), shown: listed),
        .must(
            "unit",
            \.unit,
            .array(.string),
            "Where the sticky unit is looked for, in this order.",
            column: .text("unit"),
            shown: listed
        ),
        .must("versions", \.versions, .array(.string), column: .text("versions"), shown: listed),
        .may("fallbacks", \.fallbacks, .array(.string), "Versions that answer when the assigned one cannot."),
        .may(
            "context_fallback",
            \.contextFallback,
            .string,
            "The version that answers when a request is too long."
        ),
        .may(
            "promotion",
            \.promotion,
            .oneOf(["two_person"]),
            "Two persons ask for what gives a version more traffic."
        ),
        .may("awaits", \.awaits, .string, "What one person asked for and another has to."),
        .must("owner", \.owner, .owner, "Who may change it.", column: .text("owner")),
    ]

    private static let listed: @Sendable ([String]) -> String? = { $0.isEmpty ? nil : $0.joined(separator: ", ") }
}

/// An upstream account; its credential is never shown.
package struct ProviderView: DescribedShape {
    package var provider = ""
    package var dialect = ""
    package var baseURL = ""
    package var hasCredential = false
    package var credentialVersion: Int64?
    package var credentialProblem: String?
    package var priceFactor = 1.0
    package var openBreakers: [OpenBreakerView]?
    package var owner = ""

    package init() {}

    package static let component = (
        name: "Provider", about: "An upstream account; its credential is never shown."
    )

    package static let fields: [Field<ProviderView>] = [
        .must("provider", \.provider, .string, column: .text("provider")),
        .must(
            "dialect",
            \.dialect,
            .oneOf(["openai", "anthropic", "gemini", "azure", "bedrock"]),
            column: .text("dialect")
        ),
        .must("base_url", \.baseURL, .string, column: .text("base url")),
        .must(
            "has_credential",
            \.hasCredential,
            .boolean,
            column: .text("credential"),
            shown: { $0 ? "set" : "none" }
        ),
        .may(
            "credential_version",
            \.credentialVersion,
            .integer,
            "Of a credential in the store: from 1, grows with each that is set."
        ),
        .must(
            "price_factor",
            \.priceFactor,
            .number,
            "1.0 is the list price.",
            column: .number("price factor"),
            shown: { $0 == $0.rounded() && abs($0) < 1e12 ? "\(Int64($0))" : "\($0)" }
        ),
        .may("credential_problem", \.credentialProblem, .string, "Why its requests get 503.", column: .text("problem")),
        .may(
            "open_breakers",
            \.openBreakers,
            .array(.named("OpenBreaker")),
            "Models that this node holds back now."
        ),
        .must("owner", \.owner, .owner, "Who may change it.", column: .text("owner")),
    ]
}

/// A model that is held back, and for which kinds of failure.
package struct OpenBreakerView: DescribedShape {
    package var model = ""
    package var faults: [String] = []

    package init() {}

    package static let component = (
        name: "OpenBreaker", about: "A model that is held back while another target is left."
    )

    package static let fields: [Field<OpenBreakerView>] = [
        .must("model", \.model, .string),
        .must("faults", \.faults, .array(.oneOf(["reach", "slow", "error", "quota", "credential"]))),
    ]
}

/// What is known of a provider's model beside its price.
package struct ModelView: DescribedShape {
    package var provider = ""
    package var model = ""
    /// 0.0…1.0.
    package var qualityScore: Double?
    /// Tokens.
    package var contextWindow: Int64?
    /// `message`, `prefix` or `continue_final_message`; absent where the model takes no prefill.
    package var prefill: String?
    /// `file` or `api`; absent in an import.
    package var owner: String?

    package init() {}

    package static let component = (name: "Model", about: "What is known of a model beside its price.")

    package static let fields: [Field<ModelView>] = [
        .must("provider", \.provider, .id, column: .text("provider")),
        .must("model", \.model, .model, column: .text("model")),
        .may("quality_score", \.qualityScore, .share, "0.0 to 1.0.", column: .number("quality")),
        .may(
            "context_window",
            \.contextWindow,
            .integer(in: 1...Int.max),
            "Tokens.",
            column: .number("context window")
        ),
        .may(
            "prefill",
            \.prefill,
            .oneOf(Prefill.allCases.map(\.rawValue)),
            "message, prefix or continue_final_message: how it goes on with a begun answer.",
            column: .text("prefill")
        ),
        .may("owner", \.owner, .owner, "Who may change it.", column: .text("owner")),
    ]
}
