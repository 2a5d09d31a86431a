// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The in-memory twin of the store's engines: same contract, nothing on disk.
package actor MemoryStore: Store {
    private var stored = StoredState()
    private var entries: [AuditEntry] = []
    private var book = MemoryLedger()
    private var positions: [String: JournalPosition] = [:]
    private var fault: StoreError?

    package init() {}

    /// From now on every call fails so, as a store does that is locked, full or gone; `nil` heals it.
    package func fail(with fault: StoreError?) { self.fault = fault }

    package func state() async throws(StoreError) -> StoredState {
        try check()
        return stored
    }

    @discardableResult
    package func commit(
        _ changes: [StoreChange],
        audit: [AuditDraft],
        expecting revision: Int64
    ) async throws(StoreError) -> Int64 {
        try check()
        guard revision == stored.revision else {
            throw .staleRevision(expected: revision, inForce: stored.revision)
        }
        var next = stored
        for change in changes { try next.apply(change) }
        next.revision += 1
        let head = entries.last.map { AuditChain.Head(sequence: $0.sequence, hash: $0.hash) } ?? .genesis
        entries += AuditDraft.sealed(audit, after: head)
        stored = next
        return next.revision
    }

    package func auditEntries(after sequence: Int64, limit: Int) async throws(StoreError) -> [AuditEntry] {
        try check()
        return Array(entries.drop { $0.sequence <= sequence }.prefix(max(0, limit)))
    }

    package func ingest(
        _ records: [JournalRecord],
        node: String,
        position: JournalPosition
    ) async throws(StoreError) {
        try check()
        for record in records { book.take(record) }
        positions[node] = position
    }

    package func ingestPosition(node: String) async throws(StoreError) -> JournalPosition? {
        try check()
        return positions[node]
    }

    package func openAttempts(
        startedBefore moment: Timestamp,
        limit: Int
    ) async throws(StoreError) -> [OpenedAttempt] {
        try check()
        return book.openAttempts(startedBefore: moment, limit: limit)
    }

    package func ledger(_ filter: LedgerFilter, after row: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
        try check()
        return Array(book.rows.lazy.filter { $0.row > row && filter.matches($0) }.prefix(max(0, limit)))
    }

    package func usage(
        _ filter: LedgerFilter,
        groupedBy grouping: [UsageGrouping]
    ) async throws(StoreError) -> [UsageSum] {
        try check()
        return UsageTally.sums(over: book.rows.lazy.filter(filter.matches), groupedBy: grouping)
    }

    private func check() throws(StoreError) {
        if let fault { throw fault }
    }
}

extension StoreError {
    package static func staleRevision(expected: Int64, inForce revision: Int64) -> StoreError {
        StoreError(.conflict, "expected revision \(expected), but \(revision) is in force")
    }
}
