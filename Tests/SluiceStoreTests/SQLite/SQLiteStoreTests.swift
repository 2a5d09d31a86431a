// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Testing

@testable import SluiceStoreSQLite

@Suite("The SQLite store")
struct SQLiteStoreTests {
    private func withPath(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryDirectory { try await body($0 + "/store.db") }
    }

    @Test("everything is there again after reopening")
    func persistence() async throws {
        try await withPath { path in
            let position = JournalPosition(offsets: ["n-0-1.slj": 17])
            let first = try SQLiteStore.open(.init(path: path, durability: .power))
            try await first.commit(
                [.insertVersion(try Sample.version(.sample("v1"))), .putKey(Sample.key(.sample("k1")))],
                audit: [Sample.draft("before")],
                expecting: 0
            )
            try await first.ingest([Sample.settled(1), Sample.opened(2)], node: "n", position: position)
            first.close()

            let second = try SQLiteStore.open(.init(path: path))
            defer { second.close() }
            let state = try await second.state()
            #expect(state.revision == 1)
            #expect(state.versions.map(\.id) == [.sample("v1")])
            #expect(state.keys == [Sample.key(.sample("k1"))])
            try await second.commit([], audit: [Sample.draft("after")], expecting: 1)
            let audit = try await second.auditEntries(after: 0, limit: 10)
            #expect(audit.map(\.reason) == ["before", "after"])
            let hash = try #require(audit.last?.hash)
            #expect(AuditChain.verify(audit) == .intact(.init(sequence: 2, hash: hash)))
            #expect(try await second.ingestPosition(node: "n") == position)
            #expect(try await second.ledger(LedgerFilter(), after: 0, limit: 10).count == 1)
            let end = Timestamp(nanoseconds: .max)
            #expect(try await second.openAttempts(of: "n", startedBefore: end, limit: 10).count == 1)
        }
    }

    @Test("a store that is open is refused to anybody else, and free once closed")
    func secondProcess() async throws {
        try await withPath { path in
            let first = try SQLiteStore.open(.init(path: path))
            let error = #expect(throws: StoreError.self) { try SQLiteStore.open(.init(path: path)) }
            #expect(error?.code == .unusable)
            #expect(error?.message.contains("another process") == true)
            first.close()
            try SQLiteStore.open(.init(path: path)).close()
        }
    }

    @Test("a locked store fails in time and answers again when the lock is gone")
    func locked() async throws {
        try await withPath { path in
            let store = try SQLiteStore.open(.init(path: path, busyTimeout: .milliseconds(20)))
            defer { store.close() }
            var settings = GRDB.Configuration()
            settings.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: path, configuration: settings)
            try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
            let error = await #expect(throws: StoreError.self) {
                try await store.ingest([Sample.settled(1)], node: "n", position: JournalPosition())
            }
            #expect(error?.code == .unavailable)
            #expect(try await store.state().revision == 0)
            try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            try other.close()
            try await store.ingest([Sample.settled(1)], node: "n", position: JournalPosition())
            #expect(try await store.ledger(LedgerFilter(), after: 0, limit: 10).count == 1)
        }
    }

    @Test("audit entries and ledger rows can be neither changed nor removed")
    func appendOnly() async throws {
        try await withPath { path in
            let store = try SQLiteStore.open(.init(path: path))
            try await store.commit([], audit: [Sample.draft("kept")], expecting: 0)
            try await store.ingest([Sample.settled(1)], node: "n", position: JournalPosition())
            store.close()
            let other = try DatabaseQueue(path: path)
            for statement in [
                "UPDATE audit SET reason = 'other'", "DELETE FROM audit", "UPDATE ledger SET cost = 0",
                "DELETE FROM ledger",
            ] {
                let error = await #expect(throws: DatabaseError.self) {
                    try await other.write { try $0.execute(sql: statement) }
                }
                #expect(error?.message?.contains("append-only") == true)
            }
            try other.close()
        }
    }

    @Test("a file that is gone fails calls, and one put in its place is opened")
    func gone() async throws {
        try await withPath { path in
            let store = try SQLiteStore.open(.init(path: path))
            defer { store.close() }
            try await store.commit([.setSetting("a", "1")], audit: [], expecting: 0)
            let files = FileManager.default
            for suffix in ["", "-wal", "-shm"] { try? files.removeItem(atPath: path + suffix) }
            let error = await #expect(throws: StoreError.self) { try await store.state() }
            #expect(error?.code == .unavailable)
            try await withTemporaryDirectory { elsewhere in
                let backup = try SQLiteStore.open(.init(path: elsewhere + "/backup.db"))
                try await backup.commit([.setSetting("a", "restored")], audit: [], expecting: 0)
                backup.close()
                try files.copyItem(atPath: elsewhere + "/backup.db", toPath: path)
            }
            #expect(try await store.state().settings == ["a": "restored"])
        }
    }

    @Test("a store of an older schema is moved up with all that is in it", arguments: 1...Schema.migrations.count)
    func movedUp(from version: Int) async throws {
        try await withPath { path in
            let file = try DatabaseQueue(path: path)
            try await file.writeWithoutTransaction { database in
                for migration in Schema.migrations.prefix(version) { try database.execute(sql: migration) }
                try database.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
                try database.execute(sql: "PRAGMA user_version = \(version)")
                try database.execute(
                    sql: """
                        INSERT INTO caller_key (key_id, name, hash, created_at, owner)
                            VALUES ('k1', 'app', zeroblob(32), 9, 'api');
                        INSERT INTO open_attempt VALUES
                            (zeroblob(16), 1, 5, 'primary', 'main', 'gpt-4.1', 'v1', 'chat', NULL
                            \(version < 5 ? "" : ", 'node'"));
                        INSERT INTO outbox (channel, kind, payload, created_at, attempts, next_attempt_at)
                            VALUES ('ops', 'rollout.held', '{}', 5, 0, 5);
                        INSERT INTO rollout_evidence VALUES ('r1', 1, '{"canary_units":7}');
                        INSERT INTO journal_node VALUES ('node');
                        INSERT INTO journal_position VALUES ('node', 'node-0-1.slj', 17);
                        """
                )
            }
            try file.close()
            let store = try SQLiteStore.open(.init(path: path))
            defer { store.close() }
            var key = try #require(try await store.state().keys.first)
            #expect(key.id == .sample("k1") && key.maxConcurrency == nil)
            key.maxConcurrency = 3
            try await store.commit([.putKey(key)], audit: [], expecting: 0)
            #expect(try await store.state().keys == [key])
            // The node that wrote it has the name that a node has by default.
            let end = Timestamp(nanoseconds: .max)
            #expect(try await store.openAttempts(of: "node", startedBefore: end, limit: 10).count == 1)
            #expect(try await store.ingestPosition(node: "node")?.offsets == ["node-0-1.slj": 17])
            #expect(try await store.claim("ops", for: "any", lasting: .seconds(1), limit: 10).count == 1)
            let id = try #require(RolloutID("r1"))
            try await store.append([.canaryUnits(8)], to: id, expecting: 1, under: nil)
            let log = try await store.evidence(of: id, after: 0, limit: 9)
            #expect(log.map(\.event) == [.canaryUnits(7), .canaryUnits(8)])
            #expect(try await store.acquire("rollout/r1", for: "any", lasting: .seconds(1))?.epoch == 1)
        }
    }

    @Test("without a clock of its own a store's leases end by SQLite's")
    func ownClock() async throws {
        try await withPath { path in
            let store = try SQLiteStore.open(.init(path: path))
            defer { store.close() }
            let before = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
            let lease = try #require(try await store.acquire("x", for: "a", lasting: .seconds(60)))
            #expect(abs(lease.expiresAt.duration(since: before) / .seconds(1) - 60) < 30)
            _ = try await store.acquire("y", for: "a", lasting: .zero)
            #expect(try await store.acquire("y", for: "b", lasting: .seconds(60))?.epoch == 2)
        }
    }

    @Test("what a rollout reads of the ledger at its start does not grow with the ledger")
    func queryPlans() async throws {
        try await withPath { path in
            let store = try SQLiteStore.open(.init(path: path))
            try await store.ingest(
                (1...200).map { Sample.settled($0, at: Int64($0)) },
                node: "n",
                position: JournalPosition()
            )
            store.close()
            let file = try DatabaseQueue(path: path)
            func plan(_ sql: String, _ arguments: StatementArguments) async throws -> String {
                try await file.read { database in
                    try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: arguments)
                        .map { $0["detail"] ?? "" }.joined(separator: "\n")
                }
            }
            let failures = try await plan(LedgerTable.failuresQuery, ["v1", 0, 10])
            #expect(failures.contains("SEARCH ledger USING INDEX ledger_failed_first (version=? AND started_at>?)"))
            let filter = LedgerFilter(from: Timestamp(nanoseconds: 5), version: .sample("v1"))
            let query = UsageQuery.statement(LedgerCondition(filter, newest: 50), groupedBy: [])
            let mix = try await plan(query.sql, query.arguments)
            #expect(mix.contains("SEARCH ledger USING INTEGER PRIMARY KEY (rowid>?)"), "\(mix)")
            #expect(!mix.contains("SCAN"), "\(mix)")
            try file.close()
        }
    }

    @Test("files that are not stores, or of a newer release, are refused and left alone")
    func refused() async throws {
        try await withPath { path in
            let foreign = try DatabaseQueue(path: path)
            try await foreign.write { try $0.execute(sql: "CREATE TABLE theirs (a)") }
            try foreign.close()
            let error = #expect(throws: StoreError.self) { try SQLiteStore.open(.init(path: path)) }
            #expect(error?.code == .unusable)
            #expect(error?.message.contains("not made by Sluice") == true)
        }
        try await withPath { path in
            try SQLiteStore.open(.init(path: path)).close()
            let newer = try DatabaseQueue(path: path)
            try await newer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 1000") }
            try newer.close()
            let error = #expect(throws: StoreError.self) { try SQLiteStore.open(.init(path: path)) }
            #expect(error?.code == .unusable)
            #expect(error?.message.contains("schema 1000") == true)
        }
        try await withPath { path in
            try Data("this is not a database, but long enough to be looked at as if it were one".utf8)
                .write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: StoreError.self) { try SQLiteStore.open(.init(path: path)) }
            #expect(error?.code == .unusable)
        }
    }

    @Test("the files are for their owner only")
    func permissions() async throws {
        try await withPath { path in
            let store = try SQLiteStore.open(.init(path: path))
            defer { store.close() }
            try await store.commit([.setSetting("a", "1")], audit: [], expecting: 0)
            for suffix in ["", "-wal", "-shm", ".lock"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
                #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            }
        }
    }

    @Test("a directory that is not there is a fault that may heal, with the reason")
    func noDirectory() {
        let error = #expect(throws: StoreError.self) {
            try SQLiteStore.open(.init(path: "/nowhere/at/all/store.db"))
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("No such file") == true)
    }

    @Test("a damaged row is named, not trapped on")
    func damagedRow() async throws {
        try await withPath { path in
            try SQLiteStore.open(.init(path: path)).close()
            let other = try DatabaseQueue(path: path)
            try await other.write {
                try $0.execute(
                    sql: """
                        INSERT INTO caller_key (key_id, name, hash, created_at, owner)
                        VALUES ('not an id', 'x', zeroblob(32), 0, 'api')
                        """
                )
            }
            try other.close()
            let store = try SQLiteStore.open(.init(path: path))
            defer { store.close() }
            let error = await #expect(throws: StoreError.self) { try await store.state() }
            #expect(error?.code == .unusable)
        }
    }
}
