// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// A route's traffic cut among its versions: canaries hold buckets, production versions share the rest.
///
/// Compiled once per snapshot; an assignment is a table look-up.
package struct Split: Sendable {
    /// The versions in the order given to `init`.
    package let versions: [VersionID]
    /// Per bucket: 1 + the index of its canary, or 0 for production; empty where the route has no canary.
    private let canaryOfBucket: [UInt16]
    /// Buckets that each version holds, and that all of them do.
    private let held: (each: [Int], all: Int)
    /// Production versions with a weight above zero: index and the end of its part of 2^64.
    private let production: [(index: Int, end: UInt64)]
    private let productionWeights: [Int]

    /// Cuts a route's traffic.
    ///
    /// - Parameter versions: the route's versions, in any order, at most 65 534 of them.
    package init(_ versions: [(id: VersionID, release: Release)]) {
        self.versions = versions.map(\.id)
        let hasCanary = versions.contains { $0.release.state == .canary && $0.release.buckets.count > 0 }
        var table = [UInt16](repeating: 0, count: hasCanary ? BucketRanges.total : 0)
        var held = [Int](repeating: 0, count: versions.count)
        for (index, version) in versions.enumerated().prefix(Int(UInt16.max) - 1)
        where hasCanary && version.release.state == .canary {
            for range in version.release.buckets.ranges {
                for bucket in range where table[bucket] == 0 {
                    table[bucket] = UInt16(index + 1)
                    held[index] += 1
                }
            }
        }
        canaryOfBucket = table
        self.held = (held, held.reduce(0, +))
        productionWeights = versions.map { $0.release.state == .production ? $0.release.weight.rawValue : 0 }
        production = Split.parts(of: productionWeights, order: versions.map(\.id))
    }

    /// The index of the version that serves a unit, or `nil` where the route has none for it.
    package func assign(_ unit: UnitDigest) -> Int? {
        let canary = canaryIndex(bucket: unit.bucket)
        if let canary { return canary }
        return productionIndex(unit.secondary)
    }

    /// The canary that holds a bucket.
    package func canaryIndex(bucket: Int) -> Int? {
        guard canaryOfBucket.indices.contains(bucket) else { return nil }
        let entry = canaryOfBucket[bucket]
        return entry == 0 ? nil : Int(entry) - 1
    }

    /// The production version whose part of the rest a second hash falls into.
    package func productionIndex(_ hash: UInt64) -> Int? {
        for part in production where hash <= part.end { return part.index }
        return nil
    }

    /// The share of the route's traffic that a version gets, 0…1.
    package func effectiveWeight(of index: Int) -> Double {
        guard productionWeights.indices.contains(index) else { return 0 }
        if held.each[index] > 0 { return Double(held.each[index]) / Double(BucketRanges.total) }
        let sum = productionWeights.reduce(0, +)
        guard sum > 0 else { return 0 }
        return Double(BucketRanges.total - held.all) / Double(BucketRanges.total) * Double(productionWeights[index])
            / Double(sum)
    }

    /// Whether some units would find no version: canaries do not hold everything and no production version has weight.
    package var leavesUnitsOut: Bool { production.isEmpty && (canaryOfBucket.isEmpty || canaryOfBucket.contains(0)) }

    /// Cuts 2^64 in proportion to the weights, in the order of ids so that every node cuts alike.
    private static func parts(of weights: [Int], order ids: [VersionID]) -> [(index: Int, end: UInt64)] {
        let sum = weights.reduce(0, +)
        guard sum > 0 else { return [] }
        var parts: [(index: Int, end: UInt64)] = []
        var taken = 0
        for index in weights.indices.sorted(by: { ids[$0] < ids[$1] }) where weights[index] > 0 {
            taken += weights[index]
            // end = floor(2^64 * taken / sum) - 1, in 128 bits.
            let end = taken == sum ? UInt64.max : UInt64((UInt128(taken) << 64) / UInt128(sum) - 1)
            parts.append((index, end))
        }
        return parts
    }
}
