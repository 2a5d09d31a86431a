// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge

/// The machine of a rollout: a state and an event give the next state and what is to be done.
///
/// Pure. `now` is in seconds on the clock of the blocks, which never runs backwards.
package enum RolloutMachine {
    /// Handles an event.
    ///
    /// - Throws: ``RolloutRefusal`` for an event that makes no sense in this state; nothing has changed then.
    package static func handle(
        _ event: RolloutEvent,
        in state: RolloutState,
        now: Int64
    ) throws(RolloutRefusal) -> (state: RolloutState, effects: [RolloutEffect]) {
        var next = state
        let effects: [RolloutEffect]
        switch event {
        case .start: effects = try start(&next, now)
        case .verdict(let verdict): effects = judged(&next, verdict, now)
        case .promote(let promotion, let step): effects = try promote(&next, promotion, from: step, now)
        case .pause(let reason): effects = try pause(&next, reason)
        case .resume: effects = try resume(&next, now)
        case .approve: effects = try approve(&next, now)
        case .extend(let steps): effects = try extend(&next, steps, now)
        case .abort(let reason): effects = try abort(&next, reason)
        case .retry: effects = try retry(&next, now)
        case .undo(let reason): effects = try undo(&next, reason)
        case .restarted: effects = restarted(&next, now)
        case .quiet: effects = quieted(&next, now)
        case .canaryMoved(let to): effects = moved(&next, to)
        case .brake(let reason): effects = brake(&next, reason)
        case .brakeProven(let reason): effects = breakOff(&next, reason)
        case .accepted: effects = accepted(&next, now)
        }
        return (next, effects)
    }

    /// Whether an event makes sense and anything follows from it.
    package static func changes(_ state: RolloutState, by event: RolloutEvent, now: Int64) -> Bool {
        do throws(RolloutRefusal) {
            let (next, effects) = try handle(event, in: state, now: now)
            return next != state || !effects.isEmpty
        } catch {
            return false
        }
    }
}

// MARK: - The judge's word

extension RolloutMachine {
    private static func judged(_ state: inout RolloutState, _ verdict: Verdict, _ now: Int64) -> [RolloutEffect] {
        guard state.isJudged else { return [] }
        switch verdict.decision {
        case .rollback:
            // A breach rolls back from every open phase, a manual gate and a pause included.
            state.phase = .aborted(.regression(verdict.reasons))
            return [
                .rollBack(state.canary, to: state.baseline, reason: text(of: verdict.reasons)),
                .notify(.rolledBack(verdict.reasons)),
            ]
        case .hold:
            return noticed(&state, verdict.reasons) + held(&state, verdict.reasons)
        case .waiting:
            return noticed(&state, verdict.reasons) + eased(&state, now)
        case .advance:
            let notices = noticed(&state, verdict.reasons)
            switch state.phase {
            case .progressing, .baking:
                let stop = held(&state, unmeasured(verdict, state.plan))
                return notices + (stop.isEmpty ? advance(&state, now) : stop)
            default: return notices + eased(&state, now)
            }
        }
    }

    /// Metrics that may stop a rollout and of which nothing is known of the canary.
    private static func unmeasured(_ verdict: Verdict, _ plan: Plan) -> [Reason] {
        verdict.unmeasured.filter { metric in
            plan.judging.metrics.contains { rule in
                rule.metric == metric && (rule.onRegression == .rollback || rule.onRegression == .hold)
            }
        }
        .map { Reason(.unmeasured, $0) }
    }

    /// Tells of metrics that only notify, each once in a rollout.
    private static func noticed(_ state: inout RolloutState, _ reasons: [Reason]) -> [RolloutEffect] {
        let fresh = reasons.filter { reason in
            reason.code == .notice && reason.metric.map { state.noticed?.contains($0) != true } == true
        }
        guard !fresh.isEmpty else { return [] }
        state.noticed = (state.noticed ?? []).union(fresh.compactMap(\.metric))
        return [.notify(.regressed(fresh))]
    }

    private static func held(_ state: inout RolloutState, _ reasons: [Reason]) -> [RolloutEffect] {
        let fresh = reasons.filter { $0.code != .notice && !state.lets($0) }
        switch state.phase {
        case .progressing, .baking:
            guard !fresh.isEmpty else { return [] }
            state.phase = .paused(.held(fresh))
            return [.notify(.held(fresh))]
        case .paused(.held(let known)):
            let codes = Set(known.map(\.code))
            let further = fresh.filter { !codes.contains($0.code) }
            guard !further.isEmpty else { return [] }
            state.phase = .paused(.held(known + further))
            return [.notify(.held(further))]
        default: return []
        }
    }

    /// A pause for want of traffic ends by itself when traffic is back; the soak clock starts anew.
    private static func eased(_ state: inout RolloutState, _ now: Int64) -> [RolloutEffect] {
        guard case .paused(.held(let reasons)) = state.phase, reasons.allSatisfy({ $0.code == .noTraffic }) else {
            return []
        }
        return beginAgain(&state, now)
    }
}

// MARK: - Steps

extension RolloutMachine {
    private static func start(
        _ state: inout RolloutState,
        _ now: Int64
    ) throws(RolloutRefusal) -> [RolloutEffect] {
        guard state.phase == .pending else {
            throw RolloutRefusal("rollout \(state.id) was started before; make a new one, or `retry` an aborted one")
        }
        state.startedAt = now
        state.noticed = nil
        state.passed = nil
        state.promotedAt = nil
        return [.admit(state.canary), .notify(.started)] + enter(0, &state, now)
    }

    private static func advance(_ state: inout RolloutState, _ now: Int64) -> [RolloutEffect] {
        let next = state.step + 1
        guard next < state.plan.steps.count else { return complete(&state) }
        return enter(next, &state, now)
    }

    /// Enters a step of the plan: a hold sets its weight, a gate waits at the weight that is.
    private static func enter(_ index: Int, _ state: inout RolloutState, _ now: Int64) -> [RolloutEffect] {
        guard state.plan.steps.indices.contains(index) else { return complete(&state) }
        state.step = index
        state.acknowledged = []
        state.promotedAt = nil
        switch state.plan.steps[index] {
        case .gate:
            state.phase = .paused(.gate)
            return [.notify(.gateWaiting)]
        case .hold(let hold):
            state.phase = hold.isBake ? .baking : .progressing
            state.stepStartedAt = now
            return [
                .setWeight(state.canary, state.plan.weight(of: hold)), .beginStep(state.demand),
                .notify(.stepped(index)),
            ]
        }
    }

    private static func complete(_ state: inout RolloutState) -> [RolloutEffect] {
        state.phase = .completed
        return [.promote(state.canary, former: state.baseline), .notify(.completed)]
    }

    /// Goes on with the step that was interrupted, its soak clock started anew; the weight is not touched.
    private static func beginAgain(_ state: inout RolloutState, _ now: Int64) -> [RolloutEffect] {
        state.phase = (state.hold?.isBake ?? false) ? .baking : .progressing
        state.stepStartedAt = now
        return [.beginStep(state.demand)]
    }

    private static func restarted(_ state: inout RolloutState, _ now: Int64) -> [RolloutEffect] {
        switch state.phase {
        case .progressing, .baking: return beginAgain(&state, now)
        case .paused:
            state.stepStartedAt = now
            return [.beginStep(state.demand)]
        case .pending, .completed, .aborted: return []
        }
    }
}

// MARK: - A person's word

extension RolloutMachine {
    private static func promote(
        _ state: inout RolloutState,
        _ promotion: RolloutEvent.Promotion,
        from step: Int?,
        _ now: Int64
    ) throws(RolloutRefusal) -> [RolloutEffect] {
        guard state.isJudged else { throw notRunning(state) }
        if let step, step != state.step {
            throw RolloutRefusal(
                "rollout \(state.id) is at step \(state.step + 1) by now, not at step \(step + 1) any more; look at it again"
            )
        }
        switch promotion {
        case .full: return complete(&state)
        case .nextStep:
            if step == nil, let before = state.promotedAt, now - before < RolloutMachine.pause {
                throw RolloutRefusal(
                    "rollout \(state.id) was promoted to step \(state.step + 1) a moment ago; to go on at once name the"
                        + " step you mean: step \(state.step + 1)"
                )
            }
            let effects = advance(&state, now)
            state.promotedAt = now
            return effects
        }
    }

    /// Seconds in which a second promotion that names no step is taken for the first one, pressed by somebody else.
    private static let pause: Int64 = 5

    private static func pause(_ state: inout RolloutState, _ reason: String) throws(RolloutRefusal) -> [RolloutEffect] {
        switch state.phase {
        case .progressing, .baking:
            state.phase = .paused(.person(reason: reason))
            return []
        case .paused: throw RolloutRefusal("rollout \(state.id) is paused already: \(state.phaseText)")
        case .pending, .completed, .aborted: throw notRunning(state)
        }
    }

    private static func resume(_ state: inout RolloutState, _ now: Int64) throws(RolloutRefusal) -> [RolloutEffect] {
        switch state.phase {
        case .paused(.gate):
            throw RolloutRefusal("rollout \(state.id) waits at a gate; open it with `approve`")
        case .paused(.held(let reasons)):
            let ceilings = reasons.filter(\.code.isCeiling)
            state.acknowledged.formUnion(reasons.filter { !ceilings.contains($0) }.map(\.code))
            let fresh = ceilings.filter { !state.lets($0) }
            if !fresh.isEmpty { state.passed = (state.passed ?? []) + fresh }
            return [.acknowledge(reasons)] + beginAgain(&state, now)
        case .paused(.person), .paused(.brake):
            return beginAgain(&state, now)
        case .pending, .progressing, .baking, .completed, .aborted:
            throw RolloutRefusal("rollout \(state.id) is not paused; it is \(state.phaseText)")
        }
    }

    private static func approve(_ state: inout RolloutState, _ now: Int64) throws(RolloutRefusal) -> [RolloutEffect] {
        guard state.phase == .paused(.gate) else {
            throw RolloutRefusal("rollout \(state.id) waits at no gate; it is \(state.phaseText)")
        }
        return advance(&state, now)
    }

    private static func extend(
        _ state: inout RolloutState,
        _ steps: [Plan.Step],
        _ now: Int64
    ) throws(RolloutRefusal) -> [RolloutEffect] {
        guard state.phase == .paused(.gate) else {
            throw RolloutRefusal("rollout \(state.id) waits at no gate to go on from; it is \(state.phaseText)")
        }
        guard case .hold(let first)? = steps.first, first.weight > state.hold?.weight ?? .none else {
            let weight = state.hold?.weight.fraction ?? 0
            throw RolloutRefusal("further steps of rollout \(state.id) begin with a weight above \(weight)")
        }
        let whole = Array(state.plan.steps.prefix(state.step + 1)) + steps
        guard whole.count <= Plan.stepLimit else {
            throw RolloutRefusal("rollout \(state.id) would have more than \(Plan.stepLimit) steps")
        }
        state.plan.steps = whole
        return advance(&state, now)
    }

    private static func abort(_ state: inout RolloutState, _ reason: String) throws(RolloutRefusal) -> [RolloutEffect] {
        switch state.phase {
        case .pending:
            state.phase = .aborted(.person(reason: reason))
            return [.notify(.aborted(reason))]
        case .progressing, .paused, .baking:
            state.phase = .aborted(.person(reason: reason))
            return [.rollBack(state.canary, to: state.baseline, reason: reason), .notify(.aborted(reason))]
        case .completed, .aborted: throw notRunning(state)
        }
    }

    private static func retry(_ state: inout RolloutState, _ now: Int64) throws(RolloutRefusal) -> [RolloutEffect] {
        guard case .aborted = state.phase else {
            throw RolloutRefusal("only an aborted rollout can be retried; \(state.id) is \(state.phaseText)")
        }
        state.phase = .pending
        return try start(&state, now)
    }

    private static func undo(_ state: inout RolloutState, _ reason: String) throws(RolloutRefusal) -> [RolloutEffect] {
        guard state.phase == .completed else {
            throw RolloutRefusal("only a completed rollout can be undone; \(state.id) is \(state.phaseText)")
        }
        state.phase = .aborted(.person(reason: reason))
        return [.rollBack(state.canary, to: state.baseline, reason: reason), .notify(.undone(reason))]
    }

    private static func notRunning(_ state: RolloutState) -> RolloutRefusal {
        RolloutRefusal("rollout \(state.id) is not running; it is \(state.phaseText)")
    }
}

// MARK: - From outside

extension RolloutMachine {
    /// What nobody is to blame for is over: it goes on, and evidence of the outage is left behind.
    ///
    /// A broken ceiling that somebody let pass is over as well: should it be broken again, it holds again.
    private static func quieted(_ state: inout RolloutState, _ now: Int64) -> [RolloutEffect] {
        let over = state.isJudged ? state.passedCeilings : []
        if !over.isEmpty {
            let left = (state.passed ?? []).filter { !over.contains($0) }
            state.passed = left.isEmpty ? nil : left
        }
        guard state.endsByItself else { return over.isEmpty ? [] : [.acknowledge(over)] }
        guard case .paused(.held(let reasons)) = state.phase else { return beginAgain(&state, now) }
        return [.acknowledge(reasons)] + beginAgain(&state, now)
    }

    private static func moved(_ state: inout RolloutState, _ to: VersionState) -> [RolloutEffect] {
        guard state.isJudged, to != .canary else { return [] }
        state.phase = .aborted(.canaryMoved(to))
        return [.notify(.aborted("\(state.canary) was moved to \(to.rawValue) by hand"))]
    }

    private static func brake(_ state: inout RolloutState, _ reason: String) -> [RolloutEffect] {
        switch state.phase {
        case .progressing, .baking:
            state.phase = .paused(.brake(reason))
            return [.notify(.braked(reason))]
        case .paused(.brake), .pending, .completed, .aborted: return []
        // What it waits for stays, a gate above all; people are told.
        case .paused: return [.notify(.braked(reason))]
        }
    }

    /// A hold for want of quota or credential ends; what else holds goes on to hold.
    ///
    /// Nothing is acknowledged: should the
    /// provider refuse again, it holds again.
    private static func accepted(_ state: inout RolloutState, _ now: Int64) -> [RolloutEffect] {
        guard case .paused(.held(let reasons)) = state.phase else { return [] }
        let over = reasons.filter { $0.code == .quota || $0.code == .credential }
        guard !over.isEmpty else { return [] }
        let left = reasons.filter { !over.contains($0) }
        guard left.isEmpty else {
            state.phase = .paused(.held(left))
            return [.acknowledge(over)]
        }
        return [.acknowledge(over)] + beginAgain(&state, now)
    }

    private static func breakOff(_ state: inout RolloutState, _ reason: String) -> [RolloutEffect] {
        guard state.isJudged else { return [] }
        state.phase = .aborted(.brake(reason))
        return [
            .rollBack(state.canary, to: state.baseline, reason: "brake: \(reason)"), .notify(.brokenOff(reason)),
        ]
    }

    private static func text(of reasons: [Reason]) -> String {
        let parts = reasons.map { reason in
            reason.metric.map { "\(reason.code.rawValue) of \($0.rawValue)" } ?? reason.code.rawValue
        }
        return parts.isEmpty ? "regression" : parts.joined(separator: ", ")
    }
}

extension RolloutState {
    /// The phase in words, for messages.
    package var phaseText: String {
        switch phase {
        case .pending: "pending"
        case .progressing: "progressing"
        case .baking: "baking"
        case .paused(.gate): "paused at a gate"
        case .paused(.person(let reason)): "paused by a person (\(reason))"
        case .paused(.held(let reasons)): "on hold (\(reasons.map(\.code.rawValue).joined(separator: ", ")))"
        case .paused(.brake(let reason)): "braked (\(reason))"
        case .completed: "completed"
        case .aborted(.regression): "rolled back"
        case .aborted(.brake): "rolled back (brake)"
        case .aborted(.person(let reason)): "aborted (\(reason))"
        case .aborted(.canaryMoved(let to)): "aborted (the canary was moved to \(to.rawValue))"
        }
    }
}
