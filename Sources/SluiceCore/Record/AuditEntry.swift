// SPDX-License-Identifier: Apache-2.0

/// One change, human or automatic: who, when, why, before and after.
package struct AuditEntry: Sendable, Equatable {
    /// From 1, without gaps.
    package var sequence: Int64
    package var at: Timestamp
    /// `admin`, `file`, `sluice` (automatic), or the name of a role's token.
    package var actor: String
    /// Dotted: `version.register`, `version.weight`, `key.revoke`.
    package var action: String
    /// What was changed: `version:v2`, `key:a1B2c3D4`.
    package var subject: String
    package var reason: String
    /// JSON text of what was and what is; absent where there was or is nothing.
    package var before: String?
    package var after: String?
    /// SHA-256, in hex, over the previous entry's hash and this entry's canonical text.
    package var hash: String

    package init(
        sequence: Int64,
        at: Timestamp,
        actor: String,
        action: String,
        subject: String,
        reason: String,
        before: String?,
        after: String?,
        hash: String
    ) {
        self.sequence = sequence
        self.at = at
        self.actor = actor
        self.action = action
        self.subject = subject
        self.reason = reason
        self.before = before
        self.after = after
        self.hash = hash
    }
}
