// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The system's wall clock, for records and the wire; decisions get their time as an argument.
package enum WallClock {
    @Sendable
    package static func now() -> Timestamp {
        var time = timespec()
        // Safe because: the call fills the structure it is given.
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Seconds since 1970 that run evenly from this moment: a step of the system's clock does not move them.
    ///
    /// Runs on the clock of the event loops, so that both agree also after the machine slept.
    package static func steadySeconds() -> @Sendable () -> Int64 {
        let start = now()
        let clock = SuspendingClock()
        let begun = clock.now
        return {
            let (seconds, attoseconds) = begun.duration(to: clock.now).components
            let elapsed = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
            return (start.nanoseconds + elapsed) / 1_000_000_000
        }
    }
}
