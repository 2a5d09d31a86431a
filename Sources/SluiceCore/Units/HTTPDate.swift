// SPDX-License-Identifier: Apache-2.0

/// Moments as HTTP writes them (RFC 9110 §5.6.7).
package enum HTTPDate {
    /// `Sun, 06 Nov 1994 08:49:37 GMT` for seconds since 1970, held within the years 1970 to 9999.
    package static func text(seconds: Int64) -> String {
        let seconds = min(max(seconds, 0), 253_402_300_799)
        let days = seconds / 86_400
        let date = CivilDate(daysSince1970: days)
        let time = (seconds % 86_400).clockText
        return "\(weekdays[Int((days + 4) % 7)]), \(date.day.padded(to: 2)) \(months[Int(date.month - 1)])"
            + " \(date.year.padded(to: 4)) \(time) GMT"
    }

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or
    /// `Sun Nov  6 08:49:37 1994`.
    package static func seconds(_ text: String, now: Timestamp) -> Int64? {
        guard text.utf8.count <= 64 else { return nil }
        let words = text.withoutBlanks.split { $0 == " " || $0 == "-" || $0 == "," }.map(String.init)
        let parts: (day: String, month: String, year: String, clock: String)
        if words.count == 6, words[5] == "GMT" {
            parts = (words[1], words[2], words[3], words[4])
        } else if words.count == 5 {
            parts = (words[2], words[1], words[4], words[3])
        } else {
            return nil
        }
        guard let month = months.firstIndex(of: parts.month), let day = digits(parts.day, most: 31), day >= 1,
            let year = year(parts.year, now: now), let clock = clock(parts.clock)
        else { return nil }
        return CivilDate(year: year, month: Int64(month) + 1, day: day).daysSince1970 * 86_400 + clock
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
        let isNumber = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard (1...4).contains(text.utf8.count), isNumber, let value = Int64(text), value <= most else { return nil }
        return value
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

extension String {
    /// Without the spaces and tabs around it.
    package var withoutBlanks: Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let front = drop(while: isBlank)
        return front.prefix(front.count - front.reversed().prefix(while: isBlank).count)
    }
}
