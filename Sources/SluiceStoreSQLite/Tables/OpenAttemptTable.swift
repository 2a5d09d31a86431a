// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// Attempts that were opened and are not settled: working state, so rows come and go.
enum OpenAttemptTable {
    static func due(before moment: Timestamp, limit: Int, in database: Database) throws -> [OpenedAttempt] {
        let sql = "SELECT * FROM open_attempt WHERE started_at < ? ORDER BY started_at, request, attempt LIMIT ?"
        return try Row.fetchAll(database, sql: sql, arguments: [moment.nanoseconds, limit]).map { row in
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

    /// What brings the table up to date with a batch of records.
    struct Intake {
        /// Whether the table held anything before the batch, so that there can be something to remove.
        private let hasRows: Bool
        private var opening: RowStatement
        private var removal: RowStatement

        init(_ database: Database) throws {
            hasRows = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM open_attempt)") ?? true
            opening = try RowStatement(
                """
                INSERT INTO open_attempt
                    (request, attempt, started_at, purpose, provider, model, version, route, key_id)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
                WHERE NOT EXISTS (SELECT 1 FROM ledger WHERE request = ?1 AND attempt = ?2)
                ON CONFLICT DO NOTHING
                """,
                database
            )
            removal = try RowStatement("DELETE FROM open_attempt WHERE request = ? AND attempt = ?", database)
        }

        /// Adds an attempt unless it is open already or was settled before.
        mutating func insert(_ attempt: OpenedAttempt) throws {
            opening.put(attempt.request.high, attempt.request.low)
            opening.put(attempt.number)
            opening.put(attempt.requestStartedAt.nanoseconds)
            opening.put(attempt.purpose.rawValue)
            opening.put(attempt.provider.rawValue)
            opening.put(attempt.model)
            opening.put(attempt.version.rawValue)
            opening.put(attempt.route.rawValue)
            opening.put(attempt.key?.rawValue)
            try opening.run()
        }

        /// Removes an attempt that was open before the batch; nothing where it was not.
        mutating func remove(_ request: RequestID, attempt number: Int) throws {
            guard hasRows else { return }
            removal.put(request.high, request.low)
            removal.put(number)
            try removal.run()
        }
    }
}
