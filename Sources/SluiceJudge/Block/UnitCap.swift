// SPDX-License-Identifier: Apache-2.0

/// Lets each sticky unit contribute one event per step and series, and then no more.
///
/// A sticky unit is assigned once, so its repeated errors are not independent evidence: without the cap a few chronically failing
/// units make false rollbacks; with it, the unit leaves numerator and denominator, as the at-risk set of a log-rank test.
/// Only units that had an event are kept. Traffic assigned request by request needs no cap.
public struct UnitCap: Sendable {
    private var spent: [Set<UInt64>]
    private let most: Int

    /// Starts a step.
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
        return true
    }

    /// Whether a unit has left a series.
    public func hasLeft(_ unit: UInt64, series: Int) -> Bool {
        series >= 0 && series < spent.count && spent[series].contains(unit)
    }

    /// Starts the next step: every unit counts again.
    public mutating func beginStep() {
        for index in spent.indices { spent[index].removeAll(keepingCapacity: true) }
    }

    /// Units kept, over all series.
    public var kept: Int { spent.reduce(0) { $0 + $1.count } }
}
