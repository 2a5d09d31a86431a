// SPDX-License-Identifier: Apache-2.0
import RealModule
import SluiceJudge
import Testing

@Suite("One-sample evidence")
struct OneSampleTests {
    @Test("the beta mixture's mean over every outcome is one at the limit", arguments: [0.01, 0.05, 0.5, 0.9])
    func betaMean(limit: Double) {
        let mixture = BetaMixture(limit: limit)
        for n in [1, 5, 30] {
            let ways = binomials(n)
            let mean = (0...n).reduce(0.0) { sum, k in
                let probability = ways[k] * .pow(limit, k) * .pow(1 - limit, n - k)
                return sum + probability * .exp(mixture.logEvidence(events: Int64(k), trials: Int64(n)))
            }
            #expect(abs(mean - 1) < 1e-10)
        }
    }

    @Test("the beta mixture is finite for any counts, and grows with the events")
    func betaRange() {
        let mixture = BetaMixture(limit: 0.02)
        for n in [0, 1, 1000, 1_000_000, 1_000_000_000] as [Int64] {
            var last = -Double.infinity
            for part in [0, 0.01, 0.02, 0.03, 0.5, 1] {
                let log = mixture.logEvidence(events: Int64(part * Double(n)), trials: n)
                #expect(log.isFinite)
                #expect(log >= last || n == 1)
                last = log
            }
        }
        #expect(mixture.logEvidence(events: 20_000_000, trials: 1_000_000_000).isFinite)
        #expect(mixture.logEvidence(events: 5, trials: 3) == mixture.logEvidence(events: 3, trials: 3))
        #expect(BetaMixture(limit: .nan, a: 1, b: 1).logEvidence(events: 1, trials: 2).isFinite)
    }

    @Test("the ceiling's grid has mean one at the limit")
    func ceilingMean() {
        for limit in [0.01, 0.05, 0.5] {
            let n = 12
            let ways = binomials(n)
            var mean = 0.0
            for k in 0...n {
                var ceiling = CeilingEvidence(limit: limit, funding: Funding(planMinutes: 60))
                ceiling.absorb(events: Int64(k), trials: Int64(n))
                mean += ways[k] * .pow(limit, k) * .pow(1 - limit, n - k) * .exp(ceiling.logEvidence)
            }
            #expect(abs(mean - 1) < 1e-10)
        }
    }

    @Test("the sample-ratio mixture has mean one at the planned share")
    func ratioMean() {
        for share in [0.05, 0.5] {
            let n = 25
            let ways = binomials(n)
            let mean = (0...n).reduce(0.0) { sum, k in
                let probability = ways[k] * .pow(share, k) * .pow(1 - share, n - k)
                return sum + probability * .exp(SampleRatio.logEvidence(canary: Int64(k), of: Int64(n), share: share))
            }
            #expect(abs(mean - 1) < 1e-10)
        }
    }

    @Test("a wrong split is found, and each epoch of weights begins a test of its own")
    func ratioEpochs() {
        var ratio = SampleRatio()
        #expect(ratio.logEvidence == 0)
        ratio.absorb(AssignedUnits(canary: 500, baseline: 9500, share: 0.05), epoch: 1)
        #expect(ratio.logEvidence < 1)
        ratio.absorb(AssignedUnits(canary: 2500, baseline: 7500, share: 0.25), epoch: 2)
        #expect(ratio.logEvidence < 1)
        ratio.absorb(AssignedUnits(canary: 4000, baseline: 26_000, share: 0.25), epoch: 2)
        #expect(ratio.logEvidence > .log(1000))
        ratio.absorb(AssignedUnits(canary: .max, baseline: .max, share: 0.5), epoch: 3)
        #expect(!ratio.logEvidence.isNaN)
    }

    @Test("mirrored pairs: the excess and the certificate exclude each other")
    func pairs() {
        let equivalence = Equivalence(limit: 0.02, margin: 0.03)
        #expect(equivalence.logExcess(failures: 40, pairs: 500) > .log(100))
        #expect(equivalence.logCertificate(failures: 40, pairs: 500) < 0)
        #expect(equivalence.logCertificate(failures: 10, pairs: 1000) > .log(100))
        #expect(equivalence.logExcess(failures: 10, pairs: 1000) < 0)
    }

    @Test("mirrored triples: discordant triples are coins while the canary behaves like the baseline")
    func triples() {
        #expect(Equivalence.logCalibrated(canaryOnly: 50, baselineOnly: 50) < 0)
        #expect(Equivalence.logCalibrated(canaryOnly: 80, baselineOnly: 30) > .log(100))
        #expect(Equivalence.logCalibrated(canaryOnly: 0, baselineOnly: 0) == 0)
    }

    @Test("bets on the mean cost pay only when the canary is dearer than tolerated")
    func betting() throws {
        var random = chance(3)
        var same = try #require(BettingMean(share: 0.2, cap: 20))
        var dearer = try #require(BettingMean(share: 0.2, tolerance: 1.25, cap: 20))
        for _ in 0..<5000 {
            let cost = -Double.log(1 - Double.random(in: 0..<1, using: &random))
            let arm: Arm = Double.random(in: 0..<1, using: &random) < 0.2 ? .canary : .baseline
            same.absorb(cost, of: arm)
            dearer.absorb(arm == .canary ? 2 * cost : cost, of: arm)
        }
        #expect(same.logEvidence < .log(100))
        #expect(dearer.logEvidence > .log(100))
        dearer.absorb(.nan, of: .canary)
        dearer.absorb(.infinity, of: .baseline)
        #expect(dearer.logEvidence.isFinite)
        #expect(BettingMean(share: 1, cap: 1) == nil)
        #expect(BettingMean(share: 0.5, cap: .nan) == nil)
    }

    @Test("the interval of the odds ratio holds the truth and closes in on it")
    func interval() {
        var interval = OddsInterval(alpha: 0.05)
        #expect(interval.lower == nil && interval.upper == nil)
        for _ in 0..<400 { interval.absorb(table(3, 10, of: 100, 1000)) }
        let truth = (30.0 / 970) / (10.0 / 990)
        #expect((interval.lower ?? 0) > 2 && (interval.lower ?? 9) < truth)
        #expect((interval.upper ?? 99) < 4.5 && (interval.upper ?? 0) > truth)
    }

    @Test("a certificate comes with clean traffic, and not for a canary twice as bad")
    func certificate() {
        var clean = Certificate()
        var bad = Certificate()
        for _ in 0..<400 {
            clean.absorb(table(0, 1, of: 5, 95))
            clean.absorb(table(1, 19, of: 50, 950))
            bad.absorb(table(2, 19, of: 50, 950))
        }
        #expect(clean.logEvidence > .log(20))
        #expect(bad.logEvidence < .log(20))
    }

    @Test("the exact test of a share sums the binomial tail")
    func exactShare() {
        for (trials, rate) in [(1, 0.3), (9, 0.05), (56, 0.05), (100, 0.01), (40, 0.9)] {
            var terms: [Double] = []
            for events in 0...trials {
                let ways = (0..<events).reduce(1.0) { $0 * Double(trials - $1) / Double($1 + 1) }
                let chance = (0..<trials).reduce(ways) { $1 < events ? $0 * rate : $0 * (1 - rate) }
                terms.append(chance)
            }
            for least in 0...trials {
                let tail = terms[least...].reduce(0, +)
                let found = ExactShare.probability(ofAtLeast: Int64(least), among: Int64(trials), rate: rate)
                #expect(abs(found - tail) < 1e-12 + 1e-9 * tail, "\(least) of \(trials) at \(rate)")
            }
        }
        #expect(abs(ExactShare.probability(ofAtLeast: 3, among: 56, rate: 0.05) - 0.5354) < 1e-4)
        #expect(ExactShare.probability(ofAtLeast: 1, among: 9, rate: 0) == 0)
        #expect(ExactShare.probability(ofAtLeast: 9, among: 9, rate: 1) == 1)
        #expect(ExactShare.probability(ofAtLeast: -3, among: -1, rate: .nan) == 1)
        #expect(ExactShare.probability(ofAtLeast: 500_000, among: 9_000_000, rate: 0.05) < 1e-9)
    }
}
