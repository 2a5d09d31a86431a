// SPDX-License-Identifier: Apache-2.0

import GRDB
import SluiceCore
import SluiceStore

/// When keys were shown last: a row a key and batch, never one a request.
enum KeyUseTable {
    static func all(_ database: Database) throws -> [KeyID: Timestamp] {
        var uses: [KeyID: Timestamp] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT key_id, last_used_at FROM key_use") {
            let reader = RowReader(row, of: "key_use")
            uses[try reader.id("key_id")] = try reader.moment("last_used_at")
        }
        return uses
    }

    static func note(_ outcomes: [Outcome], in database: Database) throws {
        var uses: [KeyID: Timestamp] = [:]
        for outcome in outcomes {
            guard let key = outcome.key else { continue }
            if let known = uses[key], known >= outcome.startedAt { continue }
            uses[key] = outcome.startedAt
        }
        guard !uses.isEmpty else { return }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO key_use (key_id, last_used_at) VALUES (?, ?)
                ON CONFLICT (key_id) DO UPDATE SET last_used_at = max(last_used_at, excluded.last_used_at)
                """
        )
        for (key, moment) in uses { try statement.execute(arguments: [key.rawValue, moment.nanoseconds]) }
    }
}
