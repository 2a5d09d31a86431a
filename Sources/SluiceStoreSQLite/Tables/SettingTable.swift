// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceStore

/// Small settings of the control plane by name.
enum SettingTable {
    static func all(_ database: Database) throws -> [String: String] {
        var settings: [String: String] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT name, value FROM setting") {
            let reader = RowReader(row, of: "setting")
            settings[try reader.text("name")] = try reader.text("value")
        }
        return settings
    }

    static func set(_ name: String, _ value: String?, in database: Database) throws {
        guard let value else {
            return try database.execute(sql: "DELETE FROM setting WHERE name = ?", arguments: [name])
        }
        try database.execute(
            sql:
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            arguments: [name, value.storable]
        )
    }
}
