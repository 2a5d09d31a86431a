// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Whether the audit's chain holds.
package struct AuditVerdictView: Sendable, Codable, Equatable {
    package var intact: Bool
    /// Entries that hold, from the first.
    package var entries: Int64
    /// Hash of the last of them: kept elsewhere, it proves later that nothing before it was changed.
    package var head: String?
    /// The number of the first entry that does not fit.
    package var firstBad: Int64?
    package var problem: String?

    package init(_ verdict: AuditVerifier.Verdict) {
        switch verdict {
        case .intact(let last):
            intact = true
            entries = last.sequence
            head = last.hash
        case .broken(let at, let fault):
            intact = false
            entries = at - 1
            firstBad = at
            problem =
                switch fault {
                case .outOfSequence: "entry \(at) is missing, was moved, or another was put in its place"
                case .altered: "entry \(at) or one before it was altered: its hash does not fit"
                case .rewritten: "entry \(at) has another hash than the head that was kept: the chain was written anew"
                case .truncated: "entries from \(at) on are gone: a head that was kept lies beyond the end"
                }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case intact, entries, head
        case firstBad = "first_bad"
        case problem
    }
}
