// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

extension VersionStatistics {
    /// What was measured of a version over the last seconds.
    ///
    /// - Parameters:
    ///   - p99Ceiling: Milliseconds; lowers the health score of a version that is slower.
    ///   - baseline: The route's production versions, for the cost ratio.
    ///   - hasPrice: Whether a card is in force for the version's model.
    package func metrics(
        of version: VersionID,
        window: Int64,
        at now: Timestamp,
        p99Ceiling: Double? = nil,
        baseline: [VersionID] = [],
        hasPrice: Bool = true
    ) -> VersionMetrics {
        let slice = sum(of: version, window: window, at: now)
        var metrics = VersionMetrics(version: version, window: window)
        metrics.requests = slice.requests
        metrics.judged = slice.judged
        metrics.errors = slice.errors
        metrics.errorsByClass = slice.byClass
        let latency = slice.latency.percentiles([50, 90, 95, 99])
        if latency.count == 4 {
            metrics.p50Latency = latency[0]
            metrics.p90Latency = latency[1]
            metrics.p95Latency = latency[2]
            metrics.p99Latency = latency[3]
            metrics.meanLatency = slice.latency.mean
        }
        let firstToken = slice.firstToken.percentiles([50, 99])
        if firstToken.count == 2 {
            metrics.p50FirstToken = firstToken[0]
            metrics.p99FirstToken = firstToken[1]
        }
        if slice.generation > 0 {
            metrics.tokensPerSecond = Double(slice.timedTokens) / (Double(slice.generation) / 1_000_000_000)
        }
        metrics.inputTokens = slice.inputTokens
        metrics.outputTokens = slice.outputTokens
        metrics.cost = NanoUSD(slice.cost)
        metrics.pricedTokens = slice.pricedTokens
        metrics.isPriced = hasPrice && slice.unpriced == 0
        metrics.healthScore = VersionStatistics.health(metrics, p99Ceiling: p99Ceiling)
        metrics.costRatio = ratio(of: metrics, to: baseline, window: window, at: now)
        return metrics
    }

    /// (1 − error rate) × min(1, p99 ceiling ÷ p99); 1 without traffic.
    private static func health(_ metrics: VersionMetrics, p99Ceiling: Double?) -> Double {
        let alive = 1 - metrics.errorRate
        guard let p99Ceiling, let p99 = metrics.p99Latency, p99 > 0 else { return alive }
        return alive * min(1, p99Ceiling / p99)
    }

    private func ratio(
        of metrics: VersionMetrics,
        to baseline: [VersionID],
        window: Int64,
        at now: Timestamp
    ) -> Double? {
        guard let own = metrics.costPerToken, !baseline.isEmpty else { return nil }
        var whole = VersionMetrics(version: metrics.version, window: window)
        for version in baseline {
            let slice = sum(of: version, window: window, at: now)
            whole.cost = NanoUSD(whole.cost.rawValue.saturatingSum(slice.cost))
            whole.pricedTokens = whole.pricedTokens.saturatingSum(slice.pricedTokens)
        }
        guard let theirs = whole.costPerToken, theirs > 0 else { return nil }
        return own / theirs
    }
}
