// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// One entry of the audit; its fields are exactly what the hash chain is made of.
package struct AuditView: Sendable, Codable, Equatable {
    /// From 1, without gaps.
    package var sequence: Int64
    package var at: String
    /// Nanoseconds since 1970: the exact moment the hash covers.
    package var atNanoseconds: Int64
    package var actor: String
    package var action: String
    package var subject: String
    package var reason: String
    /// JSON text, as the hash covers it.
    package var before: String?
    package var after: String?
    /// SHA-256 over the previous entry's hash and this entry, in hex.
    package var hash: String

    package init(_ entry: AuditEntry) {
        sequence = entry.sequence
        at = entry.at.description
        atNanoseconds = entry.at.nanoseconds
        actor = entry.actor
        action = entry.action
        subject = entry.subject
        reason = entry.reason
        before = entry.before
        after = entry.after
        hash = entry.hash
    }

    /// The entry, to verify it.
    package var entry: AuditEntry {
        AuditEntry(
            sequence: sequence,
            at: Timestamp(nanoseconds: atNanoseconds),
            actor: actor,
            action: action,
            subject: subject,
            reason: reason,
            before: before,
            after: after,
            hash: hash
        )
    }

    private enum CodingKeys: String, CodingKey {
        case sequence, at
        case atNanoseconds = "at_ns"
        case actor, action, subject, reason, before, after, hash
    }
}
