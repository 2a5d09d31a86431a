// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("What the ledger tells of bursts")
struct BurstHistoryTests {
    /// A day of production until now: an error in three minutes, and six bursts of so many seconds with ten errors each.
    private func day(_ stage: Stage, bursts length: Int64, _ errorClass: ErrorClass = .upstreamError) async throws {
        var number: UInt64 = 0
        var records: [JournalRecord] = []
        func fail(_ second: Int64) {
            number += 1
            let moment = stage.time.now.advanced(bySeconds: second - 86_400)
            records.append(
                .settled(.sample(number, at: moment, milliseconds: 10, errorClass: errorClass))
            )
        }
        for second in stride(from: Int64(0), to: 86_000, by: 180) { fail(second + second * 7_919 % 180) }
        for burst in 0..<Int64(6) {
            for second in 0..<length { for _ in 0..<10 { fail(burst * 13_000 + 500 + second) } }
        }
        try await stage.store.ingest(records, node: "n", position: JournalPosition())
    }

    /// A stage whose canary `v3` is another model than production's.
    private func stage() async throws -> Stage {
        let stage = try await Stage.set()
        try await stage.register("v3", model: "gpt-5")
        return stage
    }

    private func cluster(_ stage: Stage, _ plan: String = #"{"preset": "careful"}"#) async throws -> Int? {
        try await stage.plane.createRollout(RolloutRequest(canary: "v3", plan: .of(plan)), stage.change)
            .state.plan.judging.burst?.cluster
    }

    @Test("long bursts of production make a new rollout's clusters longer")
    func long() async throws {
        let stage = try await stage()
        try await day(stage, bursts: 60)
        let cluster = try #require(try await cluster(stage))
        #expect(cluster >= 50 && cluster <= 120)
    }

    @Test("short ones, none, and what is no fault of the version leave the default", arguments: [0, 5])
    func short(length: Int64) async throws {
        let stage = try await stage()
        try await day(stage, bursts: length)
        #expect(try await cluster(stage) == BurstLimit.standardCluster)
        let other = try await self.stage()
        try await day(other, bursts: 60, .quota)
        #expect(try await cluster(other) == BurstLimit.standardCluster)
    }

    @Test("a plan that names its clusters keeps them, and an estimate sees what a start would")
    func named() async throws {
        let stage = try await stage()
        try await day(stage, bursts: 60)
        let wish = RolloutRequest(canary: "v3", plan: .of(#"{"preset": "careful"}"#))
        #expect(try await stage.plane.learntDraft(wish).draft.plan.judging.burst?.cluster ?? 0 >= 50)
        #expect(try await cluster(stage, #"{"preset": "careful", "burst": {"cluster": "30s"}}"#) == 30)
    }

    @Test(
        "the same model at the same targets needs no limit: the estimate says so, and what a later start finds holds"
    )
    func oneSource() async throws {
        let stage = try await stage()
        func bursts(_ canary: String) async throws -> String {
            try await stage.plane.estimate(RolloutRequest(canary: canary, plan: .of(#"{"preset": "quick"}"#))).bursts
        }
        #expect(
            try await bursts("v2").hasPrefix("Bursts are not limited: v2 and v1 have the same targets and time-outs")
        )
        #expect(try await bursts("v3").hasPrefix("Bursts are not limited: a step is shorter than ten minutes"))
        let wish = RolloutRequest(canary: "v3", plan: .of(#"{"preset": "careful"}"#))
        #expect(
            try await stage.plane.estimate(wish).bursts
                == "Bursts are limited: evidence grows at most 8.5 times in 20s, since v3 is served by main/gpt-5 and v1 by"
                + " main/gpt-4.1: each may have blips of its own."
        )
        let own = RolloutRequest(canary: "v2", plan: .of(#"{"preset": "careful"}"#), starts: false)
        #expect(try await stage.plane.createRollout(own, stage.change).state.plan.burstReason == .oneSource)
        // Another production version comes before it starts.
        try await stage.plane.transition("v3", to: .canary, stage.change)
        try await stage.plane.transition("v3", to: .production, stage.change)
        let state = try await stage.plane.order(.start, rollout: "v2-1", stage.change).state
        #expect(state.plan.burstReason == .otherSource && state.plan.judging.burst != nil)
    }

    @Test("where there is more than is read, the last second is the end of what is known")
    func cut() {
        let failures = (0..<BurstHistory.most).map {
            FailureCount(second: Int64($0), errorClass: .timeout, count: 1)
        }
        let history = BurstHistory(failures: failures, until: Timestamp(nanoseconds: 1_000_000 * 1_000_000_000))
        #expect(history.cluster == 4)
        #expect(BurstHistory(failures: [], until: Timestamp(nanoseconds: 0)).cluster == nil)
    }
}
