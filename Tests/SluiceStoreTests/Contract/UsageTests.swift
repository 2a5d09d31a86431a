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
            outcome.tags = [nil, "team=a, eu", "eu\t,team:b,eu", "x'y, team, team=c", " ,"][index % 5]
            outcome.endUser = [nil, "bob", "Zo\u{EB}", "Zoe\u{308}"][index % 4]
            outcome.route = index % 7 == 0 ? nil : .sample("r\(index % 2)")
            var first = Sample.attempt(1, version: .sample("v\(index % 4)"))
            if index % 5 == 0 {
                first.errorClass = .timeout
                first.usage = nil
                first.cost = .unknown
            }
            if index % 11 == 0 { first.cost = .unpriced }
            if index % 6 == 1 { first.usage?.isEstimated = true }
            if index % 8 == 1 { first.usage?.isInconsistent = true }
            if index % 9 == 1 { first.errorClass = .callerGone }
            if index % 12 == 1 { first.errorClass = .superseded }
            if index % 4 == 1 { first.usage?.cacheWrite5m = 7 }
            if index % 4 == 2 { first.usage?.cacheWrite1h = 11 }
            if index % 13 == 1 { first.usage?.parts = [.inputAudio: 3, .webSearches: Int64(index)] }
            if index % 17 == 1 { first.usage?.servedAs = ["flex", "us"] }
            if index % 3 == 1 { first.usage?.providerCost = NanoUSD(Int64(index)) }
            if index % 14 == 1 { first.usage?.countedTwice = 2 }
            if index % 15 == 1 { (first.usage, first.cost) = (nil, .unknown) }
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

    @Test("a sum among the newest entries reads no others", arguments: Engine.allCases)
    func newest(_ engine: Engine) async throws {
        try await withFilled(engine) { store in
            let filter = LedgerFilter(from: Timestamp(nanoseconds: UsageTests.day), version: .sample("v1"))
            for count in [Int64(0), 1, 7, 60, 240, 1_000, .max] {
                let rows = try await store.ledger(filter, after: max(0, 240 - min(count, 240)), limit: 1_000)
                let expected = try #require(UsageTally.sums(over: rows, groupedBy: []).first)
                #expect(try await store.usage(filter, amongNewest: count) == expected)
            }
            let whole = try await store.usage(filter, groupedBy: []).first
            #expect(try await store.usage(filter, amongNewest: 240) == whole)
        }
    }

    @Test(
        "failures of a version are counted by the second they ended in, first attempts only",
        arguments: Engine.allCases
    )
    func failures(_ engine: Engine) async throws {
        try await withFilled(engine) { store in
            let from = Timestamp(nanoseconds: UsageTests.day)
            let found = try await store.failures(of: .sample("v1"), from: from, limit: 1_000)
            var expected: [FailureCount] = []
            for row in try await store.ledger(LedgerFilter(from: from, version: .sample("v1")), after: 0, limit: 1_000)
            {
                guard let errorClass = row.attempt.errorClass, row.attempt.number == 1 else { continue }
                let second = (row.requestStartedAt.nanoseconds + row.requestDuration) / 1_000_000_000
                expected.append(FailureCount(second: second, errorClass: errorClass, count: 1))
            }
            #expect(!expected.isEmpty && found == expected)
            #expect(try await store.failures(of: .sample("v1"), from: from, limit: 2) == Array(expected.prefix(2)))
            #expect(try await store.failures(of: .sample("v9"), from: from, limit: 9).isEmpty)
        }
    }

    private static let samples: [LedgerFilter] =
        [
            LedgerFilter(),
            LedgerFilter(from: Timestamp(nanoseconds: day + 1)),
            LedgerFilter(until: Timestamp(nanoseconds: day + 1)),
            LedgerFilter(from: Timestamp(nanoseconds: day), until: Timestamp(nanoseconds: 2 * day)),
            LedgerFilter(keys: [.sample("k1")]), LedgerFilter(keys: [.sample("k0"), .sample("k1")]),
            LedgerFilter(keys: []),
            LedgerFilter(route: .sample("r1"), version: .sample("v3")),
            LedgerFilter(version: .sample("v9"), provider: .sample("main")),
            LedgerFilter(provider: .sample("nobody")),
        ] + ofCallers

    /// By what callers say of a request, and with days of other clocks.
    private static var ofCallers: [LedgerFilter] {
        var (tagged, named, shifted, summer) = (LedgerFilter(), LedgerFilter(), LedgerFilter(), LedgerFilter())
        tagged.tag = "eu"
        named.endUser = "bob"
        shifted.zone = BudgetZone("-03:30") ?? .utc
        // Clocks that are put forward and back within the four days of the samples.
        summer.zone = ZoneRules(name: "x", rule: "<+01>-1<+02>,1/3,2/3").map { BudgetZone($0) } ?? .utc
        return [tagged, named, shifted, summer]
    }

    @Test("a filter means the same rows for pages and for sums", arguments: Engine.allCases, samples)
    func filters(_ engine: Engine, _ filter: LedgerFilter) async throws {
        try await withFilled(engine) { store in
            let all = try await store.ledger(LedgerFilter(), after: 0, limit: 1_000)
            let rows = try await store.ledger(filter, after: 0, limit: 1_000)
            #expect(rows == all.filter(filter.matches))
            for grouping in [
                [], [.day], [.key, .version], [.model], [.tag("team")], [.tag("x'y"), .endUser], [.tags, .day],
                UsageGrouping.allCases,
            ] as [[UsageGrouping]] {
                let sums = try await store.usage(filter, groupedBy: grouping)
                #expect(sums == UsageTally.sums(over: rows, groupedBy: grouping, zone: filter.zone))
                // Whatever it is grouped by, all of it is there, and once.
                let (parts, whole) = (sums.map(\.attempts).reduce(0, +), UsageTally.sums(over: rows, groupedBy: []))
                #expect(parts == whole.first?.attempts)
            }
        }
    }

    @Test("tags are read by name, the first one of a name counts, and a list is one whatever its order")
    func tags() {
        #expect(TagList.value(of: "team", in: "eu, team=a, team=b") == "a")
        #expect(TagList.value(of: "team", in: "teams=x, team:b:c") == "b:c")
        #expect(TagList.value(of: "team", in: "team") == "team" && TagList.value(of: "team", in: "team=") == "team")
        #expect(TagList.value(of: "team", in: "ateam=a").isEmpty && TagList.value(of: "team", in: nil).isEmpty)
        #expect(TagList.whole("b, a,b ,") == "a, b" && TagList.whole("a,b") == "a, b" && TagList.whole(nil).isEmpty)
        #expect(TagList.holds("eu", in: "eu") && !TagList.holds("e", in: "eu") && !TagList.holds("eu", in: nil))
    }

    @Test("sums of several groupings are of the same rows while more come in", arguments: Engine.allCases)
    func oneSnapshot(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for index in 0..<200 {
                        let record = Sample.settled(UInt64(index), at: 1, attempts: [Sample.attempt(1)])
                        try await store.ingest([record], node: "n", position: JournalPosition())
                    }
                }
                for _ in 0..<40 {
                    let sums = try await store.usage(LedgerFilter(), groupedByEach: [[.version], [], [.day, .model]])
                    let all = sums[1].first ?? UsageSum(emptyOf: [])
                    for index in [0, 2] {
                        let added = sums[index].reduce(UsageSum(emptyOf: [])) { $0.adding($1) }
                        #expect(added == all)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("failed, left by the caller and lost usage are told apart, and so are amounts that are not sure")
    func kinds() throws {
        var rows = UsageTests.records.flatMap { record -> [LedgerRow] in
            guard case .settled(let outcome) = record else { return [] }
            return outcome.attempts.map { LedgerRow(row: 1, outcome: outcome, attempt: $0) }
        }
        let all = try #require(UsageTally.sums(over: rows, groupedBy: []).first)
        #expect(all.failedAttempts > 0 && all.callerGoneAttempts > 0 && all.lostUsageAttempts > 0)
        #expect(all.estimatedAttempts > 0 && all.inconsistentAttempts > 0 && all.cacheWriteTokens > 0)
        #expect(all.unknownAttempts > all.lostUsageAttempts)
        #expect(all.costState == .unknown)
        rows.removeAll { $0.attempt.costState == .unknown && !$0.attempt.hasFailed }
        #expect(UsageTally.sums(over: rows, groupedBy: []).first?.costState == .unpriced)
        rows.removeAll { $0.attempt.costState == .unpriced }
        #expect(UsageTally.sums(over: rows, groupedBy: []).first?.costState == .inconsistent)
        rows.removeAll { $0.attempt.costState == .inconsistent }
        #expect(UsageTally.sums(over: rows, groupedBy: []).first?.costState == .estimated)
        rows.removeAll { $0.attempt.costState == .estimated }
        #expect(UsageTally.sums(over: rows, groupedBy: []).first?.costState == .known)
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
