// SPDX-License-Identifier: Apache-2.0
import Foundation
import RealModule
import SluiceJudge
import Testing

@Suite("Second formulation")
struct SecondFormulationTests {
    private static let ceiling = MetricRule.Ceiling(share: 0.05)

    private func judge(_ metrics: [MetricRule], formulation: Int = 2, burst: BurstLimit? = nil) throws -> Judge {
        let configuration = try JudgeConfiguration(
            metrics: metrics,
            funding: Funding(planMinutes: 2880),
            burst: burst,
            formulation: formulation
        )
        var judge = Judge(configuration, startedAt: 0)
        judge.begin(StepDemand(startedAt: 0, seconds: 60))
        return judge
    }

    private func block(_ start: Int64, _ counts: Counts, of metric: MetricID = .error, seconds: Int = 1) -> Block {
        Block(start: start, seconds: seconds, entries: [Block.Entry(.event(metric), counts)])
    }

    // MARK: ceilings

    @Test("a canary within its tolerance is not rolled back for a ceiling that production breaks as well")
    func bothAbove() throws {
        let rule = MetricRule(.error, form: .event, tolerance: 1.5, ceiling: Self.ceiling)
        let alone = MetricRule(.error, form: .event, ceiling: Self.ceiling)
        for (rule, formulation, isFound) in [(alone, 1, true), (rule, 2, false), (alone, 2, false)] {
            var judge = try judge([rule], formulation: formulation)
            for second in 0..<20_000 where !judge.hasRegressed {
                // 20 % and 16 %: odds 1.31 times, both far above 5 %.
                judge.absorb(block(Int64(second), table(2, 16, of: 10, 100)))
            }
            #expect(judge.hasRegressed == isFound)
        }
    }

    @Test("production that comes to break the ceiling after a long good time soon takes the canary's blame away")
    func laterAbove() throws {
        var judge = try judge([MetricRule(.error, form: .event, ceiling: Self.ceiling)])
        for second in 0..<20_000 { judge.absorb(block(Int64(second), table(0, 1, of: 10, 100))) }
        for second in 20_000..<40_000 where !judge.hasRegressed {
            judge.absorb(block(Int64(second), table(2, 16, of: 10, 100)))
        }
        #expect(!judge.hasRegressed)
        #expect(judge.verdict(at: 40_000).reasons.map(\.code) == [.sharedOutage])
    }

    @Test("a ceiling that is near keeps its part, one that is far lends it to the comparison")
    func nearAndFar() throws {
        let both = MetricRule(.error, form: .event, tolerance: 1.5, ceiling: Self.ceiling)
        func evidence(_ rule: MetricRule, baseline: Int64, canary: Int64) throws -> Double {
            var judge = try judge([rule])
            for second in 0..<30 { judge.absorb(block(Int64(second), table(0, baseline, of: 5, 100))) }
            for second in 30..<60 { judge.absorb(block(Int64(second), table(canary, baseline, of: 5, 100))) }
            return judge.logEvidence
        }
        let relative = MetricRule(.error, form: .event, tolerance: 1.5)
        let far = try evidence(both, baseline: 1, canary: 1)
        #expect(try evidence(relative, baseline: 1, canary: 1) - far < 0.1)
        // At 4 % and 6 % only the ceiling can tell within a lifetime.
        var near = try judge([both])
        for second in 0..<40_000 where !near.hasRegressed {
            near.absorb(
                block(Int64(second), second % 2 == 0 ? table(6, 38, of: 100, 1000) : table(6, 39, of: 100, 1000))
            )
        }
        #expect(near.verdict(at: 1).reasons.first?.setting == "error.ceiling")
    }

    @Test("a good moment of the baseline does not wake an alarm that was let pass")
    func forgotten() throws {
        var judge = try judge([MetricRule(.error, form: .event, tolerance: 1.5, ceiling: Self.ceiling)])
        for second in 0..<60 { judge.absorb(block(Int64(second), table(3, 30, of: 10, 100))) }
        let before = judge.logEvidence
        #expect(judge.verdict(at: 60).decision == .hold)
        judge.acknowledge(.error)
        #expect(judge.verdict(at: 60).decision == .advance)
        #expect(judge.logEvidence == before)
    }

    // MARK: reasons that were let pass

    @Test("a reason that somebody has let pass holds no longer, others do")
    func acknowledged() throws {
        var judge = try judge([MetricRule(.error, form: .event, tolerance: 1.5, ceiling: Self.ceiling)])
        for second in 0..<120 { judge.absorb(block(Int64(second), table(3, 30, of: 10, 100))) }
        #expect(judge.verdict(at: 120).reasons.map(\.code) == [.sharedOutage])
        #expect(judge.verdict(at: 120, acknowledged: [.sharedOutage]).decision == .advance)
        #expect(judge.verdict(at: 120, acknowledged: [.quota]).decision == .hold)
        #expect(judge.verdict(at: 30, acknowledged: [.sharedOutage]).decision == .waiting)
    }

    @Test("the standard metrics have no ceiling on latency")
    func standard() throws {
        let metrics = try JudgeConfiguration.standard(planMinutes: 60).metrics
        #expect(metrics.filter { $0.ceiling != nil }.map(\.metric) == [.error])
        #expect(metrics.first { $0.metric == .error }?.ceiling?.share == 0.05)
    }

    // MARK: several production versions

    private func versions(_ start: Int64, canary: Int64, _ baselines: [(String, Int64)]) -> [Block] {
        let pooled = table(canary, baselines.reduce(0) { $0 + $1.1 }, of: 10, 100 * Int64(baselines.count))
        var whole = block(start, pooled)
        whole.parts = baselines.count
        let parts = baselines.map { name, events in
            var part = block(start, table(canary, events, of: 10, 100))
            part.stratum = name
            return part
        }
        return [whole] + parts
    }

    @Test("one bad production version does not hide a bad canary, and the report names whom it is worse than")
    func strata() throws {
        let rule = MetricRule(.error, form: .event, tolerance: 1.5)
        var told = try judge([rule])
        var pooled = try judge([rule])
        for second in 0..<400 where !told.hasRegressed {
            // 10 % on the canary; 1 % on the good version, 30 % on the bad one.
            let blocks = versions(Int64(second), canary: 1, [("good", 1), ("bad", 30)])
            for block in blocks { told.absorb(block) }
            var whole = blocks[0]
            whole.parts = 0
            pooled.absorb(whole)
        }
        #expect(told.hasRegressed && !pooled.hasRegressed)
        let report = told.verdict(at: 400).metrics[0]
        #expect(report.worst?.version == "good")
        #expect(report.strata?.map(\.version) == ["good", "bad"])
        #expect(abs((report.strata ?? []).reduce(0) { $0 + $1.part } - 1) < 1e-9)
        #expect(report.counts.baseline == report.counts.canary * 20)
    }

    @Test("a canary that is as good as one of the versions and better than the other is left alone")
    func strataNull() throws {
        var judge = try judge([MetricRule(.error, form: .event, tolerance: 1)])
        for second in 0..<5000 {
            for block in versions(Int64(second), canary: second % 10 == 0 ? 1 : 0, [("v1", 1), ("v2", 30)]) {
                judge.absorb(block)
            }
        }
        #expect(judge.logEvidence < 0)
    }

    @Test("evidence goes on when versions are told apart, and when there is one again")
    func inherited() throws {
        var judge = try judge([MetricRule(.error, form: .event, tolerance: 1)])
        for second in 0..<3 { judge.absorb(block(Int64(second), table(1, 1, of: 10, 100))) }
        let before = judge.logEvidence
        #expect(before > 0.5)
        for block in versions(3, canary: 0, [("v1", 0), ("v2", 0), ("v3", 0)]) { judge.absorb(block) }
        #expect(abs(judge.logEvidence - before) < 1e-9)
        judge.absorb(block(4, table(0, 0, of: 10, 100)))
        #expect(abs(judge.logEvidence - before) < 1e-9)
        #expect(judge.verdict(at: 5).metrics[0].strata == nil)
    }

    // MARK: capital

    @Test("the capital of metrics without data works for those with data, and comes back with the first data")
    func capital() throws {
        let other = try #require(MetricID(rawValue: "other"))
        let rules = [
            MetricRule(.error, form: .event, tolerance: 1, weight: 1),
            MetricRule(other, form: .event, tolerance: 1, weight: 3),
        ]
        var shared = try judge(rules)
        for second in 0..<10 { shared.absorb(block(Int64(second), table(0, 0, of: 5, 100))) }
        #expect(abs(shared.logEvidence) < 1e-9)
        var alone = try judge([rules[0]])
        for second in 10..<13 {
            shared.absorb(block(Int64(second), table(1, 1, of: 5, 100)))
            alone.absorb(block(Int64(second), table(1, 1, of: 5, 100)))
        }
        // A quarter before; nine tenths of the other three quarters came on top.
        let expected: Double = .log(0.075 + 0.925 * .exp(alone.logEvidence))
        #expect(abs(shared.logEvidence - expected) < 1e-9)
        let quiet = [
            Block.Entry(.event(.error), table(0, 0, of: 5, 100)), Block.Entry(.event(other), table(0, 0, of: 5, 100)),
        ]
        let before = shared.logEvidence
        for second in 13..<16 { shared.absorb(Block(start: Int64(second), seconds: 1, entries: quiet)) }
        #expect(abs(shared.logEvidence - before) < 1e-9)
        shared.absorb(
            Block(start: 16, seconds: 1, entries: [quiet[0], Block.Entry(.event(other), table(2, 0, of: 5, 100))])
        )
        #expect(shared.logEvidence > before + 0.5)
    }

    @Test("capital is paid in early rather than late, and never twice")
    func front() {
        let funding = Funding(planMinutes: 12_960)
        #expect(funding.paid(after: 0) == 0.72)
        #expect(abs(funding.paid(after: 12_960) - 0.96) < 1e-12)
        let early = funding.paid(after: 120) - funding.paid(after: 60)
        let late = funding.paid(after: 12_960) - funding.paid(after: 12_900)
        #expect(early > 3 * late && late > 0)
    }

    // MARK: little traffic

    @Test("a block with one arm only adds its counts to the next one of the same weights")
    func carried() throws {
        var judge = try judge([MetricRule(.error, form: .event, tolerance: 1)])
        judge.absorb(block(0, table(2, 0, of: 2, 0), seconds: 1))
        #expect(judge.logEvidence == 0)
        judge.absorb(block(1, table(0, 0, of: 0, 38), seconds: 1))
        let carried = judge.logEvidence
        var whole = try self.judge([MetricRule(.error, form: .event, tolerance: 1)])
        whole.absorb(block(0, table(2, 0, of: 2, 38)))
        #expect(carried > 1 && abs(carried - whole.logEvidence) < 1e-12)
        var other = try self.judge([MetricRule(.error, form: .event, tolerance: 1)])
        other.absorb(block(0, table(2, 0, of: 2, 0)))
        other.absorb(
            Block(start: 1, seconds: 1, epoch: 1, entries: [Block.Entry(.event(.error), table(0, 0, of: 0, 38))])
        )
        #expect(other.logEvidence == 0)
    }

    @Test("an outage of both that begins when the canary comes back is not weighed against what production did before")
    func notCarried() throws {
        var judge = try judge([MetricRule(.error, form: .event, tolerance: 1)])
        for second in 0..<3600 { judge.absorb(block(Int64(second), table(0, 0, of: 0, 50))) }
        for second in 3600..<3610 { judge.absorb(block(Int64(second), table(1, 30, of: 2, 50))) }
        #expect(judge.logEvidence < 1)
    }

    @Test("at fifty calls a day a dead canary is found within eight of its requests on average")
    func fiftyCalls() throws {
        let configuration = try JudgeConfiguration.standard(planMinutes: 20_160)
        let watch = Watch(configuration)
        var requests: Int64 = 0
        let runs = 60
        for run in 0..<runs {
            var random = chance(UInt64(run))
            var judge = Judge(configuration, startedAt: 0)
            var assembler = BlockAssembler(watch: watch, start: 0, share: 0.05, requestsPerSecond: 50.0 / 86_400)
            var second: Int64 = 0
            while !judge.hasRegressed, second < 86_400 * 60 {
                second += Int64(-Double.log(Double.random(in: .leastNonzeroMagnitude..<1, using: &random)) * 1728) + 1
                let arm: Arm = Int.random(in: 0..<20, using: &random) == 0 ? .canary : .baseline
                if arm == .canary { requests += 1 }
                var counters = BlockCounters(start: second, series: watch.items.count)
                counters.count(0, arm, event: arm == .canary)
                assembler.add(counters)
                for block in assembler.close(through: second) { judge.absorb(block) }
            }
            #expect(judge.hasRegressed)
        }
        #expect(Double(requests) / Double(runs) <= 8)
    }

    // MARK: words

    @Test("evidence is told as E, and no significance as long as there is none")
    func words() throws {
        var judge = try judge([MetricRule(.error, form: .event, tolerance: 1)])
        judge.absorb(block(0, table(0, 1, of: 10, 100)))
        let none = judge.verdict(at: 1)
        #expect(none.significance == nil && none.evidence < 1 && abs(none.threshold - 100) < 1e-9)
        judge.absorb(block(1, table(3, 0, of: 10, 100)))
        let some = judge.verdict(at: 2)
        #expect(some.evidence > 1)
        #expect(abs(try #require(some.significance) * some.peakEvidence - 1) < 1e-9)
    }

    @Test("intervals of the odds hold the truth, and are made only when asked for")
    func odds() throws {
        var judge = try judge([MetricRule(.error, form: .event, tolerance: 1.5)])
        for second in 0..<6000 {
            let counts = table(second % 10 == 0 ? 3 : 2, second % 2 == 0 ? 9 : 10, of: 50, 950)
            judge.absorb(block(Int64(second), counts))
        }
        #expect(judge.verdict(at: 6000).metrics[0].odds == nil)
        let odds = try #require(judge.verdict(at: 6000, odds: 0.05).metrics[0].odds)
        // 4.2 % and 1 %: 4.3 times.
        let (lower, upper) = (try #require(odds.lower), try #require(odds.upper))
        #expect(lower > 2 && lower < 4.4)
        #expect(upper > 4.2 && upper < 8)
    }

    @Test("a configuration without a formulation is of the first, one of the future is refused")
    func formulations() throws {
        let now = try JudgeConfiguration.standard(planMinutes: 60)
        #expect(now.formulation == 5 && now.burst == .standard(part: 0.5))
        let coded = try JSONEncoder().encode(now)
        #expect(try JSONDecoder().decode(JudgeConfiguration.self, from: coded) == now)
        var members = try #require(try JSONSerialization.jsonObject(with: coded) as? [String: Any])
        members["formulation"] = nil
        members["burst"] = nil
        let old = try JSONDecoder().decode(
            JudgeConfiguration.self,
            from: try JSONSerialization.data(withJSONObject: members)
        )
        #expect(old.formulation == 1 && old.burst == nil)
        let error = #expect(throws: ConfigurationError.self) {
            try JudgeConfiguration(metrics: now.metrics, funding: now.funding, formulation: 6)
        }
        #expect(error?.field == "formulation")
    }
}
