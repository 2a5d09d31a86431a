// SPDX-License-Identifier: Apache-2.0

/// What is known of a provider's model beside its price.
package struct ModelCard: Sendable, Equatable {
    package var provider: ProviderID
    package var model: String
    /// 0…1, the team's own judgement.
    package var qualityScore: Double?
    /// Tokens.
    package var contextWindow: Int64?
    package var owner: Owner

    package init(
        provider: ProviderID,
        model: String,
        qualityScore: Double? = nil,
        contextWindow: Int64? = nil,
        owner: Owner = .file
    ) {
        self.provider = provider
        self.model = model
        self.qualityScore = qualityScore
        self.contextWindow = contextWindow
        self.owner = owner
    }
}
