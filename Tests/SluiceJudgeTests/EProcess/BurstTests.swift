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

    @Test("a block longer than a cluster is one of its own")
    func longBlocks() {
        var evidence = evidence(Self.limit)
        for place in 0..<3 {
            evidence.absorb(table(5, 0, of: 5, 50), in: Int64(64 * place)..<Int64(64 * place + 64))
            #expect(abs(evidence.logEvidence - Double(place + 1) * .log(5)) < 0.2)
        }
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
        let on = try falseRollbacks(burst: .standard, runs: 12)
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
    private func moments(_ random: inout SeededGenerator) -> [Int64] {
        [Int64.random(in: 0..<86_380, using: &random), Int64.random(in: 86_400..<172_780, using: &random)]
    }

    @Test("a limit comes back from JSON, and out of range it is brought in")
    func coding() throws {
        let coded = try JSONEncoder().encode(BurstLimit.standard)
        #expect(try JSONDecoder().decode(BurstLimit.self, from: coded) == .standard)
        #expect(BurstLimit(cluster: 0, cap: .nan) == BurstLimit(cluster: 1, cap: 1.5))
    }
}
