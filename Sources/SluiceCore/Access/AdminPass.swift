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

    package static let prefix = "sla"

    package init(
        id: AdminPassID,
        person: String,
        role: AdminRole,
        team: String? = nil,
        hash: [UInt8],
        createdAt: Timestamp,
        createdBy: String,
        expiresAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil
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
    }

    package func isValid(at now: Timestamp) -> Bool {
        revokedAt == nil && (expiresAt.map { now < $0 } ?? true)
    }
}

package typealias AdminPassID = Identifier<AdminPass>
