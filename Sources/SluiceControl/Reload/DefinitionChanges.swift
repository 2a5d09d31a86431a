// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What differs between two sets of definitions, by kind and name: `provider:main`, `route:chat`, `key:app`.
package struct DefinitionChanges: Sendable, Equatable {
    package var added: [String] = []
    package var removed: [String] = []
    package var changed: [String] = []
    package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

    package init() {}

    /// What leads from one to the other.
    package init(from old: Definitions, to new: Definitions) {
        compare("provider", old.providers, new.providers, name: { $0.id.rawValue }, isSame: ==)
        compare("route", old.routes, new.routes, name: { $0.id.rawValue }, isSame: ==)
        compare("version", old.versions, new.versions, name: { $0.id.rawValue }) {
            $0.configHash == $1.configHash && $0.route == $1.route && $0.provider == $1.provider
                && $0.apiVersion == $1.apiVersion
        }
        // A card without a date is in force since it was read, so the date alone is no change.
        compare("price", old.prices, new.prices, name: { "\($0.provider)/\($0.model)" }) {
            $0.rates == $1.rates && $0.tiers == $1.tiers && $0.perRequest == $1.perRequest
        }
        compare("model", old.models, new.models, name: { "\($0.provider)/\($0.model)" }, isSame: ==)
        compare("key", old.keys, new.keys, name: { $0.name }) {
            $0.hash == $1.hash && $0.team == $1.team && $0.scope == $1.scope
        }
        compare("issuer", old.machineIssuers, new.machineIssuers, name: { $0.issuer }) {
            $0.rules == $1.rules && $0.userClaim == $1.userClaim && $0.callers == $1.callers
        }
        compare("budget", old.budgets, new.budgets, name: { $0.id.rawValue }, isSame: ==)
        compare("rate_limits", old.rateLimits, new.rateLimits, name: { $0.entity.description }, isSame: ==)
        if old.autoTransition != new.autoTransition { changed.append("release.auto_transition") }
        if old.keyRotationGrace != new.keyRotationGrace { changed.append("key rotation grace") }
        if old.keyPrefix != new.keyPrefix { changed.append("key prefix") }
    }

    private mutating func compare<Item>(
        _ kind: String,
        _ old: [Item],
        _ new: [Item],
        name: (Item) -> String,
        isSame: (Item, Item) -> Bool
    ) {
        let before = Dictionary(grouping: old, by: name)
        let after = Dictionary(grouping: new, by: name)
        for key in Set(before.keys).union(after.keys).sorted() {
            switch (before[key], after[key]) {
            case (nil, _?): added.append("\(kind):\(key)")
            case (_?, nil): removed.append("\(kind):\(key)")
            case (let first?, let second?):
                let same = first.count == second.count && zip(first, second).allSatisfy(isSame)
                if !same { changed.append("\(kind):\(key)") }
            case (nil, nil): break
            }
        }
    }
}
