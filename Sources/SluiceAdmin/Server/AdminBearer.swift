// SPDX-License-Identifier: Apache-2.0

import SluiceCore

/// Who makes a call, by the token that was shown.
struct AdminBearer: Sendable {
    /// Stands in the audit.
    var name: String
    var role: AdminRole
    /// The only team whose things they see.
    var team: String?
    /// The token is one person's: nobody else stands behind it, whatever a header says.
    var isPersonal: Bool
    /// The person's token or session.
    var pass: AdminPass?
    /// Of a session: what only this plane's own pages know of it.
    var proof: String?

    init(_ token: AdminToken) {
        name = token.name
        role = token.role
        isPersonal = false
    }

    init(_ pass: AdminPass) {
        name = pass.person
        role = pass.role
        team = pass.team
        isPersonal = true
        self.pass = pass
    }

    /// Refuses a call that this role or this team may not make.
    func check(_ endpoint: AdminEndpoint, needing needed: AdminRole) throws(AdminRefusal) {
        guard role.includes(needed) else {
            throw AdminRefusal(
                403,
                "forbidden",
                "This call needs the role \(needed.rawValue); token '\(name)' has \(role.rawValue)."
            )
        }
        guard let team, !endpoint.isForTeams else { return }
        throw AdminRefusal(
            403,
            "forbidden",
            "This call is about the whole node; token '\(name)' is for the team '\(team)'."
        )
    }
}
