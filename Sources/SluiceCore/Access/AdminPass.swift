// SPDX-License-Identifier: Apache-2.0

/// A person's token for the admin plane; only its hash is kept.
///
/// Its text has the form of ``KeyText`` with a prefix of its own, so that neither opens the other's plane.
package struct AdminPass: Sendable, Equatable {
    package var id: AdminPassID
    /// Who has it: a name for the audit, the id of a user where there is one.
    package var person: String
    package var role: AdminRole
    /// The one team whose things it sees; absent where it is for the whole node.
    package var team: String?
    /// SHA-256 over the node's pepper and the whole text.
    package var hash: [UInt8]
    package var createdAt: Timestamp
    package var createdBy: String
    package var expiresAt: Timestamp?
    package var revokedAt: Timestamp?
    /// Absent where somebody made it by hand.
    package var signIn: SignIn?

    package static let prefix = "sla"
    /// Of what a browser's cookie holds.
    package static let sessionPrefix = "sls"

    /// How a person came in whom an issuer of identities knows.
    package struct SignIn: Sendable, Equatable {
        package enum Kind: String, Sendable, CaseIterable {
            /// In a browser: shown as a cookie only.
            case session
            /// On the command line: shown as any token.
            case login
        }

        package var kind: Kind
        package var issuer: String
        /// The issuer's own name for the person, which never changes.
        package var subject: String

        package init(kind: Kind, issuer: String, subject: String) {
            self.kind = kind
            self.issuer = issuer
            self.subject = subject
        }
    }

    package init(
        id: AdminPassID,
        person: String,
        role: AdminRole,
        team: String? = nil,
        hash: [UInt8],
        createdAt: Timestamp,
        createdBy: String,
        expiresAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil,
        signIn: SignIn? = nil
    ) {
        self.id = id
        self.person = person
        self.role = role
        self.team = team
        self.hash = hash
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.signIn = signIn
    }

    package func isValid(at now: Timestamp) -> Bool {
        revokedAt == nil && (expiresAt.map { now < $0 } ?? true)
    }

    /// It is one of a browser, which is shown as a cookie only.
    package var isSession: Bool { signIn?.kind == .session }
}

package typealias AdminPassID = Identifier<AdminPass>
