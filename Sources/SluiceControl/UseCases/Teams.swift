// SPDX-License-Identifier: Apache-2.0

package import SluiceCore
import SluiceStore

/// A team with what is known of it.
package struct TeamStatus: Sendable {
    package var name: String
    /// Absent where only keys name it.
    package var team: Team?
    /// Those that are valid.
    package var keys: [CallerKey]
    package var members: [User]
}

/// Some members of a team, changed.
package struct TeamPatch: Sendable {
    package var title = Patch<String>.keep
    package var isBlocked: Bool?
    /// An empty list is everything.
    package var routes: [String]?
    package var operations: [Operation]?
    package var metadata = Patch<String>.keep

    package init() {}
}

extension ControlPlane {
    /// Teams that were made, then those that only keys name.
    ///
    /// - Parameter own: The only one to be seen.
    package func teams(of own: String? = nil) -> [TeamStatus] { catalogue.teams(at: now(), own) }

    /// One team.
    package func team(_ name: String, of own: String? = nil) throws(ControlError) -> TeamStatus {
        guard let team = catalogue.teams(at: now(), own).first(where: { $0.name == name }) else {
            throw .unknownTeam(name)
        }
        return team
    }

    /// Makes a team; keys may have named it before.
    package func createTeam(_ name: String, _ patch: TeamPatch, _ change: Change) async throws(ControlError)
        -> TeamStatus
    {
        try AccessRules.check(name: name, field: "team")
        let now = now()
        let team = try Team(name: name, createdAt: now).patched(patch)
        return try await self.change { catalogue throws(ControlError) in
            guard !catalogue.state.teams.contains(where: { $0.name == name }) else {
                throw ControlError(.conflict, "There is a team \"\(name)\" already.")
            }
            let draft = change.draft("team.create", "team:\(name)", at: now, after: team.record)
            return Decision([.putTeam(team)], audit: [draft], answer: catalogue.status(of: team, at: now))
        }
    }

    /// Changes some members of a team; one that only keys named is made by it.
    package func updateTeam(_ name: String, _ patch: TeamPatch, _ change: Change) async throws(ControlError)
        -> TeamStatus
    {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            guard let known = catalogue.teams(at: now, change.team).first(where: { $0.name == name }) else {
                throw .unknownTeam(name)
            }
            let old = known.team
            let new = try (old ?? Team(name: name, createdAt: now)).patched(patch)
            guard old != new else { return .nothing(catalogue.status(of: new, at: now)) }
            let action =
                (old?.isBlocked ?? false) == new.isBlocked
                ? "team.update" : new.isBlocked ? "team.block" : "team.unblock"
            let draft = change.draft(action, "team:\(name)", at: now, before: old?.record, after: new.record)
            return Decision([.putTeam(new)], audit: [draft], answer: catalogue.status(of: new, at: now))
        }
    }

    /// Takes a team away, with its place among its members' teams.
    ///
    /// - Parameter revokesKeys: Its keys end with it; without it a team that has valid keys stays.
    package func deleteTeam(
        _ name: String,
        revokesKeys: Bool = false,
        _ change: Change
    ) async throws(ControlError) -> TeamStatus {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            guard let known = catalogue.teams(at: now).first(where: { $0.name == name }) else {
                throw .unknownTeam(name)
            }
            if let fixed = known.keys.first(where: { $0.owner == .file }) {
                throw ControlError(
                    .readOnly,
                    "Key \(fixed.id) of team \"\(name)\" is defined in the configuration file.",
                    hint: "Take it away there and reload."
                )
            }
            guard revokesKeys || known.keys.isEmpty else {
                throw ControlError(
                    .conflict,
                    "Team \"\(name)\" has \(known.keys.count) valid keys.",
                    hint: "Revoke them first, or send revoke_keys: true.",
                    details: .list("keys", known.keys.map(\.id.rawValue))
                )
            }
            var decision = Decision(answer: known)
            for key in known.keys { decision.revoke(key, at: now, change) }
            for var user in known.members {
                user.teams.removeAll { $0 == name }
                decision.changes.append(.putUser(user))
            }
            for pass in catalogue.state.passes where pass.team == name && pass.isValid(at: now) {
                decision.revoke(pass, at: now, change)
            }
            decision.changes.append(.removeTeam(name))
            decision.audit.append(change.draft("team.delete", "team:\(name)", at: now, before: known.team?.record))
            return decision
        }
    }
}

extension ControlPlane {
    /// Where budgets stand that someone sees who may see one team's alone.
    package func budgets(of team: String?) -> [BudgetState] {
        guard let team else { return budgets() }
        return budgets().filter { catalogue.isOwn($0.budget.entity, of: team) }
    }

    /// One of them; another team's is not there.
    package func budget(_ id: String, of team: String?) throws(ControlError) -> BudgetState {
        let state = try budget(id)
        guard let team, !catalogue.isOwn(state.budget.entity, of: team) else { return state }
        throw ControlError(
            .notFound,
            "There is no budget \"\(id.prefix(140))\".",
            hint: "\(AdminHint.listBudgets) lists them."
        )
    }
}

extension Catalogue {
    func teams(at now: Timestamp, _ own: String? = nil) -> [TeamStatus] {
        var found: [TeamStatus] = []
        var places: [String: Int] = [:]
        for team in state.teams {
            places[team.name] = found.count
            found.append(TeamStatus(name: team.name, team: team, keys: [], members: []))
        }
        for key in keys where key.isValid(at: now) {
            guard let name = key.team else { continue }
            if places[name] == nil {
                places[name] = found.count
                found.append(TeamStatus(name: name, team: nil, keys: [], members: []))
            }
            if let place = places[name] { found[place].keys.append(key) }
        }
        for user in state.users {
            for name in user.teams { if let place = places[name] { found[place].members.append(user) } }
        }
        return own == nil ? found : found.filter { $0.name == own }
    }

    /// Whether a budget's or limit's entity is a team's alone: itself, or keys of its.
    func isOwn(_ entity: SpendingEntity, of team: String) -> Bool {
        switch entity.kind {
        case .team: return entity.name == team
        case .key:
            let meant = Set(KeyNames(keys).keys(entity.name))
            return !meant.isEmpty && keys.allSatisfy { $0.team == team || !meant.contains($0.id) }
        default: return false
        }
    }

    fileprivate func status(of team: Team, at now: Timestamp) -> TeamStatus {
        var status =
            teams(at: now).first { $0.name == team.name }
            ?? TeamStatus(name: team.name, team: team, keys: [], members: [])
        status.team = team
        return status
    }
}

extension Team {
    fileprivate func patched(_ patch: TeamPatch) throws(ControlError) -> Team {
        var team = self
        patch.title.applied(to: &team.title)
        patch.metadata.applied(to: &team.metadata)
        if let isBlocked = patch.isBlocked { team.isBlocked = isBlocked }
        if let routes = patch.routes { team.scope.routes = routes }
        if let operations = patch.operations { team.scope.operations = operations }
        if let title = team.title { try AccessRules.check(name: title, field: "title") }
        try AccessRules.check(team.scope)
        try AccessRules.check(metadata: team.metadata)
        return team
    }
}

extension Decision {
    /// Ends a key with this decision.
    mutating func revoke(_ key: CallerKey, at now: Timestamp, _ change: Change) {
        var revoked = key
        revoked.revokedAt = now
        revoked.validUntil = min(key.validUntil ?? now, now)
        changes.append(.putKey(revoked))
        audit.append(
            change.draft("key.revoke", "key:\(key.id)", at: now, before: key.record, after: revoked.record)
        )
    }

    /// Ends an admin token with this decision.
    mutating func revoke(_ pass: AdminPass, at now: Timestamp, _ change: Change) {
        var revoked = pass
        revoked.revokedAt = now
        changes.append(.putPass(revoked))
        audit.append(
            change.draft("token.revoke", "token:\(pass.id)", at: now, before: pass.record, after: revoked.record)
        )
    }
}
