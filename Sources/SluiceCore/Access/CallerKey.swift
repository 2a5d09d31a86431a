// SPDX-License-Identifier: Apache-2.0

/// A key a caller shows; only its hash is kept.
package struct CallerKey: Sendable, Equatable {
    package var id: KeyID
    package var name: String
    package var team: String?
    /// SHA-256 over the node's pepper and the whole key text.
    package var hash: [UInt8]
    package var createdAt: Timestamp
    /// From here on the key is refused: set when it is revoked, or when a rotation's grace ends.
    package var validUntil: Timestamp?
    package var revokedAt: Timestamp?
    /// The key that took this one's place by rotation.
    package var replacedBy: KeyID?
    package var owner: Owner

    package init(
        id: KeyID,
        name: String,
        team: String? = nil,
        hash: [UInt8],
        createdAt: Timestamp,
        validUntil: Timestamp? = nil,
        revokedAt: Timestamp? = nil,
        replacedBy: KeyID? = nil,
        owner: Owner
    ) {
        self.id = id
        self.name = name
        self.team = team
        self.hash = hash
        self.createdAt = createdAt
        self.validUntil = validUntil
        self.revokedAt = revokedAt
        self.replacedBy = replacedBy
        self.owner = owner
    }

    package func isValid(at now: Timestamp) -> Bool {
        guard let validUntil else { return true }
        return now < validUntil
    }
}
