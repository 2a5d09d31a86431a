// SPDX-License-Identifier: Apache-2.0
import SluiceTestKit
import Testing

@testable import SluiceGateway

@Suite("Adaptive limit")
struct AdaptiveLimitTests {
    @Test("at three times the knee nine tenths of the knee's answers come, and callers get in again when it is over")
    func knee() {
        var place = LoadSimulation(.contention(knee: 40, exponent: 1.5), isLimited: true)
        place.run(60, callers: 40)
        let knee = place.goodput { $0.run(60, callers: 40) }
        #expect(place.limit?.isLimiting == false && place.refused == 0)
        // The first half minute finds the limit, and counts.
        let over = place.goodput { $0.run(120, callers: 120) }
        #expect(over >= 0.9 * knee, "\(over) of \(knee)")
        #expect(place.changes.first == .begins && !place.changes.contains(.lifted))
        place.run(60, callers: 30)
        #expect(place.limit?.isLimiting == false && place.changes.last == .ends)
        let refused = place.refused
        let after = place.goodput { $0.run(60, callers: 40) }
        #expect(place.refused == refused && after > 0.97 * knee)

        var unlimited = LoadSimulation(.contention(knee: 40, exponent: 1.5), isLimited: false)
        unlimited.run(60, callers: 40)
        let lost = unlimited.goodput { $0.run(120, callers: 120) }
        #expect(lost < 0.7 * knee, "the simulation has a knee")
    }

    @Test("where a queue would grow until nobody waits for its answers, it is kept short")
    func queue() {
        for isLimited in [false, true] {
            var place = LoadSimulation(.queue(slots: 50), isLimited: isLimited)
            place.patience = 10
            place.run(60, rate: 40)
            let before = place.answers
            let over = place.goodput { $0.run(180, rate: 150) }
            #expect(before > 2_000)
            if isLimited {
                #expect(over > 45, "of 50 that can be served in a second, \(over)")
                place.run(60, rate: 20)
                #expect(place.limit?.isLimiting == false)
            } else {
                #expect(over < 20, "the simulation has an overload")
            }
        }
    }

    @Test("a slow place with few requests is never limited, however much its times swing")
    func few() {
        var place = LoadSimulation(.distant, isLimited: true)
        for slowness in [1, 30, 0.2, 80, 5] {
            place.slowness = slowness
            place.run(600, callers: AdaptiveLimit.least)
        }
        #expect(place.refused == 0 && place.changes.isEmpty)
    }

    @Test("a provider that becomes slower for all is found to be so, and limited no longer")
    func slower() {
        var place = LoadSimulation(.distant, isLimited: true)
        place.run(60, callers: 100)
        place.slowness = 4
        place.run(60, callers: 100)
        #expect(place.changes == [.begins, .lifted])
        let refused = place.refused
        place.run(600, callers: 100)
        #expect(place.refused == refused && place.changes.count == 2)
    }

    @Test("steady load with uneven answers is not limited", arguments: [20, 200])
    func steady(callers: Int) {
        var place = LoadSimulation(.contention(knee: 200, exponent: 1), isLimited: true)
        place.run(3_600, callers: callers)
        #expect(place.refused == 0 && place.changes.isEmpty)
    }

    @Test("a single answer of a minute among quick ones changes nothing")
    func outlier() {
        var limit = AdaptiveLimit()
        var now: UInt64 = 100_000_000_000
        for _ in 0..<20 { _ = limit.enter(at: now) }
        for index in 0..<2_000 {
            now += 100_000_000
            let took: UInt64 = index % 40 == 0 ? 60_000_000_000 : 300_000_000
            let change = limit.note(began: now - took, at: now)
            #expect(change == nil)
        }
        #expect(!limit.isLimiting)
    }

    @Test("a limit that nothing is heard of any more goes away")
    func forgets() {
        var limit = AdaptiveLimit()
        var now: UInt64 = 100_000_000_000
        for _ in 0..<40 { _ = limit.enter(at: now) }
        for took in [UInt64](repeating: 300, count: 80) + [UInt64](repeating: 3_000, count: 80) {
            now += 100_000_000
            _ = limit.note(began: now - took * 1_000_000, at: now)
        }
        #expect(limit.isLimiting && limit.limit < 40)
        let isRefused = !limit.enter(at: now)
        #expect(isRefused)
        let later = limit.enter(at: now + AdaptiveLimit.memory + 1)
        #expect(later && !limit.isLimiting)
    }

    @Test("the logarithm grows with its argument and doubles by an octave")
    func logarithm() {
        var last = -1
        for power in 5..<60 {
            let value = UInt64(1) << UInt64(power)
            #expect(AdaptiveLimit.logarithm(value) - AdaptiveLimit.logarithm(value / 2) == 16)
            let next = AdaptiveLimit.logarithm(value + value / 3)
            #expect(next > last)
            last = next
        }
        #expect(AdaptiveLimit.logarithm(0) == 0 && AdaptiveLimit.logarithm(.max) == 64 * 16 - 1)
    }

    @Test("a board tells the sum of the loops that limit, and nothing where none does")
    func board() {
        let board = LimitSum(version: Records.id("v1"), provider: Records.id("main"), model: "m")
        var loops = [TargetLimit(board), TargetLimit(board)]
        var now: UInt64 = 100_000_000_000
        #expect(board.limit == nil)
        for index in loops.indices {
            for _ in 0..<40 { _ = loops[index].enter(at: now) }
        }
        for took in [UInt64](repeating: 300, count: 80) + [UInt64](repeating: 3_000, count: 34) {
            now += 100_000_000
            for index in loops.indices { _ = loops[index].note(began: now - took * 1_000_000, at: now) }
        }
        #expect(board.limit == 60)
        for index in loops.indices {
            let isIn = loops[index].enter(at: now + AdaptiveLimit.memory + 1)
            #expect(isIn)
        }
        #expect(board.limit == nil)
    }
}
