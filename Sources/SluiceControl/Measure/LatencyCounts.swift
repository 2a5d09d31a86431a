// SPDX-License-Identifier: Apache-2.0
import Histogram
import SluiceJudge

/// A sparse histogram of durations: only the buckets of an HDR histogram that were hit.
///
/// A slice of ten seconds hits a few hundred of some thousand buckets, and a version keeps 360 slices. Values are
/// microseconds up to one hour, kept to two significant digits (within 1 %).
struct LatencyCounts: Sendable {
    /// Buckets that were hit by their lowest value, ascending, and how often.
    private var buckets: [UInt32] = []
    private var counts: [UInt32] = []
    private(set) var total: Int64 = 0
    /// Microseconds.
    private(set) var sum: Int64 = 0

    private static let longest: UInt64 = 3_600_000_000
    private static let empty = Histogram<UInt64>(
        highestTrackableValue: longest,
        numberOfSignificantValueDigits: .two
    )

    /// Takes a duration in nanoseconds; one that is negative counts as 0, one beyond an hour as an hour.
    mutating func record(nanoseconds: Int64) {
        let value = min(UInt64(max(0, nanoseconds)) / 1_000, LatencyCounts.longest)
        count(UInt32(clamping: LatencyCounts.empty.lowestEquivalentForValue(value)), 1)
        total += 1
        sum = sum.saturatingSum(Int64(value))
    }

    mutating func add(_ other: LatencyCounts) {
        for index in other.buckets.indices { count(other.buckets[index], other.counts[index]) }
        total += other.total
        sum = sum.saturatingSum(other.sum)
    }

    private mutating func count(_ bucket: UInt32, _ amount: UInt32) {
        var low = 0
        var high = buckets.count
        while low < high {
            let middle = (low + high) / 2
            if buckets[middle] < bucket { low = middle + 1 } else { high = middle }
        }
        if low < buckets.count, buckets[low] == bucket {
            counts[low] &+= amount
        } else {
            buckets.insert(bucket, at: low)
            counts.insert(amount, at: low)
        }
    }

    /// Milliseconds at some percentiles, 0…100; empty without values.
    func percentiles(_ wanted: [Double]) -> [Double] {
        guard total > 0 else { return [] }
        var histogram = LatencyCounts.empty
        for index in buckets.indices { histogram.record(UInt64(buckets[index]), count: UInt64(counts[index])) }
        return wanted.map { Double(histogram.valueAtPercentile($0)) / 1_000 }
    }

    /// How many values lie above a limit in milliseconds, to within the width of a bucket.
    func above(_ milliseconds: Double) -> Int64 {
        let limit = milliseconds * 1_000
        return buckets.indices.reduce(0) { Double(buckets[$1]) > limit ? $0 + Int64(counts[$1]) : $0 }
    }

    /// The values in milliseconds, for the baseline's limits; of more than some 20 000, a part that looks like the whole.
    var values: ValueHistogram {
        var histogram = ValueHistogram()
        let share = max(1, total / 20_000)
        for index in buckets.indices {
            let value = Double(buckets[index]) / 1_000
            for _ in 0..<max(1, Int64(counts[index]) / share) { histogram.add(value) }
        }
        return histogram
    }

    /// Milliseconds.
    var mean: Double? { total == 0 ? nil : Double(sum) / Double(total) / 1_000 }
}
