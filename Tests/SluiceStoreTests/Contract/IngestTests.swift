// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@Suite("Taking journal records into a store", .tags(.contract))
struct IngestTests {
    private let position = JournalPosition(offsets: ["n-0-1.slj": 4_096, "n-1-2.slj": .max])

    @Test("an entry comes back as it went in", arguments: Engine.allCases)
    func roundTrip(_ engine: Engine) async throws {
        try await engine.withStore { store in
            var failed = Sample.attempt(1, usage: nil, cost: .unknown)
            failed.errorClass = .errorInStream
            failed.status = nil
            failed.firstToken = nil
            let flagged = Usage(
                freshInput: .max,
                cachedInput: 1,
                cacheWrite5m: 2,
                cacheWrite1h: 3,
                output: .max,
                reasoning: 0,
                isInconsistent: true,
                isEstimated: true
            )
            let outcome = Sample.outcome(
                1,
                at: .max,
                attempts: [failed, Sample.attempt(2, usage: flagged, cost: .unpriced), Sample.attempt(.max)]
            )
            var bare = Outcome(
                request: RequestID(high: .max, low: .max),
                startedAt: Timestamp(nanoseconds: .min),
                endpoint: .other,
                epoch: .min
            )
            bare.attempts = [Sample.attempt(1, cost: .known(NanoUSD(.max)))]
            try await store.ingest([.settled(outcome), .settled(bare)], node: "n", position: position)
            let rows = try await store.ledger(LedgerFilter(), after: 0, limit: 10)
            let expected =
                outcome.attempts.enumerated().map { LedgerRow(row: Int64($0) + 1, outcome: outcome, attempt: $1) }
                + [LedgerRow(row: 4, outcome: bare, attempt: bare.attempts[0])]
            #expect(rows == expected)
        }
    }

    @Test("many entries of one batch come out as they went in, each once", arguments: Engine.allCases)
    func manyTogether(_ engine: Engine) async throws {
        try await engine.withStore { store in
            var outcomes: [Outcome] = []
            for number in UInt64(1)...137 {
                // Columns change and stay, come and go, from one entry to the next.
                let attempts = (0..<Int(number % 4)).map { place in
                    var attempt = Sample.attempt(
                        place + 1,
                        version: .sample(number % 5 == 0 ? "v2-with-a-longer-name" : "v1"),
                        usage: number % 3 == 0 ? nil : Usage(freshInput: Int64(number), output: 7),
                        cost: [.known(NanoUSD(Int64(number))), .unpriced, .unknown][Int(number) % 3]
                    )
                    attempt.errorClass = number % 7 == 0 ? .timeout : nil
                    attempt.status = number % 7 == 0 ? nil : 200
                    return attempt
                }
                var outcome = Sample.outcome(number, at: Int64(number) * 1_000, attempts: attempts)
                outcome.key = number % 2 == 0 ? nil : outcome.key
                outcome.unitSource = number % 6 == 0 ? "e\u{301}" : number % 6 == 1 ? "\u{e9}" : "user"
                outcomes.append(outcome)
            }
            let records = (outcomes + outcomes.prefix(40)).map { JournalRecord.settled($0) }
            try await store.ingest(records, node: "n", position: position)
            try await store.ingest(records, node: "n", position: position)
            let rows = try await store.ledger(LedgerFilter(), after: 0, limit: 1_000)
            let expected = outcomes.flatMap { outcome in outcome.attempts.map { (outcome, $0) } }
            #expect(rows.count == expected.count && rows.count > 100)
            for (row, (outcome, attempt)) in zip(rows, expected) {
                #expect(row == LedgerRow(row: row.row, outcome: outcome, attempt: attempt))
                #expect(row.unitSource?.isIdentical(to: outcome.unitSource ?? "") == true)
            }
        }
    }

    @Test("records taken in before change nothing", arguments: Engine.allCases)
    func idempotent(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let records = (1...20).flatMap { [Sample.opened($0), Sample.settled($0)] } + [Sample.opened(99)]
            try await store.ingest(Array(records.prefix(30)), node: "n", position: position)
            try await store.ingest(records, node: "n", position: position)
            try await store.ingest(records, node: "n", position: position)
            let rows = try await store.ledger(LedgerFilter(), after: 0, limit: 100)
            #expect(rows.count == 20)
            #expect(Set(rows.map(\.request)).count == 20)
            let open = try await store.openAttempts(of: "n", startedBefore: Timestamp(nanoseconds: .max), limit: 10)
            #expect(open.map(\.request) == [Sample.request(99)])
        }
    }

    @Test("a second settle of an attempt does not change the first", arguments: Engine.allCases)
    func firstSettleStays(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let late = Sample.settled(1, attempts: [Sample.attempt(1, cost: .known(NanoUSD(9_999)))])
            try await store.ingest([Sample.settled(1)], node: "n", position: position)
            try await store.ingest([late], node: "n", position: position)
            let rows = try await store.ledger(LedgerFilter(), after: 0, limit: 10)
            #expect(rows.map(\.attempt.cost) == [.known(NanoUSD(1_234))])
        }
    }

    @Test("an opened record that comes after its settle opens nothing", arguments: Engine.allCases)
    func outOfOrder(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await store.ingest([Sample.settled(1), Sample.opened(1)], node: "n", position: position)
            try await store.ingest([Sample.settled(2)], node: "n", position: position)
            try await store.ingest([Sample.opened(2), Sample.opened(1)], node: "n", position: position)
            let end = Timestamp(nanoseconds: .max)
            #expect(try await store.openAttempts(of: "n", startedBefore: end, limit: 10).isEmpty)
        }
    }

    @Test("open attempts are those never settled, oldest first", arguments: Engine.allCases)
    func openAttempts(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await store.ingest(
                [
                    Sample.opened(3, at: 300), Sample.opened(1, at: 100), Sample.opened(2, at: 200),
                    Sample.opened(2, attempt: 2, at: 200), Sample.opened(4, at: 400),
                ],
                node: "n",
                position: position
            )
            try await store.ingest([Sample.settled(1)], node: "n", position: position)
            let due = try await store.openAttempts(of: "n", startedBefore: Timestamp(nanoseconds: 400), limit: 10)
            #expect(due.map(\.request) == [Sample.request(2), Sample.request(2), Sample.request(3)])
            #expect(due.map(\.number) == [1, 2, 1])
            guard case .opened(let expected) = Sample.opened(2, at: 200) else { return }
            #expect(due.first == expected)
            let one = try await store.openAttempts(of: "n", startedBefore: Timestamp(nanoseconds: 400), limit: 1)
            #expect(one.count == 1)
        }
    }

    @Test("a request without attempts leaves no entry but moves the position", arguments: Engine.allCases)
    func refused(_ engine: Engine) async throws {
        try await engine.withStore { store in
            #expect(try await store.ingestPosition(node: "n") == nil)
            try await store.ingest([Sample.settled(1, attempts: [])], node: "n", position: position)
            #expect(try await store.ledger(LedgerFilter(), after: 0, limit: 10).isEmpty)
            #expect(try await store.ingestPosition(node: "n") == position)
            #expect(try await store.ingestPosition(node: "m") == nil)
            try await store.ingest([], node: "n", position: JournalPosition(offsets: [:]))
            #expect(try await store.ingestPosition(node: "n") == JournalPosition())
        }
    }
}
