// SPDX-License-Identifier: Apache-2.0

/// A route: the name callers put in `model`.
package struct RouteView: Sendable, Codable {
    package var route: String
    package var aliases: [String]
    /// Where the unit is looked for, in this order.
    package var unit: [String]
    /// The ids of its versions.
    package var versions: [String]
    /// Versions that answer when the assigned one cannot.
    package var fallbacks: [String]?
    /// The version that answers when a request is too long for the assigned one.
    package var contextFallback: String?
    /// `file` or `api`.
    package var owner: String

    package init(
        route: String,
        aliases: [String],
        unit: [String],
        versions: [String],
        fallbacks: [String]? = nil,
        contextFallback: String? = nil,
        owner: String
    ) {
        self.route = route
        self.aliases = aliases
        self.unit = unit
        self.versions = versions
        self.fallbacks = fallbacks
        self.contextFallback = contextFallback
        self.owner = owner
    }

    private enum CodingKeys: String, CodingKey {
        case route, aliases, unit, versions, fallbacks
        case contextFallback = "context_fallback"
        case owner
    }
}

/// An upstream account; its credential is never shown.
package struct ProviderView: Sendable, Codable {
    package var provider: String
    /// `openai`, `anthropic`, `gemini`, `azure` or `bedrock`.
    package var dialect: String
    package var baseURL: String
    package var hasCredential: Bool
    /// What the account pays per listed price: 1.0 is the list price.
    package var priceFactor: Double
    /// Models that this node holds back while another target is left; absent where all is well.
    package var openBreakers: [OpenBreakerView]?
    /// `file` or `api`.
    package var owner: String

    package init(
        provider: String,
        dialect: String,
        baseURL: String,
        hasCredential: Bool,
        priceFactor: Double,
        openBreakers: [OpenBreakerView]? = nil,
        owner: String
    ) {
        self.provider = provider
        self.dialect = dialect
        self.baseURL = baseURL
        self.hasCredential = hasCredential
        self.priceFactor = priceFactor
        self.openBreakers = openBreakers
        self.owner = owner
    }

    private enum CodingKeys: String, CodingKey {
        case provider, dialect
        case baseURL = "base_url"
        case hasCredential = "has_credential"
        case priceFactor = "price_factor"
        case openBreakers = "open_breakers"
        case owner
    }
}

/// A model that is held back, and for which kinds of failure.
package struct OpenBreakerView: Sendable, Codable {
    package var model: String
    /// `reach`, `slow`, `error`, `quota`, `credential`.
    package var faults: [String]

    package init(model: String, faults: [String]) {
        self.model = model
        self.faults = faults
    }
}

/// What is known of a provider's model beside its price.
package struct ModelView: Sendable, Codable {
    package var provider: String
    package var model: String
    /// 0.0…1.0.
    package var qualityScore: Double?
    /// Tokens.
    package var contextWindow: Int64?
    /// `message`, `prefix` or `continue_final_message`; absent where the model takes no prefill.
    package var prefill: String?
    /// `file` or `api`; absent in an import.
    package var owner: String?

    package init(
        provider: String,
        model: String,
        qualityScore: Double? = nil,
        contextWindow: Int64? = nil,
        prefill: String? = nil,
        owner: String? = nil
    ) {
        self.provider = provider
        self.model = model
        self.qualityScore = qualityScore
        self.contextWindow = contextWindow
        self.prefill = prefill
        self.owner = owner
    }

    private enum CodingKeys: String, CodingKey {
        case provider, model
        case qualityScore = "quality_score"
        case contextWindow = "context_window"
        case prefill, owner
    }
}
