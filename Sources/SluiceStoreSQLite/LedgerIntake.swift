// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// Takes journal records into the ledger, inside the caller's transaction.
///
/// Records may come twice and in any order: the first settle of an attempt stays, and an attempt that is settled is
/// not open. Attempts opened and settled in one batch never touch the table of open ones.
enum LedgerIntake {
    static func take(_ batch: JournalBatch, node: String, into database: Database) throws {
        let outcomes = batch.outcomes
        var count = 0
        for index in outcomes.indices { count += outcomes[index].attempts.count }
        var ledger = try LedgerTable.Intake(database, count: count)
        let open = try OpenAttemptTable.Intake(database, node: node, settled: count)
        for index in outcomes.indices {
            // The lock that is held here is no request's: they may all go first.
            if index % Pace.stride == Pace.stride - 1 { Pace.yield() }
            for attempt in outcomes[index].attempts.indices {
                try ledger.insert(outcomes, index, attempt: attempt)
                try open.remove(outcomes[index].request, attempt: outcomes[index].attempts[attempt].number)
            }
        }
        // After the settled ones, which are open no more.
        for attempt in batch.opened { try open.insert(attempt) }
        try PinRows.insert(batch.pins, into: database)
        try KeyUseTable.note(outcomes, in: database)
        try ChargeTable.take(batch.charges, node: node, into: database)
    }
}
