// SPDX-License-Identifier: Apache-2.0

import GRDB
import SluiceCore
import SluiceStore

/// Teams made by the API.
enum TeamTable {
    static func all(_ database: Database) throws -> [Team] {
        try Row.fetchAll(database, sql: "SELECT * FROM team ORDER BY ordinal").map { row in
            let reader = RowReader(row, of: "team")
            return Team(
                name: try reader.text("name"),
                title: reader.text(orNone: "title"),
                isBlocked: try reader.number("is_blocked") == 1,
                scope: try reader.scope(),
                createdAt: try reader.moment("created_at"),
                metadata: reader.text(orNone: "metadata")
            )
        }
    }

    static func put(_ team: Team, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO team (name, title, is_blocked, routes, operations, created_at, metadata)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET title = excluded.title, is_blocked = excluded.is_blocked,
                    routes = excluded.routes, operations = excluded.operations, created_at = excluded.created_at,
                    metadata = excluded.metadata
                """,
            arguments: [
                team.name, team.title, team.isBlocked, try team.scope.storedRoutes, try team.scope.storedOperations,
                team.createdAt.nanoseconds, team.metadata,
            ]
        )
    }

    static func remove(_ name: String, in database: Database) throws {
        try database.execute(sql: "DELETE FROM team WHERE name = ?", arguments: [name])
    }
}

extension KeyScope {
    /// Nothing where all are meant.
    var storedRoutes: String? { get throws { routes.isEmpty ? nil : try StoredJSON.text(routes.map(\.storable)) } }

    /// Nothing where all are meant.
    var storedOperations: String? {
        get throws { operations.isEmpty ? nil : try StoredJSON.text(operations.map(\.word)) }
    }
}

extension RowReader {
    /// The columns `routes` and `operations`.
    func scope() throws -> KeyScope {
        KeyScope(
            routes: try texts("routes"),
            operations: try texts("operations").map { try known(Operation(word: $0)) }
        )
    }

    /// A list of texts; none where the column is empty.
    func texts(_ column: String) throws -> [String] {
        guard let text = text(orNone: column) else { return [] }
        return try StoredJSON.value([String].self, text, of: table)
    }
}
