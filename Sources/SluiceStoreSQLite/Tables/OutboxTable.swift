// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceRelease
import SluiceStore

/// Messages on their way to people.
enum OutboxTable {
    static func insert(_ message: OutboxMessage, into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO outbox (channel, kind, payload, created_at, attempts, next_attempt_at, last_error)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                message.channel.storable, message.kind.storable, message.payload.storable,
                message.createdAt.nanoseconds, message.attempts, message.nextAttemptAt.nanoseconds,
                message.lastError?.storable,
            ]
        )
    }

    static func counts(in database: Database) throws -> [String: Int] {
        let rows = try Row.fetchAll(database, sql: "SELECT channel, COUNT(*) AS waiting FROM outbox GROUP BY channel")
        return try rows.reduce(into: [:]) { counts, row in
            let reader = RowReader(row, of: "outbox")
            counts[try reader.text("channel")] = Int(clamping: try reader.number("waiting"))
        }
    }

    static func waiting(for channel: String?, limit: Int, in database: Database) throws -> [OutboxMessage] {
        let condition = channel == nil ? "" : "WHERE channel = ?"
        var arguments: StatementArguments = channel.map { [$0.storable] } ?? []
        arguments += [limit]
        return try Row.fetchAll(
            database,
            sql: "SELECT * FROM outbox \(condition) ORDER BY sequence LIMIT ?",
            arguments: arguments
        ).map { row in
            let reader = RowReader(row, of: "outbox")
            var message = OutboxMessage(
                channel: try reader.text("channel"),
                kind: try reader.text("kind"),
                payload: try reader.text("payload"),
                createdAt: try reader.moment("created_at")
            )
            message.sequence = try reader.number("sequence")
            message.attempts = Int(clamping: try reader.number("attempts"))
            message.nextAttemptAt = try reader.moment("next_attempt_at")
            message.lastError = reader.text(orNone: "last_error")
            return message
        }
    }

    /// Gives a channel's oldest messages to a node, unless another one has some of them.
    static func claim(
        _ channel: String,
        for node: String,
        until end: Timestamp,
        limit: Int,
        now: Timestamp,
        in database: Database
    ) throws -> [OutboxMessage] {
        let (channel, node) = (channel.storable, node.storable)
        let others = """
            SELECT EXISTS (SELECT 1 FROM outbox WHERE channel = ? AND claimed_by <> ? AND claimed_until > ?)
            """
        guard try Bool.fetchOne(database, sql: others, arguments: [channel, node, now.nanoseconds]) != true else {
            return []
        }
        let own = try waiting(for: channel, limit: limit, in: database)
        guard let first = own.first, let last = own.last else { return [] }
        try database.execute(
            sql: """
                UPDATE outbox SET claimed_by = ?, claimed_until = ?
                WHERE channel = ? AND sequence BETWEEN ? AND ?
                """,
            arguments: [node, end.nanoseconds, channel, first.sequence, last.sequence]
        )
        return own
    }

    /// - Returns: whether it counts: a failure does not where another node has the message by now.
    static func settle(
        _ sequence: Int64,
        _ ending: OutboxEnding,
        by node: String,
        in database: Database
    ) throws -> Bool {
        let own = "sequence = ? AND (claimed_by IS NULL OR claimed_by = ?)"
        let node = node.storable
        switch ending {
        case .delivered:
            try database.execute(sql: "DELETE FROM outbox WHERE sequence = ?", arguments: [sequence])
        case .givenUp:
            try database.execute(sql: "DELETE FROM outbox WHERE \(own)", arguments: [sequence, node])
        case .retry(let moment, let error):
            try database.execute(
                sql: """
                    UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ?, last_error = ?,
                        claimed_by = NULL, claimed_until = NULL
                    WHERE \(own)
                    """,
                arguments: [moment.nanoseconds, error.storable, sequence, node]
            )
        }
        return database.changesCount > 0
    }
}
