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
            if user.isBlocked, !old.isBlocked { try catalogue.checkOwnerStays(of: id, at: now) { $0.person == id } }
            let action =
                user.isBlocked == old.isBlocked ? "user.update" : user.isBlocked ? "user.block" : "user.unblock"
            let draft = change.draft(action, "user:\(id)", at: now, before: old.record, after: user.record)
            var decision = Decision([.putUser(user)], audit: [draft], answer: user)
            try catalogue.lowerPasses(of: user, from: old.role, to: user.role, at: now, change, in: &decision)
            return decision
        }
    }

    /// Takes a user away; their tokens and the keys that were made for them end.
    package func deleteUser(_ id: String, _ change: Change) async throws(ControlError) -> User {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            let user = try catalogue.user(id)
            if !user.isBlocked { try catalogue.checkOwnerStays(of: id, at: now) { $0.person == id } }
            var decision = Decision(answer: user)
            for pass in catalogue.passes(of: user) where pass.isValid(at: now) {
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

    /// Whether a token or session is refused, since its person is blocked.
    func isBlocked(_ pass: AdminPass) -> Bool { state.users.contains { $0.isBlocked && $0.has(pass) } }

    /// A user's tokens and sessions; not those of another user who is named in just that way.
    fileprivate func passes(of user: User) -> [AdminPass] {
        state.passes.filter { pass in
            guard user.has(pass) else { return false }
            return pass.person == user.id || !state.users.contains { $0.id == pass.person }
        }
    }

    /// Looks whether an owner stays without some tokens: one with a token that does not end, where there is one now.
    ///
    /// Who signed in by an issuer of identities does not count: their session ends by itself.
    ///
    /// - Throws: `conflict` where none does.
    func checkOwnerStays(
        of person: String,
        at now: Timestamp,
        without isGone: (AdminPass) -> Bool
    ) throws(ControlError) {
        let owners = state.passes.filter { pass in
            pass.role == .owner && pass.isValid(at: now) && pass.signIn == nil && !isBlocked(pass)
        }
        let left = owners.filter { !isGone($0) }
        guard left.count < owners.count else { return }
        let isLasting = { (pass: AdminPass) in pass.expiresAt == nil }
        guard left.isEmpty || (owners.contains(where: isLasting) && !left.contains(where: isLasting)) else { return }
        throw .lastOwner(person)
    }

    /// Takes from a person's tokens what their user may not do any more; without a role none of them is left.
    fileprivate func lowerPasses(
        of user: User,
        from former: AdminRole?,
        to role: AdminRole?,
        at now: Timestamp,
        _ change: Change,
        in decision: inout Decision<User>
    ) throws(ControlError) {
        guard let former, role?.includes(former) != true else { return }
        let own = passes(of: user).filter { $0.isValid(at: now) && role?.includes($0.role) != true }
        try checkOwnerStays(of: user.id, at: now) { pass in own.contains { $0.id == pass.id } }
        for pass in own {
            guard let role else {
                decision.revoke(pass, at: now, change)
                continue
            }
            var lowered = pass
            lowered.role = pass.role.includes(role) ? role : .viewer
            decision.changes.append(.putPass(lowered))
            decision.audit.append(
                change.draft("token.lower", "token:\(pass.id)", at: now, before: pass.record, after: lowered.record)
            )
        }
    }
}

extension ControlError {
    static func lastOwner(_ person: String) -> ControlError {
        ControlError(
            .conflict,
            "\(person) is the last owner whose token does not end: somebody has to be.",
            hint: "Make another one first: `sluice token create NAME --role owner` (POST /v1/admin/tokens)."
        )
    }
}

extension User {
    /// Whether a token or session is theirs: who signed in may have been unknown here, and is spelt as the issuer does.
    package func has(_ pass: AdminPass) -> Bool {
        if id == pass.person { return true }
        guard let signIn = pass.signIn else { return false }
        return id.lowercased() == pass.person.lowercased()
            || externalID?.utf8.elementsEqual(signIn.subject.utf8) == true
    }

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
