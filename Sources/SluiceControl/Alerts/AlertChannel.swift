// SPDX-License-Identifier: Apache-2.0

/// Where alerts go, as far as deciding on them is concerned: its name, and what it wants to hear.
package struct AlertChannel: Sendable, Hashable {
    /// As in the configuration; messages in the outbox carry it.
    package var name: String
    /// Kinds of news such as `rollout.rolled_back`; empty for all.
    package var kinds: Set<String>

    package init(name: String, kinds: Set<String> = []) {
        self.name = name
        self.kinds = kinds
    }

    package func wants(_ kind: String) -> Bool { kinds.isEmpty || kinds.contains(kind) }
}

/// What channels are told of: the kinds a configuration may name.
package enum AlertKind {
    /// A model that answers callers has no price, so its cost is unknown.
    package static let priceMissing = "price.missing"
    /// Somebody wants to see whether the channel works; sent to a channel whatever it wants to hear.
    package static let test = "alert.test"

    /// Everything there is.
    package static let all = rollout + [priceMissing]

    /// What a channel hears that names no kinds: what somebody has to act on, and how it ended.
    package static let standard: [String] =
        [.held, .braked, .gateWaiting, .rolledBack, .aborted, .completed, .undone].map(\RolloutNews.Kind.rawValue)
        + [priceMissing]

    /// Good news, which ends what was told before: what a channel with incidents hears as well.
    package static let endings: [String] = [.started, .stepped, .resumed, .completed].map(\RolloutNews.Kind.rawValue)

    private static let rollout = RolloutNews.Kind.allCases.filter { $0 != .evidence }.map(\.rawValue)
}
