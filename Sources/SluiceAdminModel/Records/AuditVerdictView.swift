// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Whether the audit's chain holds.
package struct AuditVerdictView: DescribedShape, Equatable {
    package var intact = false
    package var entries: Int64 = 0
    package var head: String?
    package var firstBad: Int64?
    package var problem: String?

    package init() {}

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

    package static let component = (name: "AuditVerdict", about: "Whether the chain holds.")

    package static let fields: [Field<AuditVerdictView>] = [
        .must("intact", \.intact, .boolean),
        .must("entries", \.entries, .integer, "Entries that hold, from the first."),
        .may("head", \.head, .string, "Hash of the last entry."),
        .may("first_bad", \.firstBad, .integer, "The number of the first entry that does not fit."),
        .may("problem", \.problem, .string),
    ]
}
