// SPDX-License-Identifier: Apache-2.0

/// One line of `GET /usage/export`: an attempt at a provider, with what is known of its request.
package struct LedgerView: Sendable, Codable, Equatable {
    package var timestamp: String
    package var requestID: String
    /// From 1.
    package var attempt: Int
    package var purpose: String
    package var route: String?
    package var version: String
    package var provider: String
    package var model: String
    package var endpoint: String
    package var stream: Bool
    /// Of the attempt.
    package var latencyMilliseconds: Double
    package var firstTokenMilliseconds: Double?
    /// Of the whole request.
    package var requestMilliseconds: Double
    /// What the caller saw; 0 where nothing was sent.
    package var status: Int
    package var upstreamStatus: Int?
    package var ending: String
    package var errorClass: String?
    package var bucket: Int?
    package var unitSource: String?
    package var key: String?
    package var inputTokens: Int64?
    package var cachedInputTokens: Int64?
    package var cacheWriteTokens: Int64?
    package var outputTokens: Int64?
    package var reasoningTokens: Int64?
    /// `known`, `unpriced` or `unknown`.
    package var costState: String
    package var costUSD: Double?
    package var costNanoUSD: Int64?

    package init(
        timestamp: String,
        requestID: String,
        attempt: Int,
        purpose: String,
        route: String?,
        version: String,
        provider: String,
        model: String,
        endpoint: String,
        stream: Bool,
        latencyMilliseconds: Double,
        firstTokenMilliseconds: Double?,
        requestMilliseconds: Double,
        status: Int,
        upstreamStatus: Int?,
        ending: String,
        errorClass: String?,
        bucket: Int?,
        unitSource: String?,
        key: String?,
        costState: String,
        costNanoUSD: Int64?
    ) {
        self.timestamp = timestamp
        self.requestID = requestID
        self.attempt = attempt
        self.purpose = purpose
        self.route = route
        self.version = version
        self.provider = provider
        self.model = model
        self.endpoint = endpoint
        self.stream = stream
        self.latencyMilliseconds = latencyMilliseconds
        self.firstTokenMilliseconds = firstTokenMilliseconds
        self.requestMilliseconds = requestMilliseconds
        self.status = status
        self.upstreamStatus = upstreamStatus
        self.ending = ending
        self.errorClass = errorClass
        self.bucket = bucket
        self.unitSource = unitSource
        self.key = key
        self.costState = costState
        costUSD = costNanoUSD.map { Double($0) / 1_000_000_000 }
        self.costNanoUSD = costNanoUSD
    }

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case timestamp
        case requestID = "request_id"
        case attempt, purpose, route, version, provider, model, endpoint, stream
        case latencyMilliseconds = "latency_ms"
        case firstTokenMilliseconds = "ttft_ms"
        case requestMilliseconds = "request_ms"
        case status
        case upstreamStatus = "upstream_status"
        case ending
        case errorClass = "error_class"
        case bucket
        case unitSource = "unit_source"
        case key
        case inputTokens = "input_tokens"
        case cachedInputTokens = "cached_input_tokens"
        case cacheWriteTokens = "cache_write_tokens"
        case outputTokens = "output_tokens"
        case reasoningTokens = "reasoning_tokens"
        case costState = "cost_state"
        case costUSD = "cost_usd"
        case costNanoUSD = "cost_nano_usd"
    }
}
