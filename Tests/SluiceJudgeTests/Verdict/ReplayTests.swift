// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceJudge
import Testing

@Suite("Replay")
struct ReplayTests {
    private func log() throws -> [ReplayEvent] {
        let configuration = try JudgeConfiguration.standard(p99Milliseconds: 500, planMinutes: 2880)
        var random = chance(9)
        var events: [ReplayEvent] = [
            .start(configuration: configuration, at: 0), .step(StepDemand(startedAt: 0, seconds: 3600)),
        ]
        for second in 0..<400 {
            let entries = configuration.series.map { series in
                let canary = Int64.random(in: 0...4, using: &random)
                let baseline = Int64.random(in: 10...40, using: &random)
                let own = Int64.random(in: 0...canary, using: &random)
                return Block.Entry(series, table(own, Int64.random(in: 0...2, using: &random), of: canary, baseline))
            }
            let units = AssignedUnits(canary: 1, baseline: Int64.random(in: 9...30, using: &random), share: 0.05)
            events.append(.block(Block(start: Int64(second), seconds: 1, entries: entries, assigned: units)))
            if second == 200 { events.append(.acknowledge(.quota)) }
        }
        return events
    }

    private func verdicts(_ events: [ReplayEvent]) -> [Verdict] {
        var replay = Replay()
        return events.compactMap { replay.apply($0) }
    }

    @Test("a log that went through JSON gives the same verdicts bit for bit")
    func bitForBit() throws {
        let events = try log()
        let again = try events.map { event in
            try JSONDecoder().decode(ReplayEvent.self, from: try JSONEncoder().encode(event))
        }
        #expect(again == events)
        let first = verdicts(events)
        let second = verdicts(again)
        #expect(first.count == 400)
        #expect(first == second)
        let bits = { (verdict: Verdict) in verdict.metrics.map(\.logEvidence.bitPattern) }
        #expect(first.map(bits) == second.map(bits))
        #expect(Set(first.map(\.decision)).count > 1)
    }

    @Test("blocks that went through their compact form give the same verdicts")
    func compact() throws {
        let events = try log()
        let again = try events.map { event -> ReplayEvent in
            guard case .block(let block) = event else { return event }
            return .block(try #require(Block(line: block.line)))
        }
        #expect(verdicts(again) == verdicts(events))
    }

    @Test("a verdict comes back from JSON as it was")
    func verdictCoding() throws {
        let last = try #require(verdicts(try log()).last)
        let coded = try JSONEncoder().encode(last)
        #expect(try JSONDecoder().decode(Verdict.self, from: coded) == last)
    }

    @Test("any blocks in any order of time give finite evidence and no trap")
    func anything() throws {
        let configuration = try JudgeConfiguration.standard(p99Milliseconds: 500, planMinutes: 60)
        var random = chance(21)
        for start in [0, .min, .max] as [Int64] {
            var judge = Judge(configuration, startedAt: start)
            judge.begin(StepDemand(startedAt: .min, seconds: .max, minimumRequests: .max, certificates: [.error]))
            for _ in 0..<150 {
                let scale = Int64(1) << Int64.random(in: 0...14, using: &random)
                let entries = configuration.series.map { series in
                    Block.Entry(
                        series,
                        Counts(
                            clamping: Int64.random(in: -3...scale, using: &random),
                            Int64.random(in: -3...scale, using: &random),
                            Int64.random(in: -3...scale, using: &random),
                            Int64.random(in: -3...scale, using: &random)
                        )
                    )
                }
                judge.absorb(
                    Block(
                        start: Int64.random(in: .min ... .max, using: &random),
                        seconds: Int.random(in: .min ... .max, using: &random),
                        epoch: Int64.random(in: 0...3, using: &random),
                        entries: entries,
                        assigned: AssignedUnits(
                            canary: Int64.random(in: .min ... .max, using: &random),
                            baseline: Int64.random(in: .min ... .max, using: &random),
                            share: Double.random(in: -1...2, using: &random)
                        ),
                        spending: Spending(
                            canaryNanoUSD: .min,
                            canaryTokens: Int64.random(in: .min ... .max, using: &random),
                            baselineNanoUSD: .max,
                            baselineTokens: Int64.random(in: .min ... .max, using: &random)
                        )
                    )
                )
                let verdict = judge.verdict(at: Int64.random(in: .min ... .max, using: &random))
                #expect(verdict.logEvidence.isFinite && verdict.peakLogEvidence.isFinite)
                #expect(verdict.metrics.allSatisfy { $0.logEvidence.isFinite })
                #expect(!verdict.sampleRatioLogEvidence.isNaN)
            }
        }
    }
}
