// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Tells the second of day of a moment, evenly and the same on every loop: a step of the wall clock moves nothing.
struct EvidenceClock: Sendable {
    /// Nanoseconds from the loops' clock to 1970.
    private let offset: Int64

    init(wallClock: Timestamp, now: UInt64) {
        offset = wallClock.nanoseconds.subtractingReportingOverflow(Int64(clamping: now)).partialValue
    }

    /// Seconds since 1970.
    func second(at moment: UInt64) -> Int64 {
        offset.addingReportingOverflow(Int64(clamping: moment)).partialValue / 1_000_000_000
    }
}
