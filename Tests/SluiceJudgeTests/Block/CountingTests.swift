// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceJudge
import Testing

@Suite("Counting")
struct CountingTests {
    private func configuration() throws -> JudgeConfiguration {
        try JudgeConfiguration(
            metrics: [
                MetricRule(.error, form: .event, tolerance: 1.5),
                MetricRule(
                    .latency,
                    form: .value,
                    tolerance: 1.2,
                    ceiling: MetricRule.Ceiling(share: 0.01, above: 500)
                ),
            ],
            funding: Funding(planMinutes: 60)
        )
    }

    @Test("the watch lists the series in the order of a block, the canary's limits with the tolerance on top")
    func watch() throws {
        let configuration = try configuration()
        let limits = Dictionary(uniqueKeysWithValues: QuantileLevel.allCases.map { ($0, 100 * $0.rawValue) })
        let watch = Watch(configuration, quantiles: [.latency: limits])
        #expect(watch.items.map(\.series) == configuration.series)
        #expect(watch.items[1].baselineLimit == 50)
        #expect(watch.items[1].limit(.canary) == 60)
        #expect(watch.items[7].canaryLimit == 500)
        #expect(watch.items[0].limit(.canary) == nil)
        let early = Watch(configuration)
        #expect(early.items.map(\.series) == configuration.series)
        #expect(early.items.filter(\.isCounted).map(\.series.rawValue) == ["error", "latency/ceiling"])
        #expect(watch.indices(of: .latency) == Array(1...7))
    }

    @Test("counters know the requests of their fullest series, whatever is counted, taken back, merged or read")
    func fullest() throws {
        var random = chance(5)
        var all = BlockCounters(start: 5, series: 3)
        for _ in 0..<50 {
            var one = BlockCounters(start: 5, series: 3)
            for _ in 0..<40 {
                let (series, arm) = (
                    Int.random(in: 0..<3, using: &random), Bool.random(using: &random) ? Arm.canary : .baseline
                )
                if Int.random(in: 0..<3, using: &random) == 0 {
                    one.takeBack(series, arm, event: false)
                } else {
                    one.count(series, arm, event: false)
                }
                let most = (0..<3).map { one.counts($0).canary + one.counts($0).baseline }.max()
                #expect(one.requests == most)
            }
            all.merge(one)
            #expect(all.requests == (0..<3).map { all.counts($0).canary + all.counts($0).baseline }.max())
        }
        let coded = try JSONEncoder().encode(all)
        #expect(try JSONDecoder().decode(BlockCounters.self, from: coded).requests == all.requests)
    }

    @Test("counters of several loops add up, and come back from JSON")
    func counters() throws {
        var one = BlockCounters(start: 5, series: 2)
        var two = BlockCounters(start: 5, series: 2)
        one.count(0, .canary, event: true)
        one.count(1, .baseline, event: false)
        two.count(0, .canary, event: false)
        two.count(9, .canary, event: true)
        two.count(-1, .canary, event: true)
        two.assign(.baseline)
        two.spend(.canary, nanoUSD: 7, tokens: 3)
        one.merge(two)
        #expect(one.counts(0) == table(1, 0, of: 2, 0))
        #expect(one.counts(1) == table(0, 0, of: 0, 1))
        #expect(one.counts(2) == .zero)
        #expect(one.assigned.baseline == 1)
        #expect(one.spending.canaryNanoUSD == 7)
        let coded = try JSONEncoder().encode(one)
        #expect(try JSONDecoder().decode(BlockCounters.self, from: coded) == one)
        one.takeBack(0, .canary, event: true)
        #expect(one.counts(0) == table(0, 0, of: 1, 0))
    }

    @Test("a second closes when its requests have ended, or after thirty seconds, and in order")
    func seconds() {
        var open = OpenSeconds(series: 1)
        #expect(open.begin(at: 100) == true)
        #expect(open.begin(at: 101) == true)
        open.count(at: 101) { $0.count(0, .canary, event: false) }
        open.end(at: 101)
        #expect(open.close(at: 103).isEmpty)
        #expect(open.openSince(103) == 100)
        open.count(at: 100) { $0.count(0, .baseline, event: true) }
        open.end(at: 100)
        let closed = open.close(at: 103)
        #expect(closed.map(\.start) == [100, 101])
        #expect(closed[0].counts(0) == table(0, 1, of: 0, 1))
        #expect(open.begin(at: 101) == false)
        #expect(open.begin(at: 103) == true)
        #expect(open.close(at: 133).isEmpty)
        #expect(open.close(at: 134).map(\.start) == [103])
        #expect(!open.count(at: 103) { $0.count(0, .canary, event: true) })
    }

    @Test("a unit contributes one event per rollout and series, and then leaves; what left can be given back")
    func cap() {
        var cap = UnitCap(series: 2)
        #expect(cap.admits(1, series: 0, event: false) == true)
        #expect(cap.admits(1, series: 0, event: true) == true)
        #expect(cap.admits(1, series: 0, event: true) == false)
        #expect(cap.admits(1, series: 0, event: false) == false)
        #expect(cap.admits(1, series: 1, event: true) == true)
        #expect(cap.hasLeft(1, series: 0) && !cap.hasLeft(2, series: 0))
        #expect(cap.admits(1, series: 7, event: true) == false)
        #expect(cap.kept == 2)
        cap.giveBack(1, series: 1)
        #expect(cap.admits(1, series: 1, event: true) == true)
        var other = UnitCap(series: 2)
        other.restore([UnitCap.Departure(unit: 1, series: 0), UnitCap.Departure(unit: 2, series: 9)])
        #expect(other.hasLeft(1, series: 0) && !other.hasLeft(1, series: 1) && !other.hasLeft(2, series: 0))
        var small = UnitCap(series: 1, most: 1)
        #expect(small.admits(1, series: 0, event: true) == true)
        #expect(small.admits(2, series: 0, event: true) == false)
        #expect(small.admits(2, series: 0, event: false) == true)
    }

    @Test("what is told of units can be stored, and read again")
    func stored() throws {
        let events: [ReplayEvent] = [
            .canaryUnits(7),
            .unitsLeft([.init(unit: .max, series: 3), .init(unit: 3, series: 0, isReturn: true)]),
        ]
        for event in events {
            let text = try JSONEncoder().encode(event)
            #expect(try JSONDecoder().decode(ReplayEvent.self, from: text) == event)
        }
        var block = Block(start: 8, seconds: 2, entries: [Block.Entry(.event(.error), table(1, 0, of: 2, 3))])
        block.isFurther = true
        #expect(block.line == "B1 8 2 0 - further error=2,1,3,0" && Block(line: block.line) == block)
        #expect(try JSONDecoder().decode(Block.self, from: try JSONEncoder().encode(block)) == block)
    }

    @Test("a unit is seen for the first time once")
    func firstSeen() {
        var units = FirstSeenUnits(bits: 1 << 16)
        let new = (0..<5000).count { units.insert(UInt64($0)) }
        #expect(new > 4900 && new <= 5000)
        let again = (0..<5000).count { units.insert(UInt64($0)) }
        #expect(again == 0)
    }

    @Test("seconds become blocks of the ruled length, whose counts add up to all that was counted")
    func assembler() throws {
        let watch = Watch(try configuration())
        var random = chance(5)
        var assembler = BlockAssembler(watch: watch, start: 1000, share: 0.1, epoch: 3, requestsPerSecond: 10)
        var total = Counts.zero
        var blocks: [Block] = []
        for second in Int64(1000)..<1400 {
            for _ in 0..<2 {
                var counters = BlockCounters(start: second, series: watch.items.count)
                for _ in 0..<Int.random(in: 0...10, using: &random) {
                    let arm: Arm = Int.random(in: 0..<10, using: &random) == 0 ? .canary : .baseline
                    counters.count(0, arm, event: Bool.random(using: &random))
                }
                total += counters.counts(0)
                #expect(assembler.add(counters) == true)
            }
            blocks += assembler.close(through: second + 1)
        }
        blocks += assembler.close(through: 2000)
        #expect(blocks.reduce(Counts.zero) { $0 + ($1.entries.first?.counts ?? .zero) } == total)
        #expect(blocks.allSatisfy { $0.start % Int64($0.seconds) == 0 && $0.epoch == 3 })
        #expect(zip(blocks, blocks.dropFirst()).allSatisfy { $0.end <= $1.start })
        #expect(blocks.contains { $0.seconds == 2 })
        #expect(assembler.add(BlockCounters(start: 1000, series: 2)) == false)
        #expect(abs(assembler.requestsPerSecond - 10) < 8)
    }

    @Test("the cap of units can be saved whole or bit by bit, and goes on as it was")
    func capSaved() throws {
        var cap = UnitCap(series: 2)
        var log: [UnitCap.Departure] = []
        for unit in [UInt64.max, 7, 0x0123_4567_89ab_cdef] { #expect(cap.admits(unit, series: 0, event: true) == true) }
        #expect(cap.admits(9, series: 1, event: true) == true)
        log += cap.takeNews()
        cap.giveBack(7, series: 0)
        log += cap.takeNews()
        #expect(log.count == 5 && cap.takeNews().isEmpty)
        let whole = try JSONDecoder().decode(UnitCap.self, from: try JSONEncoder().encode(cap))
        #expect(whole == cap && whole.hasLeft(.max, series: 0) && !whole.hasLeft(7, series: 0))
        var parts = UnitCap(series: 2)
        parts.restore(try JSONDecoder().decode([UnitCap.Departure].self, from: try JSONEncoder().encode(log)))
        #expect(parts == cap && parts.takeNews().isEmpty)
        for text in [#"{"most":1,"spent":["12"]}"#, #"{"most":1,"spent":["000000000000000G"]}"#] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(UnitCap.self, from: Data(text.utf8)) }
        }
    }

    @Test("where several versions are production, each block is followed by the canary against each of them")
    func versions() throws {
        let watch = Watch(try configuration())
        var assembler = BlockAssembler(watch: watch, start: 0, share: 0.5, requestsPerSecond: 4)
        var canary = BlockCounters(start: 0, series: watch.items.count)
        canary.count(0, .canary, event: true)
        assembler.add(canary)
        for (name, events) in [("v1", 1), ("v2", 2)] {
            var counters = BlockCounters(start: 0, series: watch.items.count)
            for place in 0..<3 { counters.count(0, .baseline, event: place < events) }
            assembler.add(counters, of: name)
        }
        let blocks = assembler.close(through: 1)
        #expect(blocks.map(\.stratum) == ["", "v1", "v2"])
        #expect(blocks.map(\.parts) == [2, 0, 0])
        #expect(
            blocks.map { $0.entries[0].counts } == [
                table(1, 3, of: 1, 6), table(1, 1, of: 1, 3), table(1, 2, of: 1, 3),
            ]
        )
        #expect(blocks.allSatisfy { Block(line: $0.line) == $0 })
    }

    @Test("a long block ends early once twice the requests it wants have come")
    func early() throws {
        let watch = Watch(try configuration())
        var assembler = BlockAssembler(watch: watch, start: 0, share: 0.05, requestsPerSecond: 50.0 / 86_400)
        #expect(assembler.close(through: 30_000).isEmpty)
        var blocks: [Block] = []
        for second in Int64(30_000)..<30_020 {
            var counters = BlockCounters(start: second, series: watch.items.count)
            for place in 0..<10 { counters.count(0, place == 0 ? .canary : .baseline, event: false) }
            assembler.add(counters)
            blocks += assembler.close(through: second + 1)
        }
        #expect(blocks.reduce(0) { $0 + $1.entries[0].counts.canary } >= 15)
        #expect(blocks.allSatisfy { $0.start % Int64($0.seconds) == 0 })
    }
}
