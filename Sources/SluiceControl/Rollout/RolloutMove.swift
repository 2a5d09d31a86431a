// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore

/// One event of a rollout, decided: the machine's effects as one transaction of releases, record, audit and outbox.
struct RolloutMove {
    var record: RolloutRecord
    var event: RolloutEvent
    var change: Change
    /// Seconds on the clock of the blocks.
    var second: Int64
    var now: Timestamp
    var channels: [AlertChannel]
    /// What the judge said last: stays with a rollout that ends now, whoever ends it.
    var latest: Verdict?
    /// Of whoever leads the rollout; absent where a person moves it.
    var leader: Leader?

    /// What only the one who leads a rollout knows, and how its events differ: one that makes no sense now changes nothing.
    struct Leader: Sendable {
        /// What it leads the rollout under: nothing is stored where another node has taken that.
        var lease: Lease
        /// What the event rests on: stored with what follows from it.
        var entries: [ReplayEvent]
        /// The number of the last entry of the log that is known.
        var sequence: Int64
        /// The judge's last word, where a verdict ends the rollout: what it would be asked for later is kept with it.
        var lastWord: (@Sendable () -> Verdict)?
    }

    /// What came of an event.
    struct Moved: Sendable {
        /// The record after the event.
        var record: RolloutRecord
        /// Whether anything was changed.
        var isChange: Bool
        /// What the rollout's log got.
        var log: [ReplayEvent]
    }

    /// The answer is the record after the event.
    ///
    /// - Throws: `invalidState` for an event that makes no sense now; what a move of a version may throw.
    func decide(in catalogue: Catalogue) throws(ControlError) -> Decision<RolloutRecord> {
        let next: RolloutState
        let effects: [RolloutEffect]
        do throws(RolloutRefusal) {
            (next, effects) = try RolloutMachine.handle(event, in: record.state, now: second)
        } catch {
            guard leader == nil else { return .nothing(record) }
            throw ControlError(.invalidState, "\(error.message.sentence)", hint: hint)
        }
        guard next != record.state || !effects.isEmpty else { return .nothing(record) }
        var moved = record
        moved.state = next
        moved.updatedAt = now
        // What is compared with, and what `undo` brings back: as it was before the canary took its place.
        if record.state.isOpen || begins { moved.state.production = catalogue.productionShares(besides: record.state) }
        if !next.isOpen, let latest { moved.verdict = latest }
        if case .verdict(let verdict) = event { moved.verdict = next.isOpen ? verdict : leader?.lastWord?() ?? verdict }
        if begins {
            moved.verdict = nil
            if let canary = catalogue.versions.first(where: { $0.id == record.state.canary }) {
                let isOneSource = canary.sharesSource(withAll: catalogue.rivals(of: canary))
                moved.state.plan.settleBurst(isOneSource: isOneSource)
            }
        }
        return try decision(moved, effects, in: catalogue)
    }

    private func decision(
        _ moved: RolloutRecord,
        _ effects: [RolloutEffect],
        in catalogue: Catalogue
    ) throws(ControlError) -> Decision<RolloutRecord> {
        var working = catalogue
        var decision = Decision<RolloutRecord>(answer: moved)
        var log: [ReplayEvent] = begins ? [.start(configuration: moved.state.plan.judging, at: second)] : []
        for effect in effects {
            let part = try versions(effect, in: working)
            working = working.applying(part.changes, revision: working.state.revision)
            decision.changes += part.changes
            decision.audit += part.audit
            log += entries(effect)
        }
        decision.changes.append(.putRollout(moved))
        decision.audit.append(draft(moved, in: working))
        decision.news = news(moved, effects, in: working)
        for item in decision.news {
            decision.changes += channels.filter { $0.wants(item.kind.rawValue) }.map { .enqueue(item.message(to: $0)) }
        }
        log = (leader?.entries ?? []) + log
        if !log.isEmpty {
            decision.changes.append(.appendEvidence(log, to: moved.state.id, expecting: leader?.sequence))
        }
        return decision
    }

    /// Whether the judge begins anew with this event.
    private var begins: Bool { event == .start || event == .retry }

    /// What the judge's log holds of an effect.
    private func entries(_ effect: RolloutEffect) -> [ReplayEvent] {
        switch effect {
        case .beginStep(let demand): [.step(demand)]
        case .acknowledge(let reasons):
            reasons.compactMap { $0.code == .sampleRatioMismatch ? .sampleRatio : $0.metric }.map { .acknowledge($0) }
        case .admit, .setWeight, .promote, .rollBack, .notify: []
        }
    }
}

// MARK: - Versions

extension RolloutMove {
    private func versions(_ effect: RolloutEffect, in catalogue: Catalogue) throws(ControlError) -> Decision<Void> {
        switch effect {
        case .admit(let id): return try admit(try catalogue.version(id.rawValue), in: catalogue)
        case .setWeight(let id, let weight):
            return try WeightChange(version: try catalogue.version(id.rawValue), weight: weight)
                .decide(in: catalogue, change, at: now)
        case .promote(let id, _):
            return try Transition(version: try catalogue.version(id.rawValue), target: .production)
                .decide(in: catalogue, change, at: now)
        case .rollBack(let id, let target, let reason):
            let version = try catalogue.version(id.rawValue)
            guard version.release.state.allows(.rollback) else { return .nothing(()) }
            let taker = target.flatMap { target in
                catalogue.production(of: version.route).first { $0.id == target && $0.id != id }
            }
            var change = change
            if change.reason.isEmpty { change.reason = reason }
            var rollback = Rollback(version: version, target: taker?.id.rawValue)
            if event.isUndo { rollback.former = record.state.production ?? [] }
            let part = try rollback.decide(in: catalogue, change, at: now)
            return Decision(part.changes, audit: part.audit, answer: ())
        case .beginStep, .acknowledge, .notify: return .nothing(())
        }
    }

    /// Brings the canary into traffic by legal moves, with no weight yet.
    private func admit(_ version: Version, in catalogue: Catalogue) throws(ControlError) -> Decision<Void> {
        var working = catalogue
        var whole = Decision<Void>.nothing(())
        for target in version.release.state.pathToTraffic {
            var current = try working.version(version.id.rawValue)
            current.release.weight = .none
            let part = try Transition(version: current, target: target).decide(in: working, change, at: now)
            working = working.applying(part.changes, revision: working.state.revision)
            whole.changes += part.changes
            whole.audit += part.audit
        }
        return whole
    }
}

// MARK: - Words

extension RolloutMove {
    private var hint: String? {
        func call(_ verb: String) -> String { AdminHint.rollout(verb, record.state.id) }
        switch record.state.phase {
        case .pending: return "\(call("start")) begins it, \(call("abort")) drops it."
        case .paused(.gate): return "\(call("approve")) opens the gate, \(call("abort")) rolls back."
        case .paused: return "\(call("resume")) goes on, \(call("abort")) rolls back."
        case .progressing, .baking:
            return "\(call("pause")) keeps the weight, \(call("promote")) goes on at once, \(call("abort")) rolls back."
        case .completed: return "\(call("undo")) goes back."
        case .aborted: return "\(call("retry")) begins it anew."
        }
    }

    private func draft(_ moved: RolloutRecord, in catalogue: Catalogue) -> AuditDraft {
        var change = change
        if change.reason.isEmpty { change.reason = moved.state.phaseText }
        var verb = event.verb
        if case .verdict(let verdict) = event, verdict.decision == .advance,
            case .paused(.held(let reasons)) = moved.state.phase, !record.state.isHeld
        {
            // The judge had nothing against it, the machine had.
            verb = "hold"
            change.reason = RolloutText.list(reasons)
        }
        return change.draft(
            "rollout.\(verb)",
            "rollout:\(moved.state.id)",
            at: now,
            before: record.summary(in: catalogue),
            after: moved.summary(in: catalogue)
        )
    }

    private func news(_ moved: RolloutRecord, _ effects: [RolloutEffect], in catalogue: Catalogue) -> [RolloutNews] {
        let notices = effects.compactMap { effect in
            if case .notify(let notice) = effect { notice } else { nil }
        }
        var news = notices.map { notice in
            let (kind, text) = RolloutText(record: moved, catalogue: catalogue).announcement(of: notice)
            return RolloutNews(kind, at: now, text: text, record: moved, verdict: moved.verdict)
        }
        let id = moved.state.id
        switch event {
        case .pause(let reason) where change.actor == RolloutConductor.actor:
            let text = "Rollout \(id) is on hold, since it cannot move: \(reason.sentence) `resume` tries again."
            news.append(RolloutNews(.held, at: now, text: text, record: moved))
        case .pause(let reason):
            news.append(RolloutNews(.paused, at: now, text: "Rollout \(id) was paused: \(reason)", record: moved))
        case .resume:
            news.append(RolloutNews(.resumed, at: now, text: "Rollout \(id) goes on.", record: moved))
        case .verdict where record.state.isHeld && moved.state.isMoving:
            let text = "Rollout \(id) goes on: the canary gets traffic again."
            news.append(RolloutNews(.resumed, at: now, text: text, record: moved, verdict: moved.verdict))
        case .quiet where record.state.endsByItself:
            let text =
                "Rollout \(id) goes on by itself: both versions have been well for \(Figures.duration(moved.state.plan.quiet))."
            news.append(RolloutNews(.resumed, at: now, text: text, record: moved, verdict: moved.verdict))
        case .restarted:
            let text =
                "Rollout \(id) was resumed after a restart, at step \(moved.state.step + 1); its soak began anew."
            news.append(RolloutNews(.restarted, at: now, text: text, record: moved))
        default: break
        }
        return news
    }
}

extension RolloutState {
    fileprivate var isHeld: Bool { if case .paused(.held) = phase { true } else { false } }
    fileprivate var isMoving: Bool { phase == .progressing || phase == .baking }
}

extension Catalogue {
    /// The production versions with traffic that a rollout's canary is compared with.
    func productionShares(besides rollout: RolloutState) -> [RolloutState.ProductionShare] {
        production(of: rollout.route).filter { $0.id != rollout.canary && $0.release.weight > .none }
            .map { RolloutState.ProductionShare(version: $0.id, weight: $0.release.weight) }
    }
}

extension RolloutEvent {
    fileprivate var isUndo: Bool { if case .undo = self { true } else { false } }

    /// The event as the audit names it.
    var verb: String {
        switch self {
        case .start: "start"
        case .verdict(let verdict):
            switch verdict.decision {
            case .advance: "advance"
            case .hold: "hold"
            case .rollback: "rollback"
            case .waiting: "ease"
            }
        case .promote: "promote"
        case .pause: "pause"
        case .resume: "resume"
        case .approve: "approve"
        case .extend: "extend"
        case .abort: "abort"
        case .retry: "retry"
        case .undo: "undo"
        case .restarted: "restart"
        case .quiet: "quiet"
        case .canaryMoved: "canary_moved"
        case .brake: "brake"
        case .brakeProven: "rollback"
        case .accepted: "ease"
        }
    }
}

extension String {
    /// With a capital letter in front and a full stop behind.
    var sentence: String {
        prefix(1).uppercased() + dropFirst() + (hasSuffix(".") || hasSuffix("`") ? "" : ".")
    }
}
