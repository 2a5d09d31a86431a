// SPDX-License-Identifier: Apache-2.0
import GRDB
package import SluiceCore
package import SluiceJudge
package import SluiceRelease
package import SluiceStore

/// The store in one SQLite file: embedded, one process on one host.
///
/// Calls run on the database's own threads, never on the caller's. A file that is locked, full or gone fails the call
/// with ``StoreError/Code/unavailable`` and nothing else; the same store answers again once the file does.
package final class SQLiteStore: Store {
    package struct Configuration: Sendable {
        /// What a commit survives.
        package enum Durability: Sendable {
            /// A crash of the process; after a power cut the last commits may be missing, never half there.
            case process
            /// A power cut as well: each commit waits for the disk.
            case power
        }

        package var path: String
        package var durability: Durability
        /// How long a call waits for a lock held by another connection.
        package var busyTimeout: Duration
        /// The clock of leases and claims; without one, SQLite's own.
        package var now: (@Sendable () -> Timestamp)?

        package init(
            path: String,
            durability: Durability = .process,
            busyTimeout: Duration = .seconds(5),
            now: (@Sendable () -> Timestamp)? = nil
        ) {
            self.path = path
            self.durability = durability
            self.busyTimeout = busyTimeout
            self.now = now
        }
    }

    private let file: StoreFile
    private let clock: (@Sendable () -> Timestamp)?

    /// Opens a store, or makes it; moves an older schema up.
    ///
    /// - Throws: ``StoreError`` with code `unusable` when another process has it open, when it lies on a network file
    ///   system, when it is not a store or one of a newer release; `unavailable` when it may open later.
    package static func open(_ configuration: Configuration) throws(StoreError) -> SQLiteStore {
        SQLiteStore(file: try StoreFile(configuration), clock: configuration.now)
    }

    private init(file: StoreFile, clock: (@Sendable () -> Timestamp)?) {
        self.file = file
        self.clock = clock
    }

    /// The moment by the clock of leases and claims; SQLite's own counts milliseconds.
    private static func now(_ clock: (@Sendable () -> Timestamp)?, _ database: Database) throws -> Timestamp {
        if let clock { return clock() }
        let sql = "SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"
        return Timestamp(milliseconds: try Int64.fetchOne(database, sql: sql) ?? 0)
    }

    /// Ends all connections and gives the file free for another process; later calls fail with `unavailable`.
    package func close() { file.close() }

    package func state() async throws(StoreError) -> StoredState {
        try await file.read { try SQLiteStore.state(in: $0) }
    }

    package func changes(after revision: Int64) async throws(StoreError) -> StoredState? {
        try await file.read { database in
            try RevisionTable.current(database) > revision ? SQLiteStore.state(in: database) : nil
        }
    }

    private static func state(in database: Database) throws -> StoredState {
        StoredState(
            revision: try RevisionTable.current(database),
            versions: try VersionTable.all(database),
            fileReleases: try ReleaseTable.ofFileVersions(database),
            keys: try KeyTable.all(database),
            teams: try TeamTable.all(database),
            users: try UserTable.all(database),
            passes: try AdminPassTable.all(database),
            secrets: try ProviderSecretTable.all(database),
            prices: try PriceTable.all(database),
            models: try ModelTable.all(database),
            settings: try SettingTable.all(database),
            rollouts: try RolloutTable.inSight(database)
        )
    }

    @discardableResult
    package func commit(
        _ changes: [StoreChange],
        audit: [AuditDraft],
        expecting revision: Int64,
        under lease: Lease?
    ) async throws(StoreError) -> Int64 {
        try await file.write { database in
            try LeaseTable.require(lease, in: database)
            let inForce = try RevisionTable.current(database)
            guard inForce == revision else {
                throw StoreError.staleRevision(expected: revision, inForce: inForce)
            }
            for change in changes { try SQLiteStore.apply(change, to: database) }
            for entry in AuditDraft.sealed(audit, after: try AuditTable.head(database)) {
                try AuditTable.insert(entry, into: database)
            }
            try RevisionTable.set(inForce + 1, in: database)
            return inForce + 1
        }
    }

    package func auditEntries(after sequence: Int64, limit: Int) async throws(StoreError) -> [AuditEntry] {
        try await file.read { try AuditTable.entries(after: sequence, limit: max(0, limit), in: $0) }
    }

    package func ingest(_ batch: JournalBatch, node: String) async throws(StoreError) {
        try await file.write { database in
            try LedgerIntake.take(batch, node: node, into: database)
            try JournalPositionTable.set(batch.position, node: node, in: database)
        }
    }

    package func ingestPosition(node: String) async throws(StoreError) -> JournalPosition? {
        try await file.read { try JournalPositionTable.position(node: node, in: $0) }
    }

    package func ingestedNodes() async throws(StoreError) -> [String] {
        try await file.read { try JournalPositionTable.nodes(in: $0) }
    }

    package func openAttempts(
        of node: String?,
        startedBefore moment: Timestamp,
        limit: Int
    ) async throws(StoreError) -> [OpenedAttempt] {
        try await file.read { try OpenAttemptTable.due(of: node, before: moment, limit: max(0, limit), in: $0) }
    }

    package func pins(newest count: Int) async throws(StoreError) -> [Pin] {
        try await file.read { try PinRows.newest(max(0, count), in: $0) }
    }

    package func dropPins(butNewest count: Int) async throws(StoreError) {
        try await file.write { try PinRows.drop(butNewest: max(0, count), in: $0) }
    }

    @discardableResult
    package func settleCharges(
        of node: String,
        startedBefore moment: Timestamp
    ) async throws(StoreError) -> Int {
        try await file.write { try ChargeTable.settle(of: node, before: moment, in: $0) }
    }

    package func charges(
        from: Timestamp?,
        until: Timestamp?,
        after request: RequestID?,
        limit: Int
    ) async throws(StoreError) -> [Charge] {
        try await file.read {
            try ChargeTable.charges(from: from, until: until, after: request, limit: max(0, limit), in: $0)
        }
    }

    package func spending(_ queries: [SpendingQuery]) async throws(StoreError) -> [NanoUSD] {
        // One transaction, and so one snapshot.
        try await file.read { database in try queries.map { try SpendingSum.sum($0, in: database) } }
    }

    package func ledger(_ filter: LedgerFilter, after row: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
        try await file.read { try LedgerTable.rows(filter, after: row, limit: max(0, limit), in: $0) }
    }

    package func ledgerRow(of request: RequestID, attempt: Int) async throws(StoreError) -> LedgerRow? {
        try await file.read { try LedgerTable.row(of: request, attempt: attempt, in: $0) }
    }

    package func correct(_ correction: LedgerCorrection, audit: AuditDraft) async throws(StoreError) -> Bool {
        try await file.write { database in
            let row = try LedgerTable.row(of: correction.request, attempt: correction.attempt, in: database)
            guard row != nil else { return false }
            try CorrectionTable.insert(correction, into: database)
            for entry in AuditDraft.sealed([audit], after: try AuditTable.head(database)) {
                try AuditTable.insert(entry, into: database)
            }
            return true
        }
    }

    package func corrections(_ filter: LedgerFilter) async throws(StoreError) -> [LedgerCorrection] {
        try await file.read { try CorrectionTable.all(filter, in: $0) }
    }

    package func keep(_ cards: [KeptCard]) async throws(StoreError) {
        try await file.write { database in
            for card in cards { try KeptCardTable.put(card, in: database) }
        }
    }

    package func keptCards() async throws(StoreError) -> [KeptCard] {
        try await file.read { try KeptCardTable.all($0) }
    }

    package func failures(
        of version: VersionID,
        from: Timestamp,
        limit: Int
    ) async throws(StoreError) -> [FailureCount] {
        try await file.read { try LedgerTable.failures(of: version, from: from, limit: max(0, limit), in: $0) }
    }

    package func lastUses() async throws(StoreError) -> [KeyID: Timestamp] {
        try await file.read { try KeyUseTable.all($0) }
    }

    package func usage(
        _ filter: LedgerFilter,
        groupedByEach groupings: [[UsageGrouping]]
    ) async throws(StoreError) -> [[UsageSum]] {
        // One transaction, and so one snapshot.
        try await file.read { database in
            try groupings.map { try UsageQuery.sums(filter, groupedBy: $0, in: database) }
        }
    }

    package func usage(
        _ filter: LedgerFilter,
        amongNewest count: Int64
    ) async throws(StoreError) -> UsageSum {
        try await file.read { database in
            try UsageQuery.sums(filter, newest: max(0, count), groupedBy: [], in: database).first
                ?? UsageSum(emptyOf: [])
        }
    }

    package func append(
        _ events: [ReplayEvent],
        to rollout: RolloutID,
        expecting sequence: Int64,
        under lease: Lease?
    ) async throws(StoreError) {
        try await file.write { database in
            try LeaseTable.require(lease, in: database)
            try EvidenceTable.append(events, to: rollout, expecting: sequence, in: database)
        }
    }

    package func evidence(
        of rollout: RolloutID,
        after sequence: Int64,
        limit: Int
    ) async throws(StoreError) -> [(sequence: Int64, event: ReplayEvent)] {
        try await file.read { try EvidenceTable.events(of: rollout, after: sequence, limit: max(0, limit), in: $0) }
    }

    package func outbox(of channel: String?, limit: Int) async throws(StoreError) -> [OutboxMessage] {
        try await file.read { try OutboxTable.waiting(for: channel, limit: max(0, limit), in: $0) }
    }

    package func outboxCounts() async throws(StoreError) -> [String: Int] {
        try await file.read { try OutboxTable.counts(in: $0) }
    }

    package func claim(
        _ channel: String,
        for node: String,
        lasting duration: Duration,
        limit: Int
    ) async throws(StoreError) -> [OutboxMessage] {
        try await file.write { [clock] database in
            let now = try SQLiteStore.now(clock, database)
            return try OutboxTable.claim(
                channel,
                for: node,
                until: now.advanced(by: duration),
                limit: max(0, limit),
                now: now,
                in: database
            )
        }
    }

    @discardableResult
    package func settle(
        _ sequence: Int64,
        _ ending: OutboxEnding,
        by node: String
    ) async throws(StoreError) -> Bool {
        try await file.write { try OutboxTable.settle(sequence, ending, by: node, in: $0) }
    }

    package func acquire(
        _ name: String,
        for node: String,
        lasting duration: Duration,
        renewing lease: Lease?
    ) async throws(StoreError) -> Lease? {
        try await file.write { [clock] database in
            let now = try SQLiteStore.now(clock, database)
            let known = try LeaseTable.lease(name, in: database)
            if known == nil { try LeaseTable.forget(before: now.advanced(by: .zero - Lease.remembered), in: database) }
            let next = Lease.next(
                name.storable,
                known: known,
                for: node.storable,
                renewing: lease,
                until: now.advanced(by: duration),
                now: now
            )
            if let next { try LeaseTable.put(next, in: database) }
            return next
        }
    }

    package func release(_ lease: Lease) async throws(StoreError) {
        try await file.write { [clock] database in
            guard var known = try LeaseTable.lease(lease.name, in: database), lease.stands(by: known) else { return }
            known.expiresAt = try SQLiteStore.now(clock, database)
            try LeaseTable.put(known, in: database)
        }
    }

    private static func apply(_ change: StoreChange, to database: Database) throws {
        switch change {
        case .insertVersion(let version): try VersionTable.insert(version, into: database)
        case .setRelease(let id, let release, let owner):
            if owner == .api { try VersionTable.require(id, in: database) }
            try ReleaseTable.put(release, of: id, owner: owner, in: database)
        case .putKey(let key): try KeyTable.put(key, in: database)
        case .putTeam(let team): try TeamTable.put(team.storable, in: database)
        case .removeTeam(let name): try TeamTable.remove(name.storable, in: database)
        case .putUser(let user): try UserTable.put(user.storable, in: database)
        case .removeUser(let id): try UserTable.remove(id.storable, in: database)
        case .putPass(let pass): try AdminPassTable.put(pass, in: database)
        case .removePass(let id): try AdminPassTable.remove(id, in: database)
        case .putSecret(let secret): try ProviderSecretTable.put(secret, in: database)
        case .removeSecret(let provider): try ProviderSecretTable.remove(provider, in: database)
        case .putPrice(let price): try PriceTable.put(price, in: database)
        case .putModel(let model): try ModelTable.put(model, in: database)
        case .setSetting(let name, let value): try SettingTable.set(name, value, in: database)
        case .putRollout(let record): try RolloutTable.put(record, in: database)
        case .enqueue(let message): try OutboxTable.insert(message, into: database)
        case .adjustBudget(let adjustment): try ChargeTable.adjust(adjustment, in: database)
        case .appendEvidence(let events, let rollout, let sequence):
            try EvidenceTable.append(events, to: rollout, expecting: sequence, in: database)
        }
    }
}
