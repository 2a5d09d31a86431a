// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore

/// The logs that rollouts' verdicts rest on.
enum EvidenceTable {
    /// The number of a log's last entry; 0 where there is none.
    static func last(of rollout: RolloutID, in database: Database) throws -> Int64 {
        let sql = "SELECT MAX(sequence) FROM rollout_evidence WHERE rollout_id = ?"
        return try Int64.fetchOne(database, sql: sql, arguments: [rollout.rawValue]) ?? 0
    }

    /// Adds entries to a log that ends with entry `sequence`, or to whatever is there.
    static func append(
        _ events: [ReplayEvent],
        to rollout: RolloutID,
        expecting sequence: Int64?,
        in database: Database
    ) throws {
        let last = try last(of: rollout, in: database)
        if let sequence, sequence != last { throw StoreError.staleEvidence(expected: sequence, last: last) }
        let statement = try database.cachedStatement(
            sql: "INSERT INTO rollout_evidence (rollout_id, sequence, event) VALUES (?, ?, ?)"
        )
        for (offset, event) in events.enumerated() {
            try statement.execute(
                arguments: [rollout.rawValue, last + Int64(offset) + 1, try StoredJSON.text(event)]
            )
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
