// SPDX-License-Identifier: Apache-2.0
import RealModule
import SluiceJudge
import Testing

@Suite("Block-conditional e-value")
struct BlockConditionalTests {
    static let odds: [Double] = [1.25, 1.5, 2, 3, 5, 8, 15, 40, 200, 5000]

    /// The mean of each alternative's e-value when the canary's odds are `theta` times the baseline's.
    private func means(_ test: BlockConditional, _ nc: Int, _ nb: Int, _ m: Int, theta: Double) -> [Double] {
        let own = binomials(nc)
        let other = binomials(nb)
        var total = 0.0
        var sums = [Double](repeating: 0, count: test.psi.count)
        for j in max(0, m - nb)...min(nc, m) {
            let weight = own[j] * other[m - j] * .pow(theta, j)
            total += weight
            let logs = test.logEvidence(table(Int64(j), Int64(m - j), of: Int64(nc), Int64(nb)))
            for index in sums.indices { sums[index] += weight * .exp(logs[index]) }
        }
        return sums.map { $0 / total }
    }

    @Test(
        "enumerating every small block, the exact form's mean is one at the tolerated odds and less below",
        arguments: [0.5, 1, 1.2, 1.5, 2, 5]
    )
    func exactMean(tolerance: Double) {
        let test = BlockConditional(psi: Self.odds.map { $0 * tolerance }, tolerance: tolerance)
        for nc in 0...6 {
            for nb in 0...7 {
                for m in 0...(nc + nb) {
                    for mean in means(test, nc, nb, m, theta: tolerance) { #expect(abs(mean - 1) < 1e-12) }
                    for theta in [tolerance / 3, tolerance * 0.9] {
                        for mean in means(test, nc, nb, m, theta: theta) { #expect(mean <= 1 + 1e-12) }
                    }
                }
            }
        }
    }

    @Test("enumerating every small block, the fast form's mean is at most one at equal odds and below")
    func fastMean() {
        let test = BlockConditional(psi: Self.odds, tolerance: 1, path: .fast)
        for nc in 0...6 {
            for nb in 0...7 {
                for m in 0...(nc + nb) {
                    for theta in [0.3, 0.9, 1] {
                        for mean in means(test, nc, nb, m, theta: theta) { #expect(mean <= 1 + 1e-12) }
                    }
                }
            }
        }
    }

    @Test("the certificate's alternatives have mean one at the excluded odds and less above")
    func certificateMean() {
        let test = BlockConditional(psi: [0.5, 0.8, 1, 1.2], tolerance: 2)
        for nc in 1...6 {
            for nb in 1...6 {
                for m in 0...(nc + nb) {
                    for mean in means(test, nc, nb, m, theta: 2) { #expect(abs(mean - 1) < 1e-12) }
                    for mean in means(test, nc, nb, m, theta: 4) { #expect(mean <= 1 + 1e-12) }
                }
            }
        }
    }

    @Test("one more event of the canary among the same events is always more evidence")
    func monotone() {
        for tolerance in [1, 1.5, 3] {
            let test = BlockConditional(psi: Self.odds.map { $0 * tolerance }, tolerance: tolerance)
            for (nc, nb, m) in [(5, 40, 7), (40, 5, 7), (300, 4000, 250), (20, 20, 20), (100_000, 2_000_000, 50_000)] {
                let low = max(0, m - nb)
                let high = min(nc, m)
                for j in stride(from: low, to: high, by: max(1, (high - low) / 7)) {
                    let less = test.logEvidence(table(Int64(j), Int64(m - j), of: Int64(nc), Int64(nb)))
                    let more = test.logEvidence(table(Int64(j + 1), Int64(m - j - 1), of: Int64(nc), Int64(nb)))
                    for index in less.indices { #expect(less[index] < more[index]) }
                }
            }
        }
    }

    @Test("changing the arms and turning the odds over changes nothing")
    func symmetric() {
        let odds: [Double] = [1.25, 2, 8]
        let ahead = BlockConditional(psi: odds, tolerance: 1)
        let turned = BlockConditional(psi: odds.map { 1 / $0 }, tolerance: 1)
        for block in [table(1, 3, of: 5, 60), table(0, 2, of: 4, 4), table(30, 200, of: 900, 4000)] {
            let one = ahead.logEvidence(block)
            let swapped = table(block.baselineEvents, block.canaryEvents, of: block.baseline, block.canary)
            let other = turned.logEvidence(swapped)
            for index in odds.indices { #expect(abs(one[index] - other[index]) < 1e-10) }
        }
    }

    @Test("a block without events, with events only, or with one arm says nothing")
    func silent() {
        let test = BlockConditional(psi: Self.odds, tolerance: 1.5)
        for counts in [table(0, 0, of: 9, 90), table(9, 90, of: 9, 90), table(0, 7, of: 0, 90), table(3, 0, of: 9, 0)] {
            #expect(test.logEvidence(counts).allSatisfy { $0 == 0 })
        }
    }

    @Test("large blocks agree with a plain sum over all counts")
    func large() {
        let (nc, nb, m) = (700, 3000, 1500)
        var logFactorial = [0.0]
        for n in 1...4000 { logFactorial.append(logFactorial[n - 1] + .log(Double(n))) }
        func logChoose(_ n: Int, _ k: Int) -> Double { logFactorial[n] - logFactorial[k] - logFactorial[n - k] }
        func logZ(_ x: Double) -> Double {
            let terms = (0...700).map { logChoose(nc, $0) + logChoose(nb, m - $0) + Double($0) * .log(x) }
            let top = terms.max() ?? 0
            return top + .log(terms.reduce(0) { $0 + .exp($1 - top) })
        }
        let test = BlockConditional(psi: Self.odds.map { $0 * 1.5 }, tolerance: 1.5)
        for k in [0, 200, 283, 420, 700] {
            let logs = test.logEvidence(table(Int64(k), Int64(m - k), of: Int64(nc), Int64(nb)))
            for (index, psi) in test.psi.enumerated() {
                let plain = Double(k) * .log(psi / 1.5) + logZ(1.5) - logZ(psi)
                #expect(abs(logs[index] - plain) < 1e-8)
            }
        }
    }

    @Test("counts of a billion and more give finite evidence")
    func huge() {
        let test = BlockConditional(psi: Self.odds.map { $0 * 1.5 }, tolerance: 1.5)
        let billion: Int64 = 1_000_000_000
        for counts in [
            table(0, 1, of: billion, billion), table(billion, 0, of: billion, billion),
            table(10_000_000, 10_000_000, of: billion, billion), table(1, 0, of: 1, billion),
            table(0, billion - 1, of: billion, billion),
        ] {
            #expect(test.logEvidence(counts).allSatisfy { $0.isFinite })
        }
        let same = test.logEvidence(table(10_000_000, 10_000_000, of: billion, billion))
        #expect(same.allSatisfy { $0 < 0 })
    }

    @Test("any table gives finite evidence, on either path")
    func anything() {
        var random = chance(7)
        let fast = BlockConditional(psi: Self.odds, tolerance: 1, path: .fast)
        for _ in 0..<2000 {
            let scale = Int64(1) << Int64.random(in: 0...22, using: &random)
            let nc = Int64.random(in: 0...scale, using: &random)
            let nb = Int64.random(in: 0...scale, using: &random)
            let kc = Int64.random(in: 0...nc, using: &random)
            let kb = Int64.random(in: 0...nb, using: &random)
            let tolerance = Double.random(in: 0.2...5, using: &random)
            let odds = [0.3, 1.5, 5000].map { $0 * tolerance }
            let exact = BlockConditional(psi: odds, tolerance: tolerance)
            #expect(exact.logEvidence(table(kc, kb, of: nc, nb)).allSatisfy { $0.isFinite })
            #expect(fast.logEvidence(table(kc, kb, of: nc, nb)).allSatisfy { $0.isFinite })
        }
    }

    @Test("values that are no odds are brought into range")
    func strange() {
        let test = BlockConditional(psi: [.nan, .infinity, -3, 0], tolerance: .nan)
        #expect(test.logEvidence(table(1, 2, of: 30, 40)).allSatisfy { $0.isFinite })
    }
}
