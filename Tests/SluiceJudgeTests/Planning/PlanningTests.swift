// SPDX-License-Identifier: Apache-2.0
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

    @Test("at ten thousand calls a day, 1 to 5 % takes about nine hours and 1 to 2 % more than two days")
    func lowTraffic() throws {
        let strong = try estimate(0.05)
        #expect(strong.seconds > 8 * 3600 && strong.seconds < 10 * 3600)
        #expect(strong.isFeasible(within: 48 * 3600))
        #expect(strong.blockSeconds == 512)
        let weak = try estimate(0.02)
        #expect(!weak.isFeasible(within: 48 * 3600))
        let least = try #require(weak.leastDetectable(within: 48 * 3600))
        #expect(least > 0.02 && least < 0.03)
        #expect(weak.leastDetectable(within: 1) == nil)
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
