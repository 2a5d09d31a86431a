// SPDX-License-Identifier: Apache-2.0
import SluiceCore
package import SluiceJudge
package import SluiceRelease
import SluiceStore
import Synchronization

/// Where the data plane hands up its evidence, and where it waits for the conductor.
///
/// Event loops append and go on; the conductor sorts the records into the rollouts' blocks. Its clock never runs
/// backwards, neither within a process (it is given a steady one) nor over a restart (see ``raise(to:)``).
package final class EvidenceDesk: EvidenceSink {
    private struct Loop {
        var openSince: Int64
        var told: Int64
        var reportedAt: Int64
    }

    private struct State {
        var inbox: [EvidenceRecord] = []
        var lost: Int64 = 0
        var loops: [Int: Loop] = [:]
        var brakes: [(rollout: RolloutID, move: BrakeMove)] = []
        var brakeNews: [(rollout: RolloutID, news: BrakeNews)] = []
        var tallies: [RolloutID: RolloutTally] = [:]
        /// What the logs are to hold before the next block.
        var log: [RolloutID: [ReplayEvent]] = [:]
        /// Logs that orders have added to, which their leaders are to read; whether a rollout began with it.
        var grown: [RolloutID: Bool] = [:]
        var verdicts: [RolloutID: Verdict] = [:]
        var isFrozen = false
        var offset: Int64 = 0
        var latest = Int64.min
        var serial: Int64 = 0
        var published: Int64 = 0
    }

    private let state = Mutex(State())
    private let judges = Mutex<(@Sendable (RolloutID) async -> Replay?)?>(nil)
    private let seconds: @Sendable () -> Int64

    /// Records kept between two visits of the conductor.
    private static let capacity = 1 << 20
    /// A loop that says nothing for so many seconds has nothing open.
    private static let silence: Int64 = 5

    /// A desk with nothing on it.
    ///
    /// - Parameter seconds: the seconds since 1970 by the clock that the records are stamped with; must not jump.
    package init(seconds: @escaping @Sendable () -> Int64) { self.seconds = seconds }

    /// Seconds on the clock of the blocks; never less than before.
    package var now: Int64 { state.withLock { now(&$0) } }

    private func now(_ state: inout State) -> Int64 {
        state.latest = max(state.latest, seconds().addingReportingOverflow(state.offset).partialValue)
        return state.latest
    }

    /// Moves the clock on where what is stored is later than the clock: it was set back while the process was away.
    package func raise(to second: Int64) {
        state.withLock { state in
            let now = now(&state)
            if second > now { state.offset += second - now }
        }
    }

    // MARK: From the event loops

    package func append(_ records: [EvidenceRecord], loop: Int, openSince: Int64, told: Int64) {
        state.withLock { state in
            let now = now(&state)
            state.loops[loop] = Loop(
                openSince: openSince + state.offset,
                told: told + state.offset,
                reportedAt: now
            )
            let room = EvidenceDesk.capacity - state.inbox.count
            state.inbox += records.prefix(max(0, room))
            state.lost += Int64(max(0, records.count - room))
        }
    }

    package func brake(_ rollout: RolloutID, _ move: BrakeMove) {
        state.withLock { state in
            guard state.brakes.count < 1_000 else { return }
            state.brakes.append((rollout, move))
        }
    }

    /// Records dropped because nobody came for them.
    package var lostRecords: Int64 { state.withLock { $0.lost } }

    // MARK: For the control plane

    /// Takes note of the rollouts in force and answers what is to be watched; called in the order of revisions.
    func follow(_ open: [Followed]) -> [RolloutWatch] {
        state.withLock { state in
            let now = now(&state)
            let ids = Set(open.map(\.state.id))
            for id in state.tallies.keys where !ids.contains(id) {
                state.tallies[id] = nil
                state.log[id] = nil
                state.grown[id] = nil
            }
            for rollout in open {
                let id = rollout.state.id
                if state.tallies[id] == nil {
                    // What was said of a former run says nothing about this one.
                    state.verdicts[id] = nil
                    state.tallies[id] = RolloutTally(
                        rollout.state,
                        share: rollout.share,
                        production: rollout.production,
                        rate: rollout.traffic().rate,
                        history: rollout.traffic().history,
                        patience: rollout.patience,
                        serial: nextSerial(&state, now),
                        now: now
                    )
                } else {
                    var serial = state.serial
                    state.tallies[id]?.follow(
                        rollout.state,
                        share: rollout.share,
                        production: rollout.production,
                        patience: rollout.patience,
                        serial: {
                            serial = max(serial + 1, now * 1_000); return serial
                        },
                        now: now
                    )
                    state.serial = serial
                }
            }
            return watches(&state)
        }
    }

    /// A rollout whose canary is judged, and its canary's share.
    struct Followed {
        var state: RolloutState
        /// Of both arms, 0…1.
        var share: Double
        /// The production versions with traffic, and their parts.
        var production: [RolloutState.ProductionShare] = []
        /// Seconds a request of either arm may take, by the limits of the route's versions.
        var patience: Int64
        /// Asked for where a tally begins.
        var traffic: () -> (rate: Double, history: [MetricID: ValueHistogram])
    }

    /// What is to be watched now.
    var watches: [RolloutWatch] { state.withLock { watches(&$0) } }

    /// Units that a former process has counted events of stay out.
    func restore(_ left: [UnitCap.Departure], of rollout: RolloutID) {
        state.withLock { $0.tallies[rollout]?.restore(left) }
    }

    /// Takes note of the logs that a committed order has added to.
    func noteLogs(of changes: [StoreChange]) {
        state.withLock { state in
            for case .appendEvidence(let events, let rollout, _) in changes {
                let begins = events.contains { if case .start = $0 { true } else { false } }
                state.grown[rollout] = state.grown[rollout] == true || begins
            }
        }
    }

    /// Whether orders have added to a rollout's log since this was asked last, and whether it began with one of them.
    func takeGrown(_ rollout: RolloutID) -> Bool? { state.withLock { $0.grown.removeValue(forKey: rollout) } }

    /// What the judge said last.
    package func verdict(of rollout: RolloutID) -> Verdict? { state.withLock { $0.verdicts[rollout] } }

    /// Whether a node's brake keeps units from a rollout's canary.
    func isBraked(_ rollout: RolloutID) -> Bool { state.withLock { $0.tallies[rollout]?.brakeCase != nil } }

    /// Events and values of a rollout that came when nobody waited for them any more: they are in no block.
    package func lateEvidence(of rollout: RolloutID) -> Int64 { state.withLock { $0.tallies[rollout]?.late ?? 0 } }

    /// How both arms of a rollout fared in the last `window` seconds (at most 900), as far as it was sorted; `nil` where it
    /// is not judged.
    ///
    /// Both arms over the same seconds, so that a sentence may set them beside each other.
    package func health(of rollout: RolloutID, window: Int64) -> RecentHealth? {
        state.withLock { state in
            let now = now(&state)
            return state.tallies[rollout]?.recentHealth(window: window, at: now)
        }
    }

    /// What the judge said last of each rollout that is judged.
    var openVerdicts: [RolloutID: Verdict] {
        state.withLock { state in state.verdicts.filter { state.tallies[$0.key] != nil } }
    }

    /// Whether evidence cannot be stored at the moment.
    package var isFrozen: Bool { state.withLock { $0.isFrozen } }

    private func watches(_ state: inout State) -> [RolloutWatch] {
        state.published = state.serial
        return state.tallies.values.compactMap(\.watch).sorted { $0.rollout < $1.rollout }
    }

    /// Serials grow over restarts too, since the seconds do.
    private func nextSerial(_ state: inout State, _ now: Int64) -> Int64 {
        state.serial = max(state.serial + 1, now * 1_000)
        return state.serial
    }

    // MARK: For the conductor

    /// Sorts what came in, closes the seconds that are over, and renews limits.
    ///
    /// - Returns: whether there are new watches to publish.
    func sort() -> Bool {
        state.withLock { state in
            let now = now(&state)
            let records = state.inbox
            state.inbox.removeAll(keepingCapacity: true)
            var bySerial: [Int64: RolloutID] = [:]
            for record in records {
                if bySerial[record.serial] == nil {
                    bySerial[record.serial] = state.tallies.first { $0.value.knows(record.serial) }?.key
                }
                guard let id = bySerial[record.serial] else { continue }
                state.tallies[id]?.take(record, second: record.second + state.offset, at: now)
            }
            moveBrakes(&state, now)
            let told = toldThrough(state, now)
            for id in state.tallies.keys {
                if let news = state.tallies[id]?.brakeNews(now: now) { state.brakeNews.append((id, news)) }
                if let left = state.tallies[id]?.takeLeavers(), !left.isEmpty {
                    state.log[id, default: []].append(.unitsLeft(left))
                }
                if let units = state.tallies[id]?.unitsToTell() {
                    state.log[id, default: []].append(.canaryUnits(units))
                }
                state.tallies[id]?.close(told)
                var serial = state.serial
                state.tallies[id]?.renew(
                    serial: {
                        serial = max(serial + 1, now * 1_000); return serial
                    },
                    now: now
                )
                state.serial = serial
            }
            return state.serial != state.published
        }
    }

    private func toldThrough(_ state: State, _ now: Int64) -> ToldThrough {
        let loops = state.loops.values.filter { now - $0.reportedAt <= EvidenceDesk.silence }
        return ToldThrough(loops.map { ($0.openSince, min($0.told, now)) }, now: now)
    }

    /// All requests that began before this second are older than `age` seconds, or have ended.
    func closed(afterAge age: Int64 = 0) -> Int64 {
        state.withLock { state in
            let now = now(&state)
            return toldThrough(state, now).closed(afterAge: age)
        }
    }

    /// After the records: what the baseline did meanwhile tells whose fault it is.
    private func moveBrakes(_ state: inout State, _ now: Int64) {
        for (id, move) in state.brakes {
            var serial = state.serial
            let news = state.tallies[id]?
                .move(
                    move,
                    serial: {
                        serial = max(serial + 1, now * 1_000); return serial
                    },
                    now: now
                )
            state.serial = serial
            if let news { state.brakeNews.append((id, news)) }
        }
        state.brakes = []
    }

    /// What brakes mean, as far as it was sorted.
    func takeBrakeNews() -> [(rollout: RolloutID, news: BrakeNews)] {
        state.withLock { state in
            defer { state.brakeNews = [] }
            return state.brakeNews
        }
    }

    /// What a rollout's log is to hold before its next block.
    func pendingLog(of rollout: RolloutID) -> [ReplayEvent] { state.withLock { $0.log[rollout] ?? [] } }

    func dropLog(of rollout: RolloutID, count: Int) {
        state.withLock { state in
            state.log[rollout] = state.log[rollout].map { Array($0.dropFirst(count)) }
        }
    }

    /// The oldest closed block of a rollout, and whether it is the last of what was counted so far.
    func nextBlock(of rollout: RolloutID) -> Block? { state.withLock { $0.tallies[rollout]?.ready.first } }

    func dropBlock(of rollout: RolloutID) { state.withLock { $0.tallies[rollout]?.dropFirst() } }

    /// The second up to which everything of a rollout is in blocks that were taken in; absent while something is not.
    func quietThrough(of rollout: RolloutID) -> Int64? {
        state.withLock { state in
            guard let tally = state.tallies[rollout], tally.hasNothingPending else { return nil }
            return tally.closedThrough
        }
    }

    /// Who answers for the judges of the rollouts that run.
    func ask(_ judges: @escaping @Sendable (RolloutID) async -> Replay?) { self.judges.withLock { $0 = judges } }

    /// The judge of a rollout as it is now; nothing of one that does not run.
    func judge(of rollout: RolloutID) async -> Replay? {
        let judges = judges.withLock { $0 }
        return await judges?(rollout)
    }

    func set(_ verdict: Verdict?, of rollout: RolloutID) { state.withLock { $0.verdicts[rollout] = verdict } }

    func setFrozen(_ isFrozen: Bool) { state.withLock { $0.isFrozen = isFrozen } }
}
