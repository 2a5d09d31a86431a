// SPDX-License-Identifier: Apache-2.0

/// The `date` line of answers (RFC 9110 §6.6.1), made once a second.
struct DateLine {
    private var second = Int64.min
    private var line: [UInt8] = []

    /// - Parameter second: since 1970, UTC.
    mutating func line(at second: Int64) -> [UInt8] {
        guard second != self.second else { return line }
        self.second = second
        line = Array("date: \(DateLine.text(second))\r\n".utf8)
        return line
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func text(_ second: Int64) -> String {
        let second = min(max(second, 0), 253_402_300_799)
        let days = second / 86_400
        let clock = second % 86_400
        // Days of the Gregorian calendar, counted from 1 March of the year 0, in eras of 400 years.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * part + 2) / 5 + 1
        let month = part < 10 ? part + 3 : part - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let clockText = [clock / 3_600, clock / 60 % 60, clock % 60].map(two).joined(separator: ":")
        return "\(weekdays[Int((days + 4) % 7)]), \(two(day)) \(months[Int(month - 1)]) \(four(year)) \(clockText) GMT"
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    private static func four(_ number: Int64) -> String {
        String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
