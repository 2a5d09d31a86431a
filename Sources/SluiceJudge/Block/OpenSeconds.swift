// SPDX-License-Identifier: Apache-2.0

/// The seconds one event loop still counts, by the second in which a request **started**.
///
/// A second is closed when it is over and all its requests have ended, or after 30 s at the latest; what comes later is dropped,
/// which the latency timers have long since noted.
public struct OpenSeconds: Sendable {
    /// How long after its end a second waits for its requests.
    public static let patience: Int64 = 30

    private struct Slot: Sendable {
        var counters: BlockCounters
        var open: Int
    }

    private let series: Int
    private var slots: [Slot] = []
    /// Seconds before this one are closed.
    private var closedBefore = Int64.min

    /// Starts with nothing open.
    ///
    /// - Parameter series: number of items of the watch.
    public init(series: Int) { self.series = series }

    /// Notes that a judged request has started; `false` when its second is closed already, so that it does not count.
    public mutating func begin(at second: Int64) -> Bool {
        guard let index = index(of: second) else { return false }
        slots[index].open += 1
        return true
    }

    /// Notes that a request begun at `second` has ended, however it ended.
    public mutating func end(at second: Int64) {
        guard let index = existing(second), slots[index].open > 0 else { return }
        slots[index].open -= 1
    }

    /// Counts in the second in which the request started.
    ///
    /// - Returns: `false` when that second is closed: the count is dropped.
    @discardableResult
    public mutating func count(at second: Int64, _ body: (inout BlockCounters) -> Void) -> Bool {
        guard let index = index(of: second) else { return false }
        body(&slots[index].counters)
        return true
    }

    /// Hands over the seconds that are closed at `now`, oldest first.
    public mutating func close(at now: Int64) -> [BlockCounters] {
        var closed: [BlockCounters] = []
        while let first = slots.first {
            let end = first.counters.start.addingClamped(1)
            guard end <= now, first.open == 0 || end.addingClamped(Self.patience) <= now else { break }
            closed.append(first.counters)
            slots.removeFirst()
            closedBefore = end
        }
        if slots.isEmpty { closedBefore = max(closedBefore, now) }
        return closed
    }

    /// The first second that is still open at `now`: everything before it has been handed over.
    public func openSince(_ now: Int64) -> Int64 { slots.first.map { min($0.counters.start, now) } ?? now }

    private func existing(_ second: Int64) -> Int? { slots.lastIndex { $0.counters.start == second } }

    private mutating func index(of second: Int64) -> Int? {
        if let last = slots.indices.last, slots[last].counters.start == second { return last }
        guard second >= closedBefore else { return nil }
        if let found = existing(second) { return found }
        let index = slots.firstIndex { $0.counters.start > second } ?? slots.endIndex
        slots.insert(Slot(counters: BlockCounters(start: second, series: series), open: 0), at: index)
        return index
    }
}
