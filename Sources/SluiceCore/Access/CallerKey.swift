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
    /// Requests in flight at the same time on one node; `nil` is the node's own limit.
    package var maxConcurrency: Int?
    /// The user it was made for.
    package var user: String?
    package var scope: KeyScope
    /// For reports.
    package var tags: [String]
    /// It is refused until it is unblocked.
    package var isBlocked: Bool
    /// A JSON object that is kept for whoever wrote it.
    package var metadata: String?
    /// Where it was made under an `Idempotency-Key`.
    package var replay: KeyReplay?

    /// What a limit of requests in flight may be.
    package static let concurrencyRange = 1...1_000_000

    package init(
        id: KeyID,
        name: String,
        team: String? = nil,
        hash: [UInt8],
        createdAt: Timestamp,
        validUntil: Timestamp? = nil,
        revokedAt: Timestamp? = nil,
        replacedBy: KeyID? = nil,
        owner: Owner,
        maxConcurrency: Int? = nil,
        user: String? = nil,
        scope: KeyScope = KeyScope(),
        tags: [String] = [],
        isBlocked: Bool = false,
        metadata: String? = nil,
        replay: KeyReplay? = nil
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
        self.maxConcurrency = maxConcurrency
        self.user = user
        self.scope = scope
        self.tags = tags
        self.isBlocked = isBlocked
        self.metadata = metadata
        self.replay = replay
    }

    package func isValid(at now: Timestamp) -> Bool {
        guard let validUntil else { return true }
        return now < validUntil
    }
}
