// SPDX-License-Identifier: Apache-2.0
import SluiceJudge
import Testing

@Suite("Golden values")
struct GoldenValuesTests {
    private struct Row {
        var counts: [Int64]
        var exact: Double
        var tolerant: Double
        var fast: Double
    }

    @Test("the block-conditional e-value has the published logarithms at psi 5")
    func blockConditional() throws {
        let rows = [
            Row(counts: [1, 0, 1, 27], exact: 1.4759065198, tolerant: 0.8178506591, fast: 1.4759065198),
            Row(counts: [2, 1, 3, 40], exact: 2.5247972250, tolerant: 1.3368209034, fast: 2.4804766163),
            Row(counts: [0, 4, 10, 190], exact: -0.7135899010, tolerant: -0.5197214755, fast: -0.7292862272),
            Row(counts: [5, 5, 5, 95], exact: 6.4374563775, tolerant: 3.4408495727, fast: 6.2239739942),
        ]
        for row in rows {
            let counts = try #require(
                Counts(
                    canary: row.counts[2],
                    canaryEvents: row.counts[0],
                    baseline: row.counts[3],
                    baselineEvents: row.counts[1]
                )
            )
            let exact = BlockConditional(psi: [5], tolerance: 1).logEvidence(counts)
            let tolerant = BlockConditional(psi: [5], tolerance: 2).logEvidence(counts)
            let fast = BlockConditional(psi: [5], tolerance: 1, path: .fast).logEvidence(counts)
            #expect(abs(exact[0] - row.exact) < 1e-9)
            #expect(abs(tolerant[0] - row.tolerant) < 1e-9)
            #expect(abs(fast[0] - row.fast) < 1e-9)
        }
    }

    @Test("the ceiling's beta mixture has the published logarithm")
    func ceiling() {
        let mixture = BetaMixture(limit: 0.05, a: 1, b: 19)
        #expect(abs(mixture.logEvidence(events: 22, trials: 200) - 4.6741437600) < 1e-9)
    }
}
