// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Gives every target of a version that adapts its concurrency an index that stays the same from one snapshot to the next.
struct LimitTable {
    private struct Key: Hashable {
        var version: VersionID
        /// As in ``HealthTable``.
        var target: Int
    }

    private var indices: [Key: Int] = [:]

    /// By index.
    private(set) var sums: [LimitSum] = []

    mutating func index(of version: VersionID, at target: Int, provider: ProviderID, model: String) -> Int {
        let key = Key(version: version, target: target)
        if let index = indices[key] { return index }
        indices[key] = sums.count
        sums.append(LimitSum(version: version, provider: provider, model: model))
        return sums.count - 1
    }
}
