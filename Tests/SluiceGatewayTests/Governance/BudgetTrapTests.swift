// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceGateway

/// What users of other relays reported about budgets, each as a case.
@Suite("What budgets got wrong elsewhere")
struct BudgetTrapTests {
    private static func budget(_ limit: Int64, _ window: BudgetWindow = .total) -> Budget {
        budget(SpendingEntity(.key, "app"), limit, window)
    }

    private static func budget(_ entity: SpendingEntity, _ limit: Int64, _ window: BudgetWindow) -> Budget {
        Budget(
            id: Budget.standardID(entity, window) ?? Records.id("b"),
            entity: entity,
            window: window,
            limit: NanoUSD(limit)
        )
    }

    private static func moment(_ text: String) -> Timestamp { Timestamp(text) ?? Timestamp(nanoseconds: 0) }

    /// A route whose calls cost a cent each.
    private static func cents(_ snapshot: inout Snapshot, _ budgets: [Budget]) {
        snapshot.prices[0].rates = PriceCard.Rates(input: 0, output: 0)
        snapshot.prices[0].perRequest = NanoUSD(10_000_000)
        snapshot.budgets = budgets
    }

    @Test("a cold counter that is told its past twice, or late, counts it once")
    func seededTwice() {
        let meter = BudgetMeter(Self.budget(100), since: Self.moment("2026-03-01T00:00:00Z"))
        let now = Self.moment("2026-03-02T00:00:00Z")
        #expect(meter.reserve(10, at: now, isBounded: true) != nil)
        for _ in 0..<3 { meter.setBefore(60, from: .min) }
        #expect(meter.state(at: now).spent == NanoUSD(60) && meter.state(at: now).reserved == NanoUSD(10))
        #expect(meter.reserve(30, at: now, isBounded: true) != nil)
        #expect(meter.reserve(1, at: now, isBounded: true) == nil)
    }

    @Test("the first of the month opens what the month before had spent, and nobody has to do anything")
    func monthBegins() {
        let meter = BudgetMeter(Self.budget(100, .monthly), since: Self.moment("2026-01-01T00:00:00Z"))
        let last = Self.moment("2026-01-31T23:59:59.999Z")
        meter.setBefore(40, from: 1_767_225_600)
        #expect(meter.reserve(60, at: last, isBounded: true) == 1_767_225_600)
        #expect(meter.reserve(1, at: last, isBounded: true) == nil)
        let first = Self.moment("2026-02-01T00:00:00Z")
        #expect(meter.state(at: first).remaining == NanoUSD(100))
        #expect(meter.reserve(100, at: first, isBounded: true) == 1_769_904_000)
    }

    @Test("what nobody asked for in weeks is still known")
    func noTimeToLive() {
        let meter = BudgetMeter(Self.budget(100, .monthly), since: Self.moment("2026-01-01T00:00:00Z"))
        let start = meter.reserve(100, at: Self.moment("2026-01-01T00:00:01Z"), isBounded: true)
        meter.settle(100, as: 100, from: start ?? 0)
        #expect(meter.reserve(1, at: Self.moment("2026-01-31T00:00:00Z"), isBounded: true) == nil)
    }

    @Test("a request is decided by one moment: one that ends in the next window is counted in its own")
    func oneMoment() {
        let meter = BudgetMeter(Self.budget(100, .daily), since: Self.moment("2026-01-01T00:00:00Z"))
        let start = meter.reserve(90, at: Self.moment("2026-01-01T23:59:59.999Z"), isBounded: true)
        let next = Self.moment("2026-01-02T00:00:00Z")
        #expect(meter.reserve(10, at: next, isBounded: true) != start)
        meter.settle(90, as: 90, from: start ?? 0)
        #expect(meter.state(at: next).spent == .zero && meter.state(at: next).reserved == NanoUSD(10))
    }

    @Test("windows are the calendar's for every kind of entity", arguments: SpendingEntity.Kind.allCases)
    func sameForAll(_ kind: SpendingEntity.Kind) {
        let meter = BudgetMeter(
            Self.budget(SpendingEntity(kind, "x"), 100, .weekly),
            since: Self.moment("2026-11-01T00:00:00Z")
        )
        #expect(meter.reserve(1, at: Self.moment("2026-11-30T12:00:00Z"), isBounded: true) == 1_795_996_800)
    }

    @Test("a larger limit opens a spent budget at once, and a smaller one closes it")
    func changedLimit() async throws {
        try await Rig.with(
            change: { Self.cents(&$0, [Self.budget(10_000_000)]) },
            script: { _, socket in socket.send(Wire.answer(Wire.completion)) }
        ) { (rig: Rig) async throws -> Void in
            #expect(try await rig.chat().status == 200)
            #expect(try await rig.chat().status == 402)
            var snapshot = try Rig.snapshot(upstream: rig.upstream.port, VersionSettings())
            Self.cents(&snapshot, [Self.budget(30_000_000)])
            snapshot.epoch = 8
            await rig.gateway.publish(snapshot)
            #expect(try await rig.chat().status == 200)
            Self.cents(&snapshot, [Self.budget(20_000_000)])
            snapshot.epoch = 9
            await rig.gateway.publish(snapshot)
            let refused = try await rig.chat()
            #expect(refused.status == 402 && refused.text.contains("0.02 of 0.02 USD"))
        }
    }

    @Test("several windows hold at once, and the one that is spent is named")
    func severalWindows() async throws {
        let budgets = [Self.budget(500_000_000, .monthly), Self.budget(20_000_000, .hourly)]
        try await Rig.with(
            change: { Self.cents(&$0, budgets) },
            script: { _, socket in socket.send(Wire.answer(Wire.completion)) }
        ) { (rig: Rig) async throws -> Void in
            for _ in 0..<2 { #expect(try await rig.chat().status == 200) }
            let refused = try await rig.chat()
            #expect(refused.text.contains("key.app.hourly") && refused.text.contains("opens again at"))
            // What the refused one set aside in the other was given back.
            #expect(rig.gateway.budgets.map(\.reserved) == [.zero, .zero])
            #expect(rig.gateway.budgets.map(\.spent) == [NanoUSD(20_000_000), NanoUSD(20_000_000)])
        }
    }

    @Test("attempts that a provider failed are not billed, and the one that served is billed once")
    func retries() async throws {
        let count = Mutex(0)
        try await Rig.with(
            VersionSettings(retry: RetryPolicy(maxRetries: 2, backoff: .milliseconds(1))),
            change: { Self.cents(&$0, [Self.budget(10_000_000)]) },
            script: { _, socket in
                let number = count.withLock { count -> Int in
                    count += 1
                    return count
                }
                return socket.send(number < 3 ? Wire.answer("{}", status: "500 No") : Wire.answer(Wire.completion))
            }
        ) { (rig: Rig) async throws -> Void in
            // One cent is all there is, and each attempt sets one aside.
            #expect(try await rig.chat().status == 200)
            #expect(rig.sink.outcomes[0].attempts.count == 3)
            #expect(rig.gateway.budgets[0].spent == NanoUSD(10_000_000))
        }
    }

    @Test("calls that are passed through count as well")
    func passedThrough() async throws {
        let answer = Wire.answer(#"{"created":1,"data":[{"url":"https://images.example/1"}]}"#)
        try await Rig.with(
            change: { Self.cents(&$0, [Self.budget(10_000_000)]) },
            script: { _, socket in socket.send(answer) }
        ) { (rig: Rig) async throws -> Void in
            let request = Wire.request(#"{"model":"chat","prompt":"a cat"}"#, path: "/v1/images/generations")
            #expect(try await rig.exchange(request).status == 200)
            #expect(try await rig.exchange(request).status == 402)
            #expect(rig.gateway.budgets[0].spent == NanoUSD(10_000_000))
        }
    }

    @Test("a caller who leaves gives back what was set aside, but for what the provider may have done")
    func nothingStaysReserved() async throws {
        try await Rig.with(
            change: { Self.cents(&$0, [Self.budget(50_000_000)]) },
            script: { _, socket in
                socket.send(Wire.streamHead + Wire.chunk(Wire.events[0] + "\n\n") + Wire.chunk(Wire.events[1] + "\n\n"))
                return socket.receive()?.isEmpty == false
            }
        ) { (rig: Rig) async throws -> Void in
            let port = rig.port
            let socket = try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send(Wire.request(Wire.streamingChat))
                _ = socket.receive { String(decoding: $0, as: UTF8.self).contains(Wire.events[1]) }
                return socket
            }
            #expect(rig.gateway.budgets.map(\.reserved) == [NanoUSD(10_000_000)])
            socket.close()
            #expect(try await eventually { rig.sink.outcomes.map(\.ending) == [.callerGone] })
            #expect(try await eventually { rig.gateway.budgets.map(\.reserved) == [.zero] })
            #expect(rig.gateway.budgets[0].spent == NanoUSD(10_000_000))
        }
    }
}
