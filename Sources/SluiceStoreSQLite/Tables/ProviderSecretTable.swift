// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import SluiceCore
import SluiceStore

/// Credentials of providers, sealed.
enum ProviderSecretTable {
    static func all(_ database: Database) throws -> [SealedSecret] {
        try Row.fetchAll(database, sql: "SELECT * FROM provider_secret ORDER BY ordinal").map { row in
            let reader = RowReader(row, of: "provider_secret")
            return SealedSecret(
                provider: try reader.id("provider"),
                version: try reader.number("version"),
                masterKey: try reader.text("master_key"),
                wrappedKey: try reader.bytes("wrapped_key"),
                sealed: try reader.bytes("sealed"),
                setAt: try reader.moment("set_at")
            )
        }
    }

    static func put(_ secret: SealedSecret, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO provider_secret (provider, version, master_key, wrapped_key, sealed, set_at)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (provider) DO UPDATE SET version = excluded.version, master_key = excluded.master_key,
                    wrapped_key = excluded.wrapped_key, sealed = excluded.sealed, set_at = excluded.set_at
                """,
            arguments: [
                secret.provider.rawValue, secret.version, secret.masterKey, Data(secret.wrappedKey),
                Data(secret.sealed), secret.setAt.nanoseconds,
            ]
        )
    }

    static func remove(_ provider: ProviderID, in database: Database) throws {
        try database.execute(sql: "DELETE FROM provider_secret WHERE provider = ?", arguments: [provider.rawValue])
    }
}
