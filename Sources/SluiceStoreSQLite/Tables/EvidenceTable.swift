// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceJudge
import SluiceRelease

/// The logs that rollouts' verdicts rest on.
enum EvidenceTable {
    static func append(_ events: [ReplayEvent], to rollout: RolloutID, in database: Database) throws {
        let last = try Int64.fetchOne(
            database,
            sql: "SELECT MAX(sequence) FROM rollout_evidence WHERE rollout_id = ?",
            arguments: [rollout.rawValue]
        )
        let statement = try database.cachedStatement(
            sql: "INSERT INTO rollout_evidence (rollout_id, sequence, event) VALUES (?, ?, ?)"
        )
        for (offset, event) in events.enumerated() {
            let sequence = (last ?? 0) + Int64(offset) + 1
            try statement.execute(arguments: [rollout.rawValue, sequence, try StoredJSON.text(event)])
        }
    }

    static func events(
        of rollout: RolloutID,
        after sequence: Int64,
        limit: Int,
        in database: Database
    ) throws -> [(sequence: Int64, event: ReplayEvent)] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT sequence, event FROM rollout_evidence WHERE rollout_id = ? AND sequence > ?
                ORDER BY sequence LIMIT ?
                """,
            arguments: [rollout.rawValue, sequence, limit]
        ).map { row in
            let reader = RowReader(row, of: "rollout_evidence")
            let event = try StoredJSON.value(ReplayEvent.self, try reader.text("event"), of: "rollout_evidence")
            return (try reader.number("sequence"), event)
        }
    }
}
