// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import Testing

@testable import SluiceControl

@Suite("How both arms fared lately")
struct ArmHealthTests {
    @Test("seconds add up within the range asked for, also when they come out of order")
    func sums() {
        var health = ArmHealth()
        for second in [Int64(10), 12, 11, 12, 30] { health.note(failed: second == 12, at: second) }
        #expect(health.sum(in: 10...12) == EndedRequests(requests: 4, failures: 2))
        #expect(health.sum(in: 11...11) == EndedRequests(requests: 1, failures: 0))
        #expect(health.sum(in: 13...29).failureShare == nil)
        #expect(health.sum(in: 0...100).failureShare == 0.4)
    }

    @Test("what is long past is forgotten")
    func forgets() {
        var health = ArmHealth()
        health.note(failed: true, at: 1)
        health.note(failed: false, at: 2 * ArmHealth.kept + 1)
        #expect(health.sum(in: 0...10_000) == EndedRequests(requests: 1, failures: 0))
    }

    @Test("both arms are read over the same seconds")
    func tallies() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "50%", "for": "1h"}, {"weight": 1}]}"#)
        try await stage.run(20)
        try await stage.run(5, others: .init(errors: 1))
        let id = RolloutID.of("v2-1")
        let short = try #require(await stage.health(of: id, window: 4))
        #expect(short.baseline.requests > 60 && short.baseline.failureShare == 1)
        #expect(short.canary.requests > 60 && (short.canary.failureShare ?? 1) < 0.2)
        let long = try #require(await stage.health(of: id, window: 60))
        #expect((long.baseline.failureShare ?? 1) < 0.5)
        #expect(await stage.health(of: .of("another"), window: 60) == nil)
    }
}

extension Stage {
    /// Both arms over the same last seconds.
    fileprivate func health(
        of rollout: RolloutID,
        window: Int64
    ) async -> (canary: EndedRequests, baseline: EndedRequests)? {
        guard let tally = await plane.tallies.tallies[rollout] else { return nil }
        let range = (inbox.now - window)...inbox.now
        return (tally.arms.canary.sum(in: range), tally.arms.baseline.sum(in: range))
    }
}

extension EndedRequests {
    /// Failures among the requests, 0…1; unknown without requests.
    fileprivate var failureShare: Double? { requests > 0 ? Double(failures) / Double(requests) : nil }
}
