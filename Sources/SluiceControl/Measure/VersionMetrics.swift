// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What was measured of a version over a window.
///
/// Errors are judged on the first attempt of a request on its assigned version, so that a fallback hides nothing; money
/// and tokens are those of all its attempts but mirrored ones.
package struct VersionMetrics: Sendable, Equatable {
    package var version: VersionID
    /// Seconds.
    package var window: Int64
    /// First attempts, whatever became of them.
    package var requests: Int64 = 0
    /// First attempts that say something about the version: successes and its own errors.
    package var judged: Int64 = 0
    /// Those of them that speak against it.
    package var errors: Int64 = 0
    package var errorsByClass: [ErrorClass: Int64] = [:]
    /// Milliseconds to the answer's end; absent without traffic.
    package var p50Latency: Double?
    package var p90Latency: Double?
    package var p95Latency: Double?
    package var p99Latency: Double?
    package var meanLatency: Double?
    /// Milliseconds to the first content byte.
    package var p50FirstToken: Double?
    package var p99FirstToken: Double?
    /// Output tokens per second of generation.
    package var tokensPerSecond: Double?
    package var inputTokens: Int64 = 0
    package var outputTokens: Int64 = 0
    /// Of the attempts whose cost is known.
    package var cost: NanoUSD = .zero
    /// Tokens of the attempts whose cost is known.
    package var pricedTokens: Int64 = 0
    /// Cost per token against the route's production versions in the same window; absent where one side is unknown.
    package var costRatio: Double?
    /// Whether a price card is in force and no attempt of the window went without.
    package var isPriced: Bool = true
    package var healthScore: Double = 1

    package init(version: VersionID, window: Int64) {
        self.version = version
        self.window = window
    }

    /// 0…1; 0 without traffic.
    package var errorRate: Double { judged == 0 ? 0 : Double(errors) / Double(judged) }

    /// US dollars per thousand tokens, input and output together; absent without priced traffic.
    package var costPer1kTokens: Double? { costPerToken.map { $0 * 1_000 } }

    /// US dollars per million tokens, input and output together; absent without priced traffic.
    package var costPer1MTokens: Double? { costPerToken.map { $0 * 1_000_000 } }

    /// US dollars; for comparing and showing only, money itself stays in integers.
    var costPerToken: Double? {
        pricedTokens == 0 ? nil : Double(cost.rawValue) / 1_000_000_000 / Double(pricedTokens)
    }
}
