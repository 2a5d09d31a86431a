// SPDX-License-Identifier: Apache-2.0

import GRDB
import SluiceCore
import SluiceStore

/// Persons.
enum UserTable {
    static func all(_ database: Database) throws -> [User] {
        try Row.fetchAll(database, sql: "SELECT * FROM user ORDER BY ordinal").map { row in
            let reader = RowReader(row, of: "user")
            return User(
                id: try reader.text("user_id"),
                name: reader.text(orNone: "name"),
                email: reader.text(orNone: "email"),
                role: try reader.word(orNone: "role"),
                teams: try reader.texts("teams"),
                isBlocked: try reader.number("is_blocked") == 1,
                externalID: reader.text(orNone: "external_id"),
                createdAt: try reader.moment("created_at"),
                metadata: reader.text(orNone: "metadata")
            )
        }
    }

    static func put(_ user: User, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO user (user_id, name, email, role, teams, is_blocked, external_id, created_at, metadata)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, email = excluded.email,
                    role = excluded.role, teams = excluded.teams, is_blocked = excluded.is_blocked,
                    external_id = excluded.external_id, created_at = excluded.created_at,
                    metadata = excluded.metadata
                """,
            arguments: [
                user.id, user.name, user.email, user.role?.rawValue,
                user.teams.isEmpty ? nil : try StoredJSON.text(user.teams), user.isBlocked, user.externalID,
                user.createdAt.nanoseconds, user.metadata,
            ]
        )
    }

    static func remove(_ id: String, in database: Database) throws {
        try database.execute(sql: "DELETE FROM user WHERE user_id = ?", arguments: [id])
    }
}
