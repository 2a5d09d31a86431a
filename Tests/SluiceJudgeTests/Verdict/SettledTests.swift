// SPDX-License-Identifier: Apache-2.0
import SluiceJudge
import Testing

/// That the baseline is below a ceiling is shown by requests that have ended well, not by open ones.
@Suite("Successes of the baseline")
struct SettledTests {
    private static let ceiling = MetricRule.Ceiling(share: 0.05)

    private func judge(_ rule: MetricRule, formulation: Int = JudgeConfiguration.newest) throws -> Judge {
        var judge = Judge(
            try JudgeConfiguration(
                metrics: [rule],
                funding: Funding(planMinutes: 2880),
                burst: nil,
                formulation: formulation
            ),
            startedAt: 0
        )
        judge.begin(StepDemand(startedAt: 0, seconds: 60))
        return judge
    }

    /// A second of 10 canary and 100 baseline requests, and the baseline's earlier ones that have ended well by then.
    private func block(_ start: Int64, _ canaryEvents: Int64, _ baselineEvents: Int64, well: Int64?) -> Block {
        var block = Block(
            start: start,
            seconds: 1,
            entries: [Block.Entry(.event(.error), Counts(clamping: 10, canaryEvents, 100, baselineEvents))]
        )
        if let well { block.entries.append(Block.Entry(.settled(.error), Counts(clamping: 0, 0, well, 0))) }
        return block
    }

    private func below(_ judge: Judge) throws -> Double {
        try #require(judge.verdict(at: 1).metrics[0].legs.last?.baselineBelow)
    }

    @Test(
        "production whose requests are all open is not shown to be below the ceiling; up to the third formulation it was"
    )
    func open() throws {
        let rule = MetricRule(.error, form: .event, ceiling: Self.ceiling)
        for (formulation, isFound) in [(3, true), (4, false)] {
            var judge = try judge(rule, formulation: formulation)
            for second in 0..<30 { judge.absorb(block(Int64(second), 2, 0, well: 0)) }
            #expect(judge.hasRegressed == isFound, "formulation \(formulation)")
            #expect(try below(judge) <= 1e-9 || formulation == 3)
        }
    }

    @Test("production that ends well, some seconds later, is; and then a canary above the ceiling is rolled back")
    func ended() throws {
        var judge = try judge(MetricRule(.error, form: .event, ceiling: Self.ceiling))
        for second in 0..<30 { judge.absorb(block(Int64(second), 2, 1, well: second < 10 ? 0 : 99)) }
        #expect(judge.hasRegressed)
        #expect(judge.verdict(at: 60).reasons.first?.setting == "error.ceiling")
    }

    @Test("production that fails later, above the ceiling as well, is never shown to be below it")
    func laterFailures() throws {
        var judge = try judge(MetricRule(.error, form: .event, ceiling: Self.ceiling))
        for second in 0..<200 {
            judge.absorb(block(Int64(second), 2, 0, well: second < 60 ? 0 : 80))
            guard second >= 30 else { continue }
            var further = Block(
                start: Int64(second),
                seconds: 1,
                entries: [Block.Entry(.event(.error), Counts(clamping: 8, 0, 100, 20))]
            )
            further.isFurther = true
            judge.absorb(further)
        }
        #expect(!judge.hasRegressed)
        #expect(try below(judge) <= 1e-9)
    }

    @Test("successes of requests that began before the ceiling counted are passed over")
    func before() throws {
        var judge = try judge(MetricRule(.error, form: .event, tolerance: 1.5, ceiling: Self.ceiling))
        // The leg counts from the third block on, once a hundred requests of the baseline are known.
        for second in 0..<3 { judge.absorb(block(Int64(second), 0, 0, well: 0)) }
        judge.absorb(block(3, 0, 0, well: 100))
        #expect(try below(judge) == 0, "they began before")
        judge.absorb(block(4, 0, 0, well: 100))
        #expect(try below(judge) > 0)
    }

    @Test("blocks that tell nothing of it, and older formulations, are judged as before, bit for bit")
    func unchanged() throws {
        let rule = MetricRule(.error, form: .event, tolerance: 1.5, ceiling: Self.ceiling)
        var judges = [
            try judge(rule, formulation: 3), try judge(rule, formulation: 3), try judge(rule, formulation: 4),
        ]
        for second in 0..<120 {
            let (own, other) = (Int64(second % 3), Int64(second * 7919 % 5))
            judges[0].absorb(block(Int64(second), own, other, well: nil))
            judges[1].absorb(block(Int64(second), own, other, well: 90))
            judges[2].absorb(block(Int64(second), own, other, well: nil))
            #expect(Set(judges.map(\.logEvidence.bitPattern)).count == 1)
        }
    }

    @Test("the series has a name of its own, and a line of a block keeps it")
    func line() throws {
        let block = block(7, 1, 2, well: 55)
        #expect(block.line.contains("error/settled=0,0,55,0"))
        #expect(Block(line: block.line) == block)
    }
}
