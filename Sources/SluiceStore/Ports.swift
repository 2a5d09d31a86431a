// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge
package import SluiceRelease

/// What the API made, release state, keys and audit: read whole, changed by commits.
package protocol CatalogueStore: Sendable {
    /// Everything but ledger and audit, as of one moment.
    func state() async throws(StoreError) -> StoredState

    /// The state where it is newer than a revision, nothing where that is in force: how a node follows the others.
    func changes(after revision: Int64) async throws(StoreError) -> StoredState?

    /// Applies all changes and writes their audit entries in one transaction, or does nothing.
    ///
    /// - Parameter lease: what the change is made under; somebody else must not have taken it meanwhile.
    /// - Throws: ``StoreError`` with code `conflict` when `expecting` is not the revision in force, `logMoved` when a log
    ///   to be added to does not end as expected, `leaseLost` when the lease is another one's.
    /// - Returns: the new revision.
    @discardableResult
    func commit(
        _ changes: [StoreChange],
        audit: [AuditDraft],
        expecting revision: Int64,
        under lease: Lease?
    ) async throws(StoreError) -> Int64

    /// Entries after a sequence number, oldest first.
    func auditEntries(after sequence: Int64, limit: Int) async throws(StoreError) -> [AuditEntry]
}

/// Settled and open attempts, fed from the journals of all nodes.
package protocol LedgerStore: Sendable {
    /// Takes in records of a node's journal; one that was taken in before changes nothing.
    ///
    /// The batch's position is stored in the same transaction; a later start resumes from it.
    func ingest(_ batch: JournalBatch, node: String) async throws(StoreError)

    /// Where ingestion of a node's journal stopped.
    func ingestPosition(node: String) async throws(StoreError) -> JournalPosition?

    /// The nodes whose journals were taken in, in the order of their names.
    func ingestedNodes() async throws(StoreError) -> [String]

    /// Attempts that were opened and never settled, started before a moment; `nil` means those of all nodes.
    func openAttempts(
        of node: String?,
        startedBefore moment: Timestamp,
        limit: Int
    ) async throws(StoreError) -> [OpenedAttempt]

    /// The pins taken in last, the oldest of them first; of one that came twice the first one's version and account, owed
    /// where all of them are.
    func pins(newest count: Int) async throws(StoreError) -> [Pin]

    /// Forgets all pins but those taken in last.
    func dropPins(butNewest count: Int) async throws(StoreError)

    /// Ledger entries in the order they were taken in, after a row number.
    func ledger(_ filter: LedgerFilter, after row: Int64, limit: Int) async throws(StoreError) -> [LedgerRow]

    /// Failed first attempts on a version by the second in which their request ended and by their class, the oldest first.
    func failures(of version: VersionID, from: Timestamp, limit: Int) async throws(StoreError) -> [FailureCount]

    /// When each key was shown last, by the outcomes taken in, refused ones included.
    func lastUses() async throws(StoreError) -> [KeyID: Timestamp]

    /// Sums over the ledger, grouped in each of some ways, all as of one moment.
    func usage(
        _ filter: LedgerFilter,
        groupedByEach groupings: [[UsageGrouping]]
    ) async throws(StoreError) -> [[UsageSum]]

    /// Adds a correction of an attempt, with its audit entry, in one transaction.
    ///
    /// - Returns: whether there is such an attempt; nothing is written where there is none.
    func correct(_ correction: LedgerCorrection, audit: AuditDraft) async throws(StoreError) -> Bool

    /// All corrections of attempts that a filter means, the oldest first.
    func corrections(_ filter: LedgerFilter) async throws(StoreError) -> [LedgerCorrection]

    /// The entry of an attempt.
    func ledgerRow(of request: RequestID, attempt: Int) async throws(StoreError) -> LedgerRow?

    /// Keeps the terms by which attempts will be charged; those that are kept already stay.
    func keep(_ cards: [KeptCard]) async throws(StoreError)

    /// All terms that are kept, the oldest first.
    func keptCards() async throws(StoreError) -> [KeptCard]

    /// The sum of the entries that a filter means among those taken in last; reads no more than so many of them.
    func usage(_ filter: LedgerFilter, amongNewest count: Int64) async throws(StoreError) -> UsageSum
}

/// What requests under budgets are charged; fed by ``LedgerStore/ingest(_:node:)``, corrected by commits
/// (``StoreChange/adjustBudget(_:)``).
package protocol BudgetStore: Sendable {
    /// Settles, at what was set aside for them, the charges of a node's requests that began before a moment and never
    /// ended; returns how many.
    @discardableResult
    func settleCharges(of node: String, startedBefore moment: Timestamp) async throws(StoreError) -> Int

    /// Charges of requests that began in a stretch of time, in the order of the requests' ids, after one of them.
    func charges(
        from: Timestamp?,
        until: Timestamp?,
        after request: RequestID?,
        limit: Int
    ) async throws(StoreError) -> [Charge]

    /// What each of some scopes has spent, in the order asked for and all as of one moment: charges, settled or not, the
    /// cost of attempts whose request has no charge, and the adjustments of the budget.
    func spending(_ queries: [SpendingQuery]) async throws(StoreError) -> [NanoUSD]
}

/// The logs that rollouts' verdicts rest on: never changed, only added to; by a commit that acts on the entries
/// (``StoreChange/appendEvidence(_:to:expecting:)``), or outside of the revision where nothing follows from them.
package protocol EvidenceLog: Sendable {
    /// Adds entries to a rollout's log, all or none.
    ///
    /// - Parameters:
    ///   - sequence: of the last entry that the writer knows; 0 for an empty log.
    ///   - lease: what the rollout is led under; somebody else must not have taken it meanwhile.
    /// - Throws: ``StoreError`` with code `logMoved` where the log does not end with that entry, `leaseLost` when the
    ///   lease is another one's.
    func append(
        _ events: [ReplayEvent],
        to rollout: RolloutID,
        expecting sequence: Int64,
        under lease: Lease?
    ) async throws(StoreError)

    /// A rollout's log in order, after a sequence number (from 1).
    func evidence(
        of rollout: RolloutID,
        after sequence: Int64,
        limit: Int
    ) async throws(StoreError) -> [(sequence: Int64, event: ReplayEvent)]
}

/// Messages that wait for a channel; commits put them in (``StoreChange/enqueue(_:)``).
package protocol Outbox: Sendable {
    /// Gives a channel's oldest messages, due or not, to a node to send; while it has them nobody else gets any of that
    /// channel, so that their order stays.
    ///
    /// - Parameter duration: how long they are the node's; asking again within it makes it longer.
    /// - Returns: nothing while another node has messages of the channel.
    func claim(
        _ channel: String,
        for node: String,
        lasting duration: Duration,
        limit: Int
    ) async throws(StoreError) -> [OutboxMessage]

    /// Notes how a node's sending of a message went: delivered and given up leave the outbox.
    ///
    /// - Returns: whether it counts: a failure does not where another node has the message by now.
    @discardableResult
    func settle(_ sequence: Int64, _ ending: OutboxEnding, by node: String) async throws(StoreError) -> Bool

    /// Messages that wait for a channel, due or not, oldest first; with `nil` those for all channels.
    func outbox(of channel: String?, limit: Int) async throws(StoreError) -> [OutboxMessage]

    /// How many messages wait for each channel that has any.
    func outboxCounts() async throws(StoreError) -> [String: Int]
}

/// Who does what only one node may do.
///
/// Times are the store's own: nodes' clocks may differ.
package protocol Leases: Sendable {
    /// Takes or renews a lease.
    ///
    /// - Parameters:
    ///   - duration: how long nobody else gets it from now on.
    ///   - lease: the one the node has; absent where it has none, as after a start.
    /// - Returns: nothing while another node has it, or where the one to be renewed is another one's by now. A lease keeps
    ///   its epoch as long as it is renewed; whoever takes it next has a higher one.
    func acquire(
        _ name: String,
        for node: String,
        lasting duration: Duration,
        renewing lease: Lease?
    ) async throws(StoreError) -> Lease?

    /// Gives a lease back, so that another node need not wait for its end; nothing where it is another one's by now.
    func release(_ lease: Lease) async throws(StoreError)
}

/// A node's right to do something that only one node may do.
package struct Lease: Sendable, Hashable {
    /// What it is for: `rollout/ID`.
    package var name: String
    /// The node's name.
    package var holder: String
    /// Grows each time that somebody takes it: writes under an older one are refused.
    package var epoch: Int64
    /// By the store's clock.
    package var expiresAt: Timestamp

    package init(name: String, holder: String, epoch: Int64, expiresAt: Timestamp) {
        self.name = name
        self.holder = holder
        self.epoch = epoch
        self.expiresAt = expiresAt
    }

    /// How long a lease that ended is remembered: an engine forgets older ones when a new name is taken.
    ///
    /// A node renews its leases every few seconds; one that wakes up after this time finds its lease gone, or taken anew.
    package static let remembered: Duration = .seconds(86_400)

    /// Whether nobody else has taken it, by the one in the store.
    package func stands(by known: Lease?) -> Bool { known?.holder == holder && known?.epoch == epoch }

    /// The lease after a node asked for it; both engines decide by this.
    ///
    /// - Parameters:
    ///   - known: the one in the store.
    ///   - renewing: the one the node believes to have.
    package static func next(
        _ name: String,
        known: Lease?,
        for node: String,
        renewing: Lease?,
        until end: Timestamp,
        now: Timestamp
    ) -> Lease? {
        guard let known else { return Lease(name: name, holder: node, epoch: 1, expiresAt: end) }
        if let renewing {
            guard known.holder == node, known.epoch == renewing.epoch else { return nil }
            return Lease(name: name, holder: node, epoch: known.epoch, expiresAt: end)
        }
        // A process of the same name has just started: the former one is gone.
        guard known.holder == node || known.expiresAt <= now else { return nil }
        return Lease(name: name, holder: node, epoch: known.epoch + 1, expiresAt: end)
    }
}

/// Everything at once: what an engine is, and what the control plane is given.
package typealias Store = CatalogueStore & LedgerStore & BudgetStore & EvidenceLog & Outbox & Leases

extension CatalogueStore {
    /// A commit under no lease: a person's, or of what every node may do.
    @discardableResult
    package func commit(
        _ changes: [StoreChange],
        audit: [AuditDraft],
        expecting revision: Int64
    ) async throws(StoreError) -> Int64 {
        try await commit(changes, audit: audit, expecting: revision, under: nil)
    }
}

extension LedgerStore {
    /// Sums over the ledger, grouped.
    package func usage(
        _ filter: LedgerFilter,
        groupedBy grouping: [UsageGrouping]
    ) async throws(StoreError) -> [UsageSum] {
        try await usage(filter, groupedByEach: [grouping]).first ?? []
    }

    /// Takes in records one has at hand.
    package func ingest(
        _ records: [JournalRecord],
        node: String,
        position: JournalPosition
    ) async throws(StoreError) {
        try await ingest(JournalBatch(records, position: position), node: node)
    }
}

extension Leases {
    /// Takes a lease that one has not.
    package func acquire(
        _ name: String,
        for node: String,
        lasting duration: Duration
    ) async throws(StoreError) -> Lease? {
        try await acquire(name, for: node, lasting: duration, renewing: nil)
    }
}
