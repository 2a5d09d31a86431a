// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// How long a provider asks to wait.
package enum RetryAfter {
    private static let longest: Double = 86_400

    /// Reads `retry-after-ms`, then `x-ms-retry-after-ms`, then `retry-after` (seconds or an HTTP date), then the rate limits
    /// of which nothing remains (`x-ratelimit-reset-requests`, `-tokens`), then the body.
    ///
    /// - Parameters:
    ///   - body: of a refusal; Google's `RetryInfo` and messages such as "try again in 2.289s" are read.
    ///   - header: the first value of a header, by its name in lower case.
    /// - Returns: 0 for a past date, at most a day; `nil` where nothing was said or understood.
    package static func parse(now: Timestamp, body: RawSpan, header: (String) -> String?) -> Duration? {
        if let wait = parse(now: now, header: header) { return wait }
        return (WaitAdvice.limits(header: header) ?? WaitAdvice.body(body)).map { duration(seconds: $0) }
    }

    /// The same of the fields that say nothing but this.
    package static func parse(now: Timestamp, header: (String) -> String?) -> Duration? {
        for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
            if let milliseconds = header(name).flatMap(number) { return duration(seconds: milliseconds / 1_000) }
        }
        guard let text = header("retry-after") else { return nil }
        if let seconds = number(text) { return duration(seconds: seconds) }
        guard let date = HTTPDate.seconds(text, now: now) else { return nil }
        let nowSeconds = Double(now.nanoseconds) / 1_000_000_000
        return duration(seconds: max(0, Double(date) - nowSeconds))
    }

    private static func duration(seconds: Double) -> Duration {
        .nanoseconds(Int64((min(seconds, longest) * 1_000_000_000).rounded()))
    }

    /// A number that is not negative, written with digits, a point and an exponent only.
    private static func number(_ text: String) -> Double? {
        let trimmed = HTTPDate.trimmed(text)
        guard trimmed.utf8.count <= 40, let first = trimmed.utf8.first, (0x30...0x39).contains(first) || first == 0x2E,
            trimmed.utf8.allSatisfy({ byte in
                (0x30...0x39).contains(byte) || byte == 0x2E || byte | 0x20 == 0x65 || byte == 0x2B || byte == 0x2D
            }), let value = Double(trimmed)
        else { return nil }
        return value
    }
}

/// The three forms of a date in HTTP (RFC 9110, section 5.6.7).
enum HTTPDate {
    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or
    /// `Sun Nov  6 08:49:37 1994`.
    static func seconds(_ text: String, now: Timestamp) -> Int64? {
        guard text.utf8.count <= 64 else { return nil }
        let words = trimmed(text).split { $0 == " " || $0 == "-" || $0 == "," }.map(String.init)
        let parts: (day: String, month: String, year: String, clock: String)
        if words.count == 6, words[5] == "GMT" {
            parts = (words[1], words[2], words[3], words[4])
        } else if words.count == 5 {
            parts = (words[2], words[1], words[4], words[3])
        } else {
            return nil
        }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard let month = months.firstIndex(of: parts.month), let day = digits(parts.day, most: 31), day >= 1,
            let year = year(parts.year, now: now), let clock = clock(parts.clock)
        else { return nil }
        return days(year: year, month: Int64(month) + 1, day: day) * 86_400 + clock
    }

    static func trimmed(_ text: String) -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let front = text.drop(while: isSpace)
        return front.prefix(front.count - front.reversed().prefix(while: isSpace).count)
    }

    /// A year of two digits is the one that is not more than 50 years ahead.
    private static func year(_ text: String, now: Timestamp) -> Int64? {
        if text.utf8.count == 4 { return digits(text, most: 9_999) }
        guard text.utf8.count == 2, let short = digits(text, most: 99) else { return nil }
        let thisYear = 1_970 + now.nanoseconds / 31_556_952_000_000_000
        let year = thisYear - thisYear % 100 + short
        return year > thisYear + 50 ? year - 100 : year
    }

    private static func clock(_ text: String) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let hours = digits(parts[0], most: 23), let minutes = digits(parts[1], most: 59),
            let seconds = digits(parts[2], most: 60)
        else { return nil }
        return hours * 3_600 + minutes * 60 + seconds
    }

    private static func digits(_ text: String, most: Int64) -> Int64? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int64(text), value <= most
        else { return nil }
        return value
    }

    /// Days since 1970-01-01 in the Gregorian calendar.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
