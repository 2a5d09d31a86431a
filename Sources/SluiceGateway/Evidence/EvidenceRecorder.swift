// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceJudge
import SluiceRelease

/// What one loop knows of the requests that are judged: who is open, which limits they have passed, what to hand up.
///
/// Records gather in an array and leave once a tick, also when there are none: so the other side learns which seconds are
/// closed. A request costs two records and a slot in a table that is reused.
final class EvidenceRecorder: @unchecked Sendable {
    // Safe because: the lets are immutable and everything mutable is only touched on the loop.
    private let sink: any EvidenceSink
    private let clock: EvidenceClock
    private let loop: HTTPLoop
    private var records: [EvidenceRecord] = []
    private var slots: [EvidenceEntry] = []
    /// The first of the unused slots, each of which names the next; -1 where none is left.
    private var unused = -1
    private var openCount = 0
    private var isWatching = false
    private var switches: [Int: EvidenceSwitches] = [:]
    private var ticking: Deadline?

    /// Nanoseconds; the loop's own tick comes on top.
    private static let period: UInt64 = 50_000_000

    init(_ sink: any EvidenceSink, _ clock: EvidenceClock, on loop: HTTPLoop) {
        self.sink = sink
        self.clock = clock
        self.loop = loop
    }

    /// Ticks as long as anything is watched, or open under a watch that was.
    ///
    /// - Parameter rollouts: the indices of those that are watched from now on.
    func watch(_ rollouts: [Int]) {
        isWatching = !rollouts.isEmpty
        switches = switches.filter { rollouts.contains($0.key) }
        for rollout in rollouts where switches[rollout] == nil { switches[rollout] = EvidenceSwitches() }
        if isWatching { startTicking() }
    }

    /// Hands up what is left and ends.
    func close() {
        isWatching = false
        ticking?.retire()
        ticking = nil
        if !records.isEmpty { handUp(now: loop.now) }
    }

    // MARK: one request

    /// A request was assigned; returns its slot, by which it is known until its end.
    func begin(_ role: EvidenceRole, unit: UInt64?) -> Int {
        let (watch, arm, isAside) = (role.watch, role.arm, role.isAside)
        let now = loop.now
        var open = EvidenceEntry(watch, arm, unit: unit, began: now, second: clock.second(at: now))
        open.isAside = isAside
        open.isMoved = role.isMoved
        open.production = role.production
        var record = open.record
        record.isAssignment = !isAside
        if let unit { record.isSwitch = switches[watch.index]?.note(unit, arm) ?? false }
        open.isSwitch = record.isSwitch
        records.append(record)
        openCount += 1
        // A request that was long in coming may be the last one of a watch that has gone.
        if ticking == nil { startTicking() }
        guard unused >= 0 else {
            slots.append(open)
            return slots.count - 1
        }
        let slot = unused
        unused = slots[slot].next
        slots[slot] = open
        return slot
    }

    func firstToken(_ slot: Int) { slots[slot].takeFirstToken(at: loop.now) }

    /// From now on time proves nothing.
    func callerLeft(_ slot: Int) { slots[slot].callerLeft(at: loop.now) }

    /// The first attempt has ended; `nil` where it was never settled.
    ///
    /// - Parameters:
    ///   - marks: what the answer has shown of its quality.
    ///   - isCallerLimit: the caller asked for less time than the version has.
    func end(_ slot: Int, _ attempt: Attempt?, _ marks: AnswerMarks?, isCallerLimit: Bool) {
        records.append(slots[slot].end(attempt, marks, isCallerLimit: isCallerLimit, at: loop.now))
        slots[slot] = EvidenceEntry(next: unused)
        unused = slot
        openCount -= 1
    }

    /// The node's brake of a canary has moved.
    func brake(_ rollout: RolloutID, _ move: BrakeMove) { sink.brake(rollout, move) }

    // MARK: the tick

    private func startTicking() {
        guard ticking == nil else { return }
        ticking = Deadline(on: loop.deadlines) { [weak self] in self?.tick() }
        ticking?.move(to: loop.now &+ EvidenceRecorder.period)
    }

    private func tick() {
        handUp(now: loop.now)
        if isWatching || openCount > 0 {
            ticking?.move(to: loop.now &+ EvidenceRecorder.period)
        } else {
            ticking = nil
        }
    }

    private func handUp(now: UInt64) {
        let present = clock.second(at: now)
        var oldest = present
        if openCount > 0 {
            for slot in slots.indices where slots[slot].isOpen {
                oldest = min(oldest, slots[slot].second)
                if now > slots[slot].due, let record = slots[slot].passLimits(at: now) { records.append(record) }
            }
        }
        let ready = records
        records = []
        records.reserveCapacity(ready.count)
        sink.append(ready, loop: loop.index, openSince: oldest, reportedThrough: present)
    }
}
