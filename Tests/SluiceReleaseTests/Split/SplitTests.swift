// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import SluiceTestKit
import Testing

@Suite("Sticky split")
struct SplitTests {
    private func release(_ state: VersionState, _ weight: Int, _ buckets: BucketRanges = BucketRanges()) -> Release {
        Release(
            state: state,
            weight: BasisPoints(weight) ?? .none,
            buckets: buckets,
            changedAt: Timestamp(nanoseconds: 0)
        )
    }

    private func canary(_ weight: Int, others: [BucketRanges] = []) throws -> Release {
        let share = try #require(BasisPoints(weight))
        return release(.canary, weight, try #require(Allocation.resize(BucketRanges(), to: share, others: others)))
    }

    private func id(_ text: String) throws -> VersionID { try #require(VersionID(text)) }

    private func digest(_ unit: String, salt: String = "chat", team: String? = nil) -> UnitDigest {
        UnitDigest(salt: Array(salt.utf8), team: team, unit: unit)
    }

    @Test("buckets equal the published values")
    func golden() {
        #expect(digest("user-42", salt: "s1").bucket == 7046)
        #expect(digest("user-1", salt: "chat").bucket == 569)
    }

    @Test("the ends of the hash fall into the first and the last bucket")
    func ends() {
        #expect(UnitDigest(primary: 0, secondary: 0).bucket == 0)
        #expect(UnitDigest(primary: .max, secondary: 0).bucket == 9_999)
    }

    @Test("a million units fill the buckets evenly")
    func chiSquared() {
        var counts = [Int](repeating: 0, count: BucketRanges.total)
        for unit in 0..<1_000_000 { counts[digest("user-\(unit)").bucket] += 1 }
        let expected = 100.0
        let statistic = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        // 9 999 degrees of freedom: mean 9 999, standard deviation 141.4; five of them on either side.
        #expect(abs(statistic - 9_999) < 5 * 141.4)
    }

    @Test("raising a weight never moves a unit off the canary", arguments: [(500, 2_500), (1, 2), (2_500, 10_000)])
    func monotone(small: Int, large: Int) throws {
        let before = try canary(small)
        let weight = try #require(BasisPoints(large))
        let after = release(.canary, large, try #require(Allocation.resize(before.buckets, to: weight, others: [])))
        let first = Split([(try id("v1"), release(.production, 10_000)), (try id("v2"), before)])
        let second = Split([(try id("v1"), release(.production, 10_000)), (try id("v2"), after)])
        var onCanary = 0
        for unit in 0..<100_000 {
            let digest = digest("user-\(unit)")
            if first.assign(digest) == 1 {
                onCanary += 1
                #expect(second.assign(digest) == 1)
            }
        }
        let share = Double(small) / 10_000
        #expect(abs(Double(onCanary) - 100_000 * share) < 5 * (100_000 * share).squareRoot() + 1)
    }

    @Test("several canaries keep their own buckets whatever the others do")
    func severalCanaries() throws {
        var generator = SeededGenerator(seed: 7)
        var held: [BucketRanges] = [BucketRanges(), BucketRanges(), BucketRanges()]
        for _ in 0..<2_000 {
            let index = Int.random(in: 0..<3, using: &generator)
            let others = held.enumerated().filter { $0.offset != index }.map(\.element)
            let weight = try #require(BasisPoints(Int.random(in: 0...6_000, using: &generator)))
            let before = held[index]
            let free = BucketRanges.total - others.reduce(0) { $0 + $1.count }
            guard let after = Allocation.resize(before, to: weight, others: others) else {
                #expect(weight.rawValue > free)
                continue
            }
            #expect(after.count == weight.rawValue)
            #expect(!others.contains { other in other.ranges.contains { $0.contains(where: after.contains) } })
            let (smaller, larger) = after.count < before.count ? (after, before) : (before, after)
            #expect(smaller.ranges.allSatisfy { range in range.allSatisfy(larger.contains) })
            held[index] = after
        }
    }

    @Test("production versions share the rest in proportion, and their change moves no canary unit")
    func production() throws {
        let canary = try canary(1_000)
        let one = Split([
            (try id("a"), release(.production, 7_500)), (try id("b"), release(.production, 2_500)),
            (try id("c"), canary),
        ])
        let two = Split([
            (try id("a"), release(.production, 0)), (try id("b"), release(.production, 10_000)), (try id("c"), canary),
        ])
        var counts = [0, 0, 0]
        for unit in 0..<100_000 {
            let digest = digest("user-\(unit)")
            let before = try #require(one.assign(digest))
            let after = try #require(two.assign(digest))
            counts[before] += 1
            #expect((before == 2) == (after == 2))
            #expect(after != 0)
        }
        #expect(abs(counts[0] - 67_500) < 900)
        #expect(abs(counts[1] - 22_500) < 700)
        #expect(abs(counts[2] - 10_000) < 500)
        #expect(abs(one.effectiveWeight(of: 0) - 0.675) < 1e-12)
        #expect(abs(one.effectiveWeight(of: 2) - 0.1) < 1e-12)
    }

    @Test("without production only the canary's units are served")
    func noProduction() throws {
        let split = Split([(try id("c"), try canary(500))])
        #expect(split.leavesUnitsOut)
        #expect(split.assign(UnitDigest(primary: 0, secondary: 0)) == 0)
        #expect(split.assign(UnitDigest(primary: .max, secondary: 0)) == nil)
        #expect(Split([]).assign(UnitDigest(primary: 0, secondary: 0)) == nil)
    }

    @Test(
        "staging, deprecated and rolled back versions take nothing",
        arguments: [VersionState.staging, .deprecated, .rollback]
    )
    func idleStates(state: VersionState) throws {
        let split = Split([(try id("v1"), release(.production, 1)), (try id("v2"), release(state, 10_000))])
        for unit in 0..<1_000 { #expect(split.assign(digest("u\(unit)")) == 0) }
        #expect(split.effectiveWeight(of: 1) == 0)
    }

    @Test("another salt and another team draw other units")
    func independence() {
        var both = 0
        var teams = 0
        for unit in 0..<100_000 {
            let first = digest("user-\(unit)", salt: "one").bucket < 500
            if first, digest("user-\(unit)", salt: "two").bucket < 500 { both += 1 }
            if first, digest("user-\(unit)", salt: "one", team: "t").bucket < 500 { teams += 1 }
        }
        #expect((170...330).contains(both))
        #expect((170...330).contains(teams))
    }

    @Test("bucket ranges survive their text form and refuse nonsense")
    func text() {
        for text in ["", "0-499", "0-0,2-2,9999-9999", "0-9999"] { #expect(BucketRanges(text)?.description == text) }
        for text in ["1", "5-2", "0-10000", "-1-3", "a-b", "0-1-2", "99999999999999999999-1"] {
            #expect(BucketRanges(text) == nil)
        }
        #expect(BucketRanges("0-4,5-9")?.description == "0-9")
    }
}
