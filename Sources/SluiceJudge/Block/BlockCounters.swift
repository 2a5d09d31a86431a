// SPDX-License-Identifier: Apache-2.0

/// Plain counters of one second (or one block): raised by one event loop, added up by the control plane.
///
/// A raise costs a few nanoseconds: two additions into an array. One loop owns a value; values of several loops and nodes are
/// merged.
public struct BlockCounters: Sendable, Hashable {
    /// The second that is counted: the one in which the requests started.
    public let start: Int64
    /// Four cells a series: canary requests, canary events, baseline requests, baseline events.
    private var cells: [Int64]
    /// Requests of the series that has most of them, both arms together.
    public private(set) var requests: Int64 = 0
    private var units: (canary: Int64, baseline: Int64) = (0, 0)
    private var spent = Spending.zero

    /// Starts at zero for as many series as the watch has items.
    public init(start: Int64, series: Int) {
        self.start = start
        cells = [Int64](repeating: 0, count: 4 * max(0, series))
    }

    /// Number of series counted.
    public var series: Int { cells.count / 4 }

    /// Counts one request of a series that has ended, or whose timer has fired; an unknown series is passed over.
    @inline(__always)
    public mutating func count(_ series: Int, _ arm: Arm, event: Bool) {
        let cell = 4 &* series &+ (arm == .canary ? 0 : 2)
        guard cell >= 0, cell &+ 1 < cells.count else { return }
        cells[cell] &+= 1
        if event { cells[cell &+ 1] &+= 1 }
        let all = cells[4 &* series] &+ cells[4 &* series &+ 2]
        if all > requests { requests = all }
    }

    /// Takes back a request, when its unit turns out to have left (see ``UnitCap``).
    public mutating func takeBack(_ series: Int, _ arm: Arm, event: Bool) {
        let cell = 4 &* series &+ (arm == .canary ? 0 : 2)
        guard cell >= 0, cell &+ 1 < cells.count, cells[cell] > 0 else { return }
        cells[cell] -= 1
        if event, cells[cell + 1] > 0 { cells[cell + 1] -= 1 }
        // Where this was one of the fullest series the others tell how many are left.
        if cells[4 * series].addingClamped(cells[4 * series + 2]) >= requests - 1 { requests = most }
    }

    private var most: Int64 {
        var most: Int64 = 0
        var cell = 0
        while cell + 3 < cells.count {
            most = max(most, cells[cell].addingClamped(cells[cell + 2]))
            cell += 4
        }
        return most
    }

    /// Counts a unit seen for the first time.
    public mutating func assign(_ arm: Arm) {
        if arm == .canary { units.canary &+= 1 } else { units.baseline &+= 1 }
    }

    /// Adds what a request cost.
    public mutating func spend(_ arm: Arm, nanoUSD: Int64, tokens: Int64) {
        let more =
            arm == .canary
            ? Spending(canaryNanoUSD: nanoUSD, canaryTokens: tokens, baselineNanoUSD: 0, baselineTokens: 0)
            : Spending(canaryNanoUSD: 0, canaryTokens: 0, baselineNanoUSD: nanoUSD, baselineTokens: tokens)
        spent = spent + more
    }

    /// Adds the counters of another loop, node or second.
    public mutating func merge(_ other: BlockCounters) {
        if cells.count < other.cells.count {
            cells.append(contentsOf: [Int64](repeating: 0, count: other.cells.count - cells.count))
        }
        for index in other.cells.indices { cells[index] = cells[index].addingClamped(other.cells[index]) }
        requests = most
        units.canary = units.canary.addingClamped(other.units.canary)
        units.baseline = units.baseline.addingClamped(other.units.baseline)
        spent = spent + other.spent
    }

    /// The table of a series; events above the requests are cut.
    public func counts(_ series: Int) -> Counts {
        let cell = 4 * series
        guard series >= 0, cell + 3 < cells.count else { return .zero }
        return Counts(clamping: cells[cell], cells[cell + 1], cells[cell + 2], cells[cell + 3])
    }

    /// Units seen for the first time, per arm.
    public var assigned: (canary: Int64, baseline: Int64) { units }

    /// Money and tokens.
    public var spending: Spending { spent }

    public static func == (a: BlockCounters, b: BlockCounters) -> Bool {
        a.start == b.start && a.cells == b.cells && a.units == b.units && a.spent == b.spent
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(start)
        hasher.combine(cells)
    }
}

/// Coded as `{start, cells, units, spent}`, for the way from a node to the control plane.
extension BlockCounters: Codable {
    private enum CodingKeys: String, CodingKey {
        case start, cells, units, spent
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        start = try box.decode(Int64.self, forKey: .start)
        cells = try box.decode([Int64].self, forKey: .cells)
        let pair = try box.decode([Int64].self, forKey: .units)
        guard cells.count % 4 == 0, cells.count <= 4096, cells.allSatisfy({ $0 >= 0 }), pair.count == 2 else {
            throw DecodingError.dataCorruptedError(
                forKey: .cells,
                in: box,
                debugDescription: "four counts a series, at most 1024 series, none negative, and two unit counts"
            )
        }
        units = (pair[0], pair[1])
        spent = try box.decode(Spending.self, forKey: .spent)
        requests = most
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(start, forKey: .start)
        try box.encode(cells, forKey: .cells)
        try box.encode([units.canary, units.baseline], forKey: .units)
        try box.encode(spent, forKey: .spent)
    }
}
