// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

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
    /// `position` is stored in the same transaction; a later start resumes from it.
    func ingest(_ records: [JournalRecord], node: String, position: JournalPosition) async throws(StoreError)

    /// Where ingestion of a node's journal stopped.
    func ingestPosition(node: String) async throws(StoreError) -> JournalPosition?

    /// Attempts that were opened and never settled, started before a moment.
    func openAttempts(startedBefore moment: Timestamp, limit: Int) async throws(StoreError) -> [OpenedAttempt]

    /// Ledger entries in the order they were taken in, after a row number.
    func ledger(_ filter: LedgerFilter, after row: Int64, limit: Int) async throws(StoreError) -> [LedgerRow]

    /// Sums over the ledger, grouped.
    func usage(_ filter: LedgerFilter, groupedBy grouping: [UsageGrouping]) async throws(StoreError) -> [UsageSum]
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

    package init(
        revision: Int64 = 0,
        versions: [Version] = [],
        fileReleases: [VersionID: Release] = [:],
        keys: [CallerKey] = [],
        prices: [PriceCard] = [],
        models: [ModelCard] = [],
        settings: [String: String] = [:]
    ) {
        self.revision = revision
        self.versions = versions
        self.fileReleases = fileReleases
        self.keys = keys
        self.prices = prices
        self.models = models
        self.settings = settings
    }
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
