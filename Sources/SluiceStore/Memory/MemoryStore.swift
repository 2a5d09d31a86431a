// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge
package import SluiceRelease

/// The in-memory twin of the store's engines: same contract, nothing on disk.
package actor MemoryStore: Store {
    private var stored = StoredState()
    private var entries: [AuditEntry] = []
    private var book = MemoryLedger()
    private var positions: [String: JournalPosition] = [:]
    private var logs: [RolloutID: [ReplayEvent]] = [:]
    private var messages: [OutboxMessage] = []
    private var lastMessage: Int64 = 0
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
        for case .enqueue(var message) in changes {
            lastMessage += 1
            message.sequence = lastMessage
            messages.append(message)
        }
        return next.revision
    }

    package func auditEntries(after sequence: Int64, limit: Int) async throws(StoreError) -> [AuditEntry] {
        try check()
        return Array(entries.drop { $0.sequence <= sequence }.prefix(max(0, limit)))
    }

    package func ingest(_ batch: JournalBatch, node: String) async throws(StoreError) {
        try check()
        for record in batch.records { book.take(record) }
        positions[node] = batch.position
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

    package func failures(
        of version: VersionID,
        from: Timestamp,
        limit: Int
    ) async throws(StoreError) -> [FailureCount] {
        try check()
        return book.failures(of: version, from: from, limit: limit)
    }

    package func usage(
        _ filter: LedgerFilter,
        groupedByEach groupings: [[UsageGrouping]]
    ) async throws(StoreError) -> [[UsageSum]] {
        try check()
        return groupings.map { UsageTally.sums(over: book.rows.lazy.filter(filter.matches), groupedBy: $0) }
    }

    package func usage(
        _ filter: LedgerFilter,
        amongNewest count: Int64
    ) async throws(StoreError) -> UsageSum {
        try check()
        let rows = book.rows.suffix(Int(clamping: max(0, count))).lazy.filter(filter.matches)
        return UsageTally.sums(over: rows, groupedBy: []).first ?? UsageSum(emptyOf: [])
    }

    package func appendEvidence(_ events: [ReplayEvent], to rollout: RolloutID) async throws(StoreError) {
        try check()
        logs[rollout, default: []] += events
    }

    package func evidence(
        of rollout: RolloutID,
        after sequence: Int64,
        limit: Int
    ) async throws(StoreError) -> [(sequence: Int64, event: ReplayEvent)] {
        try check()
        let log = logs[rollout] ?? []
        let start = Int(clamping: max(0, sequence))
        return log.enumerated().dropFirst(start).prefix(max(0, limit)).map { (Int64($0.offset) + 1, $0.element) }
    }

    package func outbox(of channel: String?, limit: Int) async throws(StoreError) -> [OutboxMessage] {
        try check()
        return Array(messages.lazy.filter { channel == nil || $0.channel == channel }.prefix(max(0, limit)))
    }

    package func outboxCounts() async throws(StoreError) -> [String: Int] {
        try check()
        return messages.reduce(into: [:]) { $0[$1.channel, default: 0] += 1 }
    }

    package func settleOutbox(_ sequence: Int64, _ ending: OutboxEnding) async throws(StoreError) {
        try check()
        guard let index = messages.firstIndex(where: { $0.sequence == sequence }) else { return }
        switch ending {
        case .delivered, .givenUp: messages.remove(at: index)
        case .retry(let moment, let error):
            messages[index].attempts += 1
            messages[index].nextAttemptAt = moment
            messages[index].lastError = error
        }
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
