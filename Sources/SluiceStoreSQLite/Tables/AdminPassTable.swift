// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import SluiceCore
import SluiceStore

/// Persons' tokens for the admin plane, as hashes.
enum AdminPassTable {
    static func all(_ database: Database) throws -> [AdminPass] {
        try Row.fetchAll(database, sql: "SELECT * FROM admin_pass ORDER BY ordinal").map { row in
            let reader = RowReader(row, of: "admin_pass")
            return AdminPass(
                id: try reader.id("pass_id"),
                person: try reader.text("person"),
                role: try reader.word("role"),
                team: reader.text(orNone: "team"),
                hash: try reader.bytes("hash"),
                createdAt: try reader.moment("created_at"),
                createdBy: try reader.text("created_by"),
                expiresAt: try reader.moment(orNone: "expires_at"),
                revokedAt: try reader.moment(orNone: "revoked_at"),
                signIn: try signIn(reader)
            )
        }
    }

    private static func signIn(_ reader: RowReader) throws -> AdminPass.SignIn? {
        guard reader.text(orNone: "kind") != nil else { return nil }
        return AdminPass.SignIn(
            kind: try reader.word("kind"),
            issuer: try reader.text("issuer"),
            subject: try reader.text("subject")
        )
    }

    static func remove(_ id: AdminPassID, in database: Database) throws {
        try database.execute(sql: "DELETE FROM admin_pass WHERE pass_id = ?", arguments: [id.rawValue])
    }

    static func put(_ pass: AdminPass, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO admin_pass
                    (pass_id, person, role, team, hash, created_at, created_by, expires_at, revoked_at, kind, issuer,
                    subject)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (pass_id) DO UPDATE SET person = excluded.person, role = excluded.role,
                    team = excluded.team, hash = excluded.hash, created_at = excluded.created_at,
                    created_by = excluded.created_by, expires_at = excluded.expires_at,
                    revoked_at = excluded.revoked_at, kind = excluded.kind, issuer = excluded.issuer,
                    subject = excluded.subject
                """,
            arguments: [
                pass.id.rawValue, pass.person.storable, pass.role.rawValue, pass.team?.storable, Data(pass.hash),
                pass.createdAt.nanoseconds, pass.createdBy.storable, pass.expiresAt?.nanoseconds,
                pass.revokedAt?.nanoseconds, pass.signIn?.kind.rawValue, pass.signIn?.issuer.storable,
                pass.signIn?.subject.storable,
            ]
        )
    }
}
