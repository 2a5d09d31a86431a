// SPDX-License-Identifier: Apache-2.0

/// A frozen release of a route: which model of which provider, called with which config.
///
/// The definition never changes; a changed config is a new version. What moves is its Release.
package struct Version: Sendable {
    package var id: VersionID
    package var route: RouteID
    package var provider: ProviderID
    /// The provider's model id, put in `model` upstream.
    package var apiVersion: String
    /// The config as given; its parsed form is `settings`.
    package var config: JSONValue
    /// The first 16 hex digits of SHA-256 over the config as Python's `json.dumps(config, sort_keys=True)` writes it.
    package var configHash: String
    package var settings: VersionSettings
    package var createdAt: Timestamp
    package var owner: Owner
    package var release: Release

    package init(
        id: VersionID,
        route: RouteID,
        provider: ProviderID,
        apiVersion: String,
        config: JSONValue,
        configHash: String,
        settings: VersionSettings,
        createdAt: Timestamp,
        owner: Owner,
        release: Release
    ) {
        self.id = id
        self.route = route
        self.provider = provider
        self.apiVersion = apiVersion
        self.config = config
        self.configHash = configHash
        self.settings = settings
        self.createdAt = createdAt
        self.owner = owner
        self.release = release
    }
}

/// Where a version stands in its life.
package enum VersionState: String, Sendable, Codable, CaseIterable {
    case staging, canary, production, deprecated, rollback
}

/// The moving part of a version; it lives in the store, never in the file.
package struct Release: Sendable, Equatable {
    package var state: VersionState
    /// A canary's share of its route; a production version's part of the rest.
    package var weight: BasisPoints
    /// The buckets a canary holds; empty in every other state.
    package var buckets: BucketRanges
    package var thresholds: Thresholds
    /// When it last began to take traffic.
    package var deployedAt: Timestamp?
    /// When its state last changed; orders production versions from old to new.
    package var changedAt: Timestamp

    package init(
        state: VersionState,
        weight: BasisPoints,
        buckets: BucketRanges = BucketRanges(),
        thresholds: Thresholds = Thresholds(),
        deployedAt: Timestamp? = nil,
        changedAt: Timestamp
    ) {
        self.state = state
        self.weight = weight
        self.buckets = buckets
        self.thresholds = thresholds
        self.deployedAt = deployedAt
        self.changedAt = changedAt
    }

    /// In production, with a part of the traffic: not kept warm only.
    package var isServing: Bool { state == .production && weight > .none }
}

/// Limits set for a version; an absent one does not apply.
package struct Thresholds: Sendable, Equatable, Codable {
    /// Share of attempts that fail, 0…1.
    package var errorRate: Double?
    /// Milliseconds.
    package var p99LatencyMilliseconds: Double?
    /// Milliseconds to the first token.
    package var p99FirstTokenMilliseconds: Double?
    /// Cost per token against the route's production version.
    package var costSpikeRatio: Double?

    package init(
        errorRate: Double? = nil,
        p99LatencyMilliseconds: Double? = nil,
        p99FirstTokenMilliseconds: Double? = nil,
        costSpikeRatio: Double? = nil
    ) {
        self.errorRate = errorRate
        self.p99LatencyMilliseconds = p99LatencyMilliseconds
        self.p99FirstTokenMilliseconds = p99FirstTokenMilliseconds
        self.costSpikeRatio = costSpikeRatio
    }
}
