// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// The audit trail; triggers forbid changing or removing an entry.
enum AuditTable {
    static func head(_ database: Database) throws -> AuditChain.Head {
        let sql = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1"
        guard let row = try Row.fetchOne(database, sql: sql) else { return .genesis }
        let reader = RowReader(row, of: "audit")
        return AuditChain.Head(sequence: try reader.number("sequence"), hash: try reader.text("hash"))
    }

    static func insert(_ entry: AuditEntry, into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO audit (sequence, at, actor, action, subject, reason, before, after, hash)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                entry.sequence, entry.at.nanoseconds, entry.actor, entry.action, entry.subject, entry.reason,
                entry.before, entry.after, entry.hash,
            ]
        )
    }

    static func entries(after sequence: Int64, limit: Int, in database: Database) throws -> [AuditEntry] {
        let sql = "SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?"
        return try Row.fetchAll(database, sql: sql, arguments: [sequence, limit]).map { row in
            let reader = RowReader(row, of: "audit")
            return AuditEntry(
                sequence: try reader.number("sequence"),
                at: try reader.moment("at"),
                actor: try reader.text("actor"),
                action: try reader.text("action"),
                subject: try reader.text("subject"),
                reason: try reader.text("reason"),
                before: reader.text(orNone: "before"),
                after: reader.text(orNone: "after"),
                hash: try reader.text("hash")
            )
        }
    }
}
