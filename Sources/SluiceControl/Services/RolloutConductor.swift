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
/// One per node, and each rollout is led by one of them: it holds a lease, and what it writes is refused once another
/// node has taken that. The judge is what the stored log makes it, so that a process that starts again judges as if it had
/// never stopped. What a verdict rests on is stored in the commit that acts on it; while the store cannot take it, nothing
/// moves.
package actor RolloutConductor: Service {
    /// A rollout that this node leads.
    private struct Lead {
        var lease: Lease
        /// The second in which the lease was taken or renewed.
        var renewedAt: Int64
        /// Absent until the log was read.
        var judging: Judging?
    }

    /// A judge, and how far it knows its log.
    private struct Judging {
        var replay = Replay()
        /// The number of the last entry that was applied.
        var sequence: Int64 = 0
        /// What was looked at last without anything following from it.
        var looked: Look?

        /// - Returns: what the judge says after the last entry, where that is a block.
        @discardableResult
        mutating func take(_ entries: some Collection<ReplayEvent>) -> Verdict? {
            var last: Verdict?
            for entry in entries { last = replay.apply(entry) }
            sequence += Int64(entries.count)
            looked = nil
            return last
        }

        /// How it will stand after some entries, and what the judge says then.
        func taking(_ entries: [ReplayEvent]) -> (next: Judging, verdict: Verdict?) {
            var next = self
            let verdict = next.take(entries)
            return (next, verdict)
        }

        mutating func take(_ entry: ReplayEvent, at sequence: Int64) {
            replay.apply(entry)
            self.sequence = sequence
            looked = nil
        }
    }

    /// All that can change what is to be done while no evidence comes in.
    private struct Look: Equatable {
        var second: Int64
        var state: RolloutState
    }

    private let control: ControlPlane
    private let inbox: EvidenceInbox
    private let tallies: RolloutTallies
    private let readings: RolloutReadings
    private let evidence: any EvidenceLog
    private let leases: any Leases
    private let log: Logger
    private let clock: any Clock<Duration>
    private var leads: [RolloutID: Lead] = [:]
    /// Rollouts whose lease another node had when this one asked for it.
    private var ledElsewhere: Set<RolloutID> = []
    private var isReported = false

    /// How often the inbox is visited.
    package static let interval: Duration = .milliseconds(200)
    static let actor = "sluice"
    /// How long no other node leads a rollout once this one is silent.
    static let leaseTime: Duration = .seconds(15)
    /// Seconds after which a lease is renewed.
    private static let renewal: Int64 = 5
    /// Rounds after which a lease is asked for again that another node has: two seconds.
    private static let patience = 10

    package init(
        control: ControlPlane,
        log: Logger,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.control = control
        inbox = control.inbox
        tallies = control.tallies
        readings = control.readings
        evidence = control.store
        leases = control.store
        self.log = log
        self.clock = clock
        readings.ask { [weak self] rollout in await self?.leads[rollout]?.judging?.replay }
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var round = 0
            while !Task.isCancelled {
                await self.tick(asksAgain: round % RolloutConductor.patience == 0)
                round += 1
                try await self.clock.sleep(for: RolloutConductor.interval)
            }
        }
        await resign()
        control.feed.finish()
    }

    /// One round: everything that has happened since the last one is decided when this returns.
    ///
    /// - Parameter asksAgain: also for leases that another node had before.
    package func tick(asksAgain: Bool = true) async {
        let records = await control.current.state.rollouts.filter { $0.state.isJudged }
        leads = leads.filter { lead in records.contains { $0.state.id == lead.key } }
        ledElsewhere = ledElsewhere.filter { id in records.contains { $0.state.id == id } }
        do throws(ConductorPause) {
            for record in records where asksAgain || !ledElsewhere.contains(record.state.id) {
                try await takeLead(of: record.state.id)
            }
            let led = records.filter { leads[$0.state.id] != nil }
            for record in led { try await prepare(record) }
            for record in led { try await seeCanary(of: record) }
            let hasNews = await tallies.sort()
            try await heedBrakes()
            for record in led { try await lead(record.state.id) }
            for record in led where await control.isQuiet(record.state.id) {
                try await act(.quiet, on: record.state.id)
            }
            if hasNews { await control.publishWatches() }
            setFrozen(nil)
        } catch {
            switch error {
            case .storeIsAway(let message): setFrozen(message)
            case .isLedElsewhere(let id):
                // Whoever leads it has read everything this node had written; the rest waits for the next round.
                leads[id] = nil
                log.notice("another node leads a rollout", metadata: ["sluice.rollout": "\(id)"])
            }
        }
    }

    private func setFrozen(_ reason: String?) {
        if let reason, !isReported {
            log.warning("rollouts are frozen: evidence cannot be stored", metadata: ["error": "\(reason)"])
        } else if reason == nil, isReported {
            log.notice("rollouts go on")
        }
        isReported = reason != nil
        readings.setFrozen(reason != nil)
    }
}

/// Why the conductor stops in a round.
private enum ConductorPause: Error {
    case storeIsAway(String)
    case isLedElsewhere(RolloutID)
}

// MARK: - Who leads

extension RolloutConductor {
    /// Takes or renews the lease of a rollout; where another node has it, this one does nothing for it.
    private func takeLead(of id: RolloutID) async throws(ConductorPause) {
        let now = inbox.now
        let lead = leads[id]
        if let lead, now - lead.renewedAt < RolloutConductor.renewal { return }
        let lease: Lease?
        do throws(StoreError) {
            lease = try await leases.acquire(
                "rollout/\(id)",
                for: control.node,
                lasting: RolloutConductor.leaseTime,
                renewing: lead?.lease
            )
        } catch {
            throw .storeIsAway(error.message)
        }
        leads[id] = lease.map { Lead(lease: $0, renewedAt: now, judging: lead?.judging) }
        if lease == nil { ledElsewhere.insert(id) } else { ledElsewhere.remove(id) }
    }

    /// Lets other nodes lead at once when this one stops.
    private func resign() async {
        for lead in leads.values {
            do throws(StoreError) {
                try await leases.release(lead.lease)
            } catch {
                log.debug("a lease was not given back and ends by itself", metadata: ["error": "\(error)"])
            }
        }
        leads = [:]
    }
}

// MARK: - After a start

extension RolloutConductor {
    /// Makes a rollout's judge from its log; one that a former process or another node led begins its step anew before
    /// anything else.
    private func prepare(_ record: RolloutRecord) async throws(ConductorPause) {
        let id = record.state.id
        guard let lead = leads[id], lead.judging == nil else { return }
        var judging = Judging()
        var started: Int64?
        var left: [UnitCap.Departure] = []
        try await read(id, after: 0) { sequence, event in
            switch event {
            case .start(_, let at): (started, left) = (at, [])
            case .unitsLeft(let more): left += more
            default: break
            }
            judging.take(event, at: sequence)
        }
        // After the log: where it cannot be read, it is asked for again.
        let begins = await tallies.takeGrown(id) ?? false
        leads[id]?.judging = judging
        // A release before this one died between the commit of the start and its entry in the log.
        if started == nil || started != record.state.startedAt {
            let start = record.state.startedAt ?? inbox.now
            guard try await append([.start(configuration: record.state.plan.judging, at: start)], to: id) else {
                // Somebody else added to the log: the next round reads it from the beginning.
                leads[id]?.judging = nil
                return
            }
        }
        inbox.raise(to: max(leads[id]?.judging?.replay.now ?? 0, record.state.stepStartedAt))
        await tallies.restore(left, of: id)
        guard !begins else { return }
        do throws(ConductorPause) {
            try await act(.restarted, on: id)
        } catch {
            leads[id]?.judging = nil
            throw error
        }
        await tellAgain(id)
    }

    /// What the judge knew before a restart is to be seen before the next block comes.
    private func tellAgain(_ id: RolloutID) async {
        guard let replay = leads[id]?.judging?.replay, let judge = replay.judge, let state = await record(id)?.state
        else { return }
        let verdict = judge.verdict(at: replay.now, in: state)
        guard verdict.metrics.contains(where: { $0.counts.canary > 0 || $0.counts.baseline > 0 }) else { return }
        readings.set(verdict, of: id)
    }

    /// Applies what others have added to a log since it was read.
    private func catchUp(_ id: RolloutID) async throws(ConductorPause) {
        guard var judging = leads[id]?.judging else { return }
        try await read(id, after: judging.sequence) { sequence, event in judging.take(event, at: sequence) }
        leads[id]?.judging = judging
    }

    private func read(
        _ id: RolloutID,
        after sequence: Int64,
        _ body: (Int64, ReplayEvent) -> Void
    ) async throws(ConductorPause) {
        do throws(StoreError) {
            try await RolloutLog(store: evidence, rollout: id).read(after: sequence) { sequence, event in
                body(sequence, event)
                return true
            }
        } catch {
            throw .storeIsAway(error.message)
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

    /// Acts on what this node's brakes mean; what cannot be stored now waits for the next round.
    private func heedBrakes() async throws(ConductorPause) {
        let preparing = Set(leads.filter { $0.value.judging == nil }.keys)
        while let brake = await tallies.brakeNews(besides: preparing) {
            if let event = await event(of: brake.news, for: brake.rollout) {
                if leads[brake.rollout] != nil {
                    try await act(event, on: brake.rollout)
                } else {
                    try await report(event, of: brake.rollout)
                }
            }
            await tallies.dropBrakeNews(of: brake.rollout)
        }
    }

    private func event(of news: BrakeNews, for id: RolloutID) async -> RolloutEvent? {
        switch news {
        case .on(let reason): return .brake(reason)
        case .stays(let reason):
            // Somebody let it go on, and it fails as before.
            guard let phase = await record(id)?.state.phase, phase == .progressing || phase == .baking else {
                return nil
            }
            return .brake(reason)
        case .proven(let reason): return .brakeProven(reason)
        case .off: return nil
        case .accepted(let reason): return .accepted(reason)
        }
    }

    /// Commits what this node's brake means for a rollout that another node leads.
    ///
    /// Only this node knows of its brake, so it commits the event as it does a person's order; the leading node reads what
    /// the log got by that before it adds to it.
    private func report(_ event: RolloutEvent, of id: RolloutID) async throws(ConductorPause) {
        let change = Change(by: RolloutConductor.actor, because: reason(event))
        do throws(ChangeFault) {
            try await control.move(event, of: id.rawValue, change)
        } catch {
            let shown = error.shown
            if shown.code == .unavailable { throw .storeIsAway(shown.message) }
            log.warning(
                "a brake could not be noted",
                metadata: ["sluice.rollout": "\(id)", "error": "\(shown.message)"]
            )
        }
    }

    /// Takes in what waits of one rollout, until there is nothing more or the rollout has ended.
    private func lead(_ id: RolloutID) async throws(ConductorPause) {
        while await isJudged(id), leads[id]?.judging != nil {
            if await tallies.takeGrown(id) != nil { try await catchUp(id) }
            let (entries, block) = await tallies.waiting(of: id)
            if let block {
                guard try await judge(entries + [.block(block)], of: id, isMark: false) else { continue }
                await tallies.drop(entries.count, ofWaiting: id, withBlock: true)
            } else if !entries.isEmpty {
                if try await append(entries, to: id) {
                    await tallies.drop(entries.count, ofWaiting: id, withBlock: false)
                }
            } else {
                guard try await mark(id) else { return }
            }
        }
    }

    private func isJudged(_ id: RolloutID) async -> Bool {
        await control.current.state.rollouts.contains { $0.state.id == id && $0.state.isJudged }
    }

    /// Stores entries of the log on which nothing follows and, once they are stored, gives them to the judge.
    ///
    /// - Parameter next: The judge after them, where it is known already.
    /// - Returns: whether they were stored; otherwise the log had grown, and was read.
    private func append(
        _ entries: [ReplayEvent],
        to id: RolloutID,
        reaching next: Judging? = nil
    ) async throws(ConductorPause) -> Bool {
        guard let lead = leads[id], let judging = lead.judging else { return false }
        do throws(StoreError) {
            try await evidence.append(entries, to: id, expecting: judging.sequence, under: lead.lease)
        } catch {
            switch error.code {
            case .logMoved:
                try await catchUp(id)
                return false
            case .leaseLost: throw .isLedElsewhere(id)
            case .conflict, .unavailable, .unusable: throw .storeIsAway(error.message)
            }
        }
        if let next { leads[id]?.judging = next } else { leads[id]?.judging?.take(entries) }
        return true
    }

    /// Acts on what the judge says after some entries, and stores both together.
    ///
    /// - Parameter isMark: The entries only mark the moment: they are stored where something follows from it.
    /// - Returns: whether the entries were taken in; where not, the log had grown and was read, or nothing follows.
    private func judge(
        _ entries: [ReplayEvent],
        of id: RolloutID,
        isMark: Bool
    ) async throws(ConductorPause) -> Bool {
        guard let judging = leads[id]?.judging, let record = await record(id) else { return false }
        let (next, last) = judging.taking(entries)
        guard let judge = next.replay.judge else { return try await append(entries, to: id, reaching: next) }
        let (now, letsNothing) = (next.replay.now, record.state.acknowledged.isEmpty && record.state.passed == nil)
        // The block's own verdict is the one, where nobody has let anything pass.
        let verdict = (letsNothing ? last : nil) ?? judge.verdict(at: now, in: record.state)
        var moved = Moved.nothing
        // What the brake was put on for is not told yet.
        let isBraked = await tallies.isBraked(id)
        if verdict.decision != .advance || !isBraked {
            moved = try await move(.verdict(verdict), of: id, resting: entries, reaching: next) {
                judge.verdict(at: now, in: record.state, odds: RolloutExplainer.oddsAlpha)
            }
        }
        switch moved {
        case .done: break
        case .logMoved: return false
        case .nothing where isMark: return false
        case .nothing: guard try await append(entries, to: id, reaching: next) else { return false }
        case .refused(let error):
            guard try await append(entries, to: id, reaching: next) else { return false }
            try await pause(id, because: error)
        }
        readings.set(verdict, of: id)
        await publish(verdict, of: id)
        return true
    }

    /// Where time alone changes what is to be done, an empty block marks the moment, so that the log tells it too.
    ///
    /// - Returns: whether there is more to do.
    private func mark(_ id: RolloutID) async throws(ConductorPause) -> Bool {
        guard let second = await tallies.quietThrough(of: id), let judging = leads[id]?.judging,
            second > judging.replay.now, await !tallies.isBraked(id), let state = await record(id)?.state
        else { return false }
        // Asked only, of the judge as it is: an empty block is added to a copy of it only where something follows.
        let look = Look(second: second, state: state)
        guard judging.looked != look else { return false }
        leads[id]?.judging?.looked = look
        guard let verdict = judging.replay.judge?.verdict(at: second, in: state),
            RolloutMachine.changes(state, by: .verdict(verdict), now: inbox.now)
        else { return false }
        let block = Block(start: second - 1, seconds: 1, entries: [])
        if try await judge([.block(block)], of: id, isMark: true) { return true }
        return leads[id]?.judging?.sequence != judging.sequence
    }

    private func record(_ id: RolloutID) async -> RolloutRecord? {
        await control.current.state.rollouts.last { $0.state.id == id }
    }
}

// MARK: - Acting

extension RolloutConductor {
    /// What came of an event.
    private enum Moved {
        case done
        /// It changes nothing.
        case nothing
        /// The log had grown, and was read; nothing was done.
        case logMoved
        /// The versions do not allow what would follow.
        case refused(ControlError)
    }

    /// One event through the machine, committed with the entries it rests on.
    ///
    /// - Parameter next: The judge after those entries, where it is known already.
    private func move(
        _ event: RolloutEvent,
        of id: RolloutID,
        resting entries: [ReplayEvent] = [],
        reaching next: Judging? = nil,
        because reason: String? = nil,
        lastWord: (@Sendable () -> Verdict)? = nil
    ) async throws(ConductorPause) -> Moved {
        guard let lead = leads[id], let judging = lead.judging else { return .nothing }
        let change = Change(by: RolloutConductor.actor, because: reason ?? self.reason(event))
        do throws(ChangeFault) {
            let moved = try await control.move(
                event,
                of: id.rawValue,
                change,
                leading: RolloutMove.Leader(
                    lease: lead.lease,
                    entries: entries,
                    sequence: judging.sequence,
                    lastWord: lastWord
                )
            )
            guard moved.isChange else { return .nothing }
            // The entries it rests on stand first in what was stored.
            var reached = next ?? judging
            reached.take(moved.log.dropFirst(Int(reached.sequence - judging.sequence)))
            leads[id]?.judging = reached
            return .done
        } catch {
            switch error {
            case .refused(let error) where error.code == .unavailable: throw .storeIsAway(error.message)
            case .refused(let error): return .refused(error)
            case .leaseLost: throw .isLedElsewhere(id)
            case .logMoved:
                try await catchUp(id)
                return .logMoved
            }
        }
    }

    /// One event that rests on no entry of the log; where the versions do not allow what follows, the rollout pauses and
    /// says why.
    private func act(_ event: RolloutEvent, on id: RolloutID) async throws(ConductorPause) {
        while true {
            switch try await move(event, of: id) {
            case .done, .nothing: return
            case .logMoved: continue
            case .refused(let error): return try await pause(id, because: error)
            }
        }
    }

    private func pause(_ id: RolloutID, because error: ControlError) async throws(ConductorPause) {
        log.warning("a rollout cannot move", metadata: ["sluice.rollout": "\(id)", "error": "\(error.message)"])
        _ = try await move(.pause(reason: error.message), of: id, because: error.message)
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

    private func publish(_ verdict: Verdict, of id: RolloutID) async {
        guard let record = await record(id) else { return }
        let text = "Evidence \(Figures.number(verdict.logEvidence)) of \(Figures.number(verdict.logThreshold))."
        control.feed.publish([
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
