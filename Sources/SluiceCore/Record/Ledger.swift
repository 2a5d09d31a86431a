// SPDX-License-Identifier: Apache-2.0

/// One settled attempt in the ledger, with what is known of its request.
package struct LedgerRow: Sendable, Equatable {
    /// Grows with every row taken in; the cursor of paged reads.
    package var row: Int64
    package var request: RequestID
    package var requestStartedAt: Timestamp
    package var endpoint: Outcome.Endpoint
    package var isStream: Bool
    package var key: KeyID?
    package var route: RouteID?
    package var bucket: UInt16?
    package var unitSource: String?
    package var status: Int
    package var ending: Outcome.Ending
    /// Nanoseconds of the whole request.
    package var requestDuration: Int64
    package var attempt: Attempt

    package init(
        row: Int64,
        request: RequestID,
        requestStartedAt: Timestamp,
        endpoint: Outcome.Endpoint,
        isStream: Bool,
        key: KeyID?,
        route: RouteID?,
        bucket: UInt16?,
        unitSource: String?,
        status: Int,
        ending: Outcome.Ending,
        requestDuration: Int64,
        attempt: Attempt
    ) {
        self.row = row
        self.request = request
        self.requestStartedAt = requestStartedAt
        self.endpoint = endpoint
        self.isStream = isStream
        self.key = key
        self.route = route
        self.bucket = bucket
        self.unitSource = unitSource
        self.status = status
        self.ending = ending
        self.requestDuration = requestDuration
        self.attempt = attempt
    }
}

/// Which ledger entries are meant; an absent field means all.
package struct LedgerFilter: Sendable, Equatable {
    package var from: Timestamp?
    package var until: Timestamp?
    package var key: KeyID?
    package var route: RouteID?
    package var version: VersionID?
    package var provider: ProviderID?

    package init(
        from: Timestamp? = nil,
        until: Timestamp? = nil,
        key: KeyID? = nil,
        route: RouteID? = nil,
        version: VersionID? = nil,
        provider: ProviderID? = nil
    ) {
        self.from = from
        self.until = until
        self.key = key
        self.route = route
        self.version = version
        self.provider = provider
    }
}

package enum UsageGrouping: String, Sendable, CaseIterable {
    case day, key, route, version, provider, model
}

/// Sums over ledger entries.
package struct UsageSum: Sendable, Equatable {
    /// The group's values in the order asked for; empty where an entry had none.
    package var group: [String]
    package var requests: Int64
    package var attempts: Int64
    package var failedAttempts: Int64
    package var inputTokens: Int64
    package var cachedInputTokens: Int64
    package var outputTokens: Int64
    package var reasoningTokens: Int64
    package var cost: NanoUSD
    /// Attempts whose usage is known but had no price.
    package var unpricedAttempts: Int64
    /// Attempts whose usage the provider never told.
    package var unknownAttempts: Int64

    package init(
        group: [String],
        requests: Int64,
        attempts: Int64,
        failedAttempts: Int64,
        inputTokens: Int64,
        cachedInputTokens: Int64,
        outputTokens: Int64,
        reasoningTokens: Int64,
        cost: NanoUSD,
        unpricedAttempts: Int64,
        unknownAttempts: Int64
    ) {
        self.group = group
        self.requests = requests
        self.attempts = attempts
        self.failedAttempts = failedAttempts
        self.inputTokens = inputTokens
        self.cachedInputTokens = cachedInputTokens
        self.outputTokens = outputTokens
        self.reasoningTokens = reasoningTokens
        self.cost = cost
        self.unpricedAttempts = unpricedAttempts
        self.unknownAttempts = unknownAttempts
    }
}
