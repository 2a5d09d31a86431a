// SPDX-License-Identifier: Apache-2.0
import RealModule

/// Positive values counted in buckets of equal ratio: mergeable, and its quantiles are within 0.5 % of a value seen.
public struct ValueHistogram: Sendable, Hashable {
    /// Ratio of a bucket's upper to its lower end: 1 %.
    private static let ratio = 1.01
    private static let logRatio: Double = .log(ratio)
    private static let range = 0...4095
    private var buckets: [Int: Int64] = [:]
    private var sumOfCounts: Int64 = 0

    public init() {}

    /// Values counted.
    public var count: Int64 { sumOfCounts }

    /// Counts one value in its unit; values below one (and no numbers) share the first bucket, those above 5·10^17 the last.
    public mutating func add(_ value: Double) {
        buckets[Self.bucket(value), default: 0] += 1
        sumOfCounts = sumOfCounts.addingClamped(1)
    }

    /// Adds another histogram.
    public mutating func merge(_ other: ValueHistogram) {
        for (bucket, count) in other.buckets { buckets[bucket] = (buckets[bucket] ?? 0).addingClamped(count) }
        sumOfCounts = sumOfCounts.addingClamped(other.sumOfCounts)
    }

    /// The smallest value that at least `level` of the values do not exceed; unknown without values.
    public func quantile(_ level: Double) -> Double? {
        guard sumOfCounts > 0, level >= 0, level <= 1 else { return nil }
        let wanted = max(1, (level * Double(sumOfCounts)).rounded(.up))
        var seen = 0.0
        for bucket in buckets.keys.sorted() {
            seen += Double(buckets[bucket] ?? 0)
            if seen >= wanted { return Self.value(bucket) }
        }
        return nil
    }

    private static func bucket(_ value: Double) -> Int {
        guard value >= 1 else { return 0 }
        guard value < 1e18 else { return range.upperBound }
        return min(1 + Int((Double.log(value) / logRatio).rounded(.down)), range.upperBound)
    }

    /// The geometric middle of a bucket.
    private static func value(_ bucket: Int) -> Double {
        bucket == 0 ? 1 : .exp((Double(bucket) - 0.5) * logRatio)
    }
}
