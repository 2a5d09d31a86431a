// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

// Whom budgets and limits hold for: a name that nobody has would hold for nobody, and nobody would see it.
extension Catalogue {
    /// - Throws: `invalid` where an entity is nobody's name, with the nearest ones, or that of keys in several teams. Tags and end users
    ///   are known by requests alone: any name of one may come.
    func check(_ entity: SpendingEntity) throws(ControlError) {
        if entity.kind == .key {
            let meant = KeyNames(keys).fullNames(entity.name)
            if meant.count > 1, meant.first != entity.name {
                let names = meant.map { "key:\($0)" }.joined(separator: ", ")
                throw ControlError(
                    .invalid,
                    "entity: keys of several teams are named \"\(entity.name)\".",
                    hint: "Say whose: \(names)."
                )
            }
        }
        guard let known = names(of: entity.kind), !known.contains(entity.name) else { return }
        if entity.kind == .key, !KeyNames(keys).keys(entity.name).isEmpty { return }
        if entity.kind == .route, let route = route(named: entity.name) {
            throw ControlError(
                .invalid,
                "entity: \"\(entity.name)\" is another name of route \"\(route.id)\", and nothing is counted for it.",
                hint: "Say route:\(route.id)."
            )
        }
        let what = "\(entity.kind.rawValue)s"
        let some = Array(known).sorted()
        throw ControlError(
            .invalid,
            "entity: there is no \(entity.kind.rawValue) \"\(entity.name)\".",
            hint: some.isEmpty
                ? "There are no \(what) yet." : RegisterVersion.choice(what, of: some, nearestTo: entity.name)
        )
    }

    /// What somebody should know of the names in budgets and limits: whom they do not hold for.
    func warning(of entity: SpendingEntity, _ names: KeyNames) -> String? {
        if entity.kind == .key {
            let meant = names.fullNames(entity.name)
            if meant.count > 1, let first = meant.first, first != entity.name {
                return "Holds for key:\(first) alone: say key:TEAM/NAME for the keys of that name in other teams."
            }
            return names.keys(entity.name).isEmpty ? "There is no key of this name: nothing is counted." : nil
        }
        guard let known = self.names(of: entity.kind), !known.contains(entity.name) else { return nil }
        return "There is no \(entity.kind.rawValue) of this name: nothing is counted."
    }

    /// The names there are of a kind; absent where only requests say them.
    private func names(of kind: SpendingEntity.Kind) -> Set<String>? {
        switch kind {
        case .key: Set(keys.flatMap { [$0.name, $0.fullName] })
        case .team: Set(state.teams.map(\.name)).union(keys.compactMap(\.team))
        case .user: Set(state.users.map(\.id)).union(keys.compactMap(\.user))
        case .route: Set(definitions.routes.map(\.id.rawValue))
        case .version: Set(versions.map(\.id.rawValue))
        case .model: Set(versions.flatMap { version in version.targets.map { $0.apiVersion ?? version.apiVersion } })
        case .tag, .endUser: nil
        }
    }
}

extension ControlPlane {
    /// Warnings about the names that budgets and limits hold for, by the entities; most have none.
    package func entityWarnings() -> [SpendingEntity: String] {
        let (catalogue, names) = (catalogue, KeyNames(catalogue.keys))
        let entities = Set(catalogue.spending.budgets.map(\.entity)).union(catalogue.spending.limits.map(\.entity))
        var warnings: [SpendingEntity: String] = [:]
        for entity in entities { warnings[entity] = catalogue.warning(of: entity, names) }
        return warnings
    }
}
