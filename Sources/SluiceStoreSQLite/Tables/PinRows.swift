// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import GRDB
import SluiceCore
import SluiceStore

/// Which account made what providers keep: working state, of which the oldest goes.
enum PinRows {
    /// Takes in pins; of one that is known already only that it is owed no more.
    static func insert(_ pins: [Pin], into database: Database) throws {
        guard !pins.isEmpty else { return }
        var targets: [Target: Int64] = [:]
        let row = try RowStatement(
            """
            INSERT INTO pin (digest, target, made_at, is_owed) VALUES (?, ?, ?, ?)
            ON CONFLICT (digest) DO UPDATE SET is_owed = MIN(is_owed, excluded.is_owed)
            """,
            database
        )
        for pin in pins {
            let target = Target(version: pin.version, provider: pin.provider, account: pin.account)
            let number = try targets[target] ?? number(of: target, in: database)
            targets[target] = number
            row.put(pin.digest.high, pin.digest.low)
            row.put(number)
            row.put(pin.madeAt.nanoseconds)
            row.put(pin.isOwed)
            try row.run()
        }
    }

    /// Read by the places of columns: a start reads up to a million.
    static func newest(_ count: Int, in database: Database) throws -> [Pin] {
        let targets = try targets(in: database)
        let sql = "SELECT digest, target, made_at, is_owed FROM pin ORDER BY ordinal DESC LIMIT ?"
        var pins: [Pin] = []
        let rows = try Row.fetchCursor(database, sql: sql, arguments: [count])
        while let row = try rows.next() {
            let digest: Data = row[0]
            guard let id = RequestID(stored: Array(digest)), let target = targets[row[1] as Int64] else {
                throw StoreError.damagedRow("pin")
            }
            pins.append(
                Pin(
                    digest: Pin.Digest(high: id.high, low: id.low),
                    version: target.version,
                    provider: target.provider,
                    account: target.account,
                    madeAt: Timestamp(nanoseconds: row[2]),
                    isOwed: row[3] as Int64 != 0
                )
            )
        }
        return pins.reversed()
    }

    private static func targets(in database: Database) throws -> [Int64: Target] {
        var targets: [Int64: Target] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT * FROM pin_target") {
            let reader = RowReader(row, of: "pin_target")
            targets[try reader.number("target")] = Target(
                version: try reader.id("version"),
                provider: try reader.id("provider"),
                account: UInt64(bitPattern: try reader.number("account"))
            )
        }
        return targets
    }

    static func drop(butNewest count: Int, in database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM pin WHERE ordinal <=
                    (SELECT ordinal FROM pin ORDER BY ordinal DESC LIMIT 1 OFFSET ?)
                """,
            arguments: [count]
        )
    }

    private struct Target: Hashable {
        var version: VersionID
        var provider: ProviderID
        var account: UInt64
    }

    private static func number(of target: Target, in database: Database) throws -> Int64 {
        let account = Int64(bitPattern: target.account)
        let arguments: StatementArguments = [target.version.rawValue, target.provider.rawValue, account]
        try database.execute(
            sql: "INSERT INTO pin_target (version, provider, account) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            arguments: arguments
        )
        let sql = "SELECT target FROM pin_target WHERE version = ? AND provider = ? AND account = ?"
        guard let number = try Int64.fetchOne(database, sql: sql, arguments: arguments) else {
            throw StoreError.damagedRow("pin_target")
        }
        return number
    }
}
