// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceRelease
package import SluiceStore

/// The file's definitions and the stored state as one: what every decision looks at.
package struct Catalogue: Sendable {
    package var definitions: Definitions
    package var state: StoredState
    /// All versions, the file's first, each with the release that is in force.
    package private(set) var versions: [Version]
    package let prices: PriceBook
    /// Budgets and limits of both owners.
    let spending: SpendingDefinitions

    package init(_ definitions: Definitions, _ state: StoredState) {
        self.definitions = definitions
        self.state = state
        let made = Set(state.versions.map(\.id))
        versions =
            definitions.versions.filter { !made.contains($0.id) }.map { version in
                var version = version
                if let release = state.fileReleases[version.id] { version.release = release }
                return version
            } + state.versions
        spending = SpendingDefinitions(definitions, state.settings)
        prices = PriceBook(cards: definitions.prices + state.prices, providers: definitions.providers)
    }

    /// The cards of every model that is served, at its provider's factor.
    func servedCards(at now: Timestamp) -> [KeptCard] {
        struct Served: Hashable {
            var provider: ProviderID
            var model: String
        }
        var seen: Set<Served> = []
        return versions.flatMap { version in
            version.targets.flatMap { target -> [KeptCard] in
                let served = Served(provider: target.provider, model: target.apiVersion ?? version.apiVersion)
                guard seen.insert(served).inserted else { return [] }
                return prices.cards(provider: served.provider, model: served.model).kept(at: now)
            }
        }
    }

    func version(_ id: String) throws(ControlError) -> Version {
        guard let version = versions.first(where: { $0.id.rawValue == id }) else {
            throw .unknownVersion(id, known: versions.map(\.id))
        }
        return version
    }

    func versions(of route: RouteID) -> [Version] { versions.filter { $0.route == route } }

    func split(of route: RouteID) -> (versions: [Version], split: Split) {
        let own = versions(of: route)
        return (own, Split(own.map { ($0.id, $0.release) }))
    }

    /// The route with this name or alias.
    func route(named name: String) -> Route? {
        definitions.routes.first { $0.id.rawValue == name } ?? definitions.routes.first { $0.aliases.contains(name) }
    }

    /// Production versions of a route, the newest first.
    func production(of route: RouteID) -> [Version] {
        versions(of: route).filter { $0.release.state == .production }
            .sorted { ($0.release.changedAt, $0.createdAt) > ($1.release.changedAt, $1.createdAt) }
    }

    /// What the data plane gets: versions that can be served, cards and keys of both owners.
    func snapshot(pepper: Secret<[UInt8]>) -> Snapshot {
        let routes = Set(definitions.routes.map(\.id))
        let providers = Set(definitions.providers.map(\.id))
        var snapshot = Snapshot(
            epoch: state.revision,
            providers: servedProviders,
            routes: definitions.routes,
            versions: versions.filter { routes.contains($0.route) && providers.contains($0.provider) },
            prices: definitions.prices + state.prices,
            models: definitions.models + state.models,
            keys: keys,
            gates: gates,
            pepper: pepper
        )
        snapshot.budgets = spending.budgets
        snapshot.rateLimits = spending.limits
        snapshot.machines = machines
        return snapshot
    }

    /// What stands between keys and routes, of the keys that have anything: what was said of them, of their team and of
    /// their user.
    private var gates: [KeyID: KeyGate] {
        let teams = Dictionary(state.teams.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let blocked = Set(state.users.filter(\.isBlocked).map(\.id))
        var gates: [KeyID: KeyGate] = [:]
        for key in keys {
            let team = key.team.flatMap { teams[$0] }
            var gate = KeyGate(scopes: [key.scope, team?.scope ?? KeyScope()].filter { !$0.isEmpty })
            if key.isBlocked {
                gate.closed = "This API key is blocked; ask whoever administers it."
            } else if let team, team.isBlocked {
                gate.closed = "The team `\(team.name)` of this API key is blocked; ask whoever administers it."
            } else if let user = key.user, blocked.contains(user) {
                gate.closed = "The user of this API key is blocked; ask whoever administers it."
            }
            if !gate.isOpen { gates[key.id] = gate }
        }
        return gates
    }

    /// Whose tokens machines may show, with the keys that are known of each issuer.
    private var machines: MachineAccess? {
        guard !definitions.machineIssuers.isEmpty else { return nil }
        let issuers = definitions.machineIssuers.map { issuer in
            var issuer = issuer
            let text = state.settings[issuer.setting]
            issuer.keys = text.flatMap { KeySet(parsing: Array($0.utf8)) } ?? .none
            return issuer
        }
        let blocked = state.users.filter(\.isBlocked)
        return MachineAccess(issuers: issuers, blockedUsers: Set(blocked.map(\.id) + blocked.compactMap(\.externalID)))
    }

    /// Keys of both owners; a file's key that a change has been stored for does not exist, since those are read-only.
    var keys: [CallerKey] { definitions.keys + state.keys }

    /// The state after some changes were committed as one revision.
    func applying(_ changes: [StoreChange], revision: Int64) -> Catalogue {
        var state = state
        state.revision = revision
        // Committed changes can be made, or they had not been committed.
        for change in changes { try? state.apply(change) }
        return Catalogue(definitions, state)
    }
}
