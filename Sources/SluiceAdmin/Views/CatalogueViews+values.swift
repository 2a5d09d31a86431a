// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

extension RouteView {
    init(_ route: Route, versions: [VersionID], pending: PendingApproval? = nil) {
        self.init()
        promotion = route.needsTwoPersons ? "two_person" : nil
        awaits = pending.map { "\($0.what), asked for by \($0.by) at \($0.at)" }
        self.route = route.id.rawValue
        aliases = route.aliases
        unit = route.unit.map(\.name)
        self.versions = versions.map(\.rawValue)
        fallbacks = route.fallbacks.isEmpty ? nil : route.fallbacks.map(\.rawValue)
        contextFallback = route.contextFallback?.rawValue
        owner = route.owner.rawValue
    }
}

extension ControlPlane {
    func providerViews() -> [ProviderView] {
        let states = credentials()
        return providers().map { provider in
            var view = ProviderView(provider, heldBack: heldBack(provider.id))
            if let state = states.first(where: { $0.provider == provider.id }) { view.note(state) }
            return view
        }
    }
}

extension ProviderView {
    init(_ provider: Provider, heldBack: [TargetState]) {
        self.init()
        self.provider = provider.id.rawValue
        dialect = provider.host.word(for: provider.dialect)
        baseURL = provider.address.description
        hasCredential = provider.credential != nil
        priceFactor = Double(provider.priceFactorMillionths) / 1_000_000
        openBreakers = heldBack.isEmpty ? nil : heldBack.map { OpenBreakerView($0) }
        owner = provider.owner.rawValue
    }
}

extension ProviderView {
    fileprivate mutating func note(_ state: CredentialState) {
        hasCredential = state.secret != nil
        credentialVersion = state.secret?.version
        credentialProblem = state.fault?.description
    }
}

extension OpenBreakerView {
    init(_ target: TargetState) {
        self.init()
        model = target.model
        faults = target.openBreakers
    }
}

extension ModelView {
    init(_ card: ModelCard) {
        self.init()
        provider = card.provider.rawValue
        model = card.model
        qualityScore = card.qualityScore
        contextWindow = card.contextWindow
        prefill = card.prefill?.rawValue
        owner = card.owner.rawValue
    }
}

extension ModelView {
    /// The card this describes; the control plane checks its numbers.
    func card() throws(AdminRefusal) -> ModelCard {
        guard let provider = ProviderID(provider) else {
            throw .invalid("provider is no id of a provider.", field: "provider")
        }
        let prefills = Prefill.allCases.map(\.rawValue)
        guard let prefill = prefill.map(Prefill.init(rawValue:)) ?? .some(nil) else {
            throw .invalid("prefill must be one of \(prefills.joined(separator: ", ")).", field: "prefill")
        }
        return ModelCard(
            provider: provider,
            model: model,
            qualityScore: qualityScore,
            contextWindow: contextWindow,
            prefill: prefill,
            owner: .api
        )
    }
}

extension KeptPriceView {
    init(_ kept: KeptCard) {
        self.init()
        card = UInt64(bitPattern: kept.number).hexText
        price = PriceView(kept.card)
        priceFactor = Double(kept.factorMillionths) / 1_000_000
        keptAt = kept.keptAt.description
    }
}

extension UInt64 {
    /// Sixteen hexadecimal digits.
    var hexText: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension ImportedPricesView {
    /// - Parameter isDryRun: names what would be written.
    init(_ done: PriceImport, isDryRun: Bool = false) {
        self.init(
            written: done.written,
            unchanged: done.unchanged,
            models: done.models,
            ownedByFile: done.ownedByFile,
            skipped: done.skipped,
            foreign: done.foreign,
            dropped: done.dropped
        )
        if !done.reasons.isEmpty { reasons = done.reasons }
        guard isDryRun else { return }
        changes = done.changes.map { difference in
            var view = PriceDifferenceView()
            view.price = PriceView(difference.card)
            view.before = difference.before.map { PriceView($0) }
            return view
        }
    }
}
