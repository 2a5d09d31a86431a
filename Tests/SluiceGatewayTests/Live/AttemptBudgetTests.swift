// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceGateway

@Suite("The budget for retries")
struct AttemptBudgetTests {
    private static let second: UInt64 = 1_000_000_000

    /// All that went to the provider, by the moment.
    private struct Traffic {
        var tries: [UInt64] = []
        var retries: [UInt64] = []

        /// Of the ten seconds that end with this moment.
        func count(_ moments: [UInt64], until now: UInt64) -> Int {
            moments.reversed().prefix { $0 + 10 * second > now }.count
        }
    }

    /// A try that fails, with as many retries as it gets, two at most.
    private static func fail(_ budget: AttemptBudget, _ traffic: inout Traffic, loop: Int, at now: UInt64) {
        budget.countTry(loop: loop, at: now)
        traffic.tries.append(now)
        for _ in 0..<2 where budget.takeRetry(at: now) { traffic.retries.append(now) }
    }

    @Test(
        "however tries arrive on however many loops, ten seconds that end with a retry hold a tenth of them, or three",
        arguments: 1...10 as ClosedRange<UInt64>
    )
    func anyPattern(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let loops = Int.random(in: 1...4, using: &random)
        let budget = AttemptBudget(loops: loops)
        var traffic = Traffic()
        var now = seed &* 7_777_777_777
        for _ in 0..<300 {
            // A burst, a trickle or a pause.
            let pauses: [UInt64] = [0, 1_000_000, 50 * 1_000_000, Self.second, 12 * Self.second]
            let pause = pauses.randomElement(using: &random) ?? 0
            let isOutage = Int.random(in: 0..<3, using: &random) > 0
            for _ in 0..<Int.random(in: 1...60, using: &random) {
                now += pause == 12 * Self.second ? 0 : UInt64.random(in: 0...pause, using: &random)
                let loop = Int.random(in: 0..<loops, using: &random)
                let before = traffic.retries.count
                if isOutage {
                    Self.fail(budget, &traffic, loop: loop, at: now)
                } else {
                    budget.countTry(loop: loop, at: now)
                    traffic.tries.append(now)
                }
                guard traffic.retries.count > before else { continue }
                let retries = traffic.count(traffic.retries, until: now)
                #expect(retries <= max(3, traffic.count(traffic.tries, until: now) / 10))
            }
            if pause == 12 * Self.second { now += pause }
        }
        #expect(traffic.retries.count > 30)
    }

    @Test(
        "a minute of outage after a minute of peace costs the provider at most a tenth more, from its first second on",
        arguments: [3, 7, 30, 100, 1_000],
        [0, 1, 5, 9] as [UInt64]
    )
    func outage(rate: Int, offset: UInt64) {
        let budget = AttemptBudget(loops: 2)
        var random = SplitMix64(seed: UInt64(rate))
        let begin = 1_000 * Self.second + offset * Self.second + 123_456_789
        var traffic = Traffic()
        for number in 0..<(rate * 120) {
            let now = begin + UInt64(number) * Self.second / UInt64(rate)
            let loop = Int.random(in: 0...1, using: &random)
            if number < rate * 60 {
                budget.countTry(loop: loop, at: now)
            } else {
                Self.fail(budget, &traffic, loop: loop, at: now)
            }
        }
        let reached = traffic.tries.count + traffic.retries.count
        #expect(reached * 100 <= traffic.tries.count * 110)
        // And it is used: a tenth is there for those that can be helped.
        #expect(rate < 30 || reached * 100 >= traffic.tries.count * 107)
    }

    @Test("with hardly any traffic there are three retries in ten seconds over all loops, not of each")
    func floor() {
        let budget = AttemptBudget(loops: 8)
        var traffic = Traffic()
        for loop in 0..<8 { Self.fail(budget, &traffic, loop: loop, at: 50 * Self.second) }
        #expect(traffic.retries.count == 3)
        Self.fail(budget, &traffic, loop: 0, at: 59 * Self.second)
        #expect(traffic.retries.count == 3)
        Self.fail(budget, &traffic, loop: 0, at: 62 * Self.second)
        #expect(traffic.retries.count == 5)
    }

    @Test("what failed in one second of a quiet hour is tried again at once, out of ten seconds of traffic")
    func blip() {
        let budget = AttemptBudget(loops: 1)
        var traffic = Traffic()
        for number in 0..<1_000 as Range<UInt64> {
            budget.countTry(loop: 0, at: 100 * Self.second + number * 10_000_000)
        }
        for number in 0..<40 as Range<UInt64> {
            let now = 110 * Self.second + number * 1_000_000
            budget.countTry(loop: 0, at: now)
            if budget.takeRetry(at: now) { traffic.retries.append(now) }
        }
        #expect(traffic.retries.count == 40)
    }

    @Test("a loop that the budget does not know counts nothing")
    func unknownLoop() {
        let budget = AttemptBudget(loops: 0)
        for _ in 0..<100 { budget.countTry(loop: 5, at: 0) }
        #expect((0..<10).filter { _ in budget.takeRetry(at: 0) }.count == 3)
    }

    @Test("hedges are a twentieth of first tries, never more, and ten are saved up at most")
    func hedges() {
        let budget = AttemptBudget(loops: 3)
        var random = SplitMix64(seed: 4)
        #expect(!budget.takeHedge())
        var tries = 0
        var hedges = 0
        for _ in 0..<2_000 {
            budget.countTry(loop: Int.random(in: 0..<3, using: &random), at: 0)
            tries += 1
            if Int.random(in: 0..<4, using: &random) == 0, budget.takeHedge() { hedges += 1 }
            #expect(hedges * 20 <= tries)
        }
        #expect((98...100).contains(hedges))
        for _ in 0..<10_000 { budget.countTry(loop: 0, at: 0) }
        #expect((0..<50).filter { _ in budget.takeHedge() }.count == 10)
    }
}
