// SPDX-License-Identifier: Apache-2.0
import GRDB
import GRDBSQLite
import SluiceCore
import SluiceStore

/// Attempts that were opened and are not settled: working state, so rows come and go.
enum OpenAttemptTable {
    /// - Parameter node: whose attempts; `nil` means those of all nodes.
    static func due(
        of node: String?,
        before moment: Timestamp,
        limit: Int,
        in database: Database
    ) throws -> [OpenedAttempt] {
        let sql = """
            SELECT * FROM open_attempt WHERE started_at < ?1 AND (?2 IS NULL OR node = ?2)
            ORDER BY started_at, request, attempt LIMIT ?3
            """
        let arguments: StatementArguments = [moment.nanoseconds, node?.storable, limit]
        return try Row.fetchAll(database, sql: sql, arguments: arguments).map { row in
            let reader = RowReader(row, of: "open_attempt")
            return OpenedAttempt(
                request: try reader.requestID("request"),
                requestStartedAt: try reader.moment("started_at"),
                number: Int(try reader.number("attempt")),
                purpose: try reader.word("purpose"),
                provider: try reader.id("provider"),
                model: try reader.text("model"),
                version: try reader.id("version"),
                route: try reader.id("route"),
                key: try reader.id(orNone: "key_id")
            )
        }
    }

    private struct Key: Hashable {
        var request: RequestID
        var attempt: Int64
    }

    /// What brings the table up to date with a batch of records.
    struct Intake {
        /// What was open before the batch, so that there can be something to remove; absent where that is more than the
        /// batch can remove.
        private let known: Set<Key>?
        /// Whose attempts the batch opens.
        private let node: String
        private let opening: RowStatement
        private let removal: RowStatement

        /// - Parameter settled: how many attempts the batch settles.
        init(_ database: Database, node: String, settled: Int) throws {
            self.node = node
            known = try OpenAttemptTable.known(atMost: settled, in: database)
            opening = try RowStatement(
                """
                INSERT INTO open_attempt
                    (request, attempt, started_at, purpose, provider, model, version, route, key_id, node)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
                WHERE NOT EXISTS (SELECT 1 FROM ledger WHERE request = ?1 AND attempt = ?2)
                ON CONFLICT DO NOTHING
                """,
                database
            )
            removal = try RowStatement("DELETE FROM open_attempt WHERE request = ? AND attempt = ?", database)
        }

        /// Adds an attempt unless it is open already or was settled before.
        func insert(_ attempt: OpenedAttempt) throws {
            opening.put(attempt.request.high, attempt.request.low)
            opening.put(attempt.number)
            opening.put(attempt.requestStartedAt.nanoseconds)
            opening.put(attempt.purpose.rawValue)
            opening.put(attempt.provider.rawValue)
            opening.put(attempt.model)
            opening.put(attempt.version.rawValue)
            opening.put(attempt.route.rawValue)
            opening.put(attempt.key?.rawValue)
            opening.put(node)
            try opening.run()
        }

        /// Removes an attempt that was open before the batch; nothing where it was not.
        func remove(_ request: RequestID, attempt number: Int) throws {
            if let known, known.isEmpty || !known.contains(Key(request: request, attempt: Int64(number))) { return }
            removal.put(request.high, request.low)
            removal.put(number)
            try removal.run()
        }
    }

    /// All attempts in the table, or `nil` where they are more than so many; straight through SQLite's own interface, as
    /// ``RowStatement``.
    ///
    /// Safe because: the statement belongs to the connection of the caller's transaction, which nobody else uses
    /// meanwhile; the bytes of a column are read before the next step.
    private static func known(atMost limit: Int, in database: Database) throws -> Set<Key>? {
        let statement = try database.cachedStatement(sql: "SELECT request, attempt FROM open_attempt LIMIT ?")
        defer { _ = unsafe sqlite3_reset(statement.sqliteStatement) }
        _ = unsafe sqlite3_bind_int64(statement.sqliteStatement, 1, Int64(limit) + 1)
        var known: Set<Key> = []
        while true {
            let code = unsafe sqlite3_step(statement.sqliteStatement)
            guard code == SQLITE_ROW else {
                guard code == SQLITE_DONE else {
                    throw DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
                }
                return known.count > limit ? nil : known
            }
            guard let id = unsafe sqlite3_column_blob(statement.sqliteStatement, 0),
                unsafe sqlite3_column_bytes(statement.sqliteStatement, 0) == 16
            else { throw StoreError.damagedRow("open_attempt") }
            let high = unsafe UInt64(bigEndian: id.loadUnaligned(as: UInt64.self))
            let low = unsafe UInt64(bigEndian: id.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            let attempt = unsafe sqlite3_column_int64(statement.sqliteStatement, 1)
            known.insert(Key(request: RequestID(high: high, low: low), attempt: attempt))
        }
    }
}
