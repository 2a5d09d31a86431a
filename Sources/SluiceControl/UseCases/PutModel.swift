// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

extension ControlPlane {
    /// Writes what is known of a provider's model: quality score and context window.
    ///
    /// - Throws: `readOnly` where the file defines the model; `invalid` for an unknown provider or a score outside 0…1.
    package func putModel(_ card: ModelCard, _ change: Change) async throws(ControlError) -> ModelCard {
        guard card.qualityScore.map({ (0...1).contains($0) }) ?? true, (card.contextWindow ?? 1) > 0,
            (1...256).contains(card.model.utf8.count)
        else {
            throw ControlError(
                .invalid,
                "quality_score must be from 0 to 1, context_window above 0, and model 1 to 256 bytes long."
            )
        }
        let now = now()
        var card = card
        card.owner = .api
        let written = card
        return try await self.change { catalogue throws(ControlError) in
            guard catalogue.definitions.providers.contains(where: { $0.id == written.provider }) else {
                throw ControlError(
                    .invalid,
                    "There is no provider \"\(written.provider)\".",
                    details: .list("providers", catalogue.definitions.providers.map(\.id.rawValue))
                )
            }
            let known = catalogue.model(written.provider, written.model)
            guard known?.owner != .file else {
                throw ControlError(
                    .readOnly,
                    "Model \(written.provider)/\(written.model) is defined in the configuration file.",
                    hint: "Change it there and reload."
                )
            }
            guard known != written else { return .nothing(written) }
            let draft = change.draft(
                "model.put",
                "model:\(written.provider)/\(written.model)",
                at: now,
                before: known?.record,
                after: written.record
            )
            return Decision([.putModel(written)], audit: [draft], answer: written)
        }
    }
}

extension ModelCard {
    var record: JSONObject {
        var record = JSONObject()
        record["provider"] = .string(provider.rawValue)
        record["model"] = .string(model)
        if let qualityScore { record["quality_score"] = .double(qualityScore) }
        if let contextWindow { record["context_window"] = .integer(String(contextWindow)) }
        if let prefill { record["prefill"] = .string(prefill.rawValue) }
        return record
    }
}
