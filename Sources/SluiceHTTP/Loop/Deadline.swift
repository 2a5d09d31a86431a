// SPDX-License-Identifier: Apache-2.0

/// One limit in time that is moved often and reached seldom; belongs to one event loop.
///
/// Moving it costs a store: the loop's wheel looks again when the earlier moment comes.
package final class Deadline {
    /// Nanoseconds of the loop's clock; `.max` is never.
    package private(set) var due: UInt64 = .max
    fileprivate var queuedFor: UInt64 = .max
    private let wheel: DeadlineWheel
    private var reached: (() -> Void)?

    package init(on wheel: DeadlineWheel, reached: @escaping () -> Void) {
        self.wheel = wheel
        self.reached = reached
    }

    /// Sets the moment; it is noticed up to one tick later.
    package func move(to moment: UInt64) {
        due = moment
        guard moment != .max, reached != nil else { return }
        let tick = wheel.tick(for: moment)
        if tick < queuedFor { wheel.insert(self, at: tick) }
    }

    package func clear() { due = .max }

    /// Ends it for good and lets go of what it would have called.
    package func retire() {
        due = .max
        reached = nil
    }

    fileprivate func fire() {
        due = .max
        reached?()
    }
}

/// All deadlines of one event loop in slots of one tick each.
package final class DeadlineWheel {
    /// Nanoseconds of one tick.
    package let resolution: UInt64
    private var slots: [[Deadline]]
    /// The last tick that was looked at.
    private var current: UInt64

    package init(resolution: UInt64 = 50_000_000, slots count: Int = 1_024, now: UInt64) {
        self.resolution = max(resolution, 1)
        slots = Array(repeating: [], count: max(count, 2))
        current = now / self.resolution
    }

    /// The tick at which a moment is surely past, at most one turn of the wheel ahead.
    fileprivate func tick(for moment: UInt64) -> UInt64 {
        let wanted = moment / resolution + 1
        return min(max(wanted, current + 1), current + UInt64(slots.count) - 1)
    }

    fileprivate func insert(_ deadline: Deadline, at tick: UInt64) {
        deadline.queuedFor = tick
        slots[Int(tick % UInt64(slots.count))].append(deadline)
    }

    /// Fires what is due at `now`; called once a tick.
    package func advance(to now: UInt64) {
        let target = now / resolution
        // After a long pause one turn sees every slot.
        if target > current + UInt64(slots.count) { current = target - UInt64(slots.count) }
        while current < target {
            current += 1
            let index = Int(current % UInt64(slots.count))
            guard !slots[index].isEmpty else { continue }
            let queue = slots[index]
            slots[index] = []
            for deadline in queue where deadline.queuedFor <= current { look(at: deadline, now: now) }
        }
    }

    private func look(at deadline: Deadline, now: UInt64) {
        deadline.queuedFor = .max
        if deadline.due <= now {
            deadline.fire()
        } else if deadline.due != .max {
            insert(deadline, at: tick(for: deadline.due))
        }
    }
}
