// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Synchronization
import Testing

@testable import SluiceGateway

@Suite("Meters that loops share")
struct MeterTests {
    private static func budget(
        _ limit: Int64,
        _ window: BudgetWindow = .total,
        mode: Budget.Mode = .hard
    ) -> Budget {
        Budget(
            id: Records.id("b"),
            entity: SpendingEntity(.key, "app"),
            window: window,
            limit: NanoUSD(limit),
            mode: mode
        )
    }

    private static func moment(_ second: Int64) -> Timestamp { Timestamp(nanoseconds: second * 1_000_000_000) }

    @Test("a hundred calls of a cent pass under a budget of a dollar, from however many threads")
    func oneDollar() async {
        for _ in 0..<5 {
            let meter = BudgetMeter(Self.budget(1_000_000_000), since: Self.moment(0))
            let passed = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        (0..<50).reduce(0) { count, _ in
                            guard let start = meter.reserve(10_000_000, at: Self.moment(9), isBounded: true) else {
                                return count
                            }
                            meter.settle(10_000_000, as: 10_000_000, from: start)
                            return count + 1
                        }
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(passed == 100)
            #expect(meter.state(at: Self.moment(9)).remaining == .zero)
        }
    }

    @Test("what is not spent is given back, and what is spent beyond the reservation counts")
    func settles() {
        let meter = BudgetMeter(Self.budget(100), since: Self.moment(0))
        #expect(meter.reserve(80, at: Self.moment(1), isBounded: true) == .min)
        #expect(meter.reserve(30, at: Self.moment(1), isBounded: true) == nil)
        #expect(meter.state(at: Self.moment(1)).reserved == NanoUSD(80))
        meter.settle(80, as: 10, from: .min)
        #expect(meter.reserve(90, at: Self.moment(1), isBounded: true) != nil)
        meter.settle(90, as: 200, from: .min)
        let state = meter.state(at: Self.moment(1))
        #expect(state.spent == NanoUSD(210) && state.reserved == .zero && state.remaining == NanoUSD(-110))
    }

    @Test("a new hour begins with nothing used, and what the hour before settles late is not counted in it")
    func windows() {
        let meter = BudgetMeter(Self.budget(100, .hourly), since: Self.moment(0))
        let first = meter.reserve(100, at: Self.moment(3_599), isBounded: true)
        #expect(first == 0)
        #expect(meter.reserve(1, at: Self.moment(3_599), isBounded: true) == nil)
        #expect(meter.reserve(60, at: Self.moment(3_600), isBounded: true) == 3_600)
        meter.settle(100, as: 100, from: 0)
        let state = meter.state(at: Self.moment(3_601))
        #expect(state.spent == .zero && state.reserved == NanoUSD(60))
        // A clock that goes back does not open the hour before again.
        #expect(meter.reserve(41, at: Self.moment(3_599), isBounded: true) == nil)
        #expect(meter.reserve(40, at: Self.moment(3_599), isBounded: true) == 3_600)
    }

    @Test("what the store knows counts once, in its own window only, and may be told again")
    func before() {
        let meter = BudgetMeter(Self.budget(100, .hourly), since: Self.moment(3_700))
        meter.setBefore(70, from: 3_600)
        meter.setBefore(70, from: 3_600)
        #expect(meter.reserve(31, at: Self.moment(3_701), isBounded: true) == nil)
        #expect(meter.reserve(30, at: Self.moment(3_701), isBounded: true) != nil)
        #expect(meter.reserve(100, at: Self.moment(7_200), isBounded: true) == 7_200)
        meter.setBefore(0, from: 0)
        #expect(meter.state(at: Self.moment(3_701)).spent == NanoUSD(70))
    }

    @Test("another limit keeps what was used; another window, or another entity, begins anew")
    func changes() {
        let meter = BudgetMeter(Self.budget(100), since: Self.moment(0))
        _ = meter.reserve(50, at: Self.moment(1), isBounded: true)
        let wider = meter.changed(to: Self.budget(200), now: Self.moment(2))
        #expect(wider.state(at: Self.moment(2)).reserved == NanoUSD(50))
        #expect(wider.state(at: Self.moment(2)).since == Self.moment(0))
        // Lifetime spending is not carried into the month's window: that is a sum of its own.
        let monthly = wider.changed(to: Self.budget(200, .monthly), now: Self.moment(2))
        #expect(monthly.state(at: Self.moment(2)).reserved == .zero)
        #expect(monthly.state(at: Self.moment(2)).since == Self.moment(2))
    }

    @Test("several threads let in exactly the limit at once")
    func rates() async {
        let meter = RateMeter(RateLimits.Rate(.requests, .minute, 1_003))
        let passed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<500).reduce(0) { count, _ in meter.take(1, at: 77) == nil ? count + 1 : count } }
            }
            return await group.reduce(0, +)
        }
        #expect(passed == 1_003)
        meter.correct(by: -3)
        #expect(meter.reading(at: 77).remaining == 3)
        let wider = meter.changed(to: RateLimits.Rate(.requests, .minute, 2_000), now: 77)
        #expect(wider.reading(at: 77).remaining == 1_000)
    }

    @Test("reservations against exact sums, at random", arguments: 1...20 as ClosedRange<UInt64>)
    func model(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let limit: Int64 = 1_000
        let meter = BudgetMeter(Self.budget(limit, .hourly), since: Self.moment(0))
        var (spent, open, window): (Int64, [(amount: Int64, from: Int64)], Int64) = (0, [], 0)
        var now: Int64 = 0
        for _ in 0..<2_000 {
            now += Int64.random(in: 0...60, using: &random)
            if now / 3_600 * 3_600 > window {
                window = now / 3_600 * 3_600
                spent = 0
            }
            let held = open.filter { $0.from == window }.reduce(0) { $0 + $1.amount }
            if Bool.random(using: &random) || open.isEmpty {
                let amount = Int64.random(in: 0...120, using: &random)
                let start = meter.reserve(amount, at: Self.moment(now), isBounded: true)
                #expect((start != nil) == (spent + held + amount <= limit))
                if let start { open.append((amount, start)) }
            } else {
                let ended = open.remove(at: Int.random(in: 0..<open.count, using: &random))
                let cost = Int64.random(in: 0...ended.amount, using: &random)
                meter.settle(ended.amount, as: cost, from: ended.from)
                if ended.from == window { spent += cost }
            }
        }
    }

    @Test("what is held for an answer is ended once: by a call, or as a whole after a day")
    func owed() throws {
        let owed = OwedCharges()
        func held(_ number: UInt64, _ second: Int64) -> OwedCharges.Held {
            OwedCharges.Held(
                request: RequestID(high: 0, low: number),
                at: Timestamp(nanoseconds: 0).advanced(bySeconds: second),
                amount: 9,
                spent: 0,
                scope: Charge.Scope(),
                reserved: []
            )
        }
        func digest(_ number: UInt64) -> Pin.Digest { Pin.Digest(high: 1, low: number) }
        func due(_ second: Int64) -> [UInt64] {
            owed.due(at: Timestamp(nanoseconds: 0).advanced(bySeconds: second)).map(\.request.low)
        }
        for number in 1...4 as ClosedRange<UInt64> {
            #expect(owed.put(digest(number), held(number, Int64(number) * 10)) == nil)
        }
        #expect(owed.take(digest(1))?.request.low == 1 && owed.take(digest(1)) == nil)
        #expect(due(86_400 + 20) == [] && due(86_400 + 31) == [2, 3] && due(86_400 + 31) == [])
        #expect(owed.take(digest(2)) == nil && owed.take(digest(4))?.amount == 9)
        #expect(due(900_000) == [])
        _ = owed.put(digest(5), held(5, 900_000))
        #expect(owed.put(digest(5), held(6, 900_001))?.request.low == 5)
    }
}
