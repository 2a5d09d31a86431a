// SPDX-License-Identifier: Apache-2.0
import Foundation
import RealModule
import SluiceJudge
import Testing

@Suite("Judge")
struct JudgeTests {
    private static let ceiling = MetricRule.Ceiling(share: 0.05)

    private func judge(_ metrics: [MetricRule], thresholds: ThresholdRule? = nil) throws -> Judge {
        let configuration = try JudgeConfiguration(
            metrics: metrics,
            funding: Funding(planMinutes: 2880),
            thresholds: thresholds,
            burst: nil
        )
        var judge = Judge(configuration, startedAt: 0)
        judge.begin(StepDemand(startedAt: 0, seconds: 3600))
        return judge
    }

    private func block(_ start: Int64, _ counts: Counts, of metric: MetricID = .error) -> Block {
        Block(start: start, seconds: 1, entries: [Block.Entry(.event(metric), counts)])
    }

    private let errors = MetricRule(.error, form: .event, tolerance: 1.5)

    @Test("without traffic it waits, and after a day it holds")
    func noTraffic() throws {
        let judge = try judge([errors])
        #expect(judge.verdict(at: 10).decision == .waiting)
        #expect(judge.verdict(at: 10).reasons.map(\.code) == [.noTraffic, .stepTime])
        #expect(judge.verdict(at: 4000).decision == .waiting)
        let late = judge.verdict(at: 86_400)
        #expect(late.decision == .hold)
        #expect(late.reasons.map(\.code) == [.noTraffic])
    }

    @Test("without a step it never advances")
    func noStep() throws {
        let configuration = try JudgeConfiguration(metrics: [errors], funding: .plain)
        var judge = Judge(configuration, startedAt: 0)
        judge.absorb(block(0, table(0, 0, of: 10, 100)))
        #expect(judge.verdict(at: 50_000).reasons.map(\.code) == [.stepTime])
    }

    @Test("clean traffic advances once the step's time and requests are there")
    func advance() throws {
        var judge = try judge([errors])
        judge.begin(StepDemand(startedAt: 0, seconds: 600, minimumRequests: 500))
        for second in 0..<400 { judge.absorb(block(Int64(second), table(0, 0, of: 1, 20))) }
        #expect(judge.verdict(at: 400).reasons.map(\.code) == [.stepTime, .minimumRequests])
        for second in 400..<600 { judge.absorb(block(Int64(second), table(0, 0, of: 1, 20))) }
        let verdict = judge.verdict(at: 600)
        #expect(verdict.decision == .advance)
        #expect(verdict.reasons.isEmpty)
        #expect(verdict.stepRequests == 600)
        #expect(verdict.metrics[0].standing == .undecided)
    }

    @Test("a dead canary is rolled back after a few requests, and stays rolled back")
    func dead() throws {
        var judge = try judge([errors])
        var second: Int64 = 0
        while !judge.hasRegressed, second < 60 {
            judge.absorb(block(second, table(1, 0, of: 1, 26)))
            second += 1
        }
        #expect(second <= 5)
        for later in second..<(second + 1000) { judge.absorb(block(later, table(0, 5, of: 5, 26))) }
        let verdict = judge.verdict(at: second + 1000)
        #expect(verdict.decision == .rollback)
        #expect(verdict.reasons == [Reason(.regression, .error, setting: "error.tolerance")])
        #expect(verdict.peakLogEvidence >= verdict.logThreshold)
        #expect(verdict.pValue <= 0.01)
    }

    @Test("a ceiling broken by both arms holds as a shared outage and never rolls back")
    func sharedOutage() throws {
        var judge = try judge([MetricRule(.error, form: .event, tolerance: 1.5, ceiling: Self.ceiling)])
        for second in 0..<120 { judge.absorb(block(Int64(second), table(3, 30, of: 10, 100))) }
        let verdict = judge.verdict(at: 120)
        #expect(verdict.decision == .hold)
        #expect(verdict.reasons.map(\.code) == [.sharedOutage])
        #expect((verdict.metrics[0].legs[1].ceilingAlone ?? 0) > verdict.logThreshold)
        #expect(verdict.metrics[0].legs[1].logEvidence < verdict.logThreshold)
    }

    @Test("a ceiling broken by the canary alone rolls back, with the ceiling as the reason")
    func ceilingAlone() throws {
        var judge = try judge([MetricRule(.error, form: .event, ceiling: Self.ceiling)])
        for second in 0..<200 { judge.absorb(block(Int64(second), table(2, 1, of: 10, 100))) }
        let verdict = judge.verdict(at: 200)
        #expect(verdict.decision == .rollback)
        #expect(verdict.reasons.first == Reason(.regression, .error, setting: "error.ceiling"))
    }

    @Test("a broken ceiling without any baseline cannot be attributed, and holds")
    func unattributable() throws {
        var judge = try judge([MetricRule(.error, form: .event, tolerance: 1.5, ceiling: Self.ceiling)])
        for second in 0..<200 { judge.absorb(block(Int64(second), table(3, 0, of: 10, 0))) }
        let verdict = judge.verdict(at: 200)
        #expect(verdict.decision == .hold)
        #expect(verdict.reasons.map(\.code) == [.unattributable])
    }

    @Test("quota and credential faults hold, name themselves, and never roll back")
    func holdMetrics() throws {
        for (metric, code) in [(MetricID.quota, Reason.Code.quota), (.credential, .credential)] {
            var judge = try judge([errors, MetricRule(metric, form: .event, tolerance: 1.5, onRegression: .hold)])
            for second in 0..<500 { judge.absorb(block(Int64(second), table(5, 0, of: 5, 50), of: metric)) }
            let verdict = judge.verdict(at: 500)
            #expect(verdict.decision == .hold)
            #expect(verdict.reasons.map(\.code) == [code])
            #expect(abs(verdict.logEvidence) < 1e-12)
            judge.acknowledge(metric)
            #expect(judge.verdict(at: 500).decision == .waiting)
        }
    }

    @Test("a metric that notifies leaves the decision alone, a dry run leaves no trace")
    func notices() throws {
        let notify = MetricRule(.quota, form: .event, tolerance: 1.5, onRegression: .notify)
        let display = MetricRule(.credential, form: .event, tolerance: 1.5, onRegression: .display)
        var judge = try judge([errors, notify, display])
        for second in 0..<3600 {
            judge.absorb(
                Block(
                    start: Int64(second),
                    seconds: 1,
                    entries: [
                        Block.Entry(.event(.error), table(0, 0, of: 5, 50)),
                        Block.Entry(.event(.quota), table(3, 0, of: 5, 50)),
                        Block.Entry(.event(.credential), table(3, 0, of: 5, 50)),
                    ]
                )
            )
        }
        let verdict = judge.verdict(at: 3600)
        #expect(verdict.decision == .advance)
        #expect(verdict.reasons == [Reason(.notice, .quota)])
        #expect(verdict.metrics[2].standing == .regressed)
    }

    @Test("a wrong split holds")
    func sampleRatio() throws {
        var judge = try judge([errors])
        for second in 0..<100 {
            var block = block(Int64(second), table(0, 0, of: 10, 100))
            block.assigned = AssignedUnits(canary: 2, baseline: 98, share: 0.05)
            judge.absorb(block)
        }
        #expect(judge.verdict(at: 100).reasons.map(\.code) == [.sampleRatioMismatch])
    }

    @Test("a step that asks for a certificate advances with it, and is undecided without")
    func certificate() throws {
        var judge = try judge([errors])
        judge.begin(StepDemand(startedAt: 0, seconds: 20, certificates: [.error]))
        for second in 0..<20 { judge.absorb(block(Int64(second), table(0, 1, of: 5, 95))) }
        let early = judge.verdict(at: 20)
        #expect(early.decision == .hold)
        #expect(early.reasons == [Reason(.undecided, .error)])
        for second in 20..<600 { judge.absorb(block(Int64(second), table(0, 1, of: 5, 95))) }
        let verdict = judge.verdict(at: 600)
        #expect(verdict.decision == .advance)
        #expect(verdict.metrics[0].standing == .certified)
    }

    @Test("too few sticky units cannot be judged")
    func fewUnits() throws {
        var judge = try judge([errors])
        judge.begin(StepDemand(startedAt: 0, seconds: 10, canaryUnits: 19))
        judge.absorb(block(0, table(0, 0, of: 10, 100)))
        #expect(judge.verdict(at: 20).reasons.map(\.code) == [.tooFewUnits])
    }

    @Test("mirrored pairs hold when too many fail")
    func pairs() throws {
        let rule = MetricRule(
            .equivalence,
            form: .pairs,
            ceiling: MetricRule.Ceiling(share: 0.02),
            onRegression: .hold
        )
        var judge = try judge([errors, rule])
        for second in 0..<100 { judge.absorb(block(Int64(second), table(1, 0, of: 8, 0), of: .equivalence)) }
        #expect(judge.verdict(at: 100).reasons.map(\.code) == [.held])
    }

    @Test("the threshold rule, when chosen, decides instead of the evidence")
    func thresholds() throws {
        var judge = try judge([errors], thresholds: ThresholdRule(minimumRequests: 100))
        for second in 0..<9 { judge.absorb(block(Int64(second), table(1, 10, of: 10, 100))) }
        #expect(judge.verdict(at: 9).decision == .waiting)
        judge.absorb(block(9, table(1, 10, of: 10, 100)))
        let verdict = judge.verdict(at: 10)
        #expect(verdict.decision == .rollback)
        #expect(verdict.reasons.first?.code == .thresholdExceeded)
    }

    @Test("the evidence of several metrics is their weighted average")
    func average() throws {
        let other = try #require(MetricID(rawValue: "other"))
        var judge = try judge([
            MetricRule(.error, form: .event, tolerance: 1, weight: 3),
            MetricRule(other, form: .event, tolerance: 1, weight: 1),
        ])
        judge.absorb(block(0, table(2, 0, of: 2, 40)))
        let verdict = judge.verdict(at: 1)
        let expected: Double = .log(0.75 * .exp(verdict.metrics[0].logEvidence) + 0.25)
        #expect(abs(verdict.logEvidence - expected) < 1e-12)
        #expect(verdict.topContributor == .error)
    }

    @Test(
        "enumerating a block, the ceiling's leg has mean at most one below the ceiling, and when both arms are alike",
        arguments: [(0.05, 0.001), (0.02, 0.0), (0.3, 0.3), (0.9, 0.9), (0.3, 0.5)]
    )
    func ceilingLegMean(canary: Double, baseline: Double) throws {
        let (nc, nb) = (5, 7)
        let configuration = try JudgeConfiguration(
            metrics: [MetricRule(.error, form: .event, ceiling: Self.ceiling)],
            funding: .plain
        )
        var mean = 0.0
        for kc in 0...nc {
            for kb in 0...nb {
                var judge = Judge(configuration, startedAt: 0)
                judge.absorb(block(0, table(Int64(kc), Int64(kb), of: Int64(nc), Int64(nb))))
                let own = binomials(nc)[kc] * .pow(canary, kc) * .pow(1 - canary, nc - kc)
                let other = binomials(nb)[kb] * .pow(baseline, kb) * .pow(1 - baseline, nb - kb)
                mean += own * other * .exp(judge.logEvidence)
            }
        }
        #expect(mean <= 1 + 1e-12)
    }

    @Test("values weigh their six quantiles, and show the p99 beside")
    func values() throws {
        let rule = MetricRule(.latency, form: .value, tolerance: 1.2)
        var judge = try judge([rule])
        let entries = QuantileLevel.allCases.map {
            Block.Entry(.above($0, of: .latency), $0 == .q99 ? table(2, 0, of: 2, 40) : .zero)
        }
        judge.absorb(Block(start: 0, seconds: 1, entries: entries))
        let report = judge.verdict(at: 1).metrics[0]
        let p99 = try #require(report.p99LogEvidence)
        #expect(p99 > 0)
        let part = QuantileLevel.q99.weight
        #expect(abs(report.logEvidence - .log(1 - part + part * .exp(p99))) < 1e-12)
    }

    @Test("the order of a block's series does not matter, and unknown ones are passed over")
    func order() throws {
        var one = try judge([errors, MetricRule(.quota, form: .event, tolerance: 1.5, onRegression: .hold)])
        var two = one
        let unknown = try #require(SeriesID(rawValue: "unheard/of"))
        let error = Block.Entry(.event(.error), table(1, 0, of: 1, 26))
        let quota = Block.Entry(.event(.quota), table(0, 1, of: 2, 26))
        one.absorb(Block(start: 0, seconds: 1, entries: [error, quota]))
        two.absorb(Block(start: 0, seconds: 1, entries: [Block.Entry(unknown, .zero), quota, error]))
        #expect(one.verdict(at: 1) == two.verdict(at: 1))
    }

    @Test("a configuration that cannot be judged by says which value is wrong")
    func refused() {
        let fine = MetricRule(.error, form: .event, tolerance: 1)
        let funding = Funding(planMinutes: 60)
        let cases: [(String, () throws -> JudgeConfiguration)] = [
            ("metrics", { try JudgeConfiguration(metrics: [], funding: funding) }),
            ("metrics", { try JudgeConfiguration(metrics: [fine, fine], funding: funding) }),
            ("alpha", { try JudgeConfiguration(alpha: .nan, metrics: [fine], funding: funding) }),
            ("error", { try JudgeConfiguration(metrics: [MetricRule(.error, form: .event)], funding: funding) }),
            (
                "latency.ceiling",
                {
                    let rule = MetricRule(.latency, form: .value, ceiling: MetricRule.Ceiling(share: 0.01))
                    return try JudgeConfiguration(metrics: [rule], funding: funding)
                }
            ),
            (
                "thresholds.error_rate",
                {
                    let rule = ThresholdRule(errorRate: 1.5)
                    return try JudgeConfiguration(metrics: [fine], funding: funding, thresholds: rule)
                }
            ),
        ]
        for (field, make) in cases {
            let error = #expect(throws: ConfigurationError.self) { try make() }
            #expect(error?.field == field)
        }
    }
}
