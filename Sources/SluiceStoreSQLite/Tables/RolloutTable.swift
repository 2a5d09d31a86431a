// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceRelease
import SluiceStore

/// Rollouts: the open ones, at most one a route, and their history.
enum RolloutTable {
    /// Every open rollout and the newest closed ones, oldest first.
    static func inSight(_ database: Database) throws -> [RolloutRecord] {
        let rows = try String.fetchAll(
            database,
            sql: """
                SELECT record FROM rollout WHERE is_open = 1 OR ordinal IN
                    (SELECT ordinal FROM rollout WHERE is_open = 0 ORDER BY ordinal DESC LIMIT ?)
                ORDER BY ordinal
                """,
            arguments: [StoredState.closedRollouts]
        )
        return try rows.map { try StoredJSON.value(RolloutRecord.self, $0, of: "rollout") }
    }

    static func put(_ record: RolloutRecord, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO rollout (rollout_id, route, is_open, record) VALUES (?, ?, ?, ?)
                ON CONFLICT (rollout_id) DO UPDATE SET is_open = excluded.is_open, record = excluded.record
                """,
            arguments: [
                record.state.id.rawValue, record.state.route.rawValue, record.state.isOpen,
                try StoredJSON.text(record),
            ]
        )
    }
}
