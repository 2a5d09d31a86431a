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
        for case .settled(let outcome) in records {
            for attempt in outcome.attempts {
                settled.insert(AttemptKey(request: outcome.request, number: attempt.number))
            }
        }
        for record in records {
            switch record {
            case .opened(let attempt):
                guard !settled.contains(AttemptKey(request: attempt.request, number: attempt.number)) else { continue }
                try OpenAttemptTable.insert(attempt, into: database)
            case .settled(let outcome):
                for attempt in outcome.attempts {
                    try LedgerTable.insert(attempt, of: outcome, into: database)
                    try OpenAttemptTable.remove(outcome.request, attempt: attempt.number, from: database)
                }
            }
        }
    }
}
