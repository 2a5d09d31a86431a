// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore

/// Takes journal records into the ledger, inside the caller's transaction.
///
/// Records may come twice and in any order: the first settle of an attempt stays, and an attempt that is settled is
/// not open. Attempts opened and settled in one batch never touch the table of open ones.
enum LedgerIntake {
    private struct AttemptKey: Hashable {
        var request: RequestID
        var number: Int
    }

    static func take(_ records: [JournalRecord], into database: Database) throws {
        var settled: Set<AttemptKey> = []
        settled.reserveCapacity(records.count)
        for case .settled(let outcome) in records {
            for attempt in outcome.attempts {
                settled.insert(AttemptKey(request: outcome.request, number: attempt.number))
            }
        }
        var ledger = try LedgerTable.Intake(database)
        var open = try OpenAttemptTable.Intake(database)
        for record in records {
            switch record {
            case .opened(let attempt):
                guard !settled.contains(AttemptKey(request: attempt.request, number: attempt.number)) else { continue }
                try open.insert(attempt)
            case .settled(let outcome):
                for attempt in outcome.attempts {
                    try ledger.insert(attempt, of: outcome)
                    try open.remove(outcome.request, attempt: attempt.number)
                }
            }
        }
    }
}
