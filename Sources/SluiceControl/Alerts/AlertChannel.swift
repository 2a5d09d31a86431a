// SPDX-License-Identifier: Apache-2.0

/// Where alerts go, as far as deciding on them is concerned: its name, and what it wants to hear.
package struct AlertChannel: Sendable, Hashable {
    /// As in the configuration; messages in the outbox carry it.
    package var name: String
    /// Kinds of news such as `rollout.rolled_back`; empty for all.
    package var kinds: Set<String>
    /// The receiver's kind, for people: `slack`, `webhook`.
    package var type: String

    package init(name: String, kinds: Set<String> = [], type: String = "") {
        self.name = name
        self.kinds = kinds
        self.type = type
    }

    package func wants(_ kind: String) -> Bool { kinds.isEmpty || kinds.contains(kind) }
}

/// What channels are told of: the kinds a configuration may name.
package enum AlertKind {
    /// A model that answers callers has no price, so its cost is unknown.
    package static let priceMissing = "price.missing"
    /// A budget came to a share of its limit.
    package static let budgetShare = "budget.share"
    /// What a provider says that its answers cost is not what the price card says.
    package static let costDrift = "price.drift"
    /// A change left requests of a route without a version to serve them, and the change that ended this.
    package static let routeUnserved = "route.unserved"
    package static let routeServed = "route.served"
    /// Somebody wants to see whether the channel works; sent to a channel whatever it wants to hear.
    package static let test = "alert.test"

    /// Everything there is.
    package static let all = rollout + [routeUnserved, routeServed, priceMissing, budgetShare, costDrift]

    /// What a channel hears that names no kinds: what somebody has to act on, and how it ended.
    package static let standard: [String] =
        [.held, .braked, .gateWaiting, .regressed, .rolledBack, .aborted, .completed, .undone].map(
            \RolloutNews.Kind.rawValue
        )
        + [routeUnserved, routeServed, priceMissing, budgetShare, costDrift]

    /// News that ends what was told before, and so an incident: what channels with incidents hear as well.
    ///
    /// A person who aborts or takes back a rollout knows of it: nobody needs to be called.
    package static let endings: [String] =
        [.started, .stepped, .resumed, .completed, .aborted, .undone].map(\RolloutNews.Kind.rawValue) + [routeServed]

    /// What lasts until somebody acts; other news is of a moment.
    package static let lasting: [String] =
        [.held, .braked, .gateWaiting].map(\RolloutNews.Kind.rawValue) + [routeUnserved]

    private static let rollout = RolloutNews.Kind.allCases.filter { $0 != .evidence }.map(\.rawValue)
}
