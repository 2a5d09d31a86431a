// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import GRDB
import SluiceCore
import SluiceStore

/// Caller keys made by the API.
enum KeyTable {
    static func all(_ database: Database) throws -> [CallerKey] {
        try Row.fetchAll(database, sql: "SELECT * FROM caller_key ORDER BY ordinal").map { row in
            let reader = RowReader(row, of: "caller_key")
            return CallerKey(
                id: try reader.id("key_id"),
                name: try reader.text("name"),
                team: reader.text(orNone: "team"),
                hash: try reader.bytes("hash"),
                createdAt: try reader.moment("created_at"),
                validUntil: try reader.moment(orNone: "valid_until"),
                revokedAt: try reader.moment(orNone: "revoked_at"),
                replacedBy: try reader.id(orNone: "replaced_by"),
                owner: try reader.word("owner"),
                maxConcurrency: try reader.number(orNone: "max_concurrency").map { Int(clamping: $0) },
                user: reader.text(orNone: "user_id"),
                scope: try reader.scope(),
                tags: try reader.texts("tags"),
                isBlocked: try reader.number("is_blocked") == 1,
                metadata: reader.text(orNone: "metadata"),
                replay: reader.text(orNone: "replay").flatMap { KeyReplay(text: $0) }
            )
        }
    }

    static func put(_ key: CallerKey, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO caller_key
                    (key_id, name, team, hash, created_at, valid_until, revoked_at, replaced_by, owner,
                     max_concurrency, user_id, routes, operations, tags, is_blocked, metadata, replay)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (key_id) DO UPDATE SET name = excluded.name, team = excluded.team,
                    hash = excluded.hash, created_at = excluded.created_at, valid_until = excluded.valid_until,
                    revoked_at = excluded.revoked_at, replaced_by = excluded.replaced_by, owner = excluded.owner,
                    max_concurrency = excluded.max_concurrency, user_id = excluded.user_id,
                    routes = excluded.routes, operations = excluded.operations, tags = excluded.tags,
                    is_blocked = excluded.is_blocked, metadata = excluded.metadata, replay = excluded.replay
                """,
            arguments: [
                key.id.rawValue, key.name.storable, key.team?.storable, Data(key.hash), key.createdAt.nanoseconds,
                key.validUntil?.nanoseconds, key.revokedAt?.nanoseconds, key.replacedBy?.rawValue,
                key.owner.rawValue, key.maxConcurrency, key.user?.storable, try key.scope.storedRoutes,
                try key.scope.storedOperations, key.tags.isEmpty ? nil : try StoredJSON.text(key.tags.map(\.storable)),
                key.isBlocked, key.metadata?.storable, key.replay?.text,
            ]
        )
    }
}
