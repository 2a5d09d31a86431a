// SPDX-License-Identifier: Apache-2.0
package import NIOCore

/// One event loop with everything that belongs to it alone: its executor, its clock and its deadlines.
package final class HTTPLoop: @unchecked Sendable {
    // Safe because: the lets are immutable, and everything mutable (the wheel, the ticking) is only touched on
    // `eventLoop`, which debug builds assert.
    /// 0… in its group.
    package let index: Int
    package let eventLoop: any EventLoop
    package let executor: LoopExecutor
    package let deadlines: DeadlineWheel
    /// Grows by one about twenty times a second.
    package private(set) var tick: UInt64 = 0
    /// How much later than it should the last tick came, in nanoseconds: what the loop had to do before.
    package private(set) var lag: UInt64 = 0
    private var lastTick: UInt64 = 0
    private var ticking: RepeatedTask?

    package init(index: Int, eventLoop: any EventLoop, resolution: UInt64 = 50_000_000) {
        self.index = index
        self.eventLoop = eventLoop
        executor = LoopExecutor(eventLoop)
        recent = NIODeadline.now().uptimeNanoseconds
        deadlines = DeadlineWheel(resolution: resolution, now: recent)
    }

    /// Monotonic nanoseconds; deadlines are given in these.
    package var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    /// The clock when bytes last came in on this loop, or at its last tick: good enough for limits, and read for nothing.
    package private(set) var recent: UInt64

    /// Reads the clock because something happened.
    @discardableResult
    package func look() -> UInt64 {
        recent = now
        return recent
    }

    /// The moment this long after ``recent``, held at the end of the range.
    package func moment(after duration: Duration) -> UInt64 { moment(afterNanoseconds: duration.nanoseconds) }

    /// The same of nanoseconds, for what is asked with every request: to take a `Duration` apart costs 128-bit divisions.
    package func moment(afterNanoseconds count: UInt64) -> UInt64 { recent.advanced(by: count) }

    /// Starts a task that runs on this loop and nowhere else.
    package func start(_ work: sending @escaping () async -> Void) {
        Task(executorPreference: executor) { await work() }
    }

    /// Waits for a moment, to the tick; `false` when the point was woken first.
    package func sleep(until moment: UInt64, at point: WaitPoint) async -> Bool {
        while now < moment {
            if await point.wait(until: moment) { return false }
        }
        return true
    }

    func startTicking() {
        eventLoop.execute {
            let period = TimeAmount.nanoseconds(Int64(clamping: self.deadlines.resolution))
            self.ticking = self.eventLoop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in
                let now = self.look()
                let due = self.lastTick &+ self.deadlines.resolution
                self.lag = self.tick > 0 && now > due ? now - due : 0
                self.lastTick = now
                self.tick &+= 1
                self.deadlines.advance(to: now)
            }
        }
    }

    func stopTicking() {
        eventLoop.execute {
            self.ticking?.cancel()
            self.ticking = nil
        }
    }
}

extension UInt64 {
    /// This moment moved by a duration; negative durations do not move it.
    package func advanced(byNanosecondsOf duration: Duration) -> UInt64 { advanced(by: duration.nanoseconds) }

    /// This moment moved by so many nanoseconds, held at the end of the range.
    package func advanced(by nanoseconds: UInt64) -> UInt64 {
        let (sum, isPast) = addingReportingOverflow(nanoseconds)
        return isPast ? .max : sum
    }
}

extension Duration {
    /// Whole nanoseconds: 0 for negative durations, `.max` for those beyond the range.
    package var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, isTooLong) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return isTooLong ? .max : whole.advanced(by: UInt64(attoseconds) / 1_000_000_000)
    }
}
