// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge
package import SluiceRelease

/// The system of record: what the API made, release state, keys, audit and ledger.
///
/// Engines and the in-memory twin pass the same contract suite. Reads see committed changes only.
package protocol Store: Sendable {
    /// Everything but ledger and audit, as of one moment.
    func state() async throws(StoreError) -> StoredState

    /// Applies all changes and writes their audit entries in one transaction, or does nothing.
    ///
    /// - Throws: ``StoreError`` with code `conflict` when `expecting` is not the revision in force.
    /// - Returns: the new revision.
    @discardableResult
    func commit(_ changes: [StoreChange], audit: [AuditDraft], expecting revision: Int64) async throws(StoreError)
        -> Int64

    // Audit
    /// Entries after a sequence number, oldest first.
    func auditEntries(after sequence: Int64, limit: Int) async throws(StoreError) -> [AuditEntry]

    // Ledger
    /// Takes in journal records; one that was taken in before changes nothing.
    ///
    /// The batch's position is stored in the same transaction; a later start resumes from it.
    func ingest(_ batch: JournalBatch, node: String) async throws(StoreError)

    /// Where ingestion of a node's journal stopped.
    func ingestPosition(node: String) async throws(StoreError) -> JournalPosition?

    /// Attempts that were opened and never settled, started before a moment.
    func openAttempts(startedBefore moment: Timestamp, limit: Int) async throws(StoreError) -> [OpenedAttempt]

    /// Ledger entries in the order they were taken in, after a row number.
    func ledger(_ filter: LedgerFilter, after row: Int64, limit: Int) async throws(StoreError) -> [LedgerRow]

    /// Failed first attempts on a version by the second in which their request ended and by their class, the oldest first.
    func failures(of version: VersionID, from: Timestamp, limit: Int) async throws(StoreError) -> [FailureCount]

    /// Sums over the ledger, grouped in each of some ways, all as of one moment.
    func usage(
        _ filter: LedgerFilter,
        groupedByEach groupings: [[UsageGrouping]]
    ) async throws(StoreError) -> [[UsageSum]]

    /// The sum of the entries that a filter means among those taken in last; reads no more than so many of them.
    func usage(_ filter: LedgerFilter, amongNewest count: Int64) async throws(StoreError) -> UsageSum

    // Rollouts
    /// Adds to the log a rollout's verdicts rest on, outside of the revision: the log is never changed, only added to.
    func appendEvidence(_ events: [ReplayEvent], to rollout: RolloutID) async throws(StoreError)

    /// A rollout's log in order, after a sequence number (from 1).
    func evidence(
        of rollout: RolloutID,
        after sequence: Int64,
        limit: Int
    ) async throws(StoreError) -> [(sequence: Int64, event: ReplayEvent)]

    // Outbox
    /// Messages that wait for a channel, due or not, oldest first; with `nil` those for all channels.
    func outbox(of channel: String?, limit: Int) async throws(StoreError) -> [OutboxMessage]

    /// How many messages wait for each channel that has any.
    func outboxCounts() async throws(StoreError) -> [String: Int]

    /// Notes how sending a message went, outside of the revision: delivered and given up leave the outbox.
    func settleOutbox(_ sequence: Int64, _ ending: OutboxEnding) async throws(StoreError)
}

/// Everything the store holds but ledger and audit.
package struct StoredState: Sendable {
    /// Grows by one with every commit.
    package var revision: Int64
    /// Versions made by the API, definition and release.
    package var versions: [Version]
    /// Release state of versions defined in the file.
    package var fileReleases: [VersionID: Release]
    /// Keys made by the API.
    package var keys: [CallerKey]
    /// Prices made by the API.
    package var prices: [PriceCard]
    /// Model cards made by the API.
    package var models: [ModelCard]
    /// Small settings of the control plane by name.
    package var settings: [String: String]
    /// Every open rollout and the newest closed ones, oldest first.
    package var rollouts: [RolloutRecord]

    package init(
        revision: Int64 = 0,
        versions: [Version] = [],
        fileReleases: [VersionID: Release] = [:],
        keys: [CallerKey] = [],
        prices: [PriceCard] = [],
        models: [ModelCard] = [],
        settings: [String: String] = [:],
        rollouts: [RolloutRecord] = []
    ) {
        self.revision = revision
        self.versions = versions
        self.fileReleases = fileReleases
        self.keys = keys
        self.prices = prices
        self.models = models
        self.settings = settings
        self.rollouts = rollouts
    }

    /// How many closed rollouts are kept in sight.
    package static let closedRollouts = 200
}

/// One change of the stored state.
package enum StoreChange: Sendable {
    /// A version made by the API; its id must be new.
    case insertVersion(Version)
    /// The release state of a version, made by the API or defined in the file.
    case setRelease(VersionID, Release, owner: Owner)
    case putKey(CallerKey)
    case putPrice(PriceCard)
    case putModel(ModelCard)
    case setSetting(String, String?)
    case putRollout(RolloutRecord)
    case enqueue(OutboxMessage)
}

extension Store {
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

/// How sending a message ended.
package enum OutboxEnding: Sendable, Hashable {
    case delivered
    case retry(at: Timestamp, error: String)
    case givenUp(error: String)
}

/// An audit entry before the store gives it its number and hash.
package struct AuditDraft: Sendable {
    package var at: Timestamp
    package var actor: String
    package var action: String
    package var subject: String
    package var reason: String
    package var before: String?
    package var after: String?

    package init(
        at: Timestamp,
        actor: String,
        action: String,
        subject: String,
        reason: String,
        before: String? = nil,
        after: String? = nil
    ) {
        self.at = at
        self.actor = actor
        self.action = action
        self.subject = subject
        self.reason = reason
        self.before = before
        self.after = after
    }
}
