// SPDX-License-Identifier: Apache-2.0
import RealModule
import SluiceJudge
import Testing

@Suite("Planning")
struct PlanningTests {
    @Test("the lower bounds have their published values")
    func bounds() {
        #expect(abs(LowerBound.known(baseline: 0.01, canary: 0.05, alpha: 0.01) - 112) < 1)
        #expect(abs(LowerBound.known(baseline: 0.01, canary: 0.02, alpha: 0.01) - 1177) < 2)
        #expect(abs(LowerBound.twoSample(baseline: 0.01, canary: 0.05, share: 0.05, alpha: 0.01) - 123) < 1)
        #expect(abs(LowerBound.twoSample(baseline: 0.01, canary: 0.02, share: 0.05, alpha: 0.01) - 1256) < 2)
        #expect(abs(LowerBound.twoSample(baseline: 0.01, canary: 0.5, share: 0.05, alpha: 0.01) - 3.7) < 0.1)
        #expect(abs(LowerBound.twoSample(baseline: 0.01, canary: 1, share: 0.05, alpha: 0.01) - 1.3) < 0.1)
        #expect(abs(LowerBound.twoSample(baseline: 0.001, canary: 0.01, share: 0.05, alpha: 0.01) - 375) < 2)
        #expect(abs(LowerBound.twoSample(baseline: 0.01, canary: 0.05, share: 0.25, alpha: 0.01) - 180) < 1)
        #expect(LowerBound.known(baseline: 0.01, canary: 0.01, alpha: 0.01) == .infinity)
    }

    @Test("a tolerance raises the lower bound, up to infinity at what is tolerated")
    func toleratedBounds() {
        func bound(_ canary: Double, _ tolerance: Double, share: Double = 0.05) -> Double {
            LowerBound.twoSample(baseline: 0.01, canary: canary, share: share, alpha: 0.01, tolerance: tolerance)
        }
        for canary in [0.02, 0.05, 0.5, 1] {
            #expect(bound(canary, 1) < bound(canary, 1.2) && bound(canary, 1.2) < bound(canary, 1.5))
        }
        #expect(abs(bound(0.05, 1.5) - 199.1) < 0.1)
        #expect(abs(bound(0.02, 1.5) - 6318) < 1)
        #expect(bound(0.0149, 1.5) == .infinity)
        // The divergence from the nearest tolerated pair of rates is the least of all such pairs.
        let mean = -0.5 * Double.log(0.01) / bound(0.05, 1.5, share: 0.5)
        for step in 1...200 {
            let other = 0.0003 * Double(step)
            let odds = 1.5 * other / (1 - other)
            let own = odds / (1 + odds)
            let both = 0.5 * divergence(0.05, own) + 0.5 * divergence(0.01, other)
            #expect(both >= mean - 1e-9)
        }
    }

    private func divergence(_ p: Double, _ q: Double) -> Double {
        p * .log(p / q) + (1 - p) * .log((1 - p) / (1 - q))
    }

    private func estimate(_ canary: Double, tolerance: Double = 1) throws -> PlanEstimate {
        PlanEstimate(
            try PlanEstimate.Question(
                requestsPerSecond: 10_000 / 86_400,
                share: 0.05,
                baselineRate: 0.01,
                canaryRate: canary,
                tolerance: tolerance
            )
        )
    }

    @Test("at ten thousand calls a day, 1 to 5 % takes about eight hours and 1 to 2 % more than two days")
    func lowTraffic() throws {
        let strong = try estimate(0.05)
        #expect(strong.seconds > 6 * 3600 && strong.seconds < 10 * 3600)
        #expect(strong.isFeasible(within: 48 * 3600))
        #expect(strong.blockSeconds == 512)
        let weak = try estimate(0.02)
        #expect(!weak.isFeasible(within: 48 * 3600))
        let least = try #require(weak.leastDetectable(within: 48 * 3600))
        #expect(least > 0.02 && least < 0.03)
        #expect(weak.leastDetectable(within: 1) == nil)
    }

    /// Requests a day, share, the canary's error rate, and whether by the default metrics.
    private static let table: [(Double, Double, Double, Bool)] = [
        (50, 0.05, 1, true), (50, 0.5, 0.5, true), (10_000, 0.01, 1, true), (10_000, 0.05, 0.05, false),
        (10_000, 0.25, 0.5, true), (2_400_000, 0.05, 1, true), (2_400_000, 0.25, 1, false),
        (2_400_000, 0.5, 0.05, false),
    ]

    @Test("an estimate is within a quarter of what the judge takes in simulation", arguments: table)
    func againstSimulation(perDay: Double, share: Double, canary: Double, isDefault: Bool) throws {
        let estimate = PlanEstimate(
            try PlanEstimate.Question(
                requestsPerSecond: perDay / 86_400,
                share: share,
                baselineRate: 0.01,
                canaryRate: canary,
                metricShare: isDefault ? 0.5 : 1,
                tolerance: isDefault ? 1.5 : 1,
                ceiling: isDefault ? 0.05 : nil
            )
        )
        var scenario = try #require(Scenario.named("worse-errors"))
        scenario.requestsPerSecond = perDay / 86_400
        scenario.share = share
        scenario.horizon = max(64 * estimate.blockSeconds, Int(8 * estimate.seconds))
        scenario.traffic = .errors([
            Scenario.ErrorPhase(seconds: scenario.horizon, canary: canary, baseline: 0.01)
        ])
        scenario.isShippedOnly = true
        let judged = isDefault ? scenario.withDefaultMetrics : scenario
        let row = try Simulation(judged, seed: 11).run(100).rows[0]
        let mean = try #require(row.meanRequests)
        let error = try #require(row.meanRequestsError)
        #expect(row.detectionRate > 0.97)
        #expect(abs(estimate.canaryRequests - mean) < 0.25 * mean + error)
        #expect(estimate.canaryRequestsLate > 0.8 * estimate.canaryRequests)
        #expect(estimate.boundTwoSample < mean + error)
    }

    @Test("what is tolerated is never found")
    func tolerated() throws {
        #expect(try estimate(0.02, tolerance: 2.1).seconds == .infinity)
        #expect(try estimate(0.05, tolerance: 1.5).canaryRequests > estimate(0.05).canaryRequests)
    }

    @Test("a question out of range says which value", arguments: [-1, 0, .nan, .infinity] as [Double])
    func refused(rate: Double) {
        let error = #expect(throws: ConfigurationError.self) {
            try PlanEstimate.Question(requestsPerSecond: rate, share: 0.05, baselineRate: 0.01, canaryRate: 0.02)
        }
        #expect(error?.field == "rps")
    }

    @Test("a plan has at least an hour, and an open gate counts a day")
    func minutes() {
        #expect(PlanMinutes.total(timedSeconds: [600]) == 60)
        #expect(PlanMinutes.total(timedSeconds: [172_800, 604_800], openGates: 1) == 2880 + 10_080 + 1440)
        #expect(PlanMinutes.total(timedSeconds: [.max, .max, -5], openGates: .max) > 0)
    }
}
