// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

/// What an import of prices did.
package struct PriceImport: Sendable, Equatable {
    /// Cards put in force, new or with another price.
    package var written: Int = 0
    /// Cards that were in force with the same price already.
    package var unchanged: Int = 0
    /// `provider/model` of cards that the file defines.
    package var ownedByFile: [String] = []
    /// Entries without a price per token.
    package var skipped: [String] = []
    /// Why each was skipped.
    package var reasons: [String: String] = [:]
    /// Entries of providers that are not configured.
    package var foreign: Int = 0
    /// Prices that a card has no field for, by the file's name for them: how many entries have one.
    package var dropped: [String: Int] = [:]
    /// Model cards written for their context window.
    package var models: Int = 0
    /// What was written, or would have been: the new cards, each with the one it takes the place of.
    package var changes: [PriceDifference] = []

    package init() {}
}

/// A card that comes into force, and the one in force before it.
package struct PriceDifference: Sendable, Equatable {
    package var card: PriceCard
    package var before: PriceCard?
}

extension ControlPlane {
    /// Most cards that one call may bring.
    package static let mostCards = 20_000

    /// Puts price and model cards in force; a price that the file defines is refused, and then none is written.
    package func importPrices(
        _ cards: [PriceCard],
        models: [ModelCard] = [],
        isDryRun: Bool = false,
        _ change: Change
    ) async throws(ControlError) -> PriceImport {
        try await importPrices(cards, models: models, refusingFileOwned: true, isDryRun: isDryRun, change)
    }

    /// Puts the prices of a file in force from now on; cards that the configuration defines are passed over and named.
    ///
    /// - Parameters:
    ///   - provider: Takes the entries for this provider alone.
    ///   - source: The file's name for that provider; without it, its id.
    package func importPrices(
        from file: PriceFile,
        provider: String? = nil,
        source: String? = nil,
        isDryRun: Bool = false,
        _ change: Change
    ) async throws(ControlError) -> PriceImport {
        let providers = catalogue.definitions.providers
        if let provider, !providers.contains(where: { $0.id.rawValue == provider }) {
            throw ControlError(
                .invalid,
                "There is no provider \"\(provider.prefix(140))\".",
                hint: RegisterVersion.choice("providers", of: providers.map(\.id.rawValue), nearestTo: provider),
                details: .list("providers", providers.map(\.id.rawValue))
            )
        }
        if source != nil, provider == nil, providers.count > 1 {
            throw ControlError(
                .invalid,
                "With \"source\" say which provider its prices are for.",
                hint: "Name one with \"provider\": \(providers.map(\.id.rawValue).joined(separator: ", "))."
            )
        }
        let reading = file.read(
            for: providers,
            only: provider.flatMap { ProviderID($0) },
            source: source,
            from: now()
        )
        guard !reading.cards.isEmpty || !reading.skipped.isEmpty else {
            throw ControlError(
                .invalid,
                "None of the file's \(reading.foreign) entries is for a configured provider.",
                hint: "Entries are taken by a provider's very id (configured: "
                    + providers.map(\.id.rawValue).joined(separator: ", ")
                    + "). Else name the provider with \"provider\" and the file's name for it with \"source\"."
            )
        }
        var answer = try await importPrices(
            reading.cards,
            models: reading.models,
            refusingFileOwned: false,
            isDryRun: isDryRun,
            change
        )
        answer.skipped = reading.skipped
        answer.reasons = reading.reasons
        answer.foreign = reading.foreign
        answer.dropped = reading.dropped
        return answer
    }

    private func importPrices(
        _ cards: [PriceCard],
        models: [ModelCard],
        refusingFileOwned: Bool,
        isDryRun: Bool,
        _ change: Change
    ) async throws(ControlError) -> PriceImport {
        guard cards.count <= ControlPlane.mostCards else {
            throw ControlError(.invalid, "\(cards.count) cards are more than one call may bring: 20000.")
        }
        let now = now()
        let prices = PriceChange(cards: cards, models: models, refusesFileOwned: refusingFileOwned)
        if isDryRun { return try prices.decide(in: catalogue, change, at: now).answer }
        return try await self.change { catalogue throws(ControlError) in
            try prices.decide(in: catalogue, change, at: now)
        }
    }
}

/// Cards that shall come into force.
struct PriceChange {
    var cards: [PriceCard]
    var models: [ModelCard]
    var refusesFileOwned: Bool

    /// One entry in the audit per card up to this many; beyond, one for all.
    private static let listed = 20

    func decide(
        in catalogue: Catalogue,
        _ change: Change,
        at now: Timestamp
    ) throws(ControlError) -> Decision<PriceImport> {
        var answer = PriceImport()
        let providers = Set(catalogue.definitions.providers.map(\.id))
        let defined = Set(catalogue.definitions.prices.map(PriceChange.name))
        var writes: [(card: PriceCard, before: PriceCard?)] = []
        for card in cards {
            guard providers.contains(card.provider) else {
                throw ControlError(
                    .invalid,
                    "There is no provider \"\(card.provider)\".",
                    details: .list("providers", providers.map(\.rawValue).sorted())
                )
            }
            guard !card.model.isEmpty, card.model.utf8.count <= 256, PriceChange.isSane(card) else {
                throw ControlError(
                    .invalid,
                    "The card of \(PriceChange.name(card)) has a negative rate, tiers out of order or no model."
                )
            }
            guard !defined.contains(PriceChange.name(card)) else {
                answer.ownedByFile.append(PriceChange.name(card))
                continue
            }
            let current = catalogue.prices.card(
                provider: card.provider,
                model: card.model,
                at: card.effectiveFrom
            )
            if let current, current.terms == card.terms {
                answer.unchanged += 1
            } else {
                var card = card
                card.owner = .api
                writes.append((card, current))
            }
        }
        if refusesFileOwned, let first = answer.ownedByFile.first {
            throw ControlError(
                .readOnly,
                "The price of \(first) is defined in the configuration file.",
                hint: "Change it there and reload. Nothing was written.",
                details: .list("defined_in_file", answer.ownedByFile)
            )
        }
        let newModels = self.newModels(in: catalogue)
        answer.written = writes.count
        answer.changes = writes.map { PriceDifference(card: $0.card, before: $0.before) }
        answer.models = newModels.count
        return Decision(
            writes.map { .putPrice($0.card) } + newModels.map { .putModel($0) },
            audit: drafts(writes, models: newModels.count, change, at: now),
            answer: answer
        )
    }

    private func newModels(in catalogue: Catalogue) -> [ModelCard] {
        models.compactMap { card in
            guard let known = catalogue.model(card.provider, card.model) else { return card }
            guard known.owner == .api, known.contextWindow != card.contextWindow else { return nil }
            var merged = known
            merged.contextWindow = card.contextWindow
            return merged
        }
    }

    private func drafts(
        _ writes: [(card: PriceCard, before: PriceCard?)],
        models: Int,
        _ change: Change,
        at now: Timestamp
    ) -> [AuditDraft] {
        guard writes.count > PriceChange.listed else {
            var drafts = writes.map { write in
                change.draft(
                    "price.put",
                    "price:\(PriceChange.name(write.card))",
                    at: now,
                    before: write.before?.record,
                    after: write.card.record
                )
            }
            if models > 0, drafts.isEmpty { drafts.append(summary([], models: models, change, at: now)) }
            return drafts
        }
        return [summary(writes, models: models, change, at: now)]
    }

    private func summary(
        _ writes: [(card: PriceCard, before: PriceCard?)],
        models: Int,
        _ change: Change,
        at now: Timestamp
    ) -> AuditDraft {
        var before = JSONObject()
        before["cards"] = .array(writes.compactMap { $0.before.map { .object($0.record) } })
        var after = JSONObject()
        after["cards"] = .array(writes.map { .object($0.card.record) })
        after["models"] = .integer(String(models))
        return change.draft("price.import", "price:\(writes.count) cards", at: now, before: before, after: after)
    }

    static func name(_ card: PriceCard) -> String { "\(card.provider)/\(card.model)" }

    private static func isSane(_ card: PriceCard) -> Bool {
        func isSane(_ rates: PriceCard.Rates) -> Bool {
            [rates.input, rates.output, rates.cachedInput, rates.cacheWrite5m, rates.cacheWrite1h, rates.reasoning]
                .allSatisfy { ($0 ?? 0) >= 0 } && rates.parts.entries.allSatisfy { $0.number >= 0 }
        }
        func isSane(_ tiers: [PriceCard.Tier]) -> Bool {
            let starts = tiers.map(\.fromInputTokens)
            return tiers.allSatisfy { isSane($0.rates) } && starts.allSatisfy { $0 > 0 }
                && zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 }
        }
        let names = card.variants.map(\.name)
        return isSane(card.rates) && isSane(card.tiers) && card.perRequest >= .zero
            && Set(names).count == names.count
            && card.variants.allSatisfy { variant in
                (variant.factorMillionths ?? 0) >= 0 && variant.rates.map(isSane) ?? true && isSane(variant.tiers)
                    && (variant.rates == nil) == (variant.factorMillionths != nil) && !variant.name.isEmpty
            }
    }
}
