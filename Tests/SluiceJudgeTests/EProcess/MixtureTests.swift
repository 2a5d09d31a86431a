// SPDX-License-Identifier: Apache-2.0
import Foundation
import RealModule
import SluiceJudge
import Testing

@Suite("Funded mixture")
struct MixtureTests {
    @Test("the weights of the ten odds and of the six quantiles sum to one")
    func weights() {
        for grid in [OddsGrid.worse, .likely, .events, .middle, .tail] {
            #expect(abs(grid.weights.reduce(0, +) - 1) < 1e-12)
            #expect(grid.odds.count == 10)
        }
        #expect(abs(QuantileLevel.allCases.map(\.weight).reduce(0, +) - 1) < 1e-12)
    }

    @Test("capital is never paid in beyond what there is, and never taken back")
    func funding() {
        for funding in [Funding(planMinutes: 2880), Funding(start: 0.1, overtime: 0.5, planMinutes: 60), .plain] {
            var last = funding.paid(after: 0)
            #expect(last == funding.start)
            for minutes in stride(from: 0, through: 40_000, by: 7) {
                let paid = funding.paid(after: minutes)
                #expect(paid >= last && paid <= 1)
                last = paid
            }
        }
    }

    @Test("half of what is left is paid in over each day past the plan")
    func overtime() {
        let funding = Funding(start: 0.4, overtime: 0.06, planMinutes: 600)
        #expect(abs(funding.paid(after: 600) - 0.94) < 1e-12)
        #expect(abs(funding.paid(after: 600 + 1440) - 0.97) < 1e-12)
        #expect(abs(funding.paid(after: 600 + 2880) - 0.985) < 1e-12)
        #expect(abs(funding.paid(after: 600 + 720) - 0.955) < 1e-12)
    }

    @Test("paying in changes no evidence by itself")
    func paying() {
        var evidence = RelativeEvidence(funding: Funding(planMinutes: 120))
        #expect(abs(evidence.logEvidence) < 1e-12)
        for minutes in stride(from: 1, through: 5000, by: 13) {
            evidence.pay(through: minutes)
            #expect(abs(evidence.logEvidence) < 1e-12)
        }
    }

    /// `SLUICE_DRIFT_BLOCKS=100000000` with a release build takes a quarter of a minute.
    @Test("very many blocks add up without drift")
    func noDrift() {
        let counts = table(1, 20, of: 1, 27)
        let each = BlockConditional(psi: OddsGrid.worse.odds, tolerance: 1).logEvidence(counts)
        var evidence = RelativeEvidence(funding: .plain)
        let asked = ProcessInfo.processInfo.environment["SLUICE_DRIFT_BLOCKS"].flatMap { Int($0) }
        let blocks = asked ?? 100_000
        for _ in 0..<blocks { evidence.absorb(counts) }
        let logs = zip(each, OddsGrid.worse.weights).map { Double(blocks) * $0 + .log($1) }
        let top = logs.max() ?? 0
        let plain = top + .log(logs.reduce(0) { $0 + .exp($1 - top) })
        #expect(abs(evidence.logEvidence - plain) < 1e-9 * max(1, abs(plain)))
    }

    @Test("a fault after a healthy day is found by the funded form long before the plain one")
    func late() {
        var plain = RelativeEvidence(funding: .plain)
        var funded = RelativeEvidence(funding: Funding(planMinutes: 2880))
        for minute in 1...1440 {
            funded.pay(through: minute)
            plain.absorb(table(0, 16, of: 83, 1583))
            funded.absorb(table(0, 16, of: 83, 1583))
        }
        for _ in 0..<4 {
            plain.absorb(table(4, 0, of: 4, 80))
            funded.absorb(table(4, 0, of: 4, 80))
        }
        #expect(funded.logEvidence > .log(100))
        #expect(plain.logEvidence < 0)
    }
}
