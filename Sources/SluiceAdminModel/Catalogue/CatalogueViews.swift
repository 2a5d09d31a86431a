// SPDX-License-Identifier: Apache-2.0

/// A route: the name callers put in `model`.
package struct RouteView: Sendable, Codable {
    package var route: String
    package var aliases: [String]
    /// Where the unit is looked for, in this order.
    package var unit: [String]
    /// The ids of its versions.
    package var versions: [String]
    /// `file` or `api`.
    package var owner: String

    package init(route: String, aliases: [String], unit: [String], versions: [String], owner: String) {
        self.route = route
        self.aliases = aliases
        self.unit = unit
        self.versions = versions
        self.owner = owner
    }
}

/// An upstream account; its credential is never shown.
package struct ProviderView: Sendable, Codable {
    package var provider: String
    /// `openai`, `anthropic` or `gemini`.
    package var dialect: String
    package var baseURL: String
    package var hasCredential: Bool
    /// What the account pays per listed price: 1.0 is the list price.
    package var priceFactor: Double
    /// `file` or `api`.
    package var owner: String

    package init(
        provider: String,
        dialect: String,
        baseURL: String,
        hasCredential: Bool,
        priceFactor: Double,
        owner: String
    ) {
        self.provider = provider
        self.dialect = dialect
        self.baseURL = baseURL
        self.hasCredential = hasCredential
        self.priceFactor = priceFactor
        self.owner = owner
    }

    private enum CodingKeys: String, CodingKey {
        case provider, dialect
        case baseURL = "base_url"
        case hasCredential = "has_credential"
        case priceFactor = "price_factor"
        case owner
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
    /// `file` or `api`; absent in an import.
    package var owner: String?

    package init(
        provider: String,
        model: String,
        qualityScore: Double? = nil,
        contextWindow: Int64? = nil,
        owner: String? = nil
    ) {
        self.provider = provider
        self.model = model
        self.qualityScore = qualityScore
        self.contextWindow = contextWindow
        self.owner = owner
    }

    private enum CodingKeys: String, CodingKey {
        case provider, model
        case qualityScore = "quality_score"
        case contextWindow = "context_window"
        case owner
    }
}
