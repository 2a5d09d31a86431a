// SPDX-License-Identifier: Apache-2.0

/// What a version did in the last window; the first four are always numbers, 0 without traffic.
package struct MetricsView: DescribedShape {
    /// Share of attempts that failed and speak against the version, 0.0…1.0.
    package var errorRate = 0.0
    package var p99LatencyMilliseconds = 0.0
    /// US dollars.
    package var costPer1kTokens = 0.0
    package var totalRequests: Int64 = 0
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
    package var windowSeconds: Int64 = 0
    package var healthScore = 0.0

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

    package init() {}

    package static let component = (name: "Metrics", about: "What a version did in the last window.")

    package static let fields: [Field<MetricsView>] = [
        .must("error_rate", \.errorRate, .number, "0 without traffic."),
        .must("p99_latency_ms", \.p99LatencyMilliseconds, .number, "0 without traffic."),
        .must(
            "cost_per_1k_tokens",
            \.costPer1kTokens,
            .number,
            "US dollars; 0 without traffic, and where it is not known: see priced."
        ),
        .must("total_requests", \.totalRequests, .integer),
        .may(
            "priced",
            \.priced,
            .boolean,
            "false where the cost is not known: no price in force, or no usage stated."
        ),
        .may("p50_latency_ms", \.p50LatencyMilliseconds, .number),
        .may("p90_latency_ms", \.p90LatencyMilliseconds, .number),
        .may("p95_latency_ms", \.p95LatencyMilliseconds, .number),
        .may("avg_latency_ms", \.avgLatencyMilliseconds, .number),
        .may("p50_ttft_ms", \.p50FirstTokenMilliseconds, .number, "To the first token."),
        .may("p99_ttft_ms", \.p99FirstTokenMilliseconds, .number),
        .may("tokens_per_second", \.tokensPerSecond, .number),
        .may("cost_per_1m_tokens", \.costPer1mTokens, .number, "US dollars."),
        .may(
            "cost_ratio",
            \.costRatio,
            .number,
            "Cost per token against the route's production version, same window."
        ),
        .may("errors_by_class", \.errorsByClass, .map(.integer)),
        .must("window_seconds", \.windowSeconds, .integer),
        .must("health_score", \.healthScore, .number),
    ]
}
