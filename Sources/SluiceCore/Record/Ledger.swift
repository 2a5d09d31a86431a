// SPDX-License-Identifier: Apache-2.0

/// One settled attempt in the ledger, with what is known of its request.
package struct LedgerRow: Sendable, Equatable {
    /// Grows with every row taken in; the cursor of paged reads.
    package var row: Int64
    package var request: RequestID
    package var requestStartedAt: Timestamp
    package var endpoint: Outcome.Endpoint
    package var isStream: Bool
    /// Bytes of the request's body; absent where it was not read, or by a release that did not tell.
    package var requestBytes: Int64?
    package var key: KeyID?
    package var route: RouteID?
    package var bucket: UInt16?
    package var unitSource: String?
    package var status: Int
    package var ending: Outcome.Ending
    /// Nanoseconds of the whole request.
    package var requestDuration: Int64
    package var attempt: Attempt
    /// As the caller sent them, with commas between; absent for what a crash cut off, too.
    package var tags: String?
    /// Whom the caller's request names.
    package var endUser: String?
    /// How its version was chosen; absent on routes that do not choose.
    package var choice: VersionChoice?
    /// What corrections have added to its cost, or taken from it; absent where nobody corrected it.
    package var correction: NanoUSD?

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

extension LedgerRow {
    /// What it cost, corrections included; absent where neither it nor a correction says an amount that fits.
    package var amount: NanoUSD? {
        guard let correction else { return attempt.cost.known }
        return (attempt.cost.known ?? .zero).adding(correction)
    }

    /// How sure that is: who corrected it knew.
    package var costState: CostState { correction == nil ? attempt.costState : .known }
}

/// A change of what an attempt cost, by a person: an entry beside the ledger's, which stays as it is.
package struct LedgerCorrection: Sendable, Equatable {
    package var request: RequestID
    package var attempt: Int
    package var at: Timestamp
    /// What it adds, or takes away.
    package var amount: NanoUSD
    package var actor: String
    package var reason: String

    package init(request: RequestID, attempt: Int, at: Timestamp, amount: NanoUSD, actor: String, reason: String) {
        self.request = request
        self.attempt = attempt
        self.at = at
        self.amount = amount
        self.actor = actor
        self.reason = reason
    }
}

/// Which ledger entries are meant; an absent field means all.
package struct LedgerFilter: Sendable, Equatable {
    package var from: Timestamp?
    package var until: Timestamp?
    /// Any of these keys.
    package var keys: [KeyID]?
    package var route: RouteID?
    package var version: VersionID?
    package var provider: ProviderID?
    /// Requests with this tag, whatever others they have.
    package var tag: String?
    package var endUser: String?
    /// By whose calendar the sums' days are; no entry is left out by it.
    package var zone: BudgetZone = .utc

    package init(
        from: Timestamp? = nil,
        until: Timestamp? = nil,
        keys: [KeyID]? = nil,
        route: RouteID? = nil,
        version: VersionID? = nil,
        provider: ProviderID? = nil
    ) {
        self.from = from
        self.until = until
        self.keys = keys
        self.route = route
        self.version = version
        self.provider = provider
    }
}

/// Failures of one class in one second.
package struct FailureCount: Sendable, Equatable {
    /// Seconds since 1970.
    package var second: Int64
    package var errorClass: ErrorClass
    package var count: Int64

    package init(second: Int64, errorClass: ErrorClass, count: Int64) {
        self.second = second
        self.errorClass = errorClass
        self.count = count
    }
}

package enum UsageGrouping: Sendable, Hashable, CaseIterable {
    case day, key, route, version, provider, model
    case endUser
    /// All tags of a request together: it is in one group, so that the groups add up to the whole.
    case tags
    /// What a request's tags say of a name: `search` where one is `team=search`, the name itself where that is one.
    case tag(String)

    /// All but those of single tags.
    package static let allCases: [UsageGrouping] = [.day, .key, .route, .version, .provider, .model, .endUser, .tags]

    package var name: String {
        switch self {
        case .day: "day"
        case .key: "key"
        case .route: "route"
        case .version: "version"
        case .provider: "provider"
        case .model: "model"
        case .endUser: "end_user"
        case .tags: "tag"
        case .tag(let name): "tag:\(name)"
        }
    }
}

/// The tags of a request as reports read them.
package enum TagList {
    /// Every tag once, in order, with commas between.
    package static func whole(_ text: String?) -> String {
        Set(Charge.tags(in: text ?? "")).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: ", ")
    }

    /// What the first tag of a name says: `a` of `team=a` or `team:a`, the name where that is the tag; empty without one.
    package static func value(of name: String, in text: String?) -> String {
        for tag in Charge.tags(in: text ?? "") {
            if tag == name { return name }
            guard tag.utf8.starts(with: name.utf8), let sign = tag.utf8.dropFirst(name.utf8.count).first,
                sign == UInt8(ascii: "=") || sign == UInt8(ascii: ":")
            else { continue }
            let value = String(decoding: tag.utf8.dropFirst(name.utf8.count + 1), as: UTF8.self)
            return value.isEmpty ? name : value
        }
        return ""
    }

    package static func holds(_ tag: String, in text: String?) -> Bool { Charge.tags(in: text ?? "").contains(tag) }
}

/// Sums over ledger entries.
package struct UsageSum: Sendable, Equatable {
    /// The group's values in the order asked for; empty where an entry had none.
    package var group: [String]
    package var requests: Int64
    package var attempts: Int64
    /// Attempts that came to nothing by themselves: not those that their caller left, nor those called off because
    /// another one was faster.
    package var failedAttempts: Int64
    /// Attempts whose caller left before their end.
    package var callerGoneAttempts: Int64
    package var inputTokens: Int64
    package var cachedInputTokens: Int64
    package var cacheWriteTokens: Int64
    package var outputTokens: Int64
    package var reasoningTokens: Int64
    package var cost: NanoUSD
    /// Attempts whose amount is an estimate.
    package var estimatedAttempts: Int64
    /// Attempts whose amount is the more expensive reading of numbers that contradict each other.
    package var inconsistentAttempts: Int64
    /// Attempts whose usage is known but had no price, or none for all of it.
    package var unpricedAttempts: Int64
    /// Attempts whose usage is not known, for whatever reason.
    package var unknownAttempts: Int64
    /// Those of them that neither failed nor were left by their caller: answered, or called off.
    package var lostUsageAttempts: Int64
    /// What corrections added to the cost, or took from it; the cost holds it.
    package var correction: NanoUSD = .zero
    /// Attempts that were corrected, whose amount counts as known.
    package var correctedAttempts: Int64 = 0
    /// What providers themselves said that their answers cost, where they did.
    package var providerCost: NanoUSD = .zero
    /// Attempts whose provider said so, and whose amount is there.
    package var providerCostAttempts: Int64 = 0
    /// What those cost by the price cards: to be compared with what the providers said.
    package var comparedCost: NanoUSD = .zero
    /// What was billed apart from plain tokens.
    package var parts: BilledParts = BilledParts()

    package init(
        group: [String],
        requests: Int64,
        attempts: Int64,
        failedAttempts: Int64,
        callerGoneAttempts: Int64,
        inputTokens: Int64,
        cachedInputTokens: Int64,
        cacheWriteTokens: Int64,
        outputTokens: Int64,
        reasoningTokens: Int64,
        cost: NanoUSD,
        estimatedAttempts: Int64,
        inconsistentAttempts: Int64,
        unpricedAttempts: Int64,
        unknownAttempts: Int64,
        lostUsageAttempts: Int64
    ) {
        self.group = group
        self.requests = requests
        self.attempts = attempts
        self.failedAttempts = failedAttempts
        self.callerGoneAttempts = callerGoneAttempts
        self.inputTokens = inputTokens
        self.cachedInputTokens = cachedInputTokens
        self.cacheWriteTokens = cacheWriteTokens
        self.outputTokens = outputTokens
        self.reasoningTokens = reasoningTokens
        self.cost = cost
        self.estimatedAttempts = estimatedAttempts
        self.inconsistentAttempts = inconsistentAttempts
        self.unpricedAttempts = unpricedAttempts
        self.unknownAttempts = unknownAttempts
        self.lostUsageAttempts = lostUsageAttempts
    }
}

extension UsageSum {
    /// Sums over nothing.
    package init(emptyOf group: [String]) {
        self.init(
            group: group,
            requests: 0,
            attempts: 0,
            failedAttempts: 0,
            callerGoneAttempts: 0,
            inputTokens: 0,
            cachedInputTokens: 0,
            cacheWriteTokens: 0,
            outputTokens: 0,
            reasoningTokens: 0,
            cost: .zero,
            estimatedAttempts: 0,
            inconsistentAttempts: 0,
            unpricedAttempts: 0,
            unknownAttempts: 0,
            lostUsageAttempts: 0
        )
    }

    /// Every number of a sum.
    package static var measures: [(name: String, path: WritableKeyPath<UsageSum, Int64>)] {
        [
            ("requests", \.requests), ("attempts", \.attempts), ("failed attempts", \.failedAttempts),
            ("attempts left by the caller", \.callerGoneAttempts), ("input tokens", \.inputTokens),
            ("cached input tokens", \.cachedInputTokens), ("cache write tokens", \.cacheWriteTokens),
            ("output tokens", \.outputTokens), ("reasoning tokens", \.reasoningTokens), ("cost", \.cost.rawValue),
            ("estimated attempts", \.estimatedAttempts), ("inconsistent attempts", \.inconsistentAttempts),
            ("unpriced attempts", \.unpricedAttempts), ("unknown attempts", \.unknownAttempts),
            ("attempts of lost usage", \.lostUsageAttempts), ("corrections", \.correction.rawValue),
            ("corrected attempts", \.correctedAttempts), ("cost by the providers", \.providerCost.rawValue),
            ("attempts with a cost by the provider", \.providerCostAttempts),
            ("cost to be compared", \.comparedCost.rawValue),
        ]
    }

    /// The sum with another one of the same group, that has no request in common with it; held at the largest numbers.
    package func adding(_ other: UsageSum) -> UsageSum {
        var sum = self
        for (_, path) in UsageSum.measures { sum[keyPath: path] = sum[keyPath: path].addingHeld(other[keyPath: path]) }
        for entry in other.parts.entries { sum.parts.add(entry.number, to: entry.part) }
        return sum
    }

    /// The group by its bytes: as texts, two spellings of one letter would be the same.
    package var groupBytes: [[UInt8]] { group.map { Array($0.utf8) } }

    /// How sure the cost is, as far as it is not that of attempts that failed or were left.
    package var costState: CostState {
        if lostUsageAttempts > 0 || unknownAttempts > 0 && unknownAttempts == attempts { return .unknown }
        if unpricedAttempts > 0 { return .unpriced }
        if inconsistentAttempts > 0 { return .inconsistent }
        return estimatedAttempts > 0 ? .estimated : .known
    }
}
