// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// One row or more of a family: a counter, a gauge or a histogram with its label values.
package protocol Series: AnyObject, Sendable {
    /// What it is now.
    var state: SeriesState { get }
}

/// A series at one moment.
package enum SeriesState: Sendable, Equatable {
    case value(Double)
    /// Counts per bucket, not added up, the last one beyond all bounds.
    case histogram(bounds: [Double], counts: [UInt64], sum: Double)
}

/// A number that only grows.
package final class Counter: Series {
    private let value = Mutex<Double>(0)

    init() {}

    /// Adds; a negative or undefined amount is left out, since a counter never falls.
    package func add(_ amount: Double = 1) {
        guard amount > 0, amount.isFinite else { return }
        value.withLock { $0 += amount }
    }

    package var state: SeriesState { .value(value.withLock { $0 }) }
}

/// A number that rises and falls.
package final class Gauge: Series {
    private let value = Mutex<Double>(0)

    init() {}

    package func set(_ new: Double) { value.withLock { $0 = new } }

    package func add(_ amount: Double) { value.withLock { $0 += amount } }

    package var state: SeriesState { .value(value.withLock { $0 }) }
}

/// Counts of values by upper bound, with their sum.
package final class HistogramSeries: Series {
    private let held: Mutex<HistogramTally>

    init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds must ascend")
        held = Mutex(HistogramTally(bounds: bounds))
    }

    /// Takes a value; one that is undefined is left out.
    package func observe(_ value: Double) { held.withLock { $0.observe(value) } }

    /// An empty tally of the same bounds.
    package var tally: HistogramTally { held.withLock { HistogramTally(bounds: $0.bounds) } }

    /// Takes all that a tally of the same bounds has gathered, and empties it.
    package func take(_ tally: inout HistogramTally) {
        guard !tally.isEmpty else { return }
        held.withLock { $0.add(tally) }
        tally.clear()
    }

    package var state: SeriesState {
        let now = held.withLock { $0 }
        return .histogram(bounds: now.bounds, counts: now.counts, sum: now.sum)
    }
}

/// Values gathered by one owner, for a histogram to take over many at a time.
package struct HistogramTally: Sendable {
    fileprivate let bounds: [Double]
    fileprivate var counts: [UInt64]
    fileprivate var sum: Double = 0
    fileprivate private(set) var isEmpty = true

    fileprivate init(bounds: [Double]) {
        self.bounds = bounds
        counts = [UInt64](repeating: 0, count: bounds.count + 1)
    }

    /// Takes a value; one that is undefined is left out.
    package mutating func observe(_ value: Double) {
        guard value.isFinite else { return }
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        counts[low] += 1
        sum += value
        isEmpty = false
    }

    fileprivate mutating func add(_ other: HistogramTally) {
        precondition(counts.count == other.counts.count, "a tally of other bounds")
        for index in counts.indices { counts[index] += other.counts[index] }
        sum += other.sum
        isEmpty = false
    }

    fileprivate mutating func clear() {
        for index in counts.indices { counts[index] = 0 }
        sum = 0
        isEmpty = true
    }
}

/// Upper bounds for histograms, in seconds.
package enum HistogramBounds {
    /// A call to a provider: 5 ms to 10 min.
    package static let seconds: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
    ]

    /// The relay's own time: 10 µs to 1 s.
    package static let overhead: [Double] = [
        0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 1,
    ]
}
