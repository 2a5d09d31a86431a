// SPDX-License-Identifier: Apache-2.0

/// Which of a route's 10 000 buckets belong to a canary: sorted, disjoint, half-open ranges.
///
/// Kept with the release so that a changed weight of one canary never re-cuts what another one, or itself, already has.
package struct BucketRanges: Sendable, Hashable {
    package static let total = 10_000

    /// Sorted, disjoint, never empty, never adjacent.
    package private(set) var ranges: [Range<Int>]

    package init() { ranges = [] }

    /// The union of some ranges, held within 0..<10 000.
    package init(_ parts: some Sequence<Range<Int>>) {
        ranges = []
        for part in parts.map({ $0.clamped(to: 0..<BucketRanges.total) }).sorted(by: { $0.lowerBound < $1.lowerBound })
        where !part.isEmpty {
            if let last = ranges.last, part.lowerBound <= last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, part.upperBound)
            } else {
                ranges.append(part)
            }
        }
    }

    /// Reads `0-499,600-700` (both ends included); the empty text is the empty set.
    package init?(_ text: String) {
        var parts: [Range<Int>] = []
        for piece in text.split(separator: ",") {
            let ends = piece.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, last >= first,
                last < BucketRanges.total
            else { return nil }
            parts.append(first..<last + 1)
        }
        self.init(parts)
    }

    /// How many buckets these are, 0…10 000.
    package var count: Int { ranges.reduce(0) { $0 + $1.count } }

    package func contains(_ bucket: Int) -> Bool { ranges.contains { $0.contains(bucket) } }
}

extension BucketRanges: CustomStringConvertible {
    package var description: String {
        ranges.map { "\($0.lowerBound)-\($0.upperBound - 1)" }.joined(separator: ",")
    }
}
