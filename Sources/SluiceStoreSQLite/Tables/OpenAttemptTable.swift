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

    /// Adds an attempt unless it is open already or was settled before.
    static func insert(_ attempt: OpenedAttempt, into database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO open_attempt
                    (request, attempt, started_at, purpose, provider, model, version, route, key_id)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
                WHERE NOT EXISTS (SELECT 1 FROM ledger WHERE request = ?1 AND attempt = ?2)
                ON CONFLICT DO NOTHING
                """
        )
        try statement.execute(arguments: [
            attempt.request.stored, attempt.number, attempt.requestStartedAt.nanoseconds, attempt.purpose.rawValue,
            attempt.provider.rawValue, attempt.model.storable, attempt.version.rawValue, attempt.route.rawValue,
            attempt.key?.rawValue,
        ])
    }

    static func remove(_ request: RequestID, attempt number: Int, from database: Database) throws {
        try database.cachedStatement(sql: "DELETE FROM open_attempt WHERE request = ? AND attempt = ?")
            .execute(arguments: [request.stored, number])
    }
}
