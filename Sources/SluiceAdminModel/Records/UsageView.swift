// SPDX-License-Identifier: Apache-2.0

/// Sums over the ledger, grouped.
package struct UsageView: Sendable, Codable {
    package var from: String?
    package var until: String?
    package var groupBy: [String]
    package var groups: [UsageRowView]
    package var total: UsageRowView

    package init(
        from: String?,
        until: String?,
        groupBy: [String],
        groups: [UsageRowView],
        total: UsageRowView
    ) {
        self.from = from
        self.until = until
        self.groupBy = groupBy
        self.groups = groups
        self.total = total
    }

    private enum CodingKeys: String, CodingKey {
        case from, until
        case groupBy = "group_by"
        case groups, total
    }
}

/// One group of a sum: the values it is grouped by, then counts and money.
package struct UsageRowView: Sendable, Codable, Equatable {
    package var day: String?
    package var key: String?
    package var route: String?
    package var version: String?
    package var provider: String?
    package var model: String?
    package var requests: Int64
    package var attempts: Int64
    package var failedAttempts: Int64
    package var inputTokens: Int64
    package var cachedInputTokens: Int64
    package var outputTokens: Int64
    package var reasoningTokens: Int64
    /// US dollars, for people; the exact number is the next.
    package var costUSD: Double
    package var costNanoUSD: Int64
    /// Attempts whose usage is known but had no price: not in the cost.
    package var unpricedAttempts: Int64
    /// Attempts whose usage the provider never told: not in the cost.
    package var unknownAttempts: Int64

    package init(
        requests: Int64,
        attempts: Int64,
        failedAttempts: Int64,
        inputTokens: Int64,
        cachedInputTokens: Int64,
        outputTokens: Int64,
        reasoningTokens: Int64,
        costNanoUSD: Int64,
        unpricedAttempts: Int64,
        unknownAttempts: Int64
    ) {
        self.requests = requests
        self.attempts = attempts
        self.failedAttempts = failedAttempts
        self.inputTokens = inputTokens
        self.cachedInputTokens = cachedInputTokens
        self.outputTokens = outputTokens
        self.reasoningTokens = reasoningTokens
        costUSD = Double(costNanoUSD) / 1_000_000_000
        self.costNanoUSD = costNanoUSD
        self.unpricedAttempts = unpricedAttempts
        self.unknownAttempts = unknownAttempts
    }

    private enum CodingKeys: String, CodingKey {
        case day, key, route, version, provider, model, requests, attempts
        case failedAttempts = "failed_attempts"
        case inputTokens = "input_tokens"
        case cachedInputTokens = "cached_input_tokens"
        case outputTokens = "output_tokens"
        case reasoningTokens = "reasoning_tokens"
        case costUSD = "cost_usd"
        case costNanoUSD = "cost_nano_usd"
        case unpricedAttempts = "unpriced_attempts"
        case unknownAttempts = "unknown_attempts"
    }
}
