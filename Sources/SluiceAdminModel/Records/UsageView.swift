// SPDX-License-Identifier: Apache-2.0

/// Sums over the ledger, grouped.
package struct UsageView: Sendable, Codable {
    package var from: String?
    package var until: String?
    /// When the first request began of those that are summed up; absent without any.
    package var since: String?
    /// That of `cost` in the rows, where it was asked for.
    package var currency: String?
    package var groupBy: [String]
    package var groups: [UsageRowView]
    package var total: UsageRowView

    package init(
        from: String?,
        until: String?,
        since: String? = nil,
        groupBy: [String],
        groups: [UsageRowView],
        total: UsageRowView
    ) {
        self.from = from
        self.until = until
        self.since = since
        self.groupBy = groupBy
        self.groups = groups
        self.total = total
    }

    private enum CodingKeys: String, CodingKey {
        case from, until, since, currency
        case groupBy = "group_by"
        case groups, total
    }
}

/// One group of a sum: the values it is grouped by, then counts and money.
package struct UsageRowView: Sendable, Codable, Equatable {
    package var day: String?
    package var key: String?
    /// What people call the key.
    package var keyName: String?
    package var team: String?
    package var route: String?
    package var version: String?
    package var provider: String?
    package var model: String?
    package var endUser: String?
    /// All tags of a request.
    package var tag: String?
    /// What tags say of the names asked for.
    package var tags: [String: String]?
    package var requests: Int64
    package var attempts: Int64
    /// Attempts that came to nothing by themselves.
    package var failedAttempts: Int64
    /// Attempts whose caller left before their end.
    package var callerGoneAttempts: Int64
    package var inputTokens: Int64
    package var cachedInputTokens: Int64
    package var cacheWriteTokens: Int64
    package var outputTokens: Int64
    package var reasoningTokens: Int64
    /// US dollars, for people; the exact number is the next.
    package var costUSD: Double
    package var costNanoUSD: Int64
    /// How sure the cost is: `known`, `estimated`, `inconsistent`, `unpriced` or `unknown`.
    package var costState: String
    /// Attempts whose amount is an estimate.
    package var estimatedAttempts: Int64 = 0
    /// Attempts whose amount is the more expensive reading of numbers that contradict each other.
    package var inconsistentAttempts: Int64 = 0
    /// Attempts whose usage is known but had no price: not in the cost.
    package var unpricedAttempts: Int64 = 0
    /// Attempts whose usage is not known, for whatever reason: not in the cost.
    package var unknownAttempts: Int64 = 0
    /// Those of them that neither failed nor were left by their caller.
    package var lostUsageAttempts: Int64 = 0
    /// Attempts that were corrected by hand.
    package var correctedAttempts: Int64?
    /// What corrections added to the cost, or took from it; the cost holds it.
    package var correctionNanoUSD: Int64?
    /// What providers said that their answers cost, where they did, and what those cost by the price cards.
    package var providerCostNanoUSD: Int64?
    package var comparedCostNanoUSD: Int64?
    /// Billed apart from plain tokens: tokens of a kind, seconds, calls.
    package var parts: [String: Double]?
    /// What it cost in the currency asked for, as decimal text.
    package var cost: String?

    package init(
        requests: Int64,
        attempts: Int64,
        failedAttempts: Int64,
        callerGoneAttempts: Int64,
        inputTokens: Int64,
        cachedInputTokens: Int64,
        cacheWriteTokens: Int64,
        outputTokens: Int64,
        reasoningTokens: Int64,
        costNanoUSD: Int64,
        costState: String
    ) {
        self.requests = requests
        self.attempts = attempts
        self.failedAttempts = failedAttempts
        self.callerGoneAttempts = callerGoneAttempts
        self.inputTokens = inputTokens
        self.cachedInputTokens = cachedInputTokens
        self.cacheWriteTokens = cacheWriteTokens
        self.outputTokens = outputTokens
        self.reasoningTokens = reasoningTokens
        costUSD = Double(costNanoUSD) / 1_000_000_000
        self.costNanoUSD = costNanoUSD
        self.costState = costState
    }

    private enum CodingKeys: String, CodingKey {
        case day, key
        case keyName = "key_name"
        case team, route, version, provider, model
        case endUser = "end_user"
        case tag, tags, requests, attempts
        case failedAttempts = "failed_attempts"
        case callerGoneAttempts = "caller_gone_attempts"
        case inputTokens = "input_tokens"
        case cachedInputTokens = "cached_input_tokens"
        case cacheWriteTokens = "cache_write_tokens"
        case outputTokens = "output_tokens"
        case reasoningTokens = "reasoning_tokens"
        case costUSD = "cost_usd"
        case costNanoUSD = "cost_nano_usd"
        case costState = "cost_state"
        case estimatedAttempts = "estimated_attempts"
        case inconsistentAttempts = "inconsistent_attempts"
        case unpricedAttempts = "unpriced_attempts"
        case unknownAttempts = "unknown_attempts"
        case lostUsageAttempts = "lost_usage_attempts"
        case correctedAttempts = "corrected_attempts"
        case correctionNanoUSD = "correction_nano_usd"
        case providerCostNanoUSD = "provider_cost_nano_usd"
        case comparedCostNanoUSD = "compared_cost_nano_usd"
        case parts, cost
    }
}
