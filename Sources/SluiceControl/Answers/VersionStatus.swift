// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// A version with what is known of it: what a listing shows.
package struct VersionStatus: Sendable {
    package var version: Version
    /// Share of the route's traffic it gets now, 0…1.
    package var effectiveWeight: Double
    /// (1 − error rate) × min(1, p99 ceiling ÷ p99) over the last window; 1 without traffic.
    package var healthScore: Double
    /// Since the ledger began.
    package var requestCount: Int64
    /// Attempts that failed, since the ledger began.
    package var errorCount: Int64
    /// Milliseconds over the last hour; absent without traffic.
    package var averageLatencyMilliseconds: Double?
    /// The output price of its model in millionths of a dollar per million tokens, factor applied; absent where unpriced.
    package var outputPrice: Int64?
    package var qualityScore: Double?
    package var contextWindow: Int64?
    /// Cost per token against the route's production versions in the same window; absent where unknown.
    package var costRatio: Double?
    /// What a change did that its caller may not expect: one or two sentences.
    package var notice: String?
}

/// A version's line in the distribution.
package struct VersionShare: Sendable, Equatable {
    package var version: VersionID
    package var route: RouteID
    package var state: VersionState
    package var weight: BasisPoints
    /// 0…1.
    package var effectiveWeight: Double
}

/// What a rollback did.
package struct RollbackAnswer: Sendable {
    package var version: VersionStatus
    /// Who took its traffic; absent where the route has no other production version.
    package var target: VersionID?
    /// The route's weights after the change.
    package var distribution: [VersionShare]
    /// Says so when the route is left without a version.
    package var warning: String?
}
