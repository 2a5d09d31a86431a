// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Rollouts over restarts, jumps of the clock and a store that is away")
struct RestartTests {
    static let plan =
        #"{"steps": [{"weight": "10%", "for": "20s"}, {"gate": "manual"}, {"weight": "50%", "for": "20s"}, {"weight": 1, "bake": "10s"}]}"#

    @Test(
        "a process that dies after any commit goes on at the recorded step, its soak begun anew, and never upwards first"
    )
    func everyTransition() async throws {
        var stage = try await Stage.set()
        try await stage.begin(RestartTests.plan)
        var restarts = 0
        for _ in 0..<400 {
            let before = try await stage.state()
            guard before.isOpen else { break }
            if before.phase == .paused(.gate) {
                try await stage.plane.order(.approve, rollout: "v2-1", stage.change)
            } else {
                try await stage.run(1)
            }
            let state = try await stage.state()
            guard state.step != before.step || state.phase != before.phase || restarts == 0 else { continue }
            let weight = try await stage.weight()
            stage = try await stage.restarted()
            restarts += 1
            guard state.isOpen else { break }
            await stage.conductor.tick()
            let after = try await stage.state()
            #expect(after.step == state.step)
            #expect(after.phase == state.phase)
            #expect(after.stepStartedAt > state.stepStartedAt, "the soak clock starts anew")
            #expect(try await stage.weight() == weight, "nothing goes upwards first")
            #expect(stage.published.watches.count == 1)
        }
        #expect(try await stage.state().phase == .completed)
        #expect(restarts >= 5)
        #expect(try await stage.plane.replay("v2-1").agrees == true)
    }

    @Test("evidence from before a restart counts after it: the judge is what the log makes it")
    func evidence() async throws {
        var stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}]}"#)
        try await stage.run(20)
        let bad = Stage.Behaviour(errors: 0.06)
        try await stage.run(60, canary: bad) { (stage.readings.verdict(of: .of("v2-1"))?.logEvidence ?? 0) > 2 }
        let said = try #require(stage.readings.verdict(of: .of("v2-1")))
        #expect(said.decision != .rollback)
        stage = try await stage.restarted()
        await stage.conductor.tick()
        let replay = try await stage.plane.replay("v2-1")
        #expect(replay.last == said, "bit for bit")
        let told = try #require(stage.readings.verdict(of: .of("v2-1")), "to be seen before there is traffic again")
        #expect(told.metrics == said.metrics)
        #expect(try await !stage.plane.explain("v2-1").text.contains("has said nothing yet"))
        try await stage.run(1)
        let next = try #require(stage.readings.verdict(of: .of("v2-1")))
        #expect(next.metrics[0].counts.canary >= said.metrics[0].counts.canary)
        #expect(next.metrics[0].counts.baseline > 0)
    }

    @Test("every verdict that was told comes out of the log again")
    func told() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}]}"#)
        var live: [Verdict] = []
        try await stage.run(90, canary: .init(errors: 0.1)) {
            if let verdict = stage.readings.verdict(of: .of("v2-1")), live.last != verdict { live.append(verdict) }
            return try await !stage.state().isOpen
        }
        var replay = Replay()
        var again: [Verdict] = []
        for (_, event) in try await stage.plane.rolloutLog("v2-1", limit: 10_000) {
            if let verdict = replay.apply(event), again.last != verdict { again.append(verdict) }
        }
        #expect(live.count > 3)
        #expect(live.allSatisfy { again.contains($0) })
        #expect(again.last == live.last)
    }

    @Test("the wall clock jumping by an hour changes nothing", arguments: [Int64(3_600), -3_600])
    func jumps(seconds: Int64) async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "10%", "for": "10m"}, {"weight": 1}]}"#)
        try await stage.run(30)
        stage.time.advance(seconds: seconds)
        try await stage.run(30)
        #expect(try await stage.state().phase == .progressing)
        #expect(try await stage.state().step == 0)
        let verdict = try #require(stage.readings.verdict(of: .of("v2-1")))
        #expect(verdict.decision == .waiting)
        #expect(verdict.stepRequests > 200, "evidence keeps coming in")
    }

    @Test("a clock set back by an hour while the process was away neither stops evidence nor shortens a step")
    func awayJump() async throws {
        var stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "10%", "for": "1m"}, {"weight": 1}]}"#)
        try await stage.run(30)
        stage = try await stage.restarted(wall: -3_600)
        try await stage.run(40)
        #expect(try await stage.state().step == 0, "the soak began anew")
        #expect(try #require(stage.readings.verdict(of: .of("v2-1"))).stepRequests > 100)
        try await stage.run(120) { try await !stage.state().isOpen }
        #expect(try await stage.state().phase == .completed)
    }

    @Test("a log that moves while it is repaired after a start is read again before anything else")
    func movedWhileRepaired() async throws {
        var stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}]}"#)
        try await stage.run(5)
        // As a release before this one left it, which died between the commit of a start and its entry in the log.
        var record = try await stage.plane.current.rollout("v2-1")
        record.state.startedAt = record.state.startedAt.map { $0 + 1 }
        try await stage.store.commit([.putRollout(record)], audit: [], expecting: await stage.plane.epoch)
        stage = try await stage.restarted()
        await stage.store.failNextAppend(with: StoreError(.logMoved, "somebody was faster"))
        await stage.conductor.tick()
        #expect(try await stage.audit().last?.action == "rollout.start", "nothing is done without the log")
        await stage.conductor.tick()
        #expect(try await stage.audit().last?.action == "rollout.restart", "the step begins anew, as after any start")
        try await stage.run(3)
        #expect(try #require(stage.readings.verdict(of: .of("v2-1"))).stepRequests > 0)
    }

    @Test("while no evidence comes in and nothing is due, a round takes no turn of the control plane")
    func quietRounds() async throws {
        let stage = try await Stage.set()
        try await stage.begin(
            #"{"steps": [{"weight": "10%", "for": "30s"}, {"weight": 1}], "no_traffic": {"after": "1m"}}"#
        )
        try await stage.run(20)
        await stage.pass(2)
        let before = stage.time.reads
        for _ in 0..<20 { await stage.conductor.tick() }
        for _ in 0..<5 { await stage.pass(1) }
        #expect(stage.time.reads == before)
        #expect(try await stage.state().step == 0)
        // What time alone changes is done all the same, and stands in the log.
        for _ in 0..<10 { await stage.pass(1) }
        #expect(try await stage.state().step == 1)
        #expect(try await stage.plane.replay("v2-1").agrees == true)
    }

    @Test("while the store is away nothing moves and nothing is promoted; evidence waits, and it goes on afterwards")
    func storeAway() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "10%", "for": "20s"}, {"weight": 1, "for": "5s"}]}"#)
        try await stage.run(10)
        await stage.store.fail(with: StoreError(.unavailable, "disk full"))
        try await stage.run(60)
        #expect(try await stage.plane.rollout("v2-1").isFrozen)
        #expect(try await stage.state().step == 0)
        #expect(try await stage.weight() == 0.1)
        await stage.store.fail(with: nil)
        await stage.conductor.tick()
        #expect(try await !stage.plane.rollout("v2-1").isFrozen)
        #expect(try #require(stage.readings.verdict(of: .of("v2-1"))).metrics[0].counts.canary > 200)
        try await stage.run(60) { try await !stage.state().isOpen }
        #expect(try await stage.state().phase == .completed)
    }

    @Test("a canary that went bad while the store was away is rolled back as soon as the store is back")
    func badMeanwhile() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "10%", "for": "20s"}, {"weight": 1}]}"#)
        try await stage.run(10)
        await stage.store.fail(with: StoreError(.unavailable, "locked"))
        try await stage.run(40, canary: .init(errors: 0.5))
        #expect(try await stage.state().isOpen)
        await stage.store.fail(with: nil)
        await stage.conductor.tick()
        #expect(try await stage.release("v2").state == .rollback)
    }
}
