// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@Suite("Charges in a store", .tags(.contract))
struct ChargeTests {
    private static let budget = Budget.standardID(SpendingEntity(.key, "app"), .total)

    private static func charge(
        _ number: UInt64,
        _ amount: Int64,
        settled: Bool = true,
        at moment: Int64 = 1_000,
        _ scope: Charge.Scope = Charge.Scope(key: .sample("k1"))
    ) -> JournalRecord {
        .charged(
            Charge(
                request: Sample.request(number),
                at: Timestamp(nanoseconds: moment),
                amount: NanoUSD(amount),
                isSettled: settled,
                scope: scope
            )
        )
    }

    private func take(_ records: [JournalRecord], into store: any Store, node: String = "n") async throws {
        try await store.ingest(records, node: node, position: JournalPosition(offsets: ["n-0-1.slj": 8]))
    }

    private func spent(
        _ scope: SpendingScope,
        in store: any Store,
        from: Int64? = nil,
        until: Int64 = 1_000_000
    ) async throws -> Int64 {
        let query = SpendingQuery(
            scope: scope,
            from: from.map { Timestamp(nanoseconds: $0) },
            until: Timestamp(nanoseconds: until),
            budget: try #require(Self.budget),
            windowEnd: from == nil ? nil : Timestamp(nanoseconds: until)
        )
        return try await store.spending([query]).first?.rawValue ?? -1
    }

    @Test("charges are read in pages, all of them once, and those of a stretch of time", arguments: Engine.allCases)
    func pages(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let scope = Charge.Scope(key: .sample("k1"), route: .sample("r"), model: "m", tags: "a, b", endUser: "u")
            let made = (1...5).map { Self.charge(UInt64($0), Int64($0), settled: $0 != 3, at: Int64($0) * 10, scope) }
            try await take(made.reversed(), into: store)
            let all = made.compactMap { record -> Charge? in
                if case .charged(let charge) = record { charge } else { nil }
            }
            for limit in [1, 2, 10] {
                var found: [Charge] = []
                while true {
                    let page = try await store.charges(from: nil, until: nil, after: found.last?.request, limit: limit)
                    if page.isEmpty { break }
                    found += page
                }
                #expect(found == all)
            }
            let some = try await store.charges(
                from: Timestamp(nanoseconds: 20),
                until: Timestamp(nanoseconds: 40),
                after: nil,
                limit: 10
            )
            #expect(some == Array(all[1...2]))
        }
    }

    @Test(
        "a settled charge stays, a larger reservation counts, and what comes twice changes nothing",
        arguments: Engine.allCases
    )
    func merging(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await take([Self.charge(1, 50, settled: false), Self.charge(2, 7)], into: store)
            #expect(try await spent(.keys([.sample("k1")]), in: store) == 57)
            try await take([Self.charge(1, 90, settled: false), Self.charge(1, 20, settled: false)], into: store)
            #expect(try await spent(.keys([.sample("k1")]), in: store) == 97)
            try await take([Self.charge(1, 30), Self.charge(1, 90, settled: false), Self.charge(2, 7)], into: store)
            try await take([Self.charge(1, 500), Self.charge(2, 0, settled: false)], into: store)
            #expect(try await spent(.keys([.sample("k1")]), in: store) == 37)
        }
    }

    @Test("each scope sums its own, by the moments of the requests", arguments: Engine.allCases)
    func scopes(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let both = Charge.Scope(
                key: .sample("k1"),
                route: .sample("chat"),
                version: .sample("v1"),
                model: "m",
                tags: "search, eu",
                endUser: "u"
            )
            try await take(
                [
                    Self.charge(1, 1, at: 10, both), Self.charge(2, 10, at: 20, both),
                    Self.charge(3, 100, at: 10, Charge.Scope(key: .sample("k2"), tags: "searching")),
                ],
                into: store
            )
            #expect(try await spent(.keys([.sample("k1"), .sample("k2")]), in: store) == 111)
            #expect(try await spent(.keys([]), in: store) == 0)
            #expect(try await spent(.route(.sample("chat")), in: store) == 11)
            #expect(try await spent(.version(.sample("v1")), in: store, from: 11, until: 20) == 0)
            #expect(try await spent(.version(.sample("v1")), in: store, from: 20, until: 21) == 10)
            #expect(try await spent(.model("m"), in: store, until: 20) == 1)
            #expect(try await spent(.tag("search"), in: store) == 11)
            #expect(try await spent(.tag("eu"), in: store) == 11)
            #expect(try await spent(.endUser("u"), in: store) == 11)
            #expect(try await spent(.endUser("v"), in: store) == 0)
        }
    }

    @Test(
        "what a crash left open is settled at what was set aside, of its own node and once",
        arguments: Engine.allCases
    )
    func interrupted(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await take(
                [Self.charge(1, 5, settled: false), Self.charge(2, 6, settled: false, at: 9_000)],
                into: store
            )
            try await take([Self.charge(3, 7, settled: false)], into: store, node: "other")
            let moment = Timestamp(nanoseconds: 5_000)
            #expect(try await store.settleCharges(of: "n", startedBefore: moment) == 1)
            #expect(try await store.settleCharges(of: "n", startedBefore: moment) == 0)
            // The settled one is not changed any more, the open one is.
            try await take([Self.charge(1, 1), Self.charge(2, 1)], into: store)
            #expect(try await spent(.keys([.sample("k1")]), in: store) == 5 + 1 + 7)
        }
    }

    @Test("attempts count by their cost where their request has no charge", arguments: Engine.allCases)
    func attempts(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await take([Sample.settled(1), Sample.settled(2)], into: store)
            guard case .settled(let outcome) = Sample.settled(1), let key = outcome.key else { return }
            let cost = outcome.attempts.reduce(0) { $0 + ($1.cost.known?.rawValue ?? 0) }
            #expect(cost > 0)
            let until = outcome.startedAt.nanoseconds + 1
            #expect(try await spent(.keys([key]), in: store, until: until) == 2 * cost)
            let charge = Self.charge(1, 3, at: outcome.startedAt.nanoseconds, Charge.Scope(key: key))
            try await take([charge], into: store)
            #expect(try await spent(.keys([key]), in: store, until: until) == cost + 3)
        }
    }

    @Test(
        "an adjustment counts in its budget's window, and is committed with its audit entry",
        arguments: Engine.allCases
    )
    func adjustments(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await take([Self.charge(1, 50, at: 100)], into: store)
            let budget = try #require(Self.budget)
            let adjustment = BudgetAdjustment(budget: budget, at: Timestamp(nanoseconds: 150), amount: NanoUSD(-50))
            let revision = try await store.state().revision
            try await store.commit(
                [.adjustBudget(adjustment)],
                audit: [Sample.draft("asked for")],
                expecting: revision
            )
            #expect(try await spent(.keys([.sample("k1")]), in: store, from: 100, until: 200) == 0)
            #expect(try await spent(.keys([.sample("k1")]), in: store, from: 100, until: 150) == 50)
            #expect(try await spent(.keys([.sample("k1")]), in: store) == 0)
            #expect(try await store.auditEntries(after: 0, limit: 10).count == 1)
        }
    }
}
