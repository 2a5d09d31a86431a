// SPDX-License-Identifier: Apache-2.0

/// A moment of wall-clock time in nanoseconds since 1970-01-01T00:00:00Z, for records and the wire.
///
/// Durations are measured with a monotonic clock, never as the difference of two of these.
package struct Timestamp: Sendable, Hashable, Comparable, Codable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package init(milliseconds: Int64) {
        nanoseconds = milliseconds.multipliedReportingOverflow(by: 1_000_000).partialValue
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }

    /// This moment moved by a number of seconds (negative: earlier), held at the ends of the range.
    package func advanced(bySeconds seconds: Int64) -> Timestamp {
        let (delta, tooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, tooFar) = nanoseconds.addingReportingOverflow(delta)
        guard !tooLong, !tooFar else { return Timestamp(nanoseconds: seconds < 0 ? .min : .max) }
        return Timestamp(nanoseconds: sum)
    }

    /// This moment moved by a duration, held at the ends of the range.
    package func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let whole = advanced(bySeconds: seconds).nanoseconds
        let (sum, tooFar) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        return tooFar ? Timestamp(nanoseconds: whole) : Timestamp(nanoseconds: sum)
    }

    /// How much later this moment is; negative where it is earlier.
    package func duration(since other: Timestamp) -> Duration {
        let (difference, tooFar) = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
        return .nanoseconds(tooFar ? (nanoseconds < 0 ? Int64.min : Int64.max) : difference)
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds: `2026-11-20T23:49:04.125Z`.
    package var description: String {
        let milliseconds = nanoseconds.flooredQuotient(by: 1_000_000)
        let days = milliseconds.flooredQuotient(by: 86_400_000)
        let rest = milliseconds - days * 86_400_000
        let date = CivilDate(daysSince1970: days)
        let clock = (rest / 1_000).clockText
        let year = date.year < 0 ? "\(date.year)" : date.year.padded(to: 4)
        let day = "\(year)-\(date.month.padded(to: 2))-\(date.day.padded(to: 2))"
        return "\(day)T\(clock).\((rest % 1_000).padded(to: 3))Z"
    }
}
