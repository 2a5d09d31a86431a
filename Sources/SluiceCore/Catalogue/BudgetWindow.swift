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
            // An hour of the clock on the wall: zones may be half an hour apart, and clocks be changed within one.
            let stretch = zone.stretch(at: second)
            let local = second + stretch.offset
            let start = local - local.flooredRemainder(by: 3_600) - stretch.offset
            return max(start, stretch.start)..<min(start + 3_600, stretch.end)
        case .daily:
            let day = zone.day(at: second)
            return zone.second(ofDay: day)..<zone.second(ofDay: day + 1)
        case .weekly:
            let day = zone.day(at: second)
            // 1970-01-01 was a Thursday, three days after a Monday.
            let monday = day - (day + 3).flooredRemainder(by: 7)
            return zone.second(ofDay: monday)..<zone.second(ofDay: monday + 7)
        case .monthly:
            var date = CivilDate(daysSince1970: zone.day(at: second))
            date.day = 1
            let start = date.daysSince1970
            let next = start + CivilDate.days(inMonth: date.month, of: date.year)
            return zone.second(ofDay: start)..<zone.second(ofDay: next)
        }
    }
}

/// By whose calendar days and months begin: a fixed distance from UTC, or a place's clocks.
package struct BudgetZone: Sendable, Hashable, CustomStringConvertible {
    /// Seconds east of UTC, where it is fixed.
    private let offset: Int64
    /// Those of a place.
    package let rules: ZoneRules?

    package static let utc = BudgetZone(offset: 0)

    private init(offset: Int64) {
        self.offset = offset
        rules = nil
    }

    package init(_ rules: ZoneRules) {
        offset = 0
        self.rules = rules
    }

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

    /// The stretch of time around a second in which clocks are not changed.
    func stretch(at second: Int64) -> ZoneRules.Stretch {
        rules?.stretch(at: second) ?? ZoneRules.Stretch(start: .min, end: .max, offset: offset)
    }

    /// When a day, counted from 1970-01-01, begins: at its midnight, or where clocks skip that, when they do.
    package func second(ofDay day: Int64) -> Int64 {
        guard let rules else { return day * 86_400 - offset }
        return rules.second(ofLocal: day * 86_400)
    }

    /// The day that a second lies in.
    package func day(at second: Int64) -> Int64 {
        guard let rules else { return (second + offset).flooredQuotient(by: 86_400) }
        let day = second.addingHeld(rules.offset(at: second)).flooredQuotient(by: 86_400)
        // Clocks that go back over midnight show a day that was over already.
        if self.second(ofDay: day) > second { return day - 1 }
        return self.second(ofDay: day + 1) <= second ? day + 1 : day
    }

    /// The day that clocks show at a moment, counted from 1970-01-01.
    package func localDay(at moment: Timestamp) -> Int64 {
        let second = moment.nanoseconds.flooredQuotient(by: 1_000_000_000)
        return second.addingHeld(stretch(at: second).offset).flooredQuotient(by: 86_400)
    }

    /// The distances from UTC that hold in a stretch of seconds, each with the second at which it begins.
    package func offsets(from: Int64, until: Int64) -> [(start: Int64, offset: Int64)] {
        var found = [(start: from, offset: stretch(at: from).offset)]
        var end = stretch(at: from).end
        while end < until {
            let next = stretch(at: end)
            found.append((end, next.offset))
            end = next.end
        }
        return found
    }

    package var description: String {
        if let rules { return rules.name }
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
