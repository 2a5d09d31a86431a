// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceStore

/// The schema's versions: plain SQL, numbered from 1, never edited after a release.
enum Schema {
    /// "SLCE", so that a store is told from any other SQLite file.
    static let applicationID: Int64 = 0x534C_4345
    static let migrations = [
        migration1, migration2, migration3, migration4, migration5, migration6, migration7, migration8, migration9,
        migration10, migration11, migration12, migration13, migration14,
    ]

    /// Makes or moves up the schema inside the caller's transaction; refuses files that are not ours or too new.
    static func prepare(_ database: Database) throws {
        let known = Int64(migrations.count)
        let application = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int64.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let objects = try Int64.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_schema") ?? 0
        guard application == applicationID || (application == 0 && version == 0 && objects == 0) else {
            throw StoreError(.unusable, "this SQLite file was not made by Sluice")
        }
        guard version <= known else {
            throw StoreError(
                .unusable,
                "the store has schema \(version), this release knows up to \(known): run the newer release, or restore "
                    + "a backup made before it"
            )
        }
        guard version < known else { return }
        for migration in migrations.dropFirst(Int(version)) { try database.execute(sql: migration) }
        try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        try database.execute(sql: "PRAGMA user_version = \(known)")
    }
}
