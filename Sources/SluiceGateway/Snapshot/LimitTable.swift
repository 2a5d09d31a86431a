// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Gives every place of a version that adapts its concurrency an index that stays the same from one snapshot to the next.
struct LimitTable {
    private struct Key: Hashable {
        var version: VersionID
        /// As in ``HealthTable``.
        var place: Int
    }

    private var indices: [Key: Int] = [:]

    /// How many there are.
    var count: Int { indices.count }

    mutating func index(of version: VersionID, at place: Int) -> Int {
        let key = Key(version: version, place: place)
        let index = indices[key] ?? indices.count
        indices[key] = index
        return index
    }
}
