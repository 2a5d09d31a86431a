// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceJudge
import SluiceRelease

/// What one loop knows of the requests that are judged: who is open, which limits they have passed, what to hand up.
///
/// Records gather in an array and leave once a tick, also when there are none: so the other side learns which seconds are
/// closed. A request costs two records and a place in a table that is reused.
final class EvidenceBook: @unchecked Sendable {
    // Safe because: the lets are immutable and everything mutable is only touched on the loop.
    private let sink: any EvidenceSink
    private let clock: EvidenceClock
    private let loop: HTTPLoop
    private var records: [EvidenceRecord] = []
    private var places: [EvidenceEntry] = []
    /// The first of the unused places, each of which names the next; -1 where none is left.
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
    /// - Parameter places: of the rollouts that are watched from now on.
    func watch(_ places: [Int]) {
        isWatching = !places.isEmpty
        switches = switches.filter { places.contains($0.key) }
        for place in places where switches[place] == nil { switches[place] = EvidenceSwitches() }
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

    /// A request was assigned; returns its place, by which it is known until its end.
    func begin(_ role: EvidenceRole, unit: UInt64?) -> Int {
        let (watch, arm, isAside) = (role.watch, role.arm, role.isAside)
        let now = loop.now
        var open = EvidenceEntry(watch, arm, unit: unit, began: now, second: clock.second(at: now))
        open.isAside = isAside
        open.isMoved = role.isMoved
        var record = open.record
        record.isAssignment = !isAside
        if let unit { record.isSwitch = switches[watch.place]?.note(unit, arm) ?? false }
        open.isSwitch = record.isSwitch
        records.append(record)
        openCount += 1
        // A request that was long in coming may be the last one of a watch that has gone.
        if ticking == nil { startTicking() }
        guard unused >= 0 else {
            places.append(open)
            return places.count - 1
        }
        let place = unused
        unused = places[place].next
        places[place] = open
        return place
    }

    func firstToken(_ place: Int) { places[place].takeFirstToken(at: loop.now) }

    /// From now on time proves nothing.
    func callerLeft(_ place: Int) { places[place].callerLeft(at: loop.now) }

    /// The first attempt has ended; `nil` where it was never settled.
    ///
    /// - Parameter isCallerLimit: the caller asked for less time than the version has.
    func end(_ place: Int, _ attempt: Attempt?, isCallerLimit: Bool) {
        records.append(places[place].end(attempt, isCallerLimit: isCallerLimit, at: loop.now))
        places[place] = EvidenceEntry(next: unused)
        unused = place
        openCount -= 1
    }

    /// The node's brake of a canary has moved.
    func brake(_ rollout: RolloutID, _ move: BrakeMove) { sink.brake(rollout, move) }

    // MARK: the tick

    private func startTicking() {
        guard ticking == nil else { return }
        ticking = Deadline(on: loop.deadlines) { [weak self] in self?.tick() }
        ticking?.move(to: loop.now &+ EvidenceBook.period)
    }

    private func tick() {
        handUp(now: loop.now)
        if isWatching || openCount > 0 {
            ticking?.move(to: loop.now &+ EvidenceBook.period)
        } else {
            ticking = nil
        }
    }

    private func handUp(now: UInt64) {
        let present = clock.second(at: now)
        var oldest = present
        if openCount > 0 {
            for place in places.indices where places[place].isOpen {
                oldest = min(oldest, places[place].second)
                if now > places[place].due, let record = places[place].passLimits(at: now) { records.append(record) }
            }
        }
        let ready = records
        records = []
        records.reserveCapacity(ready.count)
        sink.append(ready, loop: loop.index, openSince: oldest, told: present)
    }
}
