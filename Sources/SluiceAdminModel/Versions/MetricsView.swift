// SPDX-License-Identifier: Apache-2.0

/// What a version did in the last window; the first four are always numbers, 0 without traffic.
package struct MetricsView: Sendable, Codable {
    /// Share of attempts that failed and speak against the version, 0.0…1.0.
    package var errorRate: Double
    package var p99LatencyMilliseconds: Double
    /// US dollars.
    package var costPer1kTokens: Double
    package var totalRequests: Int64
    /// `false` where the cost is not known: no price card was in force, or no usage was stated; otherwise absent.
    package var priced: Bool?
    package var p50LatencyMilliseconds: Double?
    package var p90LatencyMilliseconds: Double?
    package var p95LatencyMilliseconds: Double?
    package var avgLatencyMilliseconds: Double?
    package var p50FirstTokenMilliseconds: Double?
    package var p99FirstTokenMilliseconds: Double?
    package var tokensPerSecond: Double?
    /// US dollars.
    package var costPer1mTokens: Double?
    /// Cost per token against the route's production version in the same window.
    package var costRatio: Double?
    package var errorsByClass: [String: Int64]?
    package var windowSeconds: Int64
    package var healthScore: Double

    package init(
        errorRate: Double,
        p99LatencyMilliseconds: Double,
        costPer1kTokens: Double,
        totalRequests: Int64,
        priced: Bool? = nil,
        windowSeconds: Int64,
        healthScore: Double
    ) {
        self.errorRate = errorRate
        self.p99LatencyMilliseconds = p99LatencyMilliseconds
        self.costPer1kTokens = costPer1kTokens
        self.totalRequests = totalRequests
        self.priced = priced
        self.windowSeconds = windowSeconds
        self.healthScore = healthScore
    }

    private enum CodingKeys: String, CodingKey {
        case errorRate = "error_rate"
        case p99LatencyMilliseconds = "p99_latency_ms"
        case costPer1kTokens = "cost_per_1k_tokens"
        case totalRequests = "total_requests"
        case priced
        case p50LatencyMilliseconds = "p50_latency_ms"
        case p90LatencyMilliseconds = "p90_latency_ms"
        case p95LatencyMilliseconds = "p95_latency_ms"
        case avgLatencyMilliseconds = "avg_latency_ms"
        case p50FirstTokenMilliseconds = "p50_ttft_ms"
        case p99FirstTokenMilliseconds = "p99_ttft_ms"
        case tokensPerSecond = "tokens_per_second"
        case costPer1mTokens = "cost_per_1m_tokens"
        case costRatio = "cost_ratio"
        case errorsByClass = "errors_by_class"
        case windowSeconds = "window_seconds"
        case healthScore = "health_score"
    }
}
