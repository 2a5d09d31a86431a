// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceRelease
import SluiceStore
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceControl

@Suite("Budgets and limits")
struct BudgetTests {
    /// A control plane over a data plane that only remembers what it was told.
    private final class Plane: Sendable {
        let store = MemoryStore()
        let time = ManualTime()
        let published = Published()
        private let before = Mutex<[BudgetID: Int64]>([:])
        /// Of every budget, from the requests that the data plane has seen by itself.
        let live = Mutex<Int64>(0)
        let since: Timestamp

        init() { since = time.now }

        func states() -> [BudgetState] {
            let (now, live) = (time.now, live.withLock { $0 })
            return (published.last?.budgets ?? []).map { budget in
                BudgetState(
                    budget: budget,
                    window: budget.window.range(at: now, in: budget.zone),
                    spent: NanoUSD(live + before.withLock { $0[budget.id] ?? 0 }),
                    reserved: .zero,
                    since: since
                )
            }
        }

        func control(_ definitions: Definitions = .sample) -> ControlPlane {
            ControlPlane(
                store: store,
                definitions: definitions,
                pepper: Secret([1]),
                metrics: VersionStatistics(),
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                now: { [time] in time.now },
                alerts: AlertChannels(
                    channels: [AlertChannel(name: "team", kinds: [AlertKind.budgetShare])],
                    messenger: SilentMessenger()
                ),
                spending: SpendingPort(
                    states: { [self] in states() },
                    setBefore: { [self] amount, id, _ in before.withLock { $0[id] = amount.rawValue } }
                ),
                publish: { [published] in published.add($0, $1) }
            )
        }
    }

    private struct SilentMessenger: Messenger {
        func send(_ message: OutboxMessage) async -> Delivery { .delivered }
    }

    private static func budget(
        _ entity: String = "key:app",
        _ limit: Int64 = 1_000,
        _ window: BudgetWindow = .monthly
    ) throws -> Budget {
        let entity = try #require(SpendingEntity(entity))
        return Budget(
            id: try #require(Budget.standardID(entity, window)),
            entity: entity,
            window: window,
            limit: NanoUSD(limit)
        )
    }

    private let change = Change(by: "ada", because: "because")

    /// A charge of the file's key a second before now.
    private func charge(_ amount: Int64, _ plane: Plane) async throws {
        let charge = Charge(
            request: RequestID(high: 1, low: UInt64(amount)),
            at: plane.since.advanced(bySeconds: -1),
            amount: NanoUSD(amount),
            isSettled: true,
            scope: Charge.Scope(key: KeyID("file-key"), tags: "eu")
        )
        try await plane.store.ingest([.charged(charge)], node: "n", position: JournalPosition())
    }

    @Test("a budget is in force once the call returns, with what was spent before, and the audit has it")
    func create() async throws {
        let plane = Plane()
        let control = plane.control()
        try await control.start()
        try await charge(300, plane)
        let made = try await control.createBudget(try Self.budget("tag:eu"), change)
        #expect(made.spent == NanoUSD(300) && made.remaining == NanoUSD(700))
        #expect(plane.published.last?.budgets.map(\.id.rawValue) == ["tag.eu.monthly"])
        #expect(try await control.audit().last?.action == "budget.create")
        // The same id again, a route that is not there, a limit that is none.
        await #expect(throws: ControlError.self) { try await control.createBudget(try Self.budget("tag:eu"), change) }
        var odd = try Self.budget("tag:us")
        odd.fallback = RouteID("nowhere")
        let toNowhere = odd
        await #expect(throws: ControlError.self) { try await control.createBudget(toNowhere, change) }
        await #expect(throws: ControlError.self) {
            try await control.createBudget(try Self.budget("tag:us", 0), change)
        }
        // Another process reads all of it from the store.
        let next = Plane()
        let other = ControlPlane(
            store: plane.store,
            definitions: .sample,
            pepper: Secret([1]),
            metrics: VersionStatistics(),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { next.time.now },
            publish: { next.published.add($0, $1) }
        )
        try await other.start()
        #expect(next.published.last?.budgets.first == made.budget)
    }

    @Test("a reset is a correction that is kept, and what was spent is not changed")
    func reset() async throws {
        let plane = Plane()
        let control = plane.control()
        try await control.start()
        try await charge(300, plane)
        _ = try await control.createBudget(try Self.budget("tag:eu"), change)
        plane.live.withLock { $0 = 650 }
        let state = try await control.resetBudget("tag.eu.monthly", change)
        #expect(state.spent == .zero)
        let entry = try await control.audit().last
        #expect(entry?.action == "budget.reset" && entry?.before?.contains("0.00000095") == true)
        plane.live.withLock { $0 = 700 }
        #expect(try await control.budget("tag.eu.monthly").spent == NanoUSD(50))
        await #expect(throws: ControlError.self) { try await control.resetBudget("nobody", change) }
    }

    @Test("what the file defines is changed there")
    func fileOwns() async throws {
        var definitions = Definitions.sample
        definitions.budgets = [try Self.budget()]
        definitions.rateLimits = [EntityLimits(SpendingEntity(.team, "a"), RateLimits([.init(.requests, .minute, 5)]))]
        let plane = Plane()
        let control = plane.control(definitions)
        try await control.start()
        #expect(plane.published.last?.budgets.count == 1 && plane.published.last?.rateLimits.count == 1)
        await #expect(throws: ControlError.self) { try await control.removeBudget("key.app.monthly", change) }
        await #expect(throws: ControlError.self) {
            try await control.setRateLimits(RateLimits(), of: SpendingEntity(.team, "a"), change)
        }
    }

    @Test("limits are set and taken away as a whole")
    func limits() async throws {
        let plane = Plane()
        let control = plane.control()
        try await control.start()
        let limits = RateLimits([.init(.requests, .minute, 5)], concurrency: 3, cachedInputPercent: 10)
        let key = SpendingEntity(.key, "app")
        _ = try await control.setRateLimits(limits, of: key, change)
        #expect(plane.published.last?.rateLimits == [EntityLimits(key, limits, owner: .api)])
        _ = try await control.setRateLimits(RateLimits(), of: key, change)
        #expect(plane.published.last?.rateLimits.isEmpty == true)
        for wrong in [
            RateLimits([.init(.tokens, .day, 0)]), RateLimits(concurrency: 0), RateLimits(cachedInputPercent: 101),
        ] {
            await #expect(throws: ControlError.self) { try await control.setRateLimits(wrong, of: key, change) }
        }
        await #expect(throws: ControlError.self) {
            try await control.setRateLimits(limits, of: SpendingEntity(.tag, "eu"), change)
        }
    }

    @Test("a budget or a limit of nobody is refused with the nearest name, one of the file's is warned of")
    func nobody() async throws {
        var definitions = Definitions.sample
        definitions.budgets = [try Self.budget("team:serach")]
        let plane = Plane()
        let control = plane.control(definitions)
        try await control.start()
        _ = try await control.createKey(name: "shop", team: "search", change)
        for (wrong, nearest) in [
            ("key:ap", "app"), ("team:serach", "search"), ("route:chatt", "chat"), ("route:gpt-4.1", "route:chat"),
            ("version:v11", "v1"), ("model:gpt-4.2", "gpt-4.1"), ("key:search/shopp", "search/shop"),
            ("user:ada", "no users"),
        ] {
            var budget = try Self.budget(wrong)
            budget.id = .of("other")
            let made = budget
            let refused = await refusal { () async throws(ControlError) in try await control.createBudget(made, change)
            }
            #expect(
                refused?.code == .invalid && refused?.hint?.contains(nearest) == true,
                "\(wrong): \(String(describing: refused))"
            )
        }
        let limits = RateLimits([.init(.requests, .minute, 5)])
        let refused = await refusal { () async throws(ControlError) in
            try await control.setRateLimits(limits, of: SpendingEntity(.key, "ap"), change)
        }
        #expect(refused?.hint?.contains("app") == true)
        // Whose names only requests say may come later.
        for fine in ["tag:new", "end_user:bob", "key:app", "key:search/shop", "team:search"] {
            _ = try await control.createBudget(try Self.budget(fine), change)
        }
        let warnings = await control.entityWarnings()
        #expect(warnings.keys.map(\.description) == ["team:serach"])
    }

    @Test("a name that keys of several teams have is refused where it does not say whose")
    func several() async throws {
        let plane = Plane()
        let control = plane.control()
        try await control.start()
        _ = try await control.createKey(name: "shop", team: "search", change)
        plane.time.advance(seconds: 1)
        _ = try await control.createBudget(try Self.budget("key:shop"), change)
        _ = try await control.createKey(name: "shop", team: "ads", change)
        let budget = try Self.budget("key:shop", 1_000, .daily)
        let refused = await refusal { () async throws(ControlError) in try await control.createBudget(budget, change) }
        #expect(refused?.hint?.contains("key:search/shop, key:ads/shop") == true)
        _ = try await control.createBudget(try Self.budget("key:ads/shop"), change)
        // The one that was made before holds for whom it was made, and says so.
        let warning = await control.entityWarnings()[SpendingEntity(.key, "shop")]
        #expect(warning?.contains("key:search/shop alone") == true)
    }

    @Test("what a node says of a budget that is not in use must be what the store's rows say")
    func proved() async throws {
        let plane = Plane()
        let control = plane.control()
        try await control.start()
        try await charge(300, plane)
        _ = try await control.createBudget(try Self.budget("tag:eu"), change)
        let keeper = BudgetKeeper(control: control)
        var watch = BudgetWatch()
        await keeper.look(&watch)
        // Just used: its rows may be on their way.
        #expect(try await control.verifyLedger().budgets == 0)
        plane.time.advance(seconds: 11)
        var report = try await control.verifyLedger()
        #expect(report.budgets == 1 && report.findings == [])
        plane.live.withLock { $0 = 5 }
        await keeper.look(&watch)
        plane.time.advance(seconds: 11)
        report = try await control.verifyLedger()
        let id = try #require(BudgetID("tag.eu.monthly"))
        #expect(report.findings == [.budgetDiffers(id, node: NanoUSD(305), store: NanoUSD(300))])
    }

    @Test("each share of a limit is alerted once in a window, over restarts too")
    func alerts() async throws {
        let plane = Plane()
        let control = plane.control()
        try await control.start()
        _ = try await control.createBudget(try Self.budget(), change)
        let keeper = BudgetKeeper(control: control)
        var watch = BudgetWatch()
        for spent in [499, 500, 799, 801, 801, 1_000, 1_200] as [Int64] {
            plane.live.withLock { $0 = spent }
            await keeper.look(&watch)
        }
        // A process that starts has seen nothing, and alerts nothing again.
        var fresh = BudgetWatch()
        await keeper.look(&fresh)
        let messages = try await plane.store.outbox(of: "team", limit: 100)
        #expect(messages.map(\.kind) == Array(repeating: AlertKind.budgetShare, count: 3))
        #expect(messages.last?.payload.contains("100%") == true)
        // The next month begins anew.
        plane.time.advance(seconds: 40 * 86_400)
        plane.live.withLock { $0 = 600 }
        await keeper.look(&fresh)
        #expect(try await plane.store.outbox(of: "team", limit: 100).count == 4)
    }

    @Test("the past of a new budget is read again until all that was under way has come into the ledger")
    func past() throws {
        var watch = BudgetWatch()
        let start = Timestamp(milliseconds: 1_000)
        let state = BudgetState(
            budget: try Self.budget(),
            window: 0..<1,
            spent: .zero,
            reserved: .zero,
            since: start
        )
        let looks: [Int64] = [0, 5, 30]
        let due = [0, 1, 5, 6, 29, 30, 31, 1_000].map {
            watch.wantsPast(of: [state], at: start.advanced(bySeconds: $0), looks: looks)
        }
        #expect(due == [true, false, true, false, false, true, false, false])
        var renewed = state
        renewed.since = start.advanced(bySeconds: 1_000)
        let wants = watch.wantsPast(of: [renewed], at: start.advanced(bySeconds: 1_001), looks: looks)
        #expect(wants)
    }

    @Test("what is stored is read as it was written")
    func stored() throws {
        var budget = try Self.budget("team:a b", 123_456_789)
        budget.owner = .api
        budget.zone = try #require(BudgetZone("-03:30"))
        budget.mode = .soft
        budget.alertAt = [1, 99]
        budget.fallback = RouteID("cheap")
        #expect(Budget(setting: budget.setting, JSONValue.object(budget.record).jsonText) == budget)
        for text in [
            "", "{}", #"{"entity":"key:a","window":"monthly","limit_usd":"NaN","mode":"hard","time_zone":"UTC"}"#,
        ] {
            #expect(Budget(setting: budget.setting, text) == nil)
        }
    }
}
