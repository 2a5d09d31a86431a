// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

extension AuditDraft {
    /// The entries these drafts become when they follow a head; what both engines write.
    package static func sealed(_ drafts: [AuditDraft], after head: AuditChain.Head) -> [AuditEntry] {
        var head = head
        return drafts.map { draft in
            let entry = AuditChain.sealed(draft.unsealed, after: head)
            head = AuditChain.Head(sequence: entry.sequence, hash: entry.hash)
            return entry
        }
    }

    private var unsealed: AuditEntry {
        AuditEntry(
            sequence: 0,
            at: at,
            actor: actor.storable,
            action: action.storable,
            subject: subject.storable,
            reason: reason.storable,
            before: before?.storable,
            after: after?.storable,
            hash: ""
        )
    }
}

extension String {
    /// The text as every engine can keep it: U+0000, where C strings end, becomes U+FFFD.
    package var storable: String {
        guard utf8.contains(0) else { return self }
        var scalars = String.UnicodeScalarView()
        for scalar in unicodeScalars { scalars.append(scalar == "\0" ? "\u{FFFD}" : scalar) }
        return String(scalars)
    }

    /// Whether two texts have the same scalars; `==` also accepts canonically equivalent ones.
    package func isIdentical(to other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
