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
}
