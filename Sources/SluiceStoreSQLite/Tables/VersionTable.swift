// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// Versions made by the API: the part that never changes.
enum VersionTable {
    /// All versions with their release, in the order they were made.
    static func all(_ database: Database) throws -> [Version] {
        let sql = """
            SELECT version.*, release.state, release.weight, release.buckets, release.error_rate,
                release.p99_latency_ms, release.p99_first_token_ms, release.cost_spike_ratio, release.deployed_at, release.changed_at
            FROM version JOIN release ON release.version_id = version.version_id AND release.owner = 'api'
            ORDER BY version.ordinal
            """
        return try Row.fetchAll(database, sql: sql).map { try version($0) }
    }

    static func insert(_ version: Version, into database: Database) throws {
        guard try !exists(version.id, in: database) else {
            throw StoreError(.conflict, "there is a version \(version.id) already")
        }
        try database.execute(
            sql: """
                INSERT INTO version
                    (version_id, route, provider, api_version, config, config_hash, created_at, owner)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                version.id.rawValue, version.route.rawValue, version.provider.rawValue, version.apiVersion,
                version.config.jsonText, version.configHash, version.createdAt.nanoseconds, version.owner.rawValue,
            ]
        )
        try ReleaseTable.put(version.release, of: version.id, owner: .api, in: database)
    }

    static func require(_ id: VersionID, in database: Database) throws {
        guard try exists(id, in: database) else { throw StoreError(.conflict, "there is no version \(id)") }
    }

    private static func exists(_ id: VersionID, in database: Database) throws -> Bool {
        let sql = "SELECT EXISTS (SELECT 1 FROM version WHERE version_id = ?)"
        return try Bool.fetchOne(database, sql: sql, arguments: [id.rawValue]) ?? false
    }

    private static func version(_ row: Row) throws -> Version {
        let reader = RowReader(row, of: "version")
        let id: VersionID = try reader.id("version_id")
        let config: JSONValue
        let settings: VersionSettings
        do {
            config = try JSONValue(parsing: try reader.text("config"))
            settings = try VersionSettings(validating: config)
        } catch {
            throw StoreError(.unusable, "the stored config of version \(id) cannot be read: \(error)")
        }
        return Version(
            id: id,
            route: try reader.id("route"),
            provider: try reader.id("provider"),
            apiVersion: try reader.text("api_version"),
            config: config,
            configHash: try reader.text("config_hash"),
            settings: settings,
            createdAt: try reader.moment("created_at"),
            owner: try reader.word("owner"),
            release: try ReleaseTable.release(reader)
        )
    }
}
