// SPDX-License-Identifier: Apache-2.0

/// How far a place's clocks are from UTC at each moment: the transitions of a TZif file (RFC 9636), and those of the rule at its
/// end up to the last moment that a ``Timestamp`` can be.
package final class ZoneRules: Sendable, Hashable {
    /// `Europe/Berlin`.
    package let name: String
    /// The rule for all that comes after the file's own transitions, as the file has it: `CET-1CEST,M3.5.0,M10.5.0/3`.
    package let footer: String
    /// Seconds since 1970, ascending: from each on the offset at its place holds, and before the first one ``first``.
    private let starts: [Int64]
    private let offsets: [Int64]
    private let first: Int64

    /// Why bytes are no time zone.
    package struct Fault: Error, Sendable, Equatable {
        package let text: String
    }

    /// Reads a TZif file of any version; every byte may be anything.
    package init(name: String, tzif bytes: [UInt8]) throws(Fault) {
        var reader = ZoneReader(bytes)
        var header = try reader.header()
        var body = try reader.body(header, wordBytes: 4)
        var footer = ""
        if header.version >= UInt8(ascii: "2") {
            header = try reader.header()
            body = try reader.body(header, wordBytes: 8)
            footer = try reader.footer()
        }
        var (starts, offsets) = (body.starts, body.offsets)
        if !footer.isEmpty {
            guard let rule = ZoneRule(footer) else {
                throw Fault(text: "its rule '\(footer.prefix(80))' cannot be read")
            }
            rule.extend(&starts, &offsets)
        }
        self.name = name
        self.footer = footer.isEmpty ? ZoneRule.text(ofOffset: offsets.last ?? body.first) : footer
        self.starts = starts
        self.offsets = offsets
        first = body.first
    }

    /// A zone of which only the rule is known.
    package init?(name: String, rule text: String) {
        guard let rule = ZoneRule(text) else { return nil }
        var (starts, offsets): ([Int64], [Int64]) = ([], [])
        rule.extend(&starts, &offsets)
        self.name = name
        footer = text
        self.starts = starts
        self.offsets = offsets
        first = rule.standard
    }

    package static func == (left: ZoneRules, right: ZoneRules) -> Bool {
        left === right
            || left.name == right.name && left.first == right.first && left.starts == right.starts
                && left.offsets == right.offsets
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// Seconds east of UTC at a second since 1970.
    package func offset(at second: Int64) -> Int64 { stretch(at: second).offset }

    /// A stretch of time in which clocks are not changed.
    struct Stretch {
        var start: Int64
        var end: Int64
        var offset: Int64
    }

    func stretch(at second: Int64) -> Stretch { stretch(count(upTo: second)) }

    /// When clocks come to a local time to stay: the first moment after which none shows less.
    ///
    /// A local time that clocks skip is where they skip it, one that they show twice is the first of both, as long as they do not
    /// go back behind it.
    func second(ofLocal local: Int64) -> Int64 {
        // No clock is further from UTC than a day and a bit.
        var place = count(upTo: local.addingHeld(100_000))
        while place > 0 {
            let stretch = stretch(place)
            if stretch.start.addingHeld(stretch.offset) < local {
                return min(stretch.end, local.subtractingHeld(stretch.offset))
            }
            place -= 1
        }
        return min(stretch(0).end, local.subtractingHeld(first))
    }

    private func stretch(_ place: Int) -> Stretch {
        Stretch(
            start: place == 0 ? .min : starts[place - 1],
            end: place == starts.count ? .max : starts[place],
            offset: place == 0 ? first : offsets[place - 1]
        )
    }

    /// How many transitions have been by a second.
    private func count(upTo second: Int64) -> Int {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= second { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Reads the parts of a TZif file, and nothing behind its end.
private struct ZoneReader {
    private let bytes: [UInt8]
    private var place = 0

    struct Header {
        var version: UInt8
        /// Of UT indicators, standard indicators, leap seconds, transitions, types and bytes of names.
        var counts: [Int]
    }

    struct Body {
        var starts: [Int64] = []
        var offsets: [Int64] = []
        var first: Int64 = 0
    }

    /// Files that exist have a few hundred.
    private static let most = 10_000

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func header() throws(ZoneRules.Fault) -> Header {
        guard try take(4).elementsEqual("TZif".utf8) else { throw ZoneRules.Fault(text: "it is no TZif file") }
        let version = try take(16).first ?? 0
        var counts: [Int] = []
        for _ in 0..<6 {
            let count = try number(4)
            guard (0...Int64(ZoneReader.most)).contains(count) else {
                throw ZoneRules.Fault(text: "its header says \(count) entries")
            }
            counts.append(Int(count))
        }
        guard (1...256).contains(counts[4]) else { throw ZoneRules.Fault(text: "it has no types of local time") }
        return Header(version: version, counts: counts)
    }

    mutating func body(_ header: Header, wordBytes: Int) throws(ZoneRules.Fault) -> Body {
        var body = Body()
        for _ in 0..<header.counts[3] {
            let start = try number(wordBytes)
            if let last = body.starts.last, last >= start {
                throw ZoneRules.Fault(text: "its transitions are out of order")
            }
            body.starts.append(start)
        }
        let types = try take(header.counts[3]).map { Int($0) }
        var known: [Int64] = []
        for _ in 0..<header.counts[4] {
            known.append(try number(4))
            _ = try take(2)
        }
        for type in types {
            guard known.indices.contains(type) else { throw ZoneRules.Fault(text: "a transition is to no known type") }
            body.offsets.append(known[type])
        }
        guard known.allSatisfy({ (-93_600...93_600).contains($0) }) else {
            throw ZoneRules.Fault(text: "it is further from UTC than a day")
        }
        body.first = known.first ?? 0
        _ = try take(header.counts[5] + header.counts[2] * (wordBytes + 4) + header.counts[1] + header.counts[0])
        return body
    }

    mutating func footer() throws(ZoneRules.Fault) -> String {
        guard try take(1).first == UInt8(ascii: "\n") else { throw ZoneRules.Fault(text: "it has no rule at its end") }
        let text = bytes[place...].prefix { $0 != UInt8(ascii: "\n") }
        guard place + text.count < bytes.count, text.count <= 256 else {
            throw ZoneRules.Fault(text: "its rule does not end")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func number(_ count: Int) throws(ZoneRules.Fault) -> Int64 {
        let part = try take(count)
        // The first byte has the sign.
        return part.dropFirst().reduce(Int64(Int8(bitPattern: part.first ?? 0))) { $0 << 8 | Int64($1) }
    }

    private mutating func take(_ count: Int) throws(ZoneRules.Fault) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - place else { throw ZoneRules.Fault(text: "it breaks off") }
        defer { place += count }
        return bytes[place..<place + count]
    }
}

/// The rule at the end of a TZif file: standard time, and when clocks are changed in each year.
struct ZoneRule: Equatable {
    /// Seconds east of UTC.
    private(set) var standard: Int64
    private var summer: (offset: Int64, from: Change, until: Change)?

    static func == (left: ZoneRule, right: ZoneRule) -> Bool {
        left.standard == right.standard && left.summer?.offset == right.summer?.offset
            && left.summer?.from == right.summer?.from && left.summer?.until == right.summer?.until
    }

    private struct Change: Equatable {
        enum Day: Equatable {
            /// Of 365, 29 February left out, from 1.
            case julian(Int64)
            /// From 0, 29 February counted.
            case zeroBased(Int64)
            /// The week of a month (5: the last) and the day of the week (0: Sunday).
            case weekday(month: Int64, week: Int64, day: Int64)
        }

        var day: Day
        /// Seconds of local time after midnight, from -167 to 167 hours.
        var time: Int64

        /// In seconds since 1970 of local time.
        func local(in year: Int64) -> Int64 { dayNumber(in: year) * 86_400 + time }

        private func dayNumber(in year: Int64) -> Int64 {
            let newYear = CivilDate(year: year, month: 1, day: 1).daysSince1970
            switch day {
            case .zeroBased(let day): return newYear + day
            case .julian(let day):
                let isLeap = CivilDate.days(inMonth: 2, of: year) == 29
                return newYear + day - 1 + (isLeap && day >= 60 ? 1 : 0)
            case .weekday(let month, let week, let day):
                let first = CivilDate(year: year, month: month, day: 1).daysSince1970
                // 1970-01-01 was a Thursday.
                let until = (day - (first + 4).flooredRemainder(by: 7)).flooredRemainder(by: 7)
                let last = CivilDate.days(inMonth: month, of: year)
                var found = until + (week - 1) * 7
                while found >= last { found -= 7 }
                return first + found
            }
        }
    }

    /// - Returns: `nil` for what is no rule.
    init?(_ text: String) {
        var parser = Parser(text)
        guard parser.name(), let west = parser.time(upTo: 24) else { return nil }
        standard = 0 - west
        guard !parser.isAtEnd else { return }
        guard parser.name() else { return nil }
        var offset = standard + 3_600
        if !parser.sees(",") {
            guard let west = parser.time(upTo: 24) else { return nil }
            offset = 0 - west
        }
        guard parser.take(","), let from = parser.change(), parser.take(","), let until = parser.change(),
            parser.isAtEnd
        else { return nil }
        summer = (offset, from, until)
    }

    /// The rule of a place whose clocks are never changed: `<+0530>-05:30`.
    static func text(ofOffset offset: Int64) -> String {
        let (seconds, sign) = (offset.magnitude, offset < 0 ? ("-", "") : ("+", "-"))
        let (hours, minutes) = (Int64(seconds / 3_600).padded(to: 2), Int64(seconds / 60 % 60).padded(to: 2))
        return "<\(sign.0)\(hours)\(minutes)>\(sign.1)\(hours):\(minutes):\(Int64(seconds % 60).padded(to: 2))"
    }

    /// The last year whose moments a ``Timestamp`` holds.
    private static let lastYear: Int64 = 2262

    /// Adds the rule's transitions after those that are known.
    func extend(_ starts: inout [Int64], _ offsets: inout [Int64]) {
        // Without one the file's last transition has led to it.
        guard let summer else { return }
        let from = starts.last.map { CivilDate(daysSince1970: $0.flooredQuotient(by: 86_400)).year - 1 } ?? 1970
        guard from <= ZoneRule.lastYear else { return }
        for year in max(from, 1900)...ZoneRule.lastYear {
            let changes = [
                (summer.from.local(in: year) - standard, summer.offset),
                (summer.until.local(in: year) - summer.offset, standard),
            ]
            for (start, offset) in changes.sorted(by: { $0.0 < $1.0 }) where start > starts.last ?? .min {
                starts.append(start)
                offsets.append(offset)
            }
        }
    }

    private struct Parser {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = Substring(text).utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        func sees(_ character: Unicode.Scalar) -> Bool { rest.first == UInt8(ascii: character) }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard sees(character) else { return false }
            rest = rest.dropFirst()
            return true
        }

        /// Passes over the name of a time: letters, or anything in angle brackets.
        mutating func name() -> Bool {
            if take("<") {
                let name = rest.prefix { $0 != UInt8(ascii: ">") }
                rest = rest.dropFirst(name.count)
                return !name.isEmpty && take(">")
            }
            let name = rest.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
            rest = rest.dropFirst(name.count)
            return name.count >= 3
        }

        mutating func number(_ range: ClosedRange<Int64>) -> Int64? {
            let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard (1...3).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            let number = digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
            return range.contains(number) ? number : nil
        }

        /// `[+-]hh[:mm[:ss]]`, in seconds.
        mutating func time(upTo hours: Int64) -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let hours = number(0...hours) else { return nil }
            var seconds = hours * 3_600
            for unit in [60, 1] as [Int64] where take(":") {
                guard let part = number(0...59) else { return nil }
                seconds += part * unit
            }
            return isNegative ? 0 - seconds : seconds
        }

        mutating func change() -> Change? {
            let day: Change.Day
            if take("M") {
                guard let month = number(1...12), take("."), let week = number(1...5), take("."),
                    let weekday = number(0...6)
                else { return nil }
                day = .weekday(month: month, week: week, day: weekday)
            } else if take("J") {
                guard let number = number(1...365) else { return nil }
                day = .julian(number)
            } else {
                guard let number = number(0...365) else { return nil }
                day = .zeroBased(number)
            }
            guard take("/") else { return Change(day: day, time: 7_200) }
            return time(upTo: 167).map { Change(day: day, time: $0) }
        }
    }
}
