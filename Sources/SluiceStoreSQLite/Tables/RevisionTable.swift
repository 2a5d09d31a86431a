// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceStore

/// The one row that counts commits.
enum RevisionTable {
    static func current(_ database: Database) throws -> Int64 {
        guard let value = try Int64.fetchOne(database, sql: "SELECT value FROM revision WHERE id = 1") else {
            throw StoreError.damagedRow("revision")
        }
        return value
    }

    static func set(_ value: Int64, in database: Database) throws {
        try database.execute(sql: "UPDATE revision SET value = ? WHERE id = 1", arguments: [value])
    }
}
