// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge
package import SluiceRelease

/// The in-memory twin of the store's engines: same contract, nothing on disk.
package actor MemoryStore: Store {
    private var stored = StoredState()
    private var entries: [AuditEntry] = []
    private var attempts = MemoryLedger()
    private var adjustments: [BudgetAdjustment] = []
    private var positions: [String: JournalPosition] = [:]
    private var logs: [RolloutID: [ReplayEvent]] = [:]
    private var messages: [OutboxMessage] = []
    /// By the sequence of the message.
    private var claims: [Int64: (node: String, until: Timestamp)] = [:]
    private var leases: [String: Lease] = [:]
    private let now: @Sendable () -> Timestamp
    private var lastMessage: Int64 = 0
    private var fault: StoreError?
    private var appendFault: StoreError?

    /// An empty store.
    ///
    /// - Parameter now: the clock of leases and claims; without one it stands still, and none ends by time.
    package init(now: @escaping @Sendable () -> Timestamp = { Timestamp(nanoseconds: 0) }) { self.now = now }

    /// From now on every call fails so, as a store does that is locked, full or gone; `nil` heals it.
    package func fail(with fault: StoreError?) { self.fault = fault }

    /// The next call that adds to a log fails so, once.
    package func failNextAppend(with fault: StoreError) { appendFault = fault }

    package func state() async throws(StoreError) -> StoredState {
        try check()
        return stored
    }

    package func changes(after revision: Int64) async throws(StoreError) -> StoredState? {
        try check()
        return stored.revision > revision ? stored : nil
    }

    @discardableResult
    package func commit(
        _ changes: [StoreChange],
        audit: [AuditDraft],
        expecting revision: Int64,
        under lease: Lease?
    ) async throws(StoreError) -> Int64 {
        try check(lease)
        guard revision == stored.revision else {
            throw .staleRevision(expected: revision, inForce: stored.revision)
        }
        var next = stored
        var nextLogs = logs
        for change in changes {
            try next.apply(change)
            guard case .appendEvidence(let events, let rollout, let sequence) = change else { continue }
            try MemoryStore.append(events, to: &nextLogs[rollout, default: []], expecting: sequence)
        }
        next.revision += 1
        let head = entries.last.map { AuditChain.Head(sequence: $0.sequence, hash: $0.hash) } ?? .genesis
        entries += AuditDraft.sealed(audit, after: head)
        stored = next
        logs = nextLogs
        for case .enqueue(var message) in changes {
            lastMessage += 1
            message.sequence = lastMessage
            messages.append(message)
        }
        for case .adjustBudget(let adjustment) in changes { adjustments.append(adjustment) }
        return next.revision
    }

    package func auditEntries(after sequence: Int64, limit: Int) async throws(StoreError) -> [AuditEntry] {
        try check()
        return Array(entries.drop { $0.sequence <= sequence }.prefix(max(0, limit)))
    }

    package func ingest(_ batch: JournalBatch, node: String) async throws(StoreError) {
        try check()
        for record in batch.records { attempts.take(record, node: node) }
        positions[node] = batch.position
    }

    package func ingestPosition(node: String) async throws(StoreError) -> JournalPosition? {
        try check()
        return positions[node]
    }

    package func ingestedNodes() async throws(StoreError) -> [String] {
        try check()
        return positions.keys.sorted()
    }

    package func openAttempts(
        of node: String?,
        startedBefore moment: Timestamp,
        limit: Int
    ) async throws(StoreError) -> [OpenedAttempt] {
        try check()
        return attempts.openAttempts(of: node, startedBefore: moment, limit: limit)
    }

    package func pins(newest count: Int) async throws(StoreError) -> [Pin] {
        try check()
        return attempts.pins.suffix(max(0, count))
    }

    package func dropPins(butNewest count: Int) async throws(StoreError) {
        try check()
        attempts.dropPins(butNewest: count)
    }

    @discardableResult
    package func settleCharges(
        of node: String,
        startedBefore moment: Timestamp
    ) async throws(StoreError) -> Int {
        try check()
        return attempts.settleCharges(of: node, startedBefore: moment)
    }

    package func charges(
        from: Timestamp?,
        until: Timestamp?,
        after request: RequestID?,
        limit: Int
    ) async throws(StoreError) -> [Charge] {
        try check()
        return attempts.charges(from: from, until: until, after: request, limit: limit)
    }

    package func spending(_ queries: [SpendingQuery]) async throws(StoreError) -> [NanoUSD] {
        try check()
        return queries.map { query in
            adjustments.filter(query.adjusts).reduce(attempts.spending(query)) { sum, adjustment in
                NanoUSD(sum.rawValue.addingHeld(adjustment.amount.rawValue))
            }
        }
    }

    package func ledger(_ filter: LedgerFilter, after row: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
        try check()
        return Array(attempts.rows.lazy.filter { $0.row > row && filter.matches($0) }.prefix(max(0, limit)))
    }

    package func ledgerRow(of request: RequestID, attempt: Int) async throws(StoreError) -> LedgerRow? {
        try check()
        return attempts.rows.first { $0.is(request, attempt) }
    }

    package func correct(_ correction: LedgerCorrection, audit: AuditDraft) async throws(StoreError) -> Bool {
        try check()
        guard attempts.correct(correction) else { return false }
        let head = entries.last.map { AuditChain.Head(sequence: $0.sequence, hash: $0.hash) } ?? .genesis
        entries += AuditDraft.sealed([audit], after: head)
        return true
    }

    package func corrections(_ filter: LedgerFilter) async throws(StoreError) -> [LedgerCorrection] {
        try check()
        return attempts.corrections.filter { correction in
            attempts.rows.contains { $0.is(correction.request, correction.attempt) && filter.matches($0) }
        }
    }

    package func keep(_ cards: [KeptCard]) async throws(StoreError) {
        try check()
        attempts.keep(cards)
    }

    package func keptCards() async throws(StoreError) -> [KeptCard] {
        try check()
        return attempts.cards
    }

    package func failures(
        of version: VersionID,
        from: Timestamp,
        limit: Int
    ) async throws(StoreError) -> [FailureCount] {
        try check()
        return attempts.failures(of: version, from: from, limit: limit)
    }

    package func lastUses() async throws(StoreError) -> [KeyID: Timestamp] {
        try check()
        return attempts.lastUses
    }

    package func usage(
        _ filter: LedgerFilter,
        groupedByEach groupings: [[UsageGrouping]]
    ) async throws(StoreError) -> [[UsageSum]] {
        try check()
        let rows = attempts.rows.lazy.filter(filter.matches)
        return groupings.map { UsageTally.sums(over: rows, groupedBy: $0, zone: filter.zone) }
    }

    package func usage(
        _ filter: LedgerFilter,
        amongNewest count: Int64
    ) async throws(StoreError) -> UsageSum {
        try check()
        let rows = attempts.rows.suffix(Int(clamping: max(0, count))).lazy.filter(filter.matches)
        return UsageTally.sums(over: rows, groupedBy: []).first ?? UsageSum(emptyOf: [])
    }

    package func append(
        _ events: [ReplayEvent],
        to rollout: RolloutID,
        expecting sequence: Int64,
        under lease: Lease?
    ) async throws(StoreError) {
        try check(lease)
        if let fault = appendFault {
            appendFault = nil
            throw fault
        }
        try MemoryStore.append(events, to: &logs[rollout, default: []], expecting: sequence)
    }

    private static func append(
        _ events: [ReplayEvent],
        to log: inout [ReplayEvent],
        expecting sequence: Int64?
    ) throws(StoreError) {
        let last = Int64(log.count)
        if let sequence, sequence != last { throw .staleEvidence(expected: sequence, last: last) }
        log += events
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

    package func claim(
        _ channel: String,
        for node: String,
        lasting duration: Duration,
        limit: Int
    ) async throws(StoreError) -> [OutboxMessage] {
        try check()
        let now = now()
        let waiting = messages.filter { $0.channel == channel }
        let isTaken = waiting.contains { message in
            claims[message.sequence].map { $0.node != node && $0.until > now } ?? false
        }
        guard !isTaken else { return [] }
        let own = Array(waiting.prefix(max(0, limit)))
        for message in own { claims[message.sequence] = (node, now.advanced(by: duration)) }
        return own
    }

    @discardableResult
    package func settle(
        _ sequence: Int64,
        _ ending: OutboxEnding,
        by node: String
    ) async throws(StoreError) -> Bool {
        try check()
        guard let index = messages.firstIndex(where: { $0.sequence == sequence }) else { return false }
        let isOthers = claims[sequence].map { $0.node != node } ?? false
        guard ending == .delivered || !isOthers else { return false }
        claims[sequence] = nil
        switch ending {
        case .delivered, .givenUp: messages.remove(at: index)
        case .retry(let moment, let error):
            messages[index].attempts += 1
            messages[index].nextAttemptAt = moment
            messages[index].lastError = error
        }
        return true
    }

    package func acquire(
        _ name: String,
        for node: String,
        lasting duration: Duration,
        renewing lease: Lease?
    ) async throws(StoreError) -> Lease? {
        try check()
        let now = now()
        let next = Lease.next(
            name,
            known: leases[name],
            for: node,
            renewing: lease,
            until: now.advanced(by: duration),
            now: now
        )
        if leases[name] == nil {
            leases = leases.filter { $0.value.expiresAt > now.advanced(by: .zero - Lease.remembered) }
        }
        if let next { leases[name] = next }
        return next
    }

    package func release(_ lease: Lease) async throws(StoreError) {
        try check()
        guard lease.stands(by: leases[lease.name]) else { return }
        leases[lease.name]?.expiresAt = now()
    }

    /// - Parameter lease: what a write is done under; it must not be another one's by now.
    private func check(_ lease: Lease? = nil) throws(StoreError) {
        if let fault { throw fault }
        if let lease, !lease.stands(by: leases[lease.name]) { throw .leaseLost(lease) }
    }
}
