// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// Who does what only one node may do.
enum LeaseTable {
    static func lease(_ name: String, in database: Database) throws -> Lease? {
        let sql = "SELECT * FROM lease WHERE name = ?"
        return try Row.fetchOne(database, sql: sql, arguments: [name.storable]).map { row in
            let reader = RowReader(row, of: "lease")
            return Lease(
                name: try reader.text("name"),
                holder: try reader.text("holder"),
                epoch: try reader.number("epoch"),
                expiresAt: try reader.moment("expires_at")
            )
        }
    }

    static func put(_ lease: Lease, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO lease (name, holder, epoch, expires_at) VALUES (?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET
                    holder = excluded.holder, epoch = excluded.epoch, expires_at = excluded.expires_at
                """,
            arguments: [lease.name.storable, lease.holder.storable, lease.epoch, lease.expiresAt.nanoseconds]
        )
    }

    /// Removes the leases that ended before a moment.
    static func forget(before moment: Timestamp, in database: Database) throws {
        try database.execute(sql: "DELETE FROM lease WHERE expires_at <= ?", arguments: [moment.nanoseconds])
    }

    /// Lets the writes of the transaction pass only where a lease is still its holder's.
    static func require(_ lease: Lease?, in database: Database) throws {
        guard let lease, !lease.stands(by: try LeaseTable.lease(lease.name, in: database)) else { return }
        throw StoreError.leaseLost(lease)
    }
}
