// SPDX-License-Identifier: Apache-2.0
import Logging
import ServiceLifecycleTestKit
import SluiceCore
import SluiceRelease
import SluiceStore
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceControl

/// Receivers that do as they are told, and remember what they were sent.
private final class Receivers: Messenger {
    let script: Mutex<[String: [Delivery]]>
    let seen = Mutex<[(channel: String, sequence: Int64)]>([])
    /// A channel whose receiver keeps everybody waiting until it is told otherwise.
    let hanging: String?
    let release = AsyncStream<Void>.makeStream()

    init(_ script: [String: [Delivery]] = [:], hanging: String? = nil) {
        self.script = Mutex(script)
        self.hanging = hanging
    }

    func send(_ message: OutboxMessage) async -> Delivery {
        seen.withLock { $0.append((message.channel, message.sequence)) }
        if message.channel == hanging { for await _ in release.stream {} }
        return script.withLock { script in
            guard let next = script[message.channel]?.first else { return .delivered }
            script[message.channel]?.removeFirst()
            return next
        }
    }

    func sequences(_ channel: String) -> [Int64] {
        seen.withLock { $0.filter { $0.channel == channel }.map(\.sequence) }
    }
}

@Suite("Alerts on their way")
struct DispatcherTests {
    private let time = ManualTime()
    private let store = MemoryStore()
    private let clock = ManualClock()

    private func dispatcher(
        _ receivers: Receivers,
        node: String = "node",
        on shared: MemoryStore? = nil
    ) async throws -> (NotificationDispatcher, ControlPlane) {
        let (quiet, time) = (Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, time)
        let plane = ControlPlane(
            node: node,
            store: shared ?? store,
            definitions: .sample,
            pepper: Secret(Array("pepper".utf8)),
            metrics: VersionStatistics(),
            log: quiet,
            now: { time.now },
            alerts: AlertChannels(
                channels: [AlertChannel(name: "pager"), AlertChannel(name: "chat")],
                messenger: receivers
            ),
            publish: { _, _ in }
        )
        try await plane.start()
        return (NotificationDispatcher(control: plane, log: quiet, clock: clock, chance: { 1 }), plane)
    }

    private func enqueue(_ count: Int, to channel: String, _ plane: ControlPlane) async throws {
        for _ in 0..<count {
            let message = OutboxMessage(channel: channel, kind: "rollout.held", payload: "{}", createdAt: time.now)
            try await plane.change { _ throws(ControlError) in Decision([.enqueue(message)], answer: ()) }
        }
    }

    private func waiting() async throws -> [Int64] {
        try await store.outbox(of: nil, limit: 100).map(\.sequence)
    }

    @Test("what a receiver takes leaves the outbox, in order")
    func delivered() async throws {
        let receivers = Receivers()
        let (dispatcher, plane) = try await dispatcher(receivers)
        try await enqueue(203, to: "pager", plane)
        try await dispatcher.pass("pager")
        #expect(receivers.sequences("pager") == Array(1...203))
        #expect(try await waiting().isEmpty)
        let state = plane.alerts.states["pager"]
        #expect(state?.delivered == 203 && state?.waiting == 0 && state?.lastDeliveredAt == time.now)
    }

    @Test("a receiver that fails holds its own queue, not that of others; nothing overtakes")
    func order() async throws {
        let receivers = Receivers(["pager": [.failed("status 500", after: nil)]])
        let (dispatcher, plane) = try await dispatcher(receivers)
        try await enqueue(2, to: "pager", plane)
        try await enqueue(1, to: "chat", plane)
        #expect(try await dispatcher.pass("pager") == .seconds(1))
        #expect(try await dispatcher.pass("chat") == NotificationDispatcher.interval)
        #expect(receivers.sequences("pager") == [1])
        #expect(receivers.sequences("chat") == [3])
        try await dispatcher.pass("pager")
        #expect(receivers.sequences("pager") == [1], "not before its time")
        #expect(plane.alerts.states["pager"]?.failingSince == time.now)
        #expect(plane.alerts.states["pager"]?.waiting == 2)
        time.advance(seconds: 1)
        try await dispatcher.pass("pager")
        #expect(receivers.sequences("pager") == [1, 1, 2])
        #expect(plane.alerts.states["pager"]?.failingSince == nil)
        #expect(try await waiting().isEmpty)
    }

    @Test(
        "a receiver that hangs keeps no other channel waiting, and the process ends when it lets go",
        .timeLimit(.minutes(1))
    )
    func hanging() async throws {
        let receivers = Receivers(hanging: "pager")
        let (dispatcher, plane) = try await dispatcher(receivers)
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await dispatcher.run() }
                try await enqueue(2, to: "pager", plane)
                #expect(try await eventually { receivers.sequences("pager") == [1] })
                try await enqueue(2, to: "chat", plane)
                #expect(
                    try await eventually { receivers.sequences("chat") == [3, 4] },
                    "woken by the signal, not by time"
                )
                trigger.triggerGracefulShutdown()
                time.advance(seconds: 60)
                receivers.release.continuation.finish()
                try await group.waitForAll()
            }
        }
        // The first was taken; the second had its one try in the seconds that are left, or waits for the next start.
        #expect(receivers.sequences("pager").first == 1)
        #expect(try await waiting().contains(1) == false)
    }

    @Test("of two nodes one sends a channel's messages, the other one only once that is silent for a minute")
    func severalNodes() async throws {
        let shared = MemoryStore(now: { [time] in time.now })
        let (one, other) = (Receivers(["pager": [.delivered, .failed("status 500", after: .seconds(5))]]), Receivers())
        let (first, plane) = try await dispatcher(one, node: "a", on: shared)
        let (second, _) = try await dispatcher(other, node: "b", on: shared)
        try await enqueue(3, to: "pager", plane)
        try await first.pass("pager")
        #expect(one.sequences("pager") == [1, 2])
        time.advance(seconds: 10)
        try await second.pass("pager")
        #expect(other.sequences("pager").isEmpty, "the third one is a's, and the second must not wait for it")
        time.advance(seconds: 51)
        try await second.pass("pager")
        try await first.pass("pager")
        #expect(one.sequences("pager") == [1, 2] && other.sequences("pager") == [2, 3])
        #expect(try await shared.outboxCounts().isEmpty)
    }

    @Test("nothing is claimed before the first message may be sent, so that looking writes nothing")
    func notDue() async throws {
        let shared = MemoryStore(now: { [time] in time.now })
        let receivers = Receivers(["pager": [.failed("status 500", after: .seconds(120))]])
        let (first, plane) = try await dispatcher(receivers, node: "a", on: shared)
        try await enqueue(3, to: "pager", plane)
        #expect(try await first.pass("pager") == NotificationDispatcher.interval)
        time.advance(seconds: 61)
        #expect(try await first.pass("pager") == NotificationDispatcher.interval)
        #expect(receivers.sequences("pager") == [1])
        let others = try await shared.claim("pager", for: "b", lasting: .seconds(60), limit: 10)
        #expect(others.count == 3, "a has not taken them anew")
    }

    @Test("without channels it runs until the node stops", .timeLimit(.minutes(1)))
    func noChannels() async throws {
        let control = try await Bench.started().plane
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let dispatcher = NotificationDispatcher(control: control, log: quiet, clock: clock)
        let (ending, told) = AsyncStream<String>.makeStream()
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await dispatcher.run()
                    told.yield("dispatcher")
                }
                for _ in 0..<50 { await Task.yield() }
                told.yield("shutdown")
                trigger.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        }
        told.finish()
        var order: [String] = []
        for await name in ending { order.append(name) }
        #expect(order == ["shutdown", "dispatcher"])
    }

    @Test("while the store is away nothing is sent, and everything is when it is back", .timeLimit(.minutes(1)))
    func storeAway() async throws {
        let receivers = Receivers()
        let (dispatcher, plane) = try await dispatcher(receivers)
        try await enqueue(1, to: "pager", plane)
        await store.fail(with: StoreError(.unavailable, "locked"))
        await #expect(throws: StoreError.self) { try await dispatcher.pass("pager") }
        #expect(receivers.sequences("pager").isEmpty)
        await store.fail(with: nil)
        try await dispatcher.pass("pager")
        #expect(receivers.sequences("pager") == [1])
    }

    @Test("what a receiver refuses is given up; so is a message of a channel that is no more")
    func refused() async throws {
        let receivers = Receivers(["pager": [.refused("status 400: no_text")]])
        let (dispatcher, plane) = try await dispatcher(receivers)
        try await enqueue(2, to: "pager", plane)
        try await enqueue(1, to: "gone", plane)
        try await dispatcher.pass("pager")
        #expect(receivers.sequences("pager") == [1, 2])
        #expect(plane.alerts.states["pager"]?.givenUp == 1)
        #expect(try await waiting() == [3])
        await dispatcher.dropOrphans()
        #expect(try await waiting().isEmpty)
    }

    @Test("a message that was not delivered is there for the next process")
    func restart() async throws {
        let down = Receivers(["pager": [.failed("connection refused", after: nil)]])
        let (first, plane) = try await dispatcher(down)
        try await enqueue(1, to: "pager", plane)
        try await first.pass("pager")
        let up = Receivers()
        let (second, _) = try await dispatcher(up)
        time.advance(seconds: 2)
        try await second.pass("pager")
        #expect(up.sequences("pager") == [1])
    }

    @Test("a wall clock that was set back does not keep a message waiting")
    func clockBack() async throws {
        let receivers = Receivers(["pager": [.failed("status 503", after: .seconds(1_800))]])
        let (dispatcher, plane) = try await dispatcher(receivers)
        try await enqueue(1, to: "pager", plane)
        try await dispatcher.pass("pager")
        time.advance(seconds: -7_200)
        try await dispatcher.pass("pager")
        #expect(receivers.sequences("pager") == [1, 1])
    }

    @Test("pauses double from a second to five minutes, obey what the receiver asks, and end after a day")
    func pauses() {
        var message = OutboxMessage(channel: "c", kind: "k", payload: "{}", createdAt: time.now)
        func pause(_ attempts: Int, _ fraction: Double, after: Duration? = nil, age: Int64 = 0) -> Duration? {
            message.attempts = attempts
            let now = time.now.advanced(bySeconds: age)
            let ending = RetryPlan.ending(of: .failed("x", after: after), message, now: now, fraction: fraction)
            guard case .retry(let moment, "x") = ending else { return nil }
            return moment.duration(since: now)
        }
        #expect(pause(0, 1) == .seconds(1))
        #expect(pause(0, 0) == .milliseconds(500))
        #expect(pause(3, 1) == .seconds(8))
        #expect(pause(40, 1) == .seconds(300))
        #expect(pause(0, 1, after: .seconds(60)) == .seconds(60))
        #expect(pause(0, 1, after: .seconds(1_000_000)) == .seconds(3_600))
        #expect(pause(9, 1, age: 86_399) == .seconds(300))
        #expect(pause(9, 1, age: 86_400) == nil)
    }

    @Test("a model without a price is told once a day, over restarts too")
    func price() async throws {
        let receivers = Receivers()
        let (dispatcher, plane) = try await dispatcher(receivers)
        let provider = try #require(ProviderID("main"))
        for _ in 0..<3 { try await plane.alertPriceMissing(provider, "new-model") }
        let (_, other) = try await self.dispatcher(receivers)
        try await other.alertPriceMissing(provider, "new-model")
        try await plane.refresh()
        try await plane.alertPriceMissing(provider, "other-model")
        try await dispatcher.pass("chat")
        #expect(receivers.sequences("chat").count == 2)
        time.advance(seconds: 86_400)
        try await plane.alertPriceMissing(provider, "new-model")
        try await dispatcher.pass("chat")
        #expect(receivers.sequences("chat").count == 3)
    }

    @Test("a rollback that leaves a route without a version is told, and so is its end; who never served is no alarm")
    func unserved() async throws {
        let receivers = Receivers()
        let (_, plane) = try await dispatcher(receivers)
        func kinds() async throws -> [String] {
            try await store.outbox(of: "chat", limit: 100).map(\.kind).filter { $0.hasPrefix("route.") }
        }
        let change = Change(by: "admin", because: "because")
        try await plane.register(RegisterVersion(id: "v2", apiVersion: "gpt-4.1"), change)
        #expect(try await kinds().isEmpty)
        try await plane.rollback("v1", change)
        #expect(try await kinds() == ["route.unserved"])
        let message = try #require(try await store.outbox(of: "chat", limit: 1).first)
        #expect(message.payload.contains("\"severity\":\"critical\"") && message.payload.contains("\"route\":\"chat\""))
        try await plane.transition("v2", to: .canary, change)
        try await plane.transition("v2", to: .production, change)
        #expect(try await kinds() == ["route.unserved", "route.served"])
    }

    @Test("a route that the file gives a version again is told as served, at a reload and at a start")
    func servedByFile() async throws {
        for restarts in [false, true] {
            let store = MemoryStore()
            func plane(_ definitions: Definitions) -> ControlPlane {
                ControlPlane(
                    store: store,
                    definitions: definitions,
                    pepper: Secret(Array("pepper".utf8)),
                    metrics: VersionStatistics(),
                    log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    now: { [time] in time.now },
                    alerts: AlertChannels(channels: [AlertChannel(name: "pager")]),
                    publish: { _, _ in }
                )
            }
            func kinds() async throws -> [String] {
                try await store.outbox(of: "pager", limit: 100).map(\.kind).filter { $0.hasPrefix("route.") }
            }
            let first = plane(.sample)
            try await first.start()
            try await first.rollback("v1", Change(by: "admin", because: "because"))
            #expect(try await kinds() == ["route.unserved"])
            var repaired = Definitions.sample
            repaired.versions.append(.sample("v2", config: .of(#"{"a": 1}"#)))
            if restarts { try await plane(repaired).start() } else { try await first.apply(repaired) }
            #expect(try await kinds() == ["route.unserved", "route.served"])
            let settings = try await store.state().settings.keys
            #expect(!settings.contains { $0.hasPrefix("alert.") }, "the incident is over")
        }
    }

    @Test("the incident of a route that the file no longer has is over")
    func removedRoute() async throws {
        let receivers = Receivers()
        let (_, plane) = try await dispatcher(receivers)
        try await plane.rollback("v1", Change(by: "admin", because: "because"))
        var without = Definitions.sample
        without.routes.removeAll { $0.id == .of("chat") }
        without.versions = []
        try await plane.apply(without)
        let messages = try await store.outbox(of: "chat", limit: 100).filter { $0.kind.hasPrefix("route.") }
        #expect(messages.map(\.kind) == ["route.unserved", "route.served"])
        #expect(messages.last?.payload.contains("no longer in the configuration") == true)
        #expect(try await !store.state().settings.keys.contains { $0.hasPrefix("alert.") })
        try await plane.apply(.sample)
        #expect(try await store.outbox(of: "chat", limit: 100).filter { $0.kind.hasPrefix("route.") }.count >= 2)
    }

    @Test("a rollout that Sluice itself pauses is a hold, which somebody has to act on")
    func pausedByItself() async throws {
        let stage = try await Stage.set(channels: [AlertChannel(name: "pager", kinds: Set(AlertKind.standard))])
        try await stage.begin(LoopTests.plan)
        let change = Change(by: RolloutConductor.actor, because: "no room")
        _ = try await stage.plane.move(.pause(reason: "no room"), of: "v2-1", change)
        #expect(try await stage.messages().map(\.kind) == ["rollout.held"])
        try await stage.plane.order(.resume, rollout: "v2-1", stage.change)
        try await stage.plane.order(.pause, rollout: "v2-1", stage.change)
        #expect(try await stage.messages().count == 1, "a person who pauses knows of it")
    }

    @Test("outcomes without a price become an alert; those with one, or of unknown usage, do not")
    func alarm() async throws {
        let receivers = Receivers()
        let (dispatcher, plane) = try await dispatcher(receivers)
        let alarm = PriceAlarm()
        alarm.attach(plane)
        func outcome(_ model: String, _ cost: Cost) throws -> Outcome {
            var attempt = Attempt(
                number: 1,
                purpose: .primary,
                provider: try #require(ProviderID("main")),
                model: model,
                version: .of("v1"),
                startedAfter: 0
            )
            attempt.cost = cost
            var outcome = Outcome(
                request: RequestID(high: 1, low: 2),
                startedAt: time.now,
                endpoint: .chatCompletions,
                epoch: 1
            )
            outcome.attempts = [attempt]
            return outcome
        }
        alarm.observe([
            try outcome("dear", .unpriced), try outcome("dear", .unpriced), try outcome("fine", .known(NanoUSD(1))),
            try outcome("cut", .unknown),
        ])
        await alarm.alert()
        try await dispatcher.pass("pager")
        #expect(receivers.sequences("pager").count == 1)
    }
}
