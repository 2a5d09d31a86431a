// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import Testing

@testable import SluiceControl

@Suite("Several production versions")
struct SeveralVersionsTests {
    private static let start: Int64 = 1_760_000_000
    private static let production = [("p1", 0.4), ("p2", 0.4), ("p3", 0.2)].map { name, weight in
        RolloutState.ProductionShare(version: .of(name), weight: BasisPoints(fraction: weight) ?? .none)
    }

    private func state() throws -> RolloutState {
        let plan = try Plan(validating: .of(#"{"preset": "careful"}"#))
        return RolloutState(id: .of("r"), route: .of("chat"), canary: .of("v2"), baseline: .of("p1"), plan: plan)
    }

    private func tally(
        share: Double = 0.25,
        rate: Double = 100,
        production: [RolloutState.ProductionShare] = SeveralVersionsTests.production
    ) throws -> RolloutTally {
        RolloutTally(
            try state(),
            share: share,
            production: production,
            rate: rate,
            history: [:],
            serial: 7,
            now: SeveralVersionsTests.start
        )
    }

    /// - Parameter version: 0 is the canary, 1…3 one of production.
    private func record(_ version: UInt8, at offset: Int64 = 0, failed: Bool? = nil) -> EvidenceRecord {
        let second = SeveralVersionsTests.start + offset
        var record = EvidenceRecord(serial: 7, arm: version == 0 ? .canary : .baseline, unit: nil, second: second)
        record.production = version
        record.isAssignment = failed == nil
        record.isEnd = failed != nil
        record.settled = failed == nil ? 0 : 1
        record.events = failed == true ? 1 : 0
        return record
    }

    private func table(_ block: Block) -> Counts {
        block.entries.first { $0.series == .event(.error) }?.counts ?? .zero
    }

    @Test("a block of all traffic is followed by the whole canary against each version, also where events come later")
    func tables() throws {
        let start = SeveralVersionsTests.start
        var tally = try tally()
        let watch = try #require(tally.watch)
        #expect(watch.production.map(\.rawValue) == ["p1", "p2", "p3"])
        for version in [0, 0, 0, 1, 1, 3, 3, 3] as [UInt8] { tally.take(record(version), second: start) }
        tally.take(record(0, failed: true), second: start)
        tally.take(record(3, failed: true), second: start)
        tally.close(ReportedThrough([(start, start + 1)], now: start + 1))
        #expect(tally.ready.map(\.stratum) == ["", "p1", "p3"])
        #expect(tally.ready.map(\.parts) == [2, 0, 0])
        #expect(
            tally.ready.map(table) == [
                Counts(canary: 3, canaryEvents: 1, baseline: 5, baselineEvents: 1),
                Counts(canary: 3, canaryEvents: 1, baseline: 2, baselineEvents: 0),
                Counts(canary: 3, canaryEvents: 1, baseline: 3, baselineEvents: 1),
            ]
        )
        while !tally.ready.isEmpty { tally.dropFirst() }
        // Later one of p3 fails, and one of p1 turns out to say nothing.
        tally.take(record(3, failed: true), second: start, at: start + 20)
        var left = record(1, failed: false)
        left.settled = 0
        tally.take(left, second: start, at: start + 20)
        tally.close(ReportedThrough([(start, start + 21)], now: start + 21))
        #expect(tally.ready.map(\.stratum) == ["", "p3"])
        #expect(tally.ready.map(\.parts) == [1, 0])
        #expect(tally.ready.allSatisfy { $0.isFurther })
        #expect(
            tally.ready.map(table) == [
                Counts(canary: 2, canaryEvents: 0, baseline: 3, baselineEvents: 1),
                Counts(canary: 2, canaryEvents: 0, baseline: 2, baselineEvents: 1),
            ]
        )
        while !tally.ready.isEmpty { tally.dropFirst() }
        // The canary's next failure is one against every version that has requests at risk.
        tally.take(record(0, failed: true), second: start, at: start + 30)
        tally.close(ReportedThrough([(start, start + 31)], now: start + 31))
        #expect(tally.ready.map(\.stratum) == ["", "p1", "p3"])
        #expect(
            tally.ready.map(table) == [
                Counts(canary: 2, canaryEvents: 1, baseline: 2, baselineEvents: 0),
                Counts(canary: 2, canaryEvents: 1, baseline: 1, baselineEvents: 0),
                Counts(canary: 2, canaryEvents: 1, baseline: 1, baselineEvents: 0),
            ]
        )
        for block in tally.ready { #expect(Block(line: block.line) == block) }
    }

    @Test("other weights of production begin other blocks; one version alone is not told apart")
    func weights() throws {
        let start = SeveralVersionsTests.start
        var tally = try tally()
        var other = SeveralVersionsTests.production
        tally.follow(try state(), share: 0.25, production: other, serial: { 8 }, now: start)
        #expect(tally.watch?.serial == 7, "nothing has changed")
        other[2].weight = BasisPoints(fraction: 0.4) ?? .none
        tally.follow(try state(), share: 0.25, production: other, serial: { 9 }, now: start)
        #expect(tally.watch?.serial == 9)
        tally.follow(try state(), share: 0.25, production: [other[0]], serial: { 10 }, now: start + 1)
        #expect(tally.watch?.serial == 10 && tally.watch?.production.isEmpty == true)
    }

    /// The second in which the judge finds the canary worse; twenty requests a second, a quarter of them the canary's.
    private func found(canary: Double, isSplit: Bool, seed: UInt64, seconds: Int64) throws -> Int64? {
        let start = SeveralVersionsTests.start
        var chance = SplitMix64(seed: seed)
        var tally = try tally(rate: 20, production: isSplit ? SeveralVersionsTests.production : [])
        var judge = Judge(try state().plan.judging, startedAt: start)
        for offset in 0..<seconds {
            for _ in 0..<20 {
                let draw = Double.random(in: 0..<1, using: &chance)
                let version: UInt8 = draw < 0.25 ? 0 : draw < 0.5 ? 1 : draw < 0.75 ? 2 : 3
                let rate = version == 0 ? canary : version == 3 ? 0.3 : 0.01
                let failed = Double.random(in: 0..<1, using: &chance) < rate
                var told = record(version, at: offset, failed: failed)
                told.isAssignment = true
                tally.take(told, second: start + offset)
            }
            tally.close(through: start + offset + 1)
            while let block = tally.ready.first {
                judge.absorb(block)
                tally.dropFirst()
            }
            if judge.hasRegressed { return offset }
        }
        return nil
    }

    @Test("a canary at 10 % is found beside versions at 1, 1 and 30 %, which hide it where they are taken together")
    func hidden() throws {
        for seed in UInt64(1)...5 {
            let at = try #require(try found(canary: 0.1, isSplit: true, seed: seed, seconds: 300))
            #expect(at > 5 && at < 300)
            let pooled = try found(canary: 0.1, isSplit: false, seed: seed, seconds: 300)
            #expect(pooled == nil)
        }
    }

    @Test("a healthy canary beside a bad production version is left alone")
    func healthy() throws {
        for seed in UInt64(11)...25 {
            let at = try found(canary: 0.01, isSplit: true, seed: seed, seconds: 300)
            #expect(at == nil)
        }
    }
}
