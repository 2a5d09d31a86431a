// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Rates")
struct GCRATests {
    private static let minute: Int64 = 60_000_000_000

    @Test("exactly the limit is let in at once, whatever it is", arguments: [1, 7, 60, 1_000, 999_983])
    func atOnce(_ limit: Int64) {
        let rule = GCRA(limit: limit, period: GCRATests.minute)
        var ahead: Int128 = 0
        var admitted: Int64 = 0
        while admitted <= limit, let next = rule.admit(1, ahead: ahead, now: 5_000).ahead {
            ahead = next
            admitted += 1
        }
        #expect(admitted == limit)
        #expect(rule.reading(ahead: ahead, now: 5_000).remaining == 0)
        #expect(rule.reading(ahead: ahead, now: 5_000).reset == UInt64(GCRATests.minute))
    }

    @Test("the wait that is told is the shortest after which the units are let in")
    func waits() {
        let rule = GCRA(limit: 7, period: GCRATests.minute)
        var random = SplitMix64(seed: 3)
        var ahead: Int128 = 0
        var now: UInt64 = 1
        for _ in 0..<2_000 {
            now += UInt64.random(in: 0...20_000_000_000, using: &random)
            let units = Int64.random(in: 1...9, using: &random)
            let (next, wait) = rule.admit(units, ahead: ahead, now: now)
            if let next {
                #expect(wait == 0)
                ahead = next
            } else {
                #expect(rule.admit(units, ahead: ahead, now: now + wait).ahead != nil)
                #expect(rule.admit(units, ahead: ahead, now: now + wait - 1).ahead == nil)
            }
        }
    }

    @Test("in no stretch of the period more than twice the limit is let in, and in the long run no more than the limit")
    func bound() {
        for limit in [3, 11, 250] as [Int64] {
            let rule = GCRA(limit: limit, period: 1_000_000)
            var random = SplitMix64(seed: UInt64(limit))
            var admitted: [(at: UInt64, units: Int64)] = []
            var ahead: Int128 = 0
            var now: UInt64 = 0
            for _ in 0..<5_000 {
                now += UInt64.random(in: 0...(2_000_000 / UInt64(limit)), using: &random)
                let units = Int64.random(in: 1...3, using: &random)
                if let next = rule.admit(units, ahead: ahead, now: now).ahead {
                    ahead = next
                    admitted.append((now, units))
                }
            }
            var first = 0
            var sum: Int64 = 0
            for entry in admitted {
                sum += entry.units
                while admitted[first].at + 1_000_000 <= entry.at {
                    sum -= admitted[first].units
                    first += 1
                }
                #expect(sum <= 2 * limit)
            }
            let all = admitted.reduce(0) { $0 + $1.units }
            #expect(Int128(all) <= Int128(limit) * Int128(now) / 1_000_000 + Int128(limit))
        }
    }

    @Test("what came to less is given back exactly, and what came to more counts")
    func correction() {
        let rule = GCRA(limit: 1_000, period: GCRATests.minute)
        let ahead = rule.admit(900, ahead: 0, now: 10).ahead ?? 0
        #expect(rule.reading(ahead: ahead, now: 10).remaining == 100)
        let less = rule.corrected(by: -850, ahead: ahead)
        #expect(rule.reading(ahead: less, now: 10).remaining == 950)
        let more = rule.corrected(by: 500, ahead: ahead)
        #expect(rule.reading(ahead: more, now: 10).remaining == 0)
        // 1 400 units take 84 s.
        #expect(rule.reading(ahead: more, now: 10).reset == 84_000_000_000)
    }

    @Test("a request for more than the limit is let in where nothing else was")
    func tooLarge() {
        let rule = GCRA(limit: 100, period: GCRATests.minute)
        let ahead = rule.admit(5_000, ahead: 0, now: 0).ahead
        #expect(ahead != nil)
        #expect(rule.counted(5_000) == 100)
        #expect(rule.admit(1, ahead: ahead ?? 0, now: 0).ahead == nil)
    }

    @Test("another limit knows what was let in")
    func moved() {
        let (rule, wider) = (GCRA(limit: 10, period: GCRATests.minute), GCRA(limit: 100, period: GCRATests.minute))
        let ahead = rule.admit(8, ahead: 0, now: 77).ahead ?? 0
        #expect(wider.reading(ahead: rule.moved(to: wider, ahead: ahead, now: 77), now: 77).remaining == 92)
        #expect(rule.reading(ahead: wider.moved(to: rule, ahead: wider.moment(77), now: 77), now: 77).remaining == 10)
    }

    @Test("the largest numbers do not overflow")
    func extremes() {
        let rule = GCRA(limit: 1_000_000_000_000, period: 86_400_000_000_000)
        let now = UInt64(Int64.max)
        let ahead = rule.admit(.max, ahead: 0, now: now).ahead ?? 0
        #expect(rule.admit(1, ahead: ahead, now: now).wait > 0)
        #expect(rule.reading(ahead: ahead, now: now).reset == 86_400_000_000_000)
    }

    @Test("limits are named by what they count and by how long")
    func names() {
        var limits = RateLimits()
        limits["requests_per_minute"] = 60
        limits["tokens_per_day"] = 1_000
        limits["nonsense"] = 3
        #expect(limits.rates.map(\.name) == ["requests_per_minute", "tokens_per_day"])
        limits["requests_per_minute"] = nil
        #expect(limits["requests_per_minute"] == nil)
        #expect(!limits.isEmpty)
    }
}
