// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// Where ingestion of each node's journal stopped.
enum JournalPositionTable {
    static func nodes(in database: Database) throws -> [String] {
        try String.fetchAll(database, sql: "SELECT node FROM journal_node ORDER BY node")
    }

    static func position(node: String, in database: Database) throws -> JournalPosition? {
        let known = "SELECT EXISTS (SELECT 1 FROM journal_node WHERE node = ?)"
        guard try Bool.fetchOne(database, sql: known, arguments: [node.storable]) ?? false else { return nil }
        var position = JournalPosition()
        let sql = "SELECT segment, bytes FROM journal_position WHERE node = ?"
        for row in try Row.fetchAll(database, sql: sql, arguments: [node.storable]) {
            let reader = RowReader(row, of: "journal_position")
            position.offsets[try reader.text("segment")] = try reader.number("bytes")
        }
        return position
    }

    static func set(_ position: JournalPosition, node: String, in database: Database) throws {
        let node = node.storable
        try database.cachedStatement(sql: "INSERT INTO journal_node (node) VALUES (?) ON CONFLICT DO NOTHING")
            .execute(arguments: [node])
        try database.cachedStatement(sql: "DELETE FROM journal_position WHERE node = ?").execute(arguments: [node])
        let insert = try database.cachedStatement(
            sql: "INSERT INTO journal_position (node, segment, bytes) VALUES (?, ?, ?)"
        )
        for (segment, bytes) in position.offsets {
            try insert.execute(arguments: [node, segment, bytes])
        }
    }
}
