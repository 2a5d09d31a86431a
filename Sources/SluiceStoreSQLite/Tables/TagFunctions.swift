// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore

/// How statements read the ledger's tags: by the same code as everybody.
enum TagFunctions {
    static func add(to database: Database) {
        database.add(
            function: DatabaseFunction("all_tags", argumentCount: 1, pure: true) { values in
                TagList.whole(String.fromDatabaseValue(values[0]))
            }
        )
        database.add(
            function: DatabaseFunction("tag_value", argumentCount: 2, pure: true) { values in
                TagList.value(of: String.fromDatabaseValue(values[1]) ?? "", in: String.fromDatabaseValue(values[0]))
            }
        )
        database.add(
            function: DatabaseFunction("has_tag", argumentCount: 2, pure: true) { values in
                TagList.holds(String.fromDatabaseValue(values[1]) ?? "", in: String.fromDatabaseValue(values[0]))
            }
        )
    }
}
