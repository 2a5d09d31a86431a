// SPDX-License-Identifier: Apache-2.0

/// Lets each sticky unit contribute one event per rollout and series, and then no more.
///
/// A sticky unit is assigned once, so its repeated errors are not independent evidence: without the cap a few chronically failing
/// units make false rollbacks; with it, the unit leaves numerator and denominator, as the at-risk set of a log-rank test. It has
/// left for the whole rollout: over steps, pauses and restarts. So the cap can be saved, whole (it is `Codable`) or
/// bit by bit (``takeNews()`` and ``restore(_:)``). Only units that had an event are kept. Traffic assigned request by request needs
/// no cap.
public struct UnitCap: Sendable, Hashable {
    private var spent: [Set<UInt64>]
    private let most: Int
    private var news: [Departure] = []

    /// A unit that has left a series.
    public struct Departure: Sendable, Hashable, Codable {
        /// The unit's 64-bit hash.
        public let unit: UInt64
        /// The index of the series in the configuration.
        public let series: Int
        /// The event turned out to be none, so that the unit counts again.
        public let isReturn: Bool

        public init(unit: UInt64, series: Int, isReturn: Bool = false) {
            self.unit = unit
            self.series = series
            self.isReturn = isReturn
        }

        private enum CodingKeys: String, CodingKey {
            case unit = "u"
            case series = "s"
            case isReturn = "r"
        }

        public init(from decoder: any Decoder) throws {
            let box = try decoder.container(keyedBy: CodingKeys.self)
            unit = try box.decode(UInt64.self, forKey: .unit)
            series = try box.decode(Int.self, forKey: .series)
            isReturn = try box.decodeIfPresent(Bool.self, forKey: .isReturn) ?? false
        }

        public func encode(to encoder: any Encoder) throws {
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encode(unit, forKey: .unit)
            try box.encode(series, forKey: .series)
            if isReturn { try box.encode(true, forKey: .isReturn) }
        }
    }

    /// Starts a rollout.
    ///
    /// - Parameters:
    ///   - series: number of series.
    ///   - most: units kept per series; once full, further units' events are not counted.
    public init(series: Int, most: Int = 1 << 20) {
        spent = [Set<UInt64>](repeating: [], count: max(0, series))
        self.most = max(0, most)
    }

    /// Whether a request of the unit still counts in a series; an event makes this the unit's last one.
    public mutating func admits(_ unit: UInt64, series: Int, event: Bool) -> Bool {
        guard series >= 0, series < spent.count else { return false }
        if !spent[series].isEmpty, spent[series].contains(unit) { return false }
        guard event else { return true }
        guard spent[series].count < most else { return false }
        spent[series].insert(unit)
        news.append(Departure(unit: unit, series: series))
        return true
    }

    /// Takes back a unit's event, which turned out to be none: the unit counts again.
    public mutating func giveBack(_ unit: UInt64, series: Int) {
        guard series >= 0, series < spent.count, spent[series].remove(unit) != nil else { return }
        news.append(Departure(unit: unit, series: series, isReturn: true))
    }

    /// Whether a unit has left a series.
    public func hasLeft(_ unit: UInt64, series: Int) -> Bool {
        series >= 0 && series < spent.count && spent[series].contains(unit)
    }

    /// Units that have left since this was last asked, for whoever saves them.
    public mutating func takeNews() -> [Departure] {
        defer { news.removeAll(keepingCapacity: true) }
        return news
    }

    /// Takes up what was told before a restart, in its order; it is no news.
    public mutating func restore(_ departures: some Sequence<Departure>) {
        for departure in departures where departure.series >= 0 && departure.series < spent.count {
            if departure.isReturn {
                spent[departure.series].remove(departure.unit)
            } else if spent[departure.series].count < most {
                spent[departure.series].insert(departure.unit)
            }
        }
    }

    /// Every unit counts again, which spends the rollout's alpha anew; for a new rollout only.
    public mutating func beginStep() {
        for index in spent.indices { spent[index].removeAll(keepingCapacity: true) }
        news.removeAll()
    }

    /// Units kept, over all series.
    public var kept: Int { spent.reduce(0) { $0 + $1.count } }

    public static func == (a: UnitCap, b: UnitCap) -> Bool { a.spent == b.spent && a.most == b.most }

    public func hash(into hasher: inout Hasher) { hasher.combine(spent) }
}

/// Coded as `{"most": n, "spent": [text, …]}`: a text for each series, sixteen hexadecimal digits a unit, in ascending order.
extension UnitCap: Codable {
    private enum CodingKeys: String, CodingKey {
        case most, spent
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        most = max(0, try box.decode(Int.self, forKey: .most))
        spent = try box.decode([String].self, forKey: .spent).map { text in
            guard let units = Self.units(Array(text.utf8)) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .spent,
                    in: box,
                    debugDescription: "sixteen hexadecimal digits a unit"
                )
            }
            return units
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(most, forKey: .most)
        try box.encode(spent.map { Self.text($0) }, forKey: .spent)
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func text(_ units: Set<UInt64>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 * units.count)
        for unit in units.sorted() {
            for shift in stride(from: UInt64(60), through: 0, by: -4) { bytes.append(digits[Int(unit >> shift & 15)]) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func units(_ bytes: [UInt8]) -> Set<UInt64>? {
        guard bytes.count % 16 == 0 else { return nil }
        var units = Set<UInt64>(minimumCapacity: bytes.count / 16)
        var unit: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            guard let digit = value(byte) else { return nil }
            unit = unit << 4 | digit
            if index % 16 == 15 { units.insert(unit) }
        }
        return units
    }

    private static func value(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}
