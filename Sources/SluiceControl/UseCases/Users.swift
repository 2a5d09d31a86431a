// SPDX-License-Identifier: Apache-2.0

package import SluiceCore
import SluiceStore

/// Some members of a user, changed.
package struct UserPatch: Sendable {
    package var name = Patch<String>.keep
    package var email = Patch<String>.keep
    package var role = Patch<AdminRole>.keep
    package var teams: [String]?
    package var isBlocked: Bool?
    package var externalID = Patch<String>.keep
    package var metadata = Patch<String>.keep

    package init() {}
}

extension ControlPlane {
    package func users() -> [User] { catalogue.state.users }

    package func user(_ id: String) throws(ControlError) -> User { try catalogue.user(id) }

    /// Makes a user.
    package func createUser(_ id: String, _ patch: UserPatch, _ change: Change) async throws(ControlError) -> User {
        try AccessRules.check(person: id, field: "user")
        let now = now()
        let user = try User(id: id, createdAt: now).patched(patch)
        return try await self.change { catalogue throws(ControlError) in
            guard !catalogue.state.users.contains(where: { $0.id == id }) else {
                throw ControlError(.conflict, "There is a user \"\(id)\" already.")
            }
            let draft = change.draft("user.create", "user:\(id)", at: now, after: user.record)
            return Decision([.putUser(user)], audit: [draft], answer: user)
        }
    }

    /// Changes some members of a user; one that is blocked has no token and no key that is taken.
    package func updateUser(_ id: String, _ patch: UserPatch, _ change: Change) async throws(ControlError) -> User {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            let old = try catalogue.user(id)
            let user = try old.patched(patch)
            guard user != old else { return .nothing(old) }
            if user.isBlocked, !old.isBlocked { try catalogue.checkOwnerStays(without: id, at: now) }
            let action =
                user.isBlocked == old.isBlocked ? "user.update" : user.isBlocked ? "user.block" : "user.unblock"
            let draft = change.draft(action, "user:\(id)", at: now, before: old.record, after: user.record)
            return Decision([.putUser(user)], audit: [draft], answer: user)
        }
    }

    /// Takes a user away; their tokens and the keys that were made for them end.
    package func deleteUser(_ id: String, _ change: Change) async throws(ControlError) -> User {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            let user = try catalogue.user(id)
            if !user.isBlocked { try catalogue.checkOwnerStays(without: id, at: now) }
            var decision = Decision(answer: user)
            for pass in catalogue.state.passes where pass.person == id && pass.isValid(at: now) {
                decision.revoke(pass, at: now, change)
            }
            for key in catalogue.state.keys where key.user == id && key.revokedAt == nil {
                decision.revoke(key, at: now, change)
            }
            decision.changes.append(.removeUser(id))
            decision.audit.append(change.draft("user.delete", "user:\(id)", at: now, before: user.record))
            return decision
        }
    }
}

extension Catalogue {
    func user(_ id: String) throws(ControlError) -> User {
        guard let user = state.users.first(where: { $0.id == id }) else {
            throw ControlError(
                .notFound,
                "There is no user \"\(id.prefix(140))\".",
                hint: "\(AdminHint.listUsers) lists them."
            )
        }
        return user
    }

    /// Whether a person's tokens are taken.
    func isBlocked(_ person: String) -> Bool { state.users.contains { $0.id == person && $0.isBlocked } }

    /// Tokens of owners that are taken now.
    func owners(at now: Timestamp) -> [AdminPass] {
        state.passes.filter { $0.role == .owner && $0.isValid(at: now) && !isBlocked($0.person) }
    }

    /// - Throws: `conflict` where a person has the last token of an owner.
    func checkOwnerStays(without person: String, at now: Timestamp) throws(ControlError) {
        let owners = owners(at: now)
        guard owners.contains(where: { $0.person == person }), owners.allSatisfy({ $0.person == person }) else {
            return
        }
        throw .lastOwner(person)
    }
}

extension ControlError {
    static func lastOwner(_ person: String) -> ControlError {
        ControlError(
            .conflict,
            "\(person) is the last owner: somebody has to be.",
            hint: "Make another one first: `sluice token create NAME --role owner` (POST /v1/admin/tokens)."
        )
    }
}

extension User {
    fileprivate func patched(_ patch: UserPatch) throws(ControlError) -> User {
        var user = self
        patch.name.applied(to: &user.name)
        patch.email.applied(to: &user.email)
        patch.role.applied(to: &user.role)
        patch.externalID.applied(to: &user.externalID)
        patch.metadata.applied(to: &user.metadata)
        if let teams = patch.teams { user.teams = teams }
        if let isBlocked = patch.isBlocked { user.isBlocked = isBlocked }
        if let name = user.name { try AccessRules.check(name: name) }
        if let email = user.email { try AccessRules.check(name: email, field: "email") }
        if let externalID = user.externalID { try AccessRules.check(name: externalID, field: "external_id") }
        guard user.teams.count <= 100 else { throw ControlError(.invalid, "teams must be at most 100.") }
        for team in user.teams { try AccessRules.check(name: team, field: "teams") }
        try AccessRules.check(metadata: user.metadata)
        return user
    }
}
