// SPDX-License-Identifier: Apache-2.0

package import SluiceCore
import SluiceStore

extension ControlPlane {
    /// How long sessions that have ended are kept for whoever looks.
    private static let keptAfterEnd: Duration = .seconds(7 * 86_400)

    /// Makes a session or a token for a person whom an issuer knows.
    ///
    /// Their user, where there is one, is found by its id, in upper case or lower, or by its id where it is administered.
    func signIn(
        _ person: SignInPerson,
        as kind: AdminPass.SignIn.Kind,
        by rules: SignInRules
    ) async throws(SignInFault) -> NewAdminPass {
        let prefix = kind == .session ? AdminPass.sessionPrefix : AdminPass.prefix
        guard let (id, text) = KeyText.generate(prefix: prefix, using: &random), let passID = AdminPassID(id.rawValue)
        else { throw SignInFault(.failed, "The session could not be made.") }
        let now = now()
        let hash = KeyText.hash(text.exposed.utf8, pepper: pepper)
        let made: Result<AdminPass, SignInFault>
        do throws(ControlError) {
            made = try await change { catalogue throws(ControlError) in
                let pass: AdminPass
                do throws(SignInFault) {
                    let (name, role) = try catalogue.admitted(person, otherwise: rules.defaultRole)
                    pass = AdminPass(
                        id: passID,
                        person: name,
                        role: role,
                        team: person.role == nil ? nil : person.team,
                        hash: hash,
                        createdAt: now,
                        createdBy: "oidc",
                        expiresAt: now.advanced(by: rules.lifetime),
                        signIn: AdminPass.SignIn(kind: kind, issuer: person.issuer, subject: person.subject)
                    )
                } catch {
                    return .nothing(.failure(error))
                }
                let draft = Change(by: pass.person)
                    .draft("\(kind.rawValue).create", "token:\(pass.id)", at: now, after: pass.record)
                let old = catalogue.state.passes.filter { pass in
                    guard pass.signIn != nil, let end = pass.revokedAt ?? pass.expiresAt else { return false }
                    return end.advanced(by: ControlPlane.keptAfterEnd) < now
                }
                return Decision(
                    old.map { .removePass($0.id) } + [.putPass(pass)],
                    audit: [draft],
                    answer: .success(pass)
                )
            }
        } catch {
            throw SignInFault(.store, error.message, hint: error.hint)
        }
        let pass = try made.get()
        seen[pass.id] = now
        return NewAdminPass(pass: pass, text: text)
    }

    /// The session whose cookie this is, as long as it is valid, in use, and its person not blocked.
    ///
    /// - Parameter idle: how long it may not be used; counted from this node's start where it was not used since.
    package func session(showing text: String, idle: Duration) -> AdminPass? {
        guard let pass = knownPass(showing: text), pass.isSession else { return nil }
        let now = now()
        if let last = seen[pass.id], last.advanced(by: idle) <= now { return nil }
        seen[pass.id] = now
        if seen.count > catalogue.state.passes.count {
            let known = Set(catalogue.state.passes.map(\.id))
            seen = seen.filter { known.contains($0.key) }
        }
        return pass
    }

    /// Ends a session or a token, by whoever shows it.
    package func signOut(_ id: AdminPassID) async throws(ControlError) -> AdminPass {
        let now = now()
        return try await change { catalogue throws(ControlError) in
            guard let pass = catalogue.state.passes.first(where: { $0.id == id }) else {
                throw ControlError(.notFound, "There is no such session.")
            }
            guard pass.revokedAt == nil else { return .nothing(pass) }
            var ended = pass
            ended.revokedAt = now
            var decision = Decision(answer: ended)
            decision.revoke(pass, at: now, Change(by: pass.person, because: "signed out"))
            return decision
        }
    }
}

extension Catalogue {
    /// Whose session it is, and in which role.
    fileprivate func admitted(
        _ person: SignInPerson,
        otherwise standard: AdminRole?
    ) throws(SignInFault) -> (name: String, role: AdminRole) {
        let name = person.name.lowercased()
        let own = state.users.filter { user in
            user.id.lowercased() == name || user.externalID?.utf8.elementsEqual(person.subject.utf8) == true
        }
        guard !own.contains(where: \.isBlocked) else {
            throw SignInFault(
                .forbidden,
                "The user \"\(person.name)\" is blocked.",
                hint: "Ask whoever administers users."
            )
        }
        let user = own.first { $0.id.utf8.elementsEqual(person.name.utf8) } ?? own.first
        guard let role = person.role ?? user?.role ?? standard else {
            throw SignInFault(
                .forbidden,
                "\(person.name) is known to the issuer, and has no role here.",
                hint: "Add a rule to auth.oidc.roles that fits their claims, or give their user a role."
            )
        }
        return (user?.id ?? person.name, role)
    }
}
