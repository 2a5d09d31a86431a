// SPDX-License-Identifier: Apache-2.0
import Foundation
import RealModule
import SluiceJudge
import Testing

@Suite("Bursts")
struct BurstTests {
    private static let limit = BurstLimit(cluster: 10, cap: 5)

    private func evidence(_ burst: BurstLimit?) -> RelativeEvidence {
        RelativeEvidence(funding: .plain, grid: .likely, burst: burst)
    }

    @Test("whatever one cluster holds, the evidence grows by the cap at most, and what is below one stays as it is")
    func bounded() {
        var evidence = evidence(Self.limit)
        var last = 0.0
        for cluster in 0..<4 {
            for second in 0..<10 {
                let start = Int64(10 * cluster + second)
                evidence.absorb(table(5, 0, of: 5, 50), in: start..<(start + 1))
                #expect(evidence.logEvidence <= last + .log(5) + 1e-9)
            }
            #expect(evidence.logEvidence > last + 0.9 * .log(5))
            last = evidence.logEvidence
        }
        var plain = self.evidence(nil)
        var held = self.evidence(Self.limit)
        for second in 0..<30 {
            let span = Int64(second)..<Int64(second + 1)
            plain.absorb(table(0, 2, of: 5, 50), in: span)
            held.absorb(table(0, 2, of: 5, 50), in: span)
        }
        #expect(abs(plain.logEvidence - held.logEvidence) < 1e-9)
    }

    @Test(
        "a block longer than a cluster says as much as the clusters that go into it, in the second formulation as one"
    )
    func longBlocks() {
        for (formulation, seconds, clusters) in [(3, 25, 2.5), (3, 15, 1.5), (3, 10, 1), (3, 5, 1), (2, 25, 1)] {
            var evidence = RelativeEvidence(
                funding: .plain,
                grid: .likely,
                burst: Self.limit,
                formulation: formulation
            )
            for place in 0..<3 {
                let start = Int64(64 * place)
                evidence.absorb(table(5, 0, of: 5, 50), in: start..<(start + Int64(seconds)))
                #expect(abs(evidence.logEvidence - Double(place + 1) * clusters * .log(5)) < 0.35 * Double(place + 1))
            }
        }
    }

    /// Another metric has its first data in the midst of a cluster: capital moves.
    @Test("capital that moves within a cluster opens no room for the cluster to speak twice", arguments: [2, 3])
    func movedCapital(formulation: Int) throws {
        let configuration = try JudgeConfiguration(
            metrics: [
                MetricRule(.error, form: .event, tolerance: 1),
                MetricRule(.quota, form: .event, tolerance: 1),
            ],
            funding: .plain,
            burst: BurstLimit(cluster: 600, cap: 5),
            formulation: formulation
        )
        var judge = Judge(configuration, startedAt: 0)
        func absorb(_ start: Int64) {
            judge.absorb(
                Block(start: start, seconds: 1, entries: [Block.Entry(.event(.error), table(5, 0, of: 5, 50))])
            )
        }
        // 16 requests of the canary: from the fourth block on the quota's capital works for the errors.
        for start in 0..<Int64(3) { absorb(start) }
        let before = judge.logEvidence
        #expect(before <= .log(3) + 0.01, "half of the capital, five times")
        for start in 3..<Int64(60) { absorb(start) }
        if formulation == 2 {
            #expect(judge.logEvidence > .log(8))
        } else {
            #expect(judge.logEvidence <= .log(5) + 0.01)
        }
        absorb(600)
        #expect(judge.logEvidence > before)
    }

    @Test("a metric that ignores the limit holds within a cluster, and a recorded one that does not say so keeps it")
    func ignored() throws {
        func seconds(_ ignores: Bool?) throws -> Int64? {
            let rule = MetricRule(
                .credential,
                form: .event,
                tolerance: 1.5,
                onRegression: .hold,
                ignoresBurstLimit: ignores
            )
            let recorded = try JSONDecoder().decode(MetricRule.self, from: JSONEncoder().encode(rule))
            #expect(recorded == rule)
            let configuration = try JudgeConfiguration(
                metrics: [MetricRule(.error, form: .event, tolerance: 1.5), recorded],
                funding: Funding(planMinutes: 600),
                burst: .standard(part: 0.5)
            )
            var judge = Judge(configuration, startedAt: 0)
            judge.begin(StepDemand(startedAt: 0, seconds: 3_600))
            for start in 0..<Int64(120) {
                let refused = Block.Entry(.event(.credential), table(2, 0, of: 2, 10))
                judge.absorb(Block(start: start, seconds: 1, entries: [refused]))
                if judge.verdict(at: start + 1).reasons.contains(where: { $0.code == .credential }) { return start }
            }
            return nil
        }
        let (limited, atOnce) = (try #require(try seconds(nil)), try #require(try seconds(true)))
        #expect(limited >= 40 && atOnce <= 5, "\(limited), \(atOnce)")
    }

    @Test("without a word the cap is what keeps two clusters at 36 % of a rollback")
    func standard() throws {
        #expect(BurstLimit.standard() == BurstLimit(cluster: 20, cap: 6))
        #expect(BurstLimit.standard(part: 0.5) == BurstLimit(cluster: 20, cap: 8.5))
        #expect(BurstLimit.standard(alpha: 0.001) == BurstLimit(cluster: 20, cap: 19))
        #expect(BurstLimit.standard(alpha: 0.5, cluster: 40) == BurstLimit(cluster: 40, cap: 3))
        #expect(BurstLimit.standard(part: 0, alpha: 0) == BurstLimit(cluster: 20, cap: 100))
        let standard = try JudgeConfiguration.standard(planMinutes: 60)
        #expect(standard.burst == .standard(part: 0.5))
        #expect(try JudgeConfiguration(metrics: standard.metrics, funding: .plain, burst: nil).burst == nil)
    }

    @Test("enumerating two blocks of one cluster, the capped evidence has mean at most one at every look")
    func supermartingale() {
        let (nc, nb) = (2, 4)
        for p in [0.1, 0.5, 0.8] {
            var means = [0.0, 0.0]
            for kc1 in 0...nc {
                for kb1 in 0...nb {
                    for kc2 in 0...nc {
                        for kb2 in 0...nb {
                            var evidence = evidence(BurstLimit(cluster: 10, cap: 1.5))
                            let chance = [(nc, kc1), (nb, kb1), (nc, kc2), (nb, kb2)].reduce(1.0) {
                                $0 * binomials($1.0)[$1.1] * .pow(p, $1.1) * .pow(1 - p, $1.0 - $1.1)
                            }
                            evidence.absorb(table(Int64(kc1), Int64(kb1), of: Int64(nc), Int64(nb)), in: 0..<2)
                            means[0] += chance * .exp(evidence.logEvidence)
                            evidence.absorb(table(Int64(kc2), Int64(kb2), of: Int64(nc), Int64(nb)), in: 2..<4)
                            means[1] += chance * .exp(evidence.logEvidence)
                        }
                    }
                }
            }
            #expect(means[0] <= 1 + 1e-12 && means[1] <= means[0] + 1e-12)
        }
    }

    @Test("capital that is paid in during a burst waits for its end")
    func payments() {
        let funding = Funding(start: 0.01, overtime: 0, planMinutes: 60, front: 0)
        var evidence = RelativeEvidence(funding: funding, burst: BurstLimit(cluster: 600, cap: 5))
        evidence.absorb(table(0, 40, of: 5, 50), in: 0..<1)
        evidence.pay(through: 5)
        for second in 1..<60 { evidence.absorb(table(5, 0, of: 5, 50), in: Int64(second)..<Int64(second + 1)) }
        #expect(evidence.logEvidence < .log(5))
    }

    /// Each arm's provider is away for twenty seconds, once a day and independently.
    @Test("blips of each arm's own provider seldom roll back, where they did each time before")
    func ownBlips() throws {
        let off = try falseRollbacks(burst: nil, runs: 12)
        let on = try falseRollbacks(burst: .standard(), runs: 12)
        #expect(off >= 11)
        #expect(on <= 1)
    }

    private func falseRollbacks(burst: BurstLimit?, runs: Int) throws -> Int {
        let configuration = try JudgeConfiguration(
            metrics: [MetricRule(.error, form: .event, tolerance: 1)],
            funding: Funding(planMinutes: 2880),
            burst: burst
        )
        var found = 0
        for run in 0..<runs {
            var random = chance(UInt64(run) + 100)
            var judge = Judge(configuration, startedAt: 0)
            let own = moments(&random)
            let others = moments(&random)
            for start in stride(from: Int64(0), to: 172_800, by: 2) {
                let isOwn = own.contains { $0 <= start && start < $0 + 20 }
                let isOther = others.contains { $0 <= start && start < $0 + 20 }
                // Two errors in five blocks of the baseline, one in forty of the canary: about one in a hundred.
                let kc: Int64 = isOwn ? 3 : Int.random(in: 0..<36, using: &random) == 0 ? 1 : 0
                let kb: Int64 = isOther ? 53 : Int.random(in: 0..<19, using: &random) < 10 ? 1 : 0
                guard kc > 0 || kb > 0 else { continue }
                let counts = table(kc, kb, of: 3, 53)
                judge.absorb(Block(start: start, seconds: 2, entries: [Block.Entry(.event(.error), counts)]))
                if judge.hasRegressed { break }
            }
            if judge.hasRegressed { found += 1 }
        }
        return found
    }

    /// A moment on each of two days.
    private func moments(_ random: inout Xoshiro256) -> [Int64] {
        [Int64.random(in: 0..<86_380, using: &random), Int64.random(in: 86_400..<172_780, using: &random)]
    }

    @Test("a limit comes back from JSON, and out of range it is brought in")
    func coding() throws {
        let coded = try JSONEncoder().encode(BurstLimit.standard())
        #expect(try JSONDecoder().decode(BurstLimit.self, from: coded) == .standard())
        #expect(BurstLimit(cluster: 0, cap: .nan) == BurstLimit(cluster: 1, cap: 1.5))
    }
}
