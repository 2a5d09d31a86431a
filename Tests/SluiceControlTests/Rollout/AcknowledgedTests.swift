// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Reasons that were let pass")
struct AcknowledgedTests {
    @Test("a ceiling that production breaks all the time, once let pass, does not keep the rollout from its end")
    func alwaysAbove() async throws {
        let stage = try await Stage.set()
        try await stage.begin(#"{"steps": [{"weight": "20%", "for": "5m"}, {"weight": 1}]}"#)
        let usual = Stage.Behaviour(errors: 0.12)
        try await stage.run(200, canary: usual, others: usual) {
            if case .paused = try await stage.state().phase { true } else { false }
        }
        guard case .paused(.held(let reasons)) = try await stage.state().phase else {
            Issue.record("not on hold: \(try await stage.state().phaseText)")
            return
        }
        #expect(reasons.map(\.code) == [.sharedOutage])
        try await stage.plane.order(.resume, rollout: "v2-1", stage.change)
        try await stage.run(600, canary: usual, others: usual) { try await stage.state().step == 1 }
        #expect(try await stage.state().step == 1, "the step was left although the ceiling is broken still")
        // At 100 % there is nothing to compare with: that is said once more.
        try await stage.run(300, canary: usual, others: usual) {
            if case .progressing = try await stage.state().phase { false } else { true }
        }
        if case .paused = try await stage.state().phase {
            try await stage.plane.order(.resume, rollout: "v2-1", stage.change)
            try await stage.run(300, canary: usual, others: usual) { try await !stage.state().isOpen }
        }
        #expect(try await stage.state().phase == .completed)
        #expect(try await stage.plane.replay("v2-1").agrees == true, "the log tells the same")
    }

    @Test("one resume is enough for all steps that have production to compare with")
    func overSteps() async throws {
        let stage = try await Stage.set()
        try await stage.begin(
            #"{"steps": [{"weight": "20%", "for": "60s"}, {"weight": "40%", "for": "60s"}, {"weight": "60%", "for": "1h"}]}"#
        )
        let usual = Stage.Behaviour(errors: 0.12)
        try await stage.run(200, canary: usual, others: usual) { try await stage.state().phase != .progressing }
        try await stage.plane.order(.resume, rollout: "v2-1", stage.change)
        try await stage.run(400, canary: usual, others: usual) {
            let state = try await stage.state()
            return state.step == 2 || state.phase != .progressing
        }
        #expect(try await stage.state().step == 2)
        try await stage.run(60, canary: usual, others: usual)
        let state = try await stage.state()
        #expect(state.phase == .progressing, "\(state.phaseText)")
        #expect(state.passed?.map(\.code) == [.sharedOutage])
        #expect(try await stage.plane.replay("v2-1").agrees == true)
    }
}
