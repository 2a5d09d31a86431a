// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import Testing

@testable import SluiceControl

@Suite("Answers that take long")
struct SlowAnswerTests {
    @Test(
        "a dead canary among answers of twenty seconds is found within seconds, with the first requests of a step too"
    )
    func dead() throws {
        for seed in UInt64(1)...20 {
            let late = SlowTraffic(share: 0.1).run(seconds: 90, seed: seed) { arm, second, chance in
                arm == .canary && second >= 60 ? (0.01, true) : (20, chance.isBelow(0.01))
            }
            let found = try #require(late)
            #expect(found >= 60 && found <= 60 + 16, "found at \(found)")
            let early = SlowTraffic(share: 0.1).run(seconds: 60, seed: seed) { arm, _, chance in
                arm == .canary ? (0.01, true) : (20, chance.isBelow(0.01))
            }
            #expect(try #require(early) <= 16)
        }
    }

    @Test("errors that come after thirty-five seconds are found when they come; so are time-outs")
    func late() throws {
        for seed in UInt64(1)...10 {
            let found = SlowTraffic(share: 0.1).run(seconds: 120, seed: seed) { arm, _, chance in
                (35, arm == .canary && chance.isBelow(0.5))
            }
            #expect((35...70).contains(try #require(found)))
            let hung = SlowTraffic(share: 0.1).run(seconds: 180, seed: seed) { arm, _, chance in
                arm == .canary && chance.isBelow(0.3) ? (60, true) : (1.2, false)
            }
            #expect((60...120).contains(try #require(hung)))
        }
    }

    @Test("nothing is found where both arms fail alike, however failures and answers differ in length")
    func healthy() {
        var found = 0
        for seed in UInt64(1)...100 {
            let at = SlowTraffic(share: 0.2).run(seconds: 240, seed: seed) { _, _, chance in
                if chance.isBelow(0.05) { return (chance.isBelow(0.5) ? 0.01 : 60, true) }
                return (chance.isBelow(0.5) ? 1 : 40, false)
            }
            if at != nil { found += 1 }
        }
        #expect(found <= 3, "\(found) of 100, alpha 1 %")
    }

    @Test("a canary whose answers take longer within reason is no more prone to errors for that")
    func slower() {
        var found = 0
        for seed in UInt64(1)...100 {
            let at = SlowTraffic(share: 0.2).run(seconds: 240, seed: seed) { arm, _, chance in
                if chance.isBelow(0.05) { return (0.01, true) }
                return (arm == .canary ? 26 : 20, false)
            }
            if at != nil { found += 1 }
        }
        #expect(found <= 3, "\(found) of 100, alpha 1 %")
    }

    @Test("a later event makes a table of its own, and counts no request twice")
    func tables() throws {
        let start: Int64 = 1_760_000_000
        let plan = try Plan(validating: .of(#"{"preset": "careful"}"#))
        let state = RolloutState(id: .of("r"), route: .of("chat"), canary: .of("v2"), baseline: nil, plan: plan)
        var tally = RolloutTally(state, share: 0.5, rate: 100, history: [:], serial: 7, now: start)
        func record(_ arm: Arm, begins: Bool = false, failed: Bool? = nil, ends: Bool = false, unit: UInt64? = nil) {
            var record = EvidenceRecord(serial: 7, arm: arm, unit: unit, second: start)
            record.isAssignment = begins
            record.isEnd = ends
            record.settled = failed == nil ? 0 : 1
            record.events = failed == true ? 1 : 0
            tally.take(record, second: start, at: start + (begins ? 0 : 30))
        }
        for arm in [Arm.canary, .canary, .canary, .baseline, .baseline] { record(arm, begins: true) }
        for _ in 0..<2 { record(.canary, begins: true, unit: 9) }
        tally.close(ReportedThrough([(start, start + 1)], now: start + 1))
        #expect(errors(tally.ready) == [Counts(canary: 5, canaryEvents: 0, baseline: 2, baselineEvents: 0)])
        // One fails, one succeeds, one's caller leaves, and a unit fails twice.
        record(.canary, failed: true, ends: true)
        record(.canary, failed: false, ends: true)
        record(.baseline, ends: true)
        tally.close(ReportedThrough([(start, start + 30)], now: start + 30))
        for _ in 0..<2 { record(.canary, failed: true, ends: true, unit: 9) }
        tally.close(ReportedThrough([(start, start + 31)], now: start + 31))
        record(.canary, failed: true, ends: true)
        tally.close(ReportedThrough([(start, start + 40)], now: start + 40))
        #expect(
            Array(errors(tally.ready).dropFirst()) == [
                Counts(canary: 5, canaryEvents: 1, baseline: 1, baselineEvents: 0),
                Counts(canary: 3, canaryEvents: 1, baseline: 1, baselineEvents: 0),
                Counts(canary: 2, canaryEvents: 1, baseline: 1, baselineEvents: 0),
            ]
        )
        #expect(tally.ready.map(\.isFurther) == [false, true, true, true])
        #expect(tally.ready.map(\.end) == [1, 30, 31, 40].map { start + $0 })
        var judge = Judge(plan.judging, startedAt: start)
        judge.begin(StepDemand(startedAt: start, seconds: 60))
        for block in tally.ready {
            #expect(Block(line: block.line) == block)
            judge.absorb(block)
        }
        let verdict = judge.verdict(at: start + 60)
        #expect(verdict.stepRequests == 5)
        #expect(verdict.metrics[0].counts == Counts(canary: 5, canaryEvents: 3, baseline: 2, baselineEvents: 0))
        // What nobody waits for any more is counted as lost.
        tally.close(ReportedThrough([(start + 100, start + 100)], now: start + 100))
        record(.baseline, failed: true, ends: true)
        #expect(tally.late == 1)
    }

    @Test("a stream that lasts longer than any limit is no success while it is open, and its failure counts")
    func longStream() throws {
        let start: Int64 = 1_760_000_000
        let plan = try Plan(validating: .of(#"{"preset": "careful"}"#))
        let state = RolloutState(id: .of("r"), route: .of("chat"), canary: .of("v2"), baseline: nil, plan: plan)
        var tally = RolloutTally(state, share: 0.5, rate: 100, history: [:], patience: 630, serial: 7, now: start)
        func record(_ arm: Arm, begins: Bool = false, failed: Bool = false, ends: Bool = false) -> EvidenceRecord {
            var record = EvidenceRecord(serial: 7, arm: arm, unit: nil, second: start)
            record.isAssignment = begins
            record.isEnd = ends
            record.settled = ends ? 1 : 0
            record.events = failed ? 1 : 0
            return record
        }
        func successes() -> Int64 {
            tally.ready.flatMap(\.entries).filter { $0.series == .settled(.error) }.reduce(0) {
                $0 + $1.counts.baseline
            }
        }
        for arm in [Arm.canary, .baseline, .baseline] { tally.take(record(arm, begins: true), second: start) }
        tally.close(ReportedThrough([(start, start + 1)], now: start + 1))
        let hours = start + 7_200
        tally.close(ReportedThrough([(start, hours)], now: hours))
        #expect(successes() == 0, "one that is open is no success, however old")
        tally.take(record(.baseline, failed: true, ends: true), second: start, at: hours)
        tally.take(record(.canary, ends: true), second: start, at: hours)
        tally.close(ReportedThrough([(start, hours + 1)], now: hours + 1))
        #expect(errors(tally.ready).last == Counts(canary: 1, canaryEvents: 0, baseline: 2, baselineEvents: 1))
        tally.take(record(.baseline, ends: true), second: start, at: hours)
        tally.close(ReportedThrough([(hours + 2, hours + 2)], now: hours + 2))
        var next = record(.baseline, begins: true)
        next.second = hours + 3
        tally.take(next, second: hours + 3)
        tally.close(ReportedThrough([(hours + 3, hours + 5)], now: hours + 5))
        #expect(successes() == 1)
        #expect(tally.late == 0, "nothing is dropped")
    }

    private func errors(_ blocks: [Block]) -> [Counts] {
        blocks.flatMap(\.entries).filter { $0.series == .event(.error) }.map(\.counts)
    }
}

/// Ten requests a second whose answers take their time, from the loop's records to the judge's verdict.
private struct SlowTraffic {
    var share: Double

    /// How long a request takes, in seconds, and whether it fails then.
    typealias Behaviour = (Arm, Int, inout SplitMix64) -> (Double, Bool)

    /// The second of the rollback; the judge looks once a second.
    func run(seconds: Int, seed: UInt64, _ behaviour: Behaviour) -> Int? {
        guard var plan = try? Plan(validating: .of(#"{"preset": "careful"}"#)) else { return nil }
        // What one burst may say at most is another matter.
        plan.judging.burst = nil
        let state = RolloutState(id: .of("r"), route: .of("chat"), canary: .of("v2"), baseline: nil, plan: plan)
        let start: Int64 = 1_760_000_000
        var chance = SplitMix64(seed: seed)
        var tally = RolloutTally(state, share: share, rate: 10, history: [:], serial: 7, now: start)
        var judge = Judge(plan.judging, startedAt: start)
        // By the second of their end, and how many that began in a second are open.
        var ends = [[(failed: Bool, record: EvidenceRecord)]](repeating: [], count: seconds)
        var open = [Int](repeating: 0, count: seconds)
        var oldest = 0
        for second in 0..<seconds {
            let now = start + Int64(second)
            for _ in 0..<10 {
                let arm: Arm = chance.isBelow(share) ? .canary : .baseline
                var record = EvidenceRecord(serial: 7, arm: arm, unit: chance.next(), second: now)
                record.isAssignment = true
                tally.take(record, second: now, at: now)
                record.isAssignment = false
                let (duration, failed) = behaviour(arm, second, &chance)
                let end = Int(Double(second) + Double.random(in: 0..<1, using: &chance) + duration)
                if end < seconds { ends[end].append((failed, record)) }
                open[second] += 1
            }
            for request in ends[second] {
                var record = request.record
                record.isEnd = true
                record.settled = 1
                record.events = request.failed ? 1 : 0
                tally.take(record, second: record.second, at: now)
                open[Int(record.second - start)] -= 1
            }
            while oldest <= second, open[oldest] == 0 { oldest += 1 }
            tally.close(ReportedThrough([(start + Int64(oldest), now + 1)], now: now + 1))
            while let block = tally.ready.first {
                judge.absorb(block)
                tally.dropFirst()
            }
            if judge.hasRegressed { return second }
        }
        return nil
    }
}

extension SplitMix64 {
    fileprivate mutating func isBelow(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }
}
