// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
package import SluiceCore

/// The system's wall clock, for records and the wire; decisions get their time as an argument.
package enum WallClock {
    @Sendable
    package static func now() -> Timestamp {
        // A double holds the present to within 0.3 microseconds, which is more than records need.
        Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1_000_000) * 1_000)
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
