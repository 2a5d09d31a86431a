// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import Testing

@Suite("Machine of a rollout")
struct RolloutMachineTests {
    private func plan(_ steps: [Plan.Step], holdback: Int = 0) throws -> Plan {
        Plan(
            steps: steps,
            judging: try JudgeConfiguration.standard(planMinutes: 60),
            holdback: try #require(BasisPoints(holdback))
        )
    }

    private func hold(_ weight: Int, _ seconds: Int64 = 60, bake: Bool = false) throws -> Plan.Step {
        .hold(Plan.Hold(weight: try #require(BasisPoints(weight)), seconds: seconds, isBake: bake))
    }

    private func rollout(_ plan: Plan) throws -> RolloutState {
        RolloutState(
            id: try #require(RolloutID("r1")),
            route: try #require(RouteID("chat")),
            canary: try #require(VersionID("v2")),
            baseline: VersionID("v1"),
            plan: plan
        )
    }

    private func verdict(_ decision: Verdict.Decision, _ reasons: [Reason] = []) throws -> RolloutEvent {
        let configuration = try JudgeConfiguration.standard(planMinutes: 60)
        var verdict = Judge(configuration, startedAt: 0).verdict(at: 0)
        verdict.decision = decision
        verdict.reasons = reasons
        return .verdict(verdict)
    }

    /// Feeds events and gives the last state and its effects.
    private func run(_ state: RolloutState, _ events: [RolloutEvent]) throws -> (RolloutState, [RolloutEffect]) {
        var state = state
        var effects: [RolloutEffect] = []
        for (second, event) in events.enumerated() {
            (state, effects) = try RolloutMachine.handle(event, in: state, now: Int64(second) * 100)
        }
        return (state, effects)
    }

    private func weights(_ effects: [RolloutEffect]) -> [Int] {
        effects.compactMap { if case .setWeight(_, let weight) = $0 { weight.rawValue } else { nil } }
    }

    @Test("further steps open the gate and take the place of what the plan had left")
    func extend() throws {
        let state = try rollout(plan([hold(500), .gate, hold(2_500), hold(10_000)]))
        let more = [try hold(1_000), Plan.Step.gate]
        #expect(throws: RolloutRefusal.self) { try run(state, [.start, .extend(more)]) }
        let (next, effects) = try run(state, [.start, verdict(.advance), .extend(more)])
        #expect(next.phase == .progressing && weights(effects) == [1_000])
        #expect(next.plan.steps == [try hold(500), .gate] + more)
        let (last, _) = try RolloutMachine.handle(verdict(.advance), in: next, now: 900)
        #expect(last.phase == .paused(.gate) && last.step == 3)
    }

    @Test("further steps that are none, do not rise, or are too many are refused")
    func extendWrongly() throws {
        let state = try rollout(plan([hold(500), .gate]))
        let many = try (0..<99).map { try hold(600 + $0) }
        for steps in [[], [Plan.Step.gate], [try hold(500)], many] {
            #expect(throws: RolloutRefusal.self) { try run(state, [.start, verdict(.advance), .extend(steps)]) }
        }
    }

    @Test("a promotion that names another step than the one that runs is refused, and so is a second one at once")
    func promoteTwice() throws {
        let start = try run(rollout(plan([hold(500), hold(2_000), hold(6_000), hold(10_000)])), [.start]).0
        let (second, _) = try RolloutMachine.handle(.promote(.nextStep, from: 0), in: start, now: 10)
        #expect(second.step == 1)
        for late in [RolloutEvent.promote(.nextStep, from: 0), .promote(.full, from: 0), .promote(.nextStep)] {
            #expect(throws: RolloutRefusal.self, "\(late)") {
                try RolloutMachine.handle(late, in: second, now: 11)
            }
        }
        #expect(try RolloutMachine.handle(.promote(.nextStep, from: 1), in: second, now: 11).state.step == 2)
        #expect(try RolloutMachine.handle(.promote(.nextStep), in: second, now: 15).state.step == 2)
        #expect(try RolloutMachine.handle(.promote(.full), in: second, now: 11).state.phase == .completed)
    }

    @Test("a metric that only the baseline has is held, until somebody lets it pass")
    func unmeasured() throws {
        let start = try run(rollout(plan([hold(500), hold(10_000)])), [.start]).0
        func event(costs: Int64, requests: Int64 = 100) throws -> RolloutEvent {
            guard case .verdict(var verdict) = try self.verdict(.advance) else { throw RolloutRefusal("no verdict") }
            for index in verdict.metrics.indices {
                let isCost = verdict.metrics[index].metric == .cost
                verdict.metrics[index].counts = try #require(
                    Counts(canary: isCost ? costs : requests, canaryEvents: 0, baseline: 2_000, baselineEvents: 0)
                )
            }
            return .verdict(verdict)
        }
        let (held, effects) = try RolloutMachine.handle(event(costs: 0), in: start, now: 70)
        #expect(held.phase == .paused(.held([Reason(.unmeasured, .cost)])))
        #expect(effects == [.notify(.held([Reason(.unmeasured, .cost)]))])
        let (resumed, _) = try RolloutMachine.handle(.resume, in: held, now: 80)
        #expect(try RolloutMachine.handle(event(costs: 0), in: resumed, now: 150).state.step == 1)
        #expect(try RolloutMachine.handle(event(costs: 1), in: start, now: 70).state.step == 1)
        #expect(
            try RolloutMachine.handle(event(costs: 0, requests: 15), in: start, now: 70).state.step == 1,
            "with so few requests it is chance"
        )
    }

    @Test("what was nobody's fault ends by itself; what is somebody's waits for a person")
    func quiet() throws {
        let start = try rollout(plan([hold(500), hold(10_000)]))
        let outage = Reason(.sharedOutage, .error)
        let (held, _) = try run(start, [.start, verdict(.hold, [outage])])
        let (on, effects) = try RolloutMachine.handle(.quiet, in: held, now: 400)
        #expect(on.phase == .progressing && on.stepStartedAt == 400)
        #expect(effects == [.acknowledge([outage]), .beginStep(on.demand)], "the outage's evidence is left behind")
        #expect(on.acknowledged.isEmpty, "a second outage holds again")
        let (braked, _) = try run(start, [.start, .brake("refused")])
        #expect(try RolloutMachine.handle(.quiet, in: braked, now: 400).state.phase == .progressing)
        for other in [
            [try verdict(.hold, [Reason(.quota, .quota)])],
            [try verdict(.hold, [outage, Reason(.sampleRatioMismatch)])],
            [.pause(reason: "lunch")], [],
        ] {
            let (state, _) = try run(start, [.start] + other)
            #expect(try RolloutMachine.handle(.quiet, in: state, now: 400).state == state, "\(state.phaseText)")
        }
    }

    @Test("walks its steps, bakes, and promotes")
    func walk() throws {
        let state = try rollout(plan([hold(500), hold(2_500), hold(10_000, 60, bake: true)], holdback: 100))
        var (next, effects) = try run(state, [.start])
        #expect(effects.first == .admit(state.canary) && weights(effects) == [500])
        (next, effects) = try RolloutMachine.handle(verdict(.waiting), in: next, now: 10)
        #expect(effects.isEmpty && next.phase == .progressing)
        (next, effects) = try RolloutMachine.handle(verdict(.advance), in: next, now: 70)
        #expect(weights(effects) == [2_500] && next.stepStartedAt == 70 && next.step == 1)
        (next, effects) = try RolloutMachine.handle(verdict(.advance), in: next, now: 140)
        #expect(weights(effects) == [9_900], "the holdback stays on the former version")
        #expect(next.phase == .baking)
        (next, effects) = try RolloutMachine.handle(verdict(.advance), in: next, now: 210)
        #expect(effects.first == .promote(state.canary, former: VersionID("v1")))
        #expect(next.phase == .completed && !next.isOpen)
    }

    @Test("a breach rolls back from every judged phase, a gate and every pause included")
    func breach() throws {
        let start = try rollout(plan([hold(500), .gate, hold(10_000, 60, bake: true)]))
        let breach = try verdict(.rollback, [Reason(.regression, .error)])
        let outage = try verdict(.hold, [Reason(.sharedOutage, .error)])
        let advance = try verdict(.advance)
        let ways: [[RolloutEvent]] = [
            [.start], [.start, .pause(reason: "lunch")], [.start, outage], [.start, .brake("refused")],
            [.start, advance],
            [.start, advance, .approve], [.start, .restarted],
        ]
        for way in ways {
            let (state, effects) = try run(start, way + [breach])
            #expect(state.phase == .aborted(.regression([Reason(.regression, .error)])), "\(way)")
            #expect(
                effects.first
                    == .rollBack(start.canary, to: VersionID("v1"), reason: "Regression of error"),
                "\(way)"
            )
        }
    }

    @Test("a hold never promotes: only what is not on hold moves a weight up", arguments: Reason.Code.allCases)
    func holds(code: Reason.Code) throws {
        let start = try rollout(plan([hold(500), hold(10_000)]))
        let held = try verdict(.hold, [Reason(code)])
        var (state, _) = try run(start, [.start, held])
        guard code != .notice else { return }
        #expect(state.phase == .paused(.held([Reason(code)])))
        for event in [try verdict(.advance), try verdict(.waiting), held, .restarted] {
            let (next, effects) = try RolloutMachine.handle(event, in: state, now: 500)
            #expect(weights(effects).isEmpty, "\(event)")
            state = next
        }
    }

    @Test("a metric that only notifies is told once, moves nothing, and is told again after a retry")
    func notices() throws {
        let start = try rollout(plan([hold(500), hold(10_000)]))
        let notice = Reason(.notice, .latency)
        let waiting = try verdict(.waiting, [Reason(.stepTime), notice])
        func told(_ effects: [RolloutEffect]) -> [RolloutEffect] {
            effects.filter { $0 == .notify(.regressed([notice])) }
        }
        var (state, effects) = try run(start, [.start, waiting])
        #expect(told(effects).count == 1)
        #expect(state.phase == .progressing && state.step == 0)
        for again in [waiting, try verdict(.hold, [Reason(.quota), notice])] {
            (state, effects) = try run(state, [again])
            #expect(told(effects).isEmpty)
        }
        #expect(state.phase == .paused(.held([Reason(.quota)])))
        (state, effects) = try run(state, [.abort(reason: "x"), .retry, waiting])
        #expect(told(effects).count == 1)
    }

    @Test("a hold for want of traffic ends when traffic is back, with a new soak")
    func trafficReturns() throws {
        let start = try rollout(plan([hold(500), hold(10_000)]))
        let (state, effects) = try run(start, [.start, verdict(.hold, [Reason(.noTraffic)]), verdict(.waiting)])
        #expect(state.phase == .progressing && state.stepStartedAt == 200)
        #expect(weights(effects).isEmpty)
        let (held, _) = try run(
            start,
            [.start, verdict(.hold, [Reason(.noTraffic), Reason(.sharedOutage)]), verdict(.advance)]
        )
        #expect(held.phase == .paused(.held([Reason(.noTraffic), Reason(.sharedOutage)])))
    }

    @Test(
        "a broken ceiling that was let pass holds no more over steps, another metric's does, and it does again once it was over"
    )
    func passed() throws {
        let start = try rollout(plan([hold(500), hold(1_000), hold(10_000)]))
        let outage = try verdict(.hold, [Reason(.sharedOutage, .error)])
        var (state, _) = try run(start, [.start, outage, .resume, outage, verdict(.advance), outage])
        #expect(state.phase == .progressing && state.step == 1, "let pass for the rollout")
        let alone = try verdict(.hold, [Reason(.unattributable, .error)])
        #expect(try run(state, [alone]).0.phase == .progressing, "a step begins without anything to compare with")
        let slow = Reason(.sharedOutage, .latency)
        let (other, _) = try run(state, [verdict(.hold, [slow, Reason(.sharedOutage, .error)])])
        #expect(other.phase == .paused(.held([slow])))
        let effects: [RolloutEffect]
        (state, effects) = try RolloutMachine.handle(.quiet, in: state, now: 900)
        #expect(state.phase == .progressing && state.passed == nil)
        #expect(effects == [.acknowledge([Reason(.sharedOutage, .error)])], "what is over is left behind")
        #expect(try run(state, [outage]).0.phase == .paused(.held([Reason(.sharedOutage, .error)])))
        let (again, _) = try run(other, [.resume, .abort(reason: "x"), .retry])
        #expect(again.passed == nil)
    }

    @Test("a resumed hold does not fire again in the same step, another one does")
    func acknowledged() throws {
        let start = try rollout(plan([hold(500), hold(1_000), hold(10_000)]))
        let few = try verdict(.hold, [Reason(.tooFewUnits)])
        var (state, effects) = try run(start, [.start, few, .resume, few])
        #expect(state.phase == .progressing && effects.isEmpty)
        (state, _) = try RolloutMachine.handle(verdict(.hold, [Reason(.quota)]), in: state, now: 900)
        #expect(state.phase == .paused(.held([Reason(.quota)])))
        (state, _) = try run(state, [.resume, verdict(.advance), few])
        #expect(state.phase == .paused(.held([Reason(.tooFewUnits)])), "a new step looks anew")
    }

    @Test("a gate waits for approval and nothing else opens it")
    func gate() throws {
        let start = try rollout(plan([hold(500), .gate, hold(10_000)]))
        let (state, effects) = try run(start, [.start, verdict(.advance)])
        #expect(state.phase == .paused(.gate) && effects == [.notify(.gateWaiting)])
        #expect(try run(state, [verdict(.advance), verdict(.waiting)]).0.phase == .paused(.gate))
        #expect(throws: RolloutRefusal.self) { try RolloutMachine.handle(.resume, in: state, now: 0) }
        let (open, opened) = try run(state, [.approve])
        #expect(open.phase == .progressing && weights(opened) == [10_000])
        #expect(throws: RolloutRefusal.self) { try RolloutMachine.handle(.approve, in: open, now: 0) }
    }

    @Test("after a restart the step goes on with a new soak clock and never acts upwards first")
    func restart() throws {
        let start = try rollout(plan([hold(500), .gate, hold(10_000, 60, bake: true)]))
        let ways: [[RolloutEvent]] = try [
            [], [.start], [.start, .pause(reason: "x")], [.start, verdict(.advance)],
            [.start, verdict(.advance), .approve],
            [.start, .abort(reason: "x")], [.start, .promote(.full)],
        ]
        for way in ways {
            let (before, _) = try run(start, way)
            let (after, effects) = try RolloutMachine.handle(.restarted, in: before, now: 10_000)
            #expect(weights(effects).isEmpty)
            #expect(after.phase == before.phase && after.step == before.step)
            if before.isJudged { #expect(after.stepStartedAt == 10_000) }
        }
    }

    @Test("a person's words are refused where they make no sense, and nothing changes")
    func refusals() throws {
        let start = try rollout(plan([hold(500), hold(10_000)]))
        let running = try run(start, [.start]).0
        let done = try run(running, [.promote(.full)]).0
        let aborted = try run(running, [.abort(reason: "no")]).0
        let cases: [(RolloutState, [RolloutEvent])] = [
            (start, [.pause(reason: ""), .resume, .approve, .retry, .undo(reason: ""), .promote(.full)]),
            (running, [.start, .resume, .approve, .retry, .undo(reason: "")]),
            (done, [.start, .pause(reason: ""), .resume, .approve, .retry, .abort(reason: ""), .promote(.nextStep)]),
            (aborted, [.start, .pause(reason: ""), .resume, .approve, .abort(reason: ""), .undo(reason: "")]),
        ]
        for (state, events) in cases {
            for event in events {
                #expect(throws: RolloutRefusal.self, "\(event) in \(state.phaseText)") {
                    try RolloutMachine.handle(event, in: state, now: 1)
                }
            }
        }
    }

    @Test("abort, undo and retry do what they say")
    func byHand() throws {
        let start = try rollout(plan([hold(500), hold(10_000)]))
        let running = try run(start, [.start]).0
        let (aborted, effects) = try run(running, [.abort(reason: "bad prompt")])
        #expect(effects.first == .rollBack(start.canary, to: VersionID("v1"), reason: "bad prompt"))
        let (again, admitted) = try run(aborted, [.retry])
        #expect(again.phase == .progressing && again.step == 0 && admitted.first == .admit(start.canary))
        let (_, undone) = try run(running, [.promote(.full), .undo(reason: "late news")])
        #expect(undone.first == .rollBack(start.canary, to: VersionID("v1"), reason: "late news"))
        let (pending, silent) = try run(start, [.abort(reason: "changed my mind")])
        #expect(!pending.isOpen && silent == [.notify(.aborted("changed my mind"))])
    }

    @Test("a brake holds what runs and opens no gate; a proven one rolls back from every judged phase, once")
    func brake() throws {
        let start = try rollout(plan([hold(500), .gate, hold(10_000, 60, bake: true)]))
        let (held, told) = try run(start, [.start, .brake("refused")])
        #expect(held.phase == .paused(.brake("refused")) && told == [.notify(.braked("refused"))])
        #expect(try run(held, [.brake("again")]).1.isEmpty)
        let (gate, noted) = try run(start, [.start, verdict(.advance), .brake("refused")])
        #expect(gate.phase == .paused(.gate) && noted == [.notify(.braked("refused"))])
        let ways: [[RolloutEvent]] = [[], [.brake("b")], [.pause(reason: "p")], [try verdict(.advance)]]
        for way in ways {
            let (state, effects) = try run(start, [.start] + way + [.brakeProven("dead")])
            #expect(state.phase == .aborted(.brake("dead")))
            #expect(
                effects == [
                    .rollBack(start.canary, to: VersionID("v1"), reason: "brake: dead"), .notify(.brokenOff("dead")),
                ]
            )
            #expect(try run(state, [.brakeProven("dead"), .brake("b")]).1.isEmpty)
        }
        #expect(try run(start, [.brakeProven("dead")]).0.phase == .pending)
    }

    @Test("a canary moved by hand ends the rollout without touching weights")
    func moved() throws {
        let start = try rollout(plan([hold(500), hold(10_000)]))
        let (state, effects) = try run(start, [.start, .canaryMoved(.rollback)])
        #expect(state.phase == .aborted(.canaryMoved(.rollback)) && weights(effects).isEmpty)
        #expect(try run(start, [.start, .canaryMoved(.canary)]).0.phase == .progressing)
    }

    @Test("no order of events ever raises a weight while on hold, or acts after the end")
    func randomWalk() throws {
        var generator = SplitMix64(seed: 11)
        let start = try rollout(plan([hold(500), .gate, hold(2_500), hold(10_000, 60, bake: true)]))
        let events: [RolloutEvent] = try [
            .start, verdict(.advance), verdict(.waiting), verdict(.hold, [Reason(.sharedOutage)]),
            verdict(.hold, [Reason(.noTraffic)]), verdict(.rollback, [Reason(.regression, .cost)]), .promote(.nextStep),
            .pause(reason: "p"), .resume, .approve, .abort(reason: "a"), .restarted, .brake("b"),
            .brakeProven("d"), .canaryMoved(.rollback),
        ]
        for _ in 0..<2_000 {
            var state = start
            var weight = 0
            for second in 0..<40 {
                guard let event = events.randomElement(using: &generator) else { continue }
                guard let (next, effects) = try? RolloutMachine.handle(event, in: state, now: Int64(second)) else {
                    continue
                }
                for raised in weights(effects) {
                    #expect(raised > weight)
                    weight = raised
                    if case .paused(.held) = state.phase { #expect(event == .promote(.nextStep)) }
                }
                if !state.isOpen { #expect(effects.isEmpty && next == state) }
                state = next
            }
        }
    }
}
