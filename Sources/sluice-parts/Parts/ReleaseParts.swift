// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease

extension Part {
    /// Who serves what.
    static let release: [Part] = [
        Part("unit-digest", "the place of a unit in a route's traffic: SHA-256") { count in
            let salt = Array("chat".utf8)
            let scope = UnitDigest.scope(team: "team-a")
            let unit = Array("user-4711-session-90210".utf8)
            var sum = 0
            for _ in 0..<count {
                // Safe because: bytes have no padding.
                sum += unsafe UnitDigest(salt: salt, scope: scope, unit: unit.span.bytes).bucket
            }
            return sum
        },
        Part("split", "the version of a place, two canaries and three production versions") { count in
            let split = Part.split()
            var sum = 0
            var place: UInt64 = 1
            for _ in 0..<count {
                place = place &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                sum += split.assign(UnitDigest(primary: place, secondary: ~place)) ?? 0
            }
            return sum
        },
        Part("config-hash", "the fingerprint of a version's config") { count in
            let config = try JSONValue(parsing: Samples.config)
            var sum = 0
            for _ in 0..<count { sum += ConfigHash.of(config).utf8.count }
            return sum
        },
    ]

    private static func split() -> Split {
        let now = Timestamp(nanoseconds: 0)
        var versions: [(id: VersionID, release: Release)] = []
        for (place, name) in ["a", "b", "c", "d", "e"].enumerated() {
            guard let id = VersionID(name) else { continue }
            let buckets = BucketRanges([place * 500..<(place * 500 + 500)])
            let release =
                place < 2
                ? Release(state: .canary, weight: .none, buckets: buckets, changedAt: now)
                : Release(state: .production, weight: .all, changedAt: now)
            versions.append((id, release))
        }
        return Split(versions)
    }
}
