// SPDX-License-Identifier: Apache-2.0

package import SluiceCore
import SluiceStore

/// An admin token just made: the only moment its text is known.
package struct NewAdminPass: Sendable {
    package var pass: AdminPass
    package var text: Secret<String>
}

extension ControlPlane {
    /// Persons' admin tokens, ended ones included; never a text or a hash that could be used.
    package func passes() -> [AdminPass] { catalogue.state.passes }

    /// The token with this text, as long as it is valid and its person not blocked; the same time whatever is shown.
    package func pass(showing text: String) -> AdminPass? {
        // What a cookie holds opens nothing where pages cannot have it sent against their user's will.
        knownPass(showing: text).flatMap { $0.isSession ? nil : $0 }
    }

    /// The token or session with this text, as long as it is valid and its person not blocked.
    func knownPass(showing text: String) -> AdminPass? {
        let id = KeyText.id(in: Substring(text).utf8).map { String(Substring($0)) }
        let known = id.flatMap { id in catalogue.state.passes.first { $0.id.rawValue == id } }
        let shown = KeyText.hash(text.utf8, pepper: pepper)
        let hash = known?.hash ?? Array(repeating: 0, count: shown.count)
        let difference = zip(hash, shown).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0, let known, known.isValid(at: now()), !catalogue.isBlocked(known) else {
            return nil
        }
        return known
    }

    /// Makes an admin token for a person and answers its text, once.
    ///
    /// - Parameters:
    ///   - role: Without it, the one that the user of this name has.
    ///   - team: The only team whose things it sees; roles for the whole node have none.
    ///   - lifetime: How long it is valid; without it, until it is revoked.
    package func createPass(
        for person: String,
        role: AdminRole? = nil,
        team: String? = nil,
        lifetime: Duration? = nil,
        _ change: Change
    ) async throws(ControlError) -> NewAdminPass {
        try AccessRules.check(person: person, field: "person")
        if let team { try AccessRules.check(name: team, field: "team") }
        try AccessRules.check(lifetime: lifetime)
        guard let (id, text) = KeyText.generate(prefix: AdminPass.prefix, using: &random),
            let passID = AdminPassID(id.rawValue)
        else { throw ControlError(.conflict) }
        let now = now()
        let hash = KeyText.hash(text.exposed.utf8, pepper: pepper)
        return try await self.change { catalogue throws(ControlError) in
            let user = catalogue.state.users.first { $0.id == person }
            guard let role = role ?? user?.role else {
                throw ControlError(
                    .invalid,
                    "role is missing, and there is no user \"\(person)\" who has one.",
                    details: .list("roles", AdminRole.allCases.map(\.rawValue))
                )
            }
            guard team == nil || role.fitsTeam else {
                throw ControlError(
                    .invalid,
                    "The role \(role.rawValue) is for the whole node; a token of one team is a viewer or a key-admin."
                )
            }
            if user?.isBlocked == true {
                throw ControlError(.invalidState, "The user \"\(person)\" is blocked.")
            }
            if let team, !catalogue.teams(at: now).contains(where: { $0.name == team }) { throw .unknownTeam(team) }
            let pass = AdminPass(
                id: passID,
                person: person,
                role: role,
                team: team,
                hash: hash,
                createdAt: now,
                createdBy: change.actor,
                expiresAt: lifetime.map { now.advanced(by: $0) }
            )
            let draft = change.draft("token.create", "token:\(pass.id)", at: now, after: pass.record)
            return Decision([.putPass(pass)], audit: [draft], answer: NewAdminPass(pass: pass, text: text))
        }
    }

    /// Ends an admin token now.
    ///
    /// - Parameter id: Its id, or the name of a person who has only one that is valid.
    /// - Throws: `conflict` where it is the last one of an owner.
    package func revokePass(_ id: String, _ change: Change) async throws(ControlError) -> AdminPass {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            let pass = try catalogue.pass(id, at: now)
            guard pass.revokedAt == nil else { return .nothing(pass) }
            try catalogue.checkOwnerStays(of: pass.person, at: now) { $0.id == pass.id }
            var revoked = pass
            revoked.revokedAt = now
            var decision = Decision(answer: revoked)
            decision.revoke(pass, at: now, change)
            return decision
        }
    }
}

extension Catalogue {
    fileprivate func pass(_ text: String, at now: Timestamp) throws(ControlError) -> AdminPass {
        if let pass = state.passes.first(where: { $0.id.rawValue == text }) { return pass }
        let own = state.passes.filter { $0.person == text && $0.isValid(at: now) }
        if own.count == 1, let pass = own.first { return pass }
        throw ControlError(
            own.isEmpty ? .notFound : .conflict,
            own.isEmpty
                ? "There is no admin token \"\(text.prefix(140))\"." : "\(text) has several admin tokens.",
            hint: own.isEmpty
                ? "\(AdminHint.listTokens) lists them."
                : "Use an id: \(own.map(\.id.rawValue).joined(separator: ", "))."
        )
    }
}
