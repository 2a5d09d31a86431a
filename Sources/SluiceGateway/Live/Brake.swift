// SPDX-License-Identifier: Apache-2.0
import SluiceHTTP
import Synchronization

/// Stops this node from sending to a canary that fails outright, and lets one request try again now and then.
///
/// Failures of four different units in a row put it on: one caller whose requests fail everywhere never does. A row is of
/// requests by their start: a success ends it that began after the first of them did, however late it comes. Where answers
/// take long, successes come late, and failures at once would stand in a row without them: so the requests that are open
/// count as not failed once they are older than failures become on average, and three of four must have failed. The first
/// success of a request that began after the failures takes it off. It is tried again at once and twice a second, later
/// ever more rarely. Shared by all loops without a lock; a healthy canary only counts its requests. Moments are
/// nanoseconds of the loops' clock.
final class Brake: Sendable {
    /// Different units that fail in a row put it on; a request without a unit is one of its own.
    static let leastUnits = 4

    /// From one trial to the next, at first.
    private let pace: Duration
    /// The longest time from one trial to the next.
    private let patience: Duration
    /// Requests of the canary that have begun.
    private let begun = Atomic<UInt64>(0)
    private let failures = Atomic<Int>(0)
    /// When the first of the failures in a row was noticed.
    private let failingSince = Atomic<UInt64>(0)
    /// When the first of their requests had begun, and which one it was.
    private let failingFrom = Atomic<UInt64>(0)
    private let firstNumber = Atomic<UInt64>(0)
    /// Nanoseconds that the failures in the row took, together.
    private let ages = Atomic<UInt64>(0)
    /// When the next trial may be made; 0 while the brake is off.
    private let nextTrial = Atomic<UInt64>(0)
    /// When a canary may be tried whose units are diverted.
    private let nextDiverted = Atomic<UInt64>(0)
    /// Trials made since it is on.
    private let trials = Atomic<Int>(0)
    /// Units that failed in the row, 0 for a free slot, and how many failures had none.
    private let first = Atomic<UInt64>(0)
    private let second = Atomic<UInt64>(0)
    private let third = Atomic<UInt64>(0)
    private let fourth = Atomic<UInt64>(0)
    private let withoutUnit = Atomic<Int>(0)

    /// Between two trials of a canary that its provider refuses.
    private static let divertedPace = Duration.seconds(5)
    /// Trials at the first pace.
    private static let quickTrials = 12

    init(patience: Duration, pace: Duration = .milliseconds(500)) {
        self.patience = patience
        self.pace = min(pace, patience)
    }

    enum Admission: Equatable {
        case free
        /// The one request that may try again.
        case trial
        case skip
    }

    var isOn: Bool { nextTrial.load(ordering: .relaxed) != 0 }

    /// Whether a request assigned to the canary may go there.
    func admit(now: UInt64) -> Admission {
        let moment = nextTrial.load(ordering: .relaxed)
        if moment == 0 { return .free }
        guard now >= moment else { return .skip }
        let made = trials.load(ordering: .relaxed)
        let (isOurs, _) = nextTrial.compareExchange(
            expected: moment,
            desired: next(after: moment, made: made, now: now),
            ordering: .relaxed
        )
        guard isOurs else { return .skip }
        trials.wrappingAdd(1, ordering: .relaxed)
        return .trial
    }

    /// Whether a request may try a canary whose units are diverted: one every few seconds.
    func admitDiverted(now: UInt64) -> Admission {
        let moment = nextDiverted.load(ordering: .relaxed)
        guard now >= moment else { return .skip }
        let next = now.advanced(byNanosecondsOf: min(patience, Brake.divertedPace))
        return nextDiverted.compareExchange(expected: moment, desired: next, ordering: .relaxed).exchanged
            ? .trial : .skip
    }

    /// When the next trial may be made after one that was due at `moment`: twice a second on the whole, also where requests
    /// for one come seldom.
    private func next(after moment: UInt64, made: Int, now: UInt64) -> UInt64 {
        guard made >= Brake.quickTrials else {
            return max(moment.advanced(byNanosecondsOf: pace), now.advanced(byNanosecondsOf: pace / 4))
        }
        let wait = min(patience, pace * (1 << min(made - Brake.quickTrials + 1, 16)))
        return now.advanced(byNanosecondsOf: wait)
    }

    /// Notes a request that is sent to the canary; its number.
    func countBegin() -> UInt64 { begun.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Notes an attempt that failed; the failures in the row and the nanoseconds since its first when this put the brake on.
    ///
    /// - Parameters:
    ///   - began: when the attempt began.
    ///   - number: its request's (see ``countBegin()``).
    func countFailure(
        of unit: UInt64?,
        began: UInt64,
        number: UInt64,
        now: UInt64
    ) -> (failures: Int, since: UInt64)? {
        guard !isOn else { return nil }
        let before = failures.wrappingAdd(1, ordering: .relaxed).oldValue
        let age = now &- min(now, began)
        if before == 0 {
            beginRow(began: began, number: number, age: age, now: now)
        } else {
            ages.wrappingAdd(age, ordering: .relaxed)
            failingFrom.min(began, ordering: .relaxed)
            firstNumber.min(number, ordering: .relaxed)
        }
        note(unit)
        guard units >= Brake.leastUnits else { return nil }
        guard isOutright(failures: before + 1, now: now) else {
            failures.store(1, ordering: .relaxed)
            beginRow(began: began, number: number, age: age, now: now)
            note(unit)
            return nil
        }
        // The next request of a canary's unit is the first trial.
        guard nextTrial.compareExchange(expected: 0, desired: max(1, now), ordering: .relaxed).exchanged else {
            return nil
        }
        trials.store(0, ordering: .relaxed)
        return (before + 1, now &- min(now, failingSince.load(ordering: .relaxed)))
    }

    /// Notes an attempt that went well; `true` when this took the brake off.
    ///
    /// One that began before the failures did says nothing about now.
    func countSuccess(began: UInt64) -> Bool {
        guard failures.load(ordering: .relaxed) != 0, isOfRow(began: began) else { return false }
        failures.store(0, ordering: .relaxed)
        return nextTrial.exchange(0, ordering: .relaxed) != 0
    }

    /// Whether an attempt began no earlier than the failures in the row: others speak neither for the canary nor against it.
    func isOfRow(began: UInt64) -> Bool { began >= failingFrom.load(ordering: .relaxed) }

    // MARK: the row

    private func beginRow(began: UInt64, number: UInt64, age: UInt64, now: UInt64) {
        failingSince.store(now, ordering: .relaxed)
        failingFrom.store(began, ordering: .relaxed)
        firstNumber.store(number, ordering: .relaxed)
        ages.store(age, ordering: .relaxed)
        for slot in 0..<Brake.leastUnits { store(0, at: slot) }
        withoutUnit.store(0, ordering: .relaxed)
    }

    /// Whether of the requests that began since the first failure did, and are as old as failures become on average, three
    /// of four have failed.
    ///
    /// How many are so old follows from how many have begun, as if they had come evenly.
    private func isOutright(failures: Int, now: UInt64) -> Bool {
        let from = failingFrom.load(ordering: .relaxed)
        let passed = Double(now &- min(now, from))
        let mean = Double(ages.load(ordering: .relaxed)) / Double(failures)
        guard passed > mean else { return true }
        let last = begun.load(ordering: .relaxed)
        let sent = Double(last &- min(last, firstNumber.load(ordering: .relaxed))) + 1
        return Double(failures) >= 0.75 * sent * (passed - mean) / passed
    }

    // MARK: units

    private func note(_ unit: UInt64?) {
        guard let unit else {
            withoutUnit.wrappingAdd(1, ordering: .relaxed)
            return
        }
        let mark = max(1, unit)
        for slot in 0..<Brake.leastUnits {
            let known = exchange(mark, at: slot)
            if known == 0 || known == mark { return }
        }
    }

    private var units: Int {
        var count = withoutUnit.load(ordering: .relaxed)
        for slot in 0..<Brake.leastUnits where load(slot) != 0 { count += 1 }
        return count
    }

    private func load(_ slot: Int) -> UInt64 {
        switch slot {
        case 0: first.load(ordering: .relaxed)
        case 1: second.load(ordering: .relaxed)
        case 2: third.load(ordering: .relaxed)
        default: fourth.load(ordering: .relaxed)
        }
    }

    private func store(_ unit: UInt64, at slot: Int) {
        switch slot {
        case 0: first.store(unit, ordering: .relaxed)
        case 1: second.store(unit, ordering: .relaxed)
        case 2: third.store(unit, ordering: .relaxed)
        default: fourth.store(unit, ordering: .relaxed)
        }
    }

    /// Takes a free slot; what was there before.
    private func exchange(_ unit: UInt64, at slot: Int) -> UInt64 {
        switch slot {
        case 0: first.compareExchange(expected: 0, desired: unit, ordering: .relaxed).original
        case 1: second.compareExchange(expected: 0, desired: unit, ordering: .relaxed).original
        case 2: third.compareExchange(expected: 0, desired: unit, ordering: .relaxed).original
        default: fourth.compareExchange(expected: 0, desired: unit, ordering: .relaxed).original
        }
    }
}
