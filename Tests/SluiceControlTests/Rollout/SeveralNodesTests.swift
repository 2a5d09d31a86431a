// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Rollouts of several nodes on one store")
struct SeveralNodesTests {
    private static let id = RolloutID.of("v2-1")
    private let clock = ManualTime()

    private func store() -> MemoryStore { MemoryStore(now: { [clock] in clock.now }) }

    private func actions(_ stage: Stage) async throws -> [String] {
        try await stage.audit().map(\.action).filter { $0.hasPrefix("rollout.") }
    }

    @Test("one node leads; another takes over once it is silent, and what the first one still writes is refused")
    func takeOver() async throws {
        let store = store()
        let first = Stage(store: store, node: "a")
        try await first.plane.start()
        try await first.register("v2")
        try await first.begin(#"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}]}"#)
        let second = Stage(store: store, node: "b", seed: 2)
        try await second.plane.start()
        try await first.run(12)
        let led = try await store.lastEvidence(of: SeveralNodesTests.id)
        #expect(led > 5)
        try await second.run(12)
        #expect(try await store.lastEvidence(of: SeveralNodesTests.id) == led, "b leads nothing")
        #expect(try await actions(second) == ["rollout.create", "rollout.start"])

        clock.advance(seconds: 16)
        await second.conductor.tick()
        #expect(try await actions(second) == ["rollout.create", "rollout.start", "rollout.restart"])
        let taken = try await store.lastEvidence(of: SeveralNodesTests.id)
        #expect(taken > led, "what b has gathered meanwhile")
        // a goes on within its lease's time as if nothing had happened.
        try await first.run(2)
        #expect(try await store.lastEvidence(of: SeveralNodesTests.id) == taken, "refused, whole")
        try await second.run(4)
        #expect(try await store.lastEvidence(of: SeveralNodesTests.id) > taken)
        #expect(try await actions(first).count == 3)
        #expect(try await second.plane.replay("v2-1").agrees != false)
    }

    @Test("a node that stops lets another one lead at once")
    func resigning() async throws {
        let store = store()
        let first = Stage(store: store, node: "a")
        try await first.plane.start()
        try await first.register("v2")
        try await first.begin(#"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}]}"#)
        await first.conductor.tick()
        let second = Stage(store: store, node: "b")
        try await second.plane.start()
        await second.conductor.tick()
        #expect(try await actions(second).count == 2)
        let run = Task { [conductor = first.conductor] in try await conductor.run() }
        run.cancel()
        try await run.value
        await second.conductor.tick()
        #expect(try await actions(second).last == "rollout.restart")
    }

    @Test("a node that does not lead asks for the lease in some rounds only, and a new rollout is led in the first one")
    func asking() async throws {
        let store = store()
        let first = Stage(store: store, node: "a")
        try await first.plane.start()
        try await first.register("v2")
        try await first.begin(#"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}]}"#)
        await first.conductor.tick(asksAgain: false)
        let second = Stage(store: store, node: "b")
        try await second.plane.start()
        await second.conductor.tick(asksAgain: false)
        clock.advance(seconds: 16)
        await second.conductor.tick(asksAgain: false)
        #expect(try await actions(second).last == "rollout.start", "b was refused and does not ask again yet")
        await second.conductor.tick()
        #expect(try await actions(second).last == "rollout.restart")
    }

    @Test("a person's order at another node reaches the one that leads, and the log holds what followed from it")
    func orderElsewhere() async throws {
        let store = store()
        let first = Stage(store: store, node: "a")
        try await first.plane.start()
        try await first.register("v2")
        let steps = #"[{"weight": "10%", "for": "1h"}, {"weight": "20%", "for": "1h"}, {"weight": 1}]"#
        try await first.begin(#"{"steps": \#(steps)}"#)
        try await first.run(5)
        let second = Stage(store: store, node: "b")
        try await second.plane.start()
        try await second.plane.order(.promote(.nextStep), rollout: "v2-1", second.change)
        // a has not heard of it yet.
        try await first.run(3)
        try await first.plane.refresh()
        try await first.run(20)
        #expect(try await first.state().step == 1)
        #expect(try await first.weight() == 0.2)
        let log = try await store.evidence(of: SeveralNodesTests.id, after: 0, limit: 10_000).map(\.event)
        #expect(log.count { if case .step = $0 { true } else { false } } == 2)
        #expect(try await first.plane.replay("v2-1").agrees != false)
        #expect(first.readings.verdict(of: SeveralNodesTests.id)?.decision == .waiting)
    }

    @Test("a brake at a node that does not lead holds the rollout, and whoever leads goes on from there")
    func brakeElsewhere() async throws {
        let store = store()
        let first = Stage(store: store, node: "a")
        try await first.plane.start()
        try await first.register("v2")
        try await first.begin(#"{"steps": [{"weight": "10%", "for": "1h"}, {"weight": 1}]}"#)
        try await first.run(5)
        let second = Stage(store: store, node: "b", seed: 2)
        try await second.plane.start()
        try await second.run(20)
        second.inbox.brake(SeveralNodesTests.id, .on(failures: 5, seconds: 1, reason: "five attempts refused"))
        second.isBraked = true
        try await second.run(30)
        guard case .paused(.brake) = try await second.state().phase else {
            Issue.record("not on hold: \(try await second.state().phaseText)")
            return
        }
        try await first.plane.refresh()
        try await first.run(5)
        guard case .paused(.brake) = try await first.state().phase else {
            Issue.record("the leading node has not heard of it: \(try await first.state().phaseText)")
            return
        }
        #expect(try await first.plane.replay("v2-1").agrees != false)
        // b has proof that it is the canary's own fault.
        for _ in 0..<3 {
            second.inbox.brake(SeveralNodesTests.id, .stays(reason: "tried again, refused again"))
            second.inbox.brake(SeveralNodesTests.id, .rescued(true))
            await second.conductor.tick()
        }
        #expect(try await second.release("v2").state == .rollback)
        try await first.plane.refresh()
        await first.conductor.tick()
        #expect(try await first.state().isOpen == false)
        #expect(first.published.watches.isEmpty)
    }

    @Test("what a verdict rests on is in the store exactly where what follows from it is")
    func oneCommit() async throws {
        let stage = Stage(store: store(), node: "a")
        try await stage.plane.start()
        try await stage.register("v2")
        try await stage.begin(#"{"steps": [{"weight": "50%", "for": "1h"}, {"weight": 1}]}"#)
        try await stage.run(5)
        try await stage.run(120, canary: .init(errors: 0.7)) { try await !stage.state().isOpen }
        #expect(try await stage.release("v2").state == .rollback)
        var replay = Replay()
        var last: Verdict?
        for entry in try await stage.store.evidence(of: SeveralNodesTests.id, after: 0, limit: 10_000) {
            last = replay.apply(entry.event) ?? last
        }
        #expect(last?.decision == .rollback, "the log ends with the evidence that decided")
        let recorded = try #require(try await stage.plane.current.rollout("v2-1").verdict)
        #expect(recorded.logEvidence == last?.logEvidence)
        #expect(recorded.metrics.contains { $0.odds != nil }, "the judge's last word has intervals")
    }
}
