// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease

/// Gives every watched rollout an index that stays the same from one snapshot to the next, and its brake.
struct WatchTable {
    /// A watch with what outlives it.
    struct Entry {
        var watch: RolloutWatch
        var index: Int
        var brake: Brake
    }

    private let patience: Duration
    private var entries: [RolloutID: Entry] = [:]
    private var used = 0

    /// - Parameter patience: see ``Gateway/Configuration/brakePatience``.
    init(patience: Duration) { self.patience = patience }

    /// Exchanges all watches; what belongs to rollouts that are still watched stays.
    mutating func take(_ watches: [RolloutWatch]) -> [RouteID: Entry] {
        let before = entries
        entries = [:]
        var byRoute: [RouteID: Entry] = [:]
        for watch in watches where byRoute[watch.route] == nil {
            var entry = before[watch.rollout] ?? make(watch)
            entry.watch = watch
            entries[watch.rollout] = entry
            byRoute[watch.route] = entry
        }
        return byRoute
    }

    private mutating func make(_ watch: RolloutWatch) -> Entry {
        defer { used += 1 }
        return Entry(watch: watch, index: used, brake: Brake(patience: patience))
    }
}
