// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// One entry of the audit; its fields are exactly what the hash chain is made of.
package struct AuditView: DescribedShape, Equatable {
    package var sequence: Int64 = 0
    package var at = ""
    package var atNanoseconds: Int64 = 0
    package var actor = ""
    package var action = ""
    package var subject = ""
    package var reason = ""
    package var before: String?
    package var after: String?
    package var hash = ""

    package init() {}

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

    package static let component = (name: "AuditEntry", about: "One change; the fields the hash chain is made of.")

    package static let fields: [Field<AuditView>] = [
        .must("sequence", \.sequence, .integer, "From 1, without gaps."),
        .must("at", \.at, .moment),
        .must("at_ns", \.atNanoseconds, .integer, "Nanoseconds since 1970, exactly."),
        .must("actor", \.actor, .string),
        .must("action", \.action, .string),
        .must("subject", \.subject, .string),
        .must("reason", \.reason, .string),
        .may("before", \.before, .string, "JSON text."),
        .may("after", \.after, .string, "JSON text."),
        .must("hash", \.hash, .string, "SHA-256 over the previous hash and this entry, in hex."),
    ]
}
