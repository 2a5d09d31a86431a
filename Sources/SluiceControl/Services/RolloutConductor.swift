// SPDX-License-Identifier: Apache-2.0
package import Logging
import ServiceLifecycle
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore
import Synchronization

/// Leads the rollouts: evidence into blocks, blocks into the log and the judge, verdicts through the machine.
///
/// One per node. The judge is what the stored log makes it, so that a process that starts again judges as if it had never
/// stopped. A block is stored before it is judged; while the store cannot take it, nothing moves.
package actor RolloutConductor: Service {
    private let control: ControlPlane
    private let desk: EvidenceDesk
    private let store: any Store
    private let log: Logger
    private let clock: any Clock<Duration>
    private var judges: [RolloutID: Replay] = [:]
    private var isTold = false

    /// How often the desk is visited.
    package static let interval: Duration = .milliseconds(200)
    static let actor = "sluice"

    package init(
        control: ControlPlane,
        log: Logger,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.control = control
        desk = control.desk
        store = control.store
        self.log = log
        self.clock = clock
        control.desk.ask { [weak self] rollout in await self?.judges[rollout] }
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.tick()
                try await self.clock.sleep(for: RolloutConductor.interval)
            }
        }
        control.feed.finish()
    }

    /// One round: everything that has happened since the last one is decided when this returns.
    package func tick() async {
        let records = await control.current.state.rollouts.filter { $0.state.isJudged }
        judges = judges.filter { judge in records.contains { $0.state.id == judge.key } }
        do throws(ConductorPause) {
            for record in records { try await prepare(record) }
            for record in records { try await seeCanary(of: record) }
            let hasNews = desk.sort()
            for brake in desk.takeBrakeNews() { try await heed(brake.news, of: brake.rollout) }
            for record in records { try await lead(record.state.id) }
            for record in records where await control.isQuiet(record.state.id) {
                try await act(.quiet, on: record.state.id)
            }
            if hasNews { await control.publishWatches() }
            setFrozen(nil)
        } catch {
            setFrozen(error.message)
        }
    }

    private func setFrozen(_ reason: String?) {
        if let reason, !isTold {
            log.warning("rollouts are frozen: evidence cannot be stored", metadata: ["error": "\(reason)"])
        } else if reason == nil, isTold {
            log.notice("rollouts go on")
        }
        isTold = reason != nil
        desk.setFrozen(reason != nil)
    }
}

/// Why the conductor waits: the store is away.
private struct ConductorPause: Error {
    var message: String
}

// MARK: - After a start

extension RolloutConductor {
    /// Makes a rollout's judge from its log; one that a former process ran begins its step anew before anything else.
    private func prepare(_ record: RolloutRecord) async throws(ConductorPause) {
        let id = record.state.id
        guard judges[id] == nil else { return }
        if case .start? = desk.pendingLog(of: id).first {
            judges[id] = Replay()
            return
        }
        var replay = Replay()
        var started: Int64?
        var left: [UnitCap.Departure] = []
        do throws(StoreError) {
            try await RolloutLog(store: store, rollout: id).read { _, event in
                switch event {
                case .start(_, let at): (started, left) = (at, [])
                case .unitsLeft(let more): left += more
                default: break
                }
                _ = replay.apply(event)
                return true
            }
        } catch {
            throw ConductorPause(message: error.message)
        }
        // The process died between the commit of the start and its entry in the log.
        if started == nil || started != record.state.startedAt {
            let start = record.state.startedAt ?? desk.now
            desk.note([id: [.start(configuration: record.state.plan.judging, at: start)]])
            replay = Replay()
        }
        desk.raise(to: max(replay.now, record.state.stepStartedAt))
        desk.restore(left, of: id)
        judges[id] = replay
        do {
            try await act(.restarted, on: id)
        } catch {
            judges[id] = nil
            throw error
        }
    }
}

// MARK: - Leading

extension RolloutConductor {
    /// Ends a rollout whose canary is no canary any more, whoever moved it.
    private func seeCanary(of record: RolloutRecord) async throws(ConductorPause) {
        let version = await control.current.versions.first { $0.id == record.state.canary }
        let state = version?.release.state ?? .deprecated
        if state != .canary { try await act(.canaryMoved(state), on: record.state.id) }
    }
}

extension RolloutConductor {
    private func heed(_ news: BrakeNews, of id: RolloutID) async throws(ConductorPause) {
        switch news {
        case .on(let reason): try await act(.brake(reason), on: id)
        case .stays(let reason):
            // Somebody let it go on, and it fails as before.
            guard let phase = await record(id)?.state.phase, phase == .progressing || phase == .baking else { return }
            try await act(.brake(reason), on: id)
        case .proven(let reason): try await act(.brakeProven(reason), on: id)
        case .off: break
        case .accepted(let reason): try await act(.accepted(reason), on: id)
        }
    }

    /// Takes in what waits of one rollout, entry by entry, until there is nothing more or the rollout has ended.
    private func lead(_ id: RolloutID) async throws(ConductorPause) {
        while await isJudged(id) {
            let entries = desk.pendingLog(of: id)
            if !entries.isEmpty {
                try await append(entries, to: id)
                desk.dropLog(of: id, count: entries.count)
                continue
            }
            if let block = desk.nextBlock(of: id) {
                try await append([.block(block)], to: id)
                desk.dropBlock(of: id)
                try await decide(id)
                continue
            }
            guard try await mark(id) else { return }
        }
    }

    private func isJudged(_ id: RolloutID) async -> Bool {
        await control.current.state.rollouts.contains { $0.state.id == id && $0.state.isJudged }
    }

    /// Stores entries of the log and, once they are stored, gives them to the judge.
    private func append(_ entries: [ReplayEvent], to id: RolloutID) async throws(ConductorPause) {
        do throws(StoreError) {
            try await store.appendEvidence(entries, to: id)
        } catch {
            throw ConductorPause(message: error.message)
        }
        for entry in entries { judges[id]?.apply(entry) }
    }

    /// Acts on what the judge says after its newest entry.
    private func decide(_ id: RolloutID) async throws(ConductorPause) {
        guard let replay = judges[id], let judge = replay.judge else { return }
        let record = await record(id)
        var verdict = judge.verdict(at: replay.now, in: record?.state)
        desk.set(verdict, of: id)
        if let record, ends(verdict, record.state) {
            // The judge goes with the rollout: what it would be asked for later is kept with its last word.
            verdict = judge.verdict(at: replay.now, in: record.state, odds: RolloutExplainer.oddsAlpha)
        }
        // What the brake was put on for is not told yet.
        if verdict.decision != .advance || !desk.isBraked(id) { try await act(.verdict(verdict), on: id) }
        await tell(verdict, id)
    }

    /// Where time alone changes what is to be done, an empty block marks the moment, so that the log tells it too.
    ///
    /// - Returns: whether there was something to mark.
    private func mark(_ id: RolloutID) async throws(ConductorPause) -> Bool {
        guard let second = desk.quietThrough(of: id), let replay = judges[id], let judge = replay.judge,
            second > replay.now, !desk.isBraked(id), let record = await record(id)
        else { return false }
        let verdict = judge.verdict(at: second, in: record.state)
        let next = try? RolloutMachine.handle(.verdict(verdict), in: record.state, now: desk.now)
        guard let next, next.state != record.state else { return false }
        try await append([.block(Block(start: second - 1, seconds: 1, entries: []))], to: id)
        try await decide(id)
        return true
    }

    private func record(_ id: RolloutID) async -> RolloutRecord? {
        await control.current.state.rollouts.last { $0.state.id == id }
    }

    /// One event through the machine; where the versions do not allow what follows, the rollout pauses and says why.
    private func act(_ event: RolloutEvent, on id: RolloutID) async throws(ConductorPause) {
        guard let record = await record(id), changes(event, record.state) else { return }
        let change = Change(by: RolloutConductor.actor, because: reason(event))
        do throws(ControlError) {
            _ = try await control.handle(event, rollout: id.rawValue, change)
        } catch {
            guard error.code != .unavailable else { throw ConductorPause(message: error.message) }
            log.warning(
                "a rollout cannot move",
                metadata: ["sluice.rollout": "\(id)", "error": "\(error.message)"]
            )
            let pause = Change(by: RolloutConductor.actor, because: error.message)
            do throws(ControlError) {
                _ = try await control.handle(.pause(reason: error.message), rollout: id.rawValue, pause)
            } catch {
                guard error.code != .unavailable else { throw ConductorPause(message: error.message) }
            }
        }
    }

    private func changes(_ event: RolloutEvent, _ state: RolloutState) -> Bool {
        guard let next = try? RolloutMachine.handle(event, in: state, now: desk.now) else { return false }
        return next.state != state || !next.effects.isEmpty
    }

    private func ends(_ verdict: Verdict, _ state: RolloutState) -> Bool {
        guard verdict.decision == .rollback || verdict.decision == .advance else { return false }
        let next = try? RolloutMachine.handle(.verdict(verdict), in: state, now: desk.now)
        return next.map { !$0.state.isOpen } ?? false
    }

    private func reason(_ event: RolloutEvent) -> String {
        switch event {
        case .verdict(let verdict) where verdict.decision != .advance: RolloutText.list(verdict.reasons)
        case .verdict: "the step has what it asked for"
        case .quiet: "both arms have been well for a while"
        case .brake(let reason): reason
        case .brakeProven(let reason): "brake: \(reason)"
        case .accepted(let reason): reason
        case .restarted: "the process was started again; the step's soak begins anew"
        default: ""
        }
    }

    private func tell(_ verdict: Verdict, _ id: RolloutID) async {
        guard let record = await record(id) else { return }
        let text = "Evidence \(Figures.number(verdict.logEvidence)) of \(Figures.number(verdict.logThreshold))."
        control.feed.tell([
            RolloutNews(.evidence, at: control.now(), text: text, record: record, verdict: verdict)
        ])
    }
}

extension Judge {
    /// What is to be done, without the reasons that somebody has let pass in a rollout.
    func verdict(at now: Int64, in state: RolloutState?, odds: Double? = nil) -> Verdict {
        let codes = state?.acknowledged ?? []
        var verdict = self.verdict(at: now, acknowledged: codes, odds: odds)
        guard let state, state.passed != nil, verdict.decision == .hold else { return verdict }
        let left = verdict.reasons.filter { !state.lets($0) }
        guard left.contains(where: { $0.code != .notice }) else {
            // All that holds was let pass: what remains to be done is what would be without.
            return self.verdict(at: now, acknowledged: codes.union([.sharedOutage, .unattributable]), odds: odds)
        }
        verdict.reasons = left
        return verdict
    }
}
