// SPDX-License-Identifier: Apache-2.0

/// Follows a chain of audit entries page by page and stops at the first one that does not belong.
package struct AuditVerifier: Sendable {
    /// What is wrong at a place of the chain.
    package enum Fault: String, Sendable {
        /// The number is not the next one: an entry was dropped, moved or put in.
        case outOfSequence = "out_of_sequence"
        /// The entry or one before it was altered: the hash does not fit.
        case altered
        /// A head kept elsewhere has another hash for this number: the chain was written anew.
        case rewritten
        /// A head kept elsewhere lies beyond the end: entries were cut off.
        case truncated
    }

    package enum Verdict: Sendable, Equatable {
        case intact(AuditChain.Head)
        /// The first bad row: its place in the chain, counted from 1.
        case broken(at: Int64, Fault)
    }

    private var head: AuditChain.Head
    private let known: [Int64: String]
    private var broken: Verdict?

    /// Starts after a head that is trusted; `knownHeads` are heads kept elsewhere.
    package init(after head: AuditChain.Head = .genesis, knownHeads: [AuditChain.Head] = []) {
        self.head = head
        known = Dictionary(knownHeads.map { ($0.sequence, $0.hash) }, uniquingKeysWith: { first, _ in first })
    }

    /// Takes the next entries; after a fault the rest is not looked at.
    package mutating func take(_ entries: some Sequence<AuditEntry>) {
        for entry in entries where broken == nil {
            let expected = head.sequence + 1
            if entry.sequence != expected {
                broken = .broken(at: expected, .outOfSequence)
            } else if entry.hash != AuditChain.hash(of: entry, after: head.hash) {
                broken = .broken(at: expected, .altered)
            } else if let hash = known[expected], hash != entry.hash {
                broken = .broken(at: expected, .rewritten)
            } else {
                head = AuditChain.Head(sequence: entry.sequence, hash: entry.hash)
            }
        }
    }

    /// The verdict over all that was taken.
    package func finish() -> Verdict {
        if let broken { return broken }
        let furthest = known.keys.max() ?? 0
        return furthest > head.sequence ? .broken(at: head.sequence + 1, .truncated) : .intact(head)
    }
}

extension AuditChain {
    /// Verifies entries at once; see ``AuditVerifier`` for chains that are read in pages.
    package static func verify(
        _ entries: some Sequence<AuditEntry>,
        after head: Head = .genesis,
        knownHeads: [Head] = []
    ) -> AuditVerifier.Verdict {
        var verifier = AuditVerifier(after: head, knownHeads: knownHeads)
        verifier.take(entries)
        return verifier.finish()
    }
}
