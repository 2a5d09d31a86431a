// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@Suite("Reading and adding up the ledger of a store", .tags(.contract))
struct UsageTests {
    private static let day: Int64 = 86_400_000_000_000

    /// Two hundred requests over four days, three keys, two routes, with every kind of attempt.
    private static var records: [JournalRecord] {
        (0..<200).map { index in
            var outcome = Sample.outcome(UInt64(index), at: Int64(index) * day / 50 + 1)
            outcome.key = index % 3 == 0 ? nil : .sample("k\(index % 3)")
            outcome.route = index % 7 == 0 ? nil : .sample("r\(index % 2)")
            var first = Sample.attempt(1, version: .sample("v\(index % 4)"))
            if index % 5 == 0 {
                first.errorClass = .timeout
                first.usage = nil
                first.cost = .unknown
            }
            if index % 11 == 0 { first.cost = .unpriced }
            first.model = index % 2 == 0 ? "mod\u{E9}l" : "mode\u{301}l"
            outcome.attempts = index % 5 == 0 ? [first, Sample.attempt(2, version: .sample("v9"))] : [first]
            return .settled(outcome)
        }
    }

    private func withFilled(_ engine: Engine, _ body: (any Store) async throws -> Void) async throws {
        try await engine.withStore { store in
            try await store.ingest(UsageTests.records, node: "n", position: JournalPosition())
            try await body(store)
        }
    }

    @Test("pages of the ledger are all of it, once", arguments: Engine.allCases, [1, 7, 240, 1_000])
    func pages(_ engine: Engine, size: Int) async throws {
        try await withFilled(engine) { store in
            var rows: [LedgerRow] = []
            while true {
                let page = try await store.ledger(LedgerFilter(), after: rows.last?.row ?? 0, limit: size)
                #expect(page.count <= size)
                if page.isEmpty { break }
                rows += page
            }
            #expect(rows.map(\.row) == Array(1...240))
            #expect(try await store.ledger(LedgerFilter(), after: 240, limit: size).isEmpty)
            #expect(try await store.ledger(LedgerFilter(), after: 0, limit: 0).isEmpty)
            #expect(try await store.ledger(LedgerFilter(), after: 0, limit: -1).isEmpty)
        }
    }

    private static let samples: [LedgerFilter] = [
        LedgerFilter(),
        LedgerFilter(from: Timestamp(nanoseconds: day + 1)),
        LedgerFilter(until: Timestamp(nanoseconds: day + 1)),
        LedgerFilter(from: Timestamp(nanoseconds: day), until: Timestamp(nanoseconds: 2 * day)),
        LedgerFilter(key: .sample("k1")),
        LedgerFilter(route: .sample("r1"), version: .sample("v3")),
        LedgerFilter(version: .sample("v9"), provider: .sample("main")),
        LedgerFilter(provider: .sample("nobody")),
    ]

    @Test("a filter means the same rows for pages and for sums", arguments: Engine.allCases, samples)
    func filters(_ engine: Engine, _ filter: LedgerFilter) async throws {
        try await withFilled(engine) { store in
            let all = try await store.ledger(LedgerFilter(), after: 0, limit: 1_000)
            let rows = try await store.ledger(filter, after: 0, limit: 1_000)
            #expect(rows == all.filter(filter.matches))
            for grouping in [[], [.day], [.key, .version], [.model], UsageGrouping.allCases] as [[UsageGrouping]] {
                let sums = try await store.usage(filter, groupedBy: grouping)
                #expect(sums == UsageTally.sums(over: rows, groupedBy: grouping))
            }
        }
    }

    @Test("days are written as dates, absent values as nothing", arguments: Engine.allCases)
    func groups(_ engine: Engine) async throws {
        try await withFilled(engine) { store in
            let days = try await store.usage(LedgerFilter(), groupedBy: [.day])
            #expect(days.map(\.group) == [["1970-01-01"], ["1970-01-02"], ["1970-01-03"], ["1970-01-04"]])
            #expect(days.map(\.requests) == [50, 50, 50, 50])
            let keys = try await store.usage(LedgerFilter(), groupedBy: [.key])
            #expect(keys.map(\.group) == [[""], ["k1"], ["k2"]])
            let models = try await store.usage(LedgerFilter(), groupedBy: [.model])
            #expect(models.map { $0.group.map { Array($0.utf8) } }.count == 3)
        }
    }

    @Test("an empty ledger adds up to one sum of nothing", arguments: Engine.allCases)
    func empty(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let sums = try await store.usage(LedgerFilter(), groupedBy: [])
            #expect(sums == [UsageTally().sum(group: [])])
            #expect(try await store.usage(LedgerFilter(), groupedBy: [.day]).isEmpty)
        }
    }

    @Test("sums past 64 bits are held, never wrapped, and days reach both ends", arguments: Engine.allCases)
    func extremes(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let huge = Usage(freshInput: .max, cachedInput: .max, output: .max, reasoning: .max)
            let records: [JournalRecord] = [Int64.min, -1, 0, .max].enumerated().map { index, moment in
                let attempt = Sample.attempt(1, usage: huge, cost: .known(NanoUSD(.max)))
                return Sample.settled(UInt64(index), at: moment, attempts: [attempt])
            }
            try await store.ingest(records, node: "n", position: JournalPosition())
            let sum = try #require(try await store.usage(LedgerFilter(), groupedBy: []).first)
            #expect(sum.inputTokens == .max && sum.outputTokens == .max && sum.cost == NanoUSD(.max))
            #expect(sum.attempts == 4)
            let days = try await store.usage(LedgerFilter(), groupedBy: [.day]).flatMap(\.group)
            #expect(days == ["1677-09-21", "1969-12-31", "1970-01-01", "2262-04-11"])
        }
    }

    @Test("the invariants of the ledger hold", arguments: Engine.allCases)
    func check(_ engine: Engine) async throws {
        try await withFilled(engine) { store in
            try await store.ingest([Sample.opened(500), Sample.opened(3)], node: "n", position: JournalPosition())
            #expect(try await LedgerCheck.findings(in: store) == [])
        }
    }
}
