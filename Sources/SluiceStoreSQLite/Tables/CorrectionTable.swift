// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// Corrections of ledger entries; triggers forbid changing or removing one.
enum CorrectionTable {
    static func insert(_ correction: LedgerCorrection, into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO ledger_correction (of_request, of_attempt, corrected_at, amount, actor, reason)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                correction.request.stored, correction.attempt, correction.at.nanoseconds, correction.amount.rawValue,
                correction.actor.storable, correction.reason.storable,
            ]
        )
    }

    static func all(_ filter: LedgerFilter, in database: Database) throws -> [LedgerCorrection] {
        let condition = LedgerCondition(filter)
        let sql = """
            SELECT ledger_correction.* FROM ledger_correction
            JOIN ledger ON request = of_request AND attempt = of_attempt \(condition.sql) ORDER BY ordinal
            """
        return try Row.fetchAll(database, sql: sql, arguments: condition.arguments).map { row in
            let reader = RowReader(row, of: "ledger_correction")
            return LedgerCorrection(
                request: try reader.requestID("of_request"),
                attempt: Int(try reader.number("of_attempt")),
                at: try reader.moment("corrected_at"),
                amount: NanoUSD(try reader.number("amount")),
                actor: try reader.text("actor"),
                reason: try reader.text("reason")
            )
        }
    }
}
