// SPDX-License-Identifier: Apache-2.0

/// The stretches of time that a budget is for, one after another; each has its own sum, and none is ever set to zero.
package enum BudgetWindow: String, Sendable, CaseIterable {
    /// One that never ends.
    case total
    case hourly
    /// From midnight.
    case daily
    /// From Monday's midnight.
    case weekly
    /// From the first of the month.
    case monthly

    /// The window that a moment lies in, in seconds since 1970: from its start up to, without, its end.
    ///
    /// `total` lasts from `.min` to `.max`. In UTC, 2026-02-10T00:00:00Z lies in the month 1769904000..<1772323200.
    package func range(at moment: Timestamp, in zone: BudgetZone = .utc) -> Range<Int64> {
        let second = moment.nanoseconds.flooredQuotient(by: 1_000_000_000)
        switch self {
        case .total: return .min ..< .max
        case .hourly:
            // An hour of the clock on the wall: zones may be half an hour apart.
            let local = second + zone.offset
            let start = local - local.flooredRemainder(by: 3_600)
            return start - zone.offset..<start + 3_600 - zone.offset
        case .daily:
            let day = (second + zone.offset).flooredQuotient(by: 86_400)
            return zone.second(ofDay: day)..<zone.second(ofDay: day + 1)
        case .weekly:
            let day = (second + zone.offset).flooredQuotient(by: 86_400)
            // 1970-01-01 was a Thursday, three days after a Monday.
            let monday = day - (day + 3).flooredRemainder(by: 7)
            return zone.second(ofDay: monday)..<zone.second(ofDay: monday + 7)
        case .monthly:
            var date = CivilDate(daysSince1970: (second + zone.offset).flooredQuotient(by: 86_400))
            date.day = 1
            let start = date.daysSince1970
            let next = start + CivilDate.days(inMonth: date.month, of: date.year)
            return zone.second(ofDay: start)..<zone.second(ofDay: next)
        }
    }
}

/// By whose calendar days and months begin: a fixed distance from UTC.
package struct BudgetZone: Sendable, Hashable, CustomStringConvertible {
    /// Seconds east of UTC.
    package let offset: Int64

    package static let utc = BudgetZone(offset: 0)

    private init(offset: Int64) { self.offset = offset }

    /// `UTC`, or `+08:00`, up to 14 hours east and 12 hours west.
    package init?(_ text: String) {
        if text == "UTC" || text == "Z" {
            self = .utc
            return
        }
        let bytes = Array(text.utf8)
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
            bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            let hours = BudgetZone.number(bytes[1], bytes[2]), let minutes = BudgetZone.number(bytes[4], bytes[5]),
            minutes < 60
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        let offset = bytes[0] == UInt8(ascii: "-") ? -seconds : seconds
        guard (-43_200...50_400).contains(offset) else { return nil }
        self.init(offset: offset)
    }

    private static func number(_ tens: UInt8, _ ones: UInt8) -> Int64? {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard digits.contains(tens), digits.contains(ones) else { return nil }
        return Int64(tens - digits.lowerBound) * 10 + Int64(ones - digits.lowerBound)
    }

    /// When a day, counted from 1970-01-01, begins.
    func second(ofDay day: Int64) -> Int64 { day * 86_400 - offset }

    package var description: String {
        if offset == 0 { return "UTC" }
        let minutes = offset.magnitude / 60
        let (hours, rest) = (Int64(minutes / 60).padded(to: 2), Int64(minutes % 60).padded(to: 2))
        return "\(offset < 0 ? "-" : "+")\(hours):\(rest)"
    }
}

extension Int64 {
    /// What is left of the quotient rounded towards minus infinity; the divisor is positive.
    func flooredRemainder(by divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
