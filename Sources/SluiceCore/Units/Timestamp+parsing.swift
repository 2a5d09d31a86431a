// SPDX-License-Identifier: Apache-2.0

extension Timestamp {
    /// Reads RFC 3339: `2026-11-20T23:49:04.125Z`, with an offset, or a date alone (midnight UTC).
    ///
    /// Years 1970–2199; a leap second counts as the second before; more than nine decimals are cut off.
    package init?(_ text: String) {
        var reader = Reader(rest: Array(text.utf8)[...])
        guard let year = reader.number(4), reader.skip(0x2D), let month = reader.number(2), reader.skip(0x2D),
            let day = reader.number(2), (1_970...2_199).contains(year), (1...12).contains(month),
            (1...Timestamp.days(inMonth: month, of: year)).contains(day)
        else { return nil }
        let midnight = Timestamp.daysSince1970(year: year, month: month, day: day) * 86_400
        guard !reader.rest.isEmpty else {
            self.init(nanoseconds: midnight * 1_000_000_000)
            return
        }
        guard reader.skip(0x54) || reader.skip(0x74) || reader.skip(0x20), let hour = reader.number(2),
            reader.skip(0x3A), let minute = reader.number(2), reader.skip(0x3A), let second = reader.number(2),
            hour < 24, minute < 60, second <= 60, let fraction = reader.fraction(), let offset = reader.offset(),
            reader.rest.isEmpty
        else { return nil }
        let seconds = midnight + hour * 3_600 + minute * 60 + min(second, 59) - offset
        self.init(nanoseconds: seconds * 1_000_000_000 + fraction)
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ byte: UInt8) -> Bool {
            guard rest.first == byte else { return false }
            rest.removeFirst()
            return true
        }

        /// A number of exactly so many digits.
        mutating func number(_ digits: Int) -> Int64? {
            let part = rest.prefix(digits)
            guard part.count == digits, part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            return part.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }

        /// Nanoseconds after an optional point; `nil` for a point without digits.
        mutating func fraction() -> Int64? {
            guard skip(0x2E) else { return 0 }
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count)
            let nine = digits.prefix(9).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
            return (digits.count..<max(9, digits.count)).reduce(nine) { value, _ in value * 10 }
        }

        /// Seconds east of UTC.
        mutating func offset() -> Int64? {
            if skip(0x5A) || skip(0x7A) { return 0 }
            let isEast = rest.first == 0x2B
            guard isEast || rest.first == 0x2D else { return nil }
            rest.removeFirst()
            guard let hour = number(2), skip(0x3A), let minute = number(2), hour < 24, minute < 60 else { return nil }
            return (isEast ? 1 : -1) * (hour * 3_600 + minute * 60)
        }
    }
}
