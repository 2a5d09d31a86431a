// SPDX-License-Identifier: Apache-2.0

/// What is known of a provider's model beside its price.
package struct ModelCard: Sendable, Equatable {
    package var provider: ProviderID
    package var model: String
    /// 0…1, the team's own judgement.
    package var qualityScore: Double?
    /// Tokens.
    package var contextWindow: Int64?
    /// How the model is asked to go on with an assistant's message that has begun; absent where it does not.
    package var prefill: Prefill?
    /// What its requests may hold; absent where nobody has said, so that nothing is ruled out.
    package var capabilities: Set<ModelCapability>?
    package var owner: Owner

    package init(
        provider: ProviderID,
        model: String,
        qualityScore: Double? = nil,
        contextWindow: Int64? = nil,
        prefill: Prefill? = nil,
        capabilities: Set<ModelCapability>? = nil,
        owner: Owner = .file
    ) {
        self.provider = provider
        self.model = model
        self.qualityScore = qualityScore
        self.contextWindow = contextWindow
        self.prefill = prefill
        self.capabilities = capabilities
        self.owner = owner
    }
}

/// What a request may need of a model beside text.
package enum ModelCapability: String, Sendable, Hashable, CaseIterable, Codable {
    case tools, images
    case structuredOutput = "structured_output"

    package static let words = allCases.map(\.rawValue)
}
