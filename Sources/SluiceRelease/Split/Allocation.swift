// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Hands out a route's buckets to its canaries when weights change.
///
/// Raising a weight adds free buckets, lowest first, and moves nobody who was on the canary; lowering it gives back the
/// highest ones; no canary ever takes another's.
package enum Allocation {
    /// A canary's buckets after its weight changed, or `nil` where the other canaries leave too little.
    package static func resize(
        _ current: BucketRanges,
        to weight: BasisPoints,
        others: [BucketRanges]
    ) -> BucketRanges? {
        let wanted = weight.rawValue
        let taken = BucketRanges(others.flatMap(\.ranges))
        let kept = BucketRanges(current.ranges.flatMap { subtract(taken.ranges, from: $0) })
        if wanted <= kept.count { return lowest(wanted, of: kept.ranges) }
        let used = BucketRanges(taken.ranges + kept.ranges)
        let free = subtract(used.ranges, from: 0..<BucketRanges.total)
        let added = lowest(wanted - kept.count, of: free)
        let result = BucketRanges(kept.ranges + added.ranges)
        return result.count == wanted ? result : nil
    }

    /// The lowest buckets of some sorted ranges, as many as asked for or as there are.
    private static func lowest(_ count: Int, of ranges: [Range<Int>]) -> BucketRanges {
        var left = count
        var parts: [Range<Int>] = []
        for range in ranges where left > 0 {
            let part = range.lowerBound..<min(range.upperBound, range.lowerBound + left)
            parts.append(part)
            left -= part.count
        }
        return BucketRanges(parts)
    }

    /// What remains of a range without some sorted ranges.
    private static func subtract(_ holes: [Range<Int>], from range: Range<Int>) -> [Range<Int>] {
        var rest: [Range<Int>] = []
        var start = range.lowerBound
        for hole in holes where hole.overlaps(range) {
            if hole.lowerBound > start { rest.append(start..<hole.lowerBound) }
            start = max(start, hole.upperBound)
        }
        if start < range.upperBound { rest.append(start..<range.upperBound) }
        return rest
    }
}
