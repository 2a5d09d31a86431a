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

    /// Later than every moment there is a record of.
    package static let distantFuture = Timestamp(nanoseconds: .max)
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds: `2026-11-20T23:49:04.125Z`.
    package var description: String {
        let milliseconds = nanoseconds.flooredQuotient(by: 1_000_000)
        let days = milliseconds.flooredQuotient(by: 86_400_000)
        let rest = milliseconds - days * 86_400_000
        let (year, month, day) = Timestamp.civil(fromDays: days)
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        func three(_ value: Int64) -> String { value < 10 ? "00\(value)" : value < 100 ? "0\(value)" : "\(value)" }
        let clock =
            "\(two(rest / 3_600_000)):\(two(rest / 60_000 % 60)):\(two(rest / 1_000 % 60)).\(three(rest % 1_000))"
        let yearText = year >= 0 && year < 1_000 ? String(String(year + 10_000).dropFirst()) : "\(year)"
        return "\(yearText)-\(two(month))-\(two(day))T\(clock)Z"
    }

    /// Days since 1970-01-01 as year, month and day of the proleptic Gregorian calendar.
    private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }
}

extension Int64 {
    /// The quotient rounded towards minus infinity; the divisor is positive.
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
