// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

/// One request as the traffic log writes it, or one attempt of it as the usage export does; never a body.
///
/// Both have the same fields, so that a request with one attempt reads the same in both. With several attempts the log
/// names the last one, which answered, and sums tokens and cost over all; the export has a line for each.
package struct TrafficLine: Sendable, Equatable {
    package var at: Timestamp
    package var request: RequestID
    package var endpoint: Outcome.Endpoint
    package var isStream: Bool
    package var key: KeyID?
    package var route: RouteID?
    package var version: VersionID?
    package var provider: ProviderID?
    package var model: String?
    package var bucket: UInt16?
    package var unitSource: String?
    /// What the caller saw; 0 where nothing was sent.
    package var status: Int
    package var ending: Outcome.Ending
    package var errorClass: ErrorClass?
    /// The attempt's number, from 1; 0 where none was made.
    package var attempt: Int = 0
    package var purpose: Attempt.Purpose?
    /// What the provider said.
    package var upstreamStatus: Int?
    /// Nanoseconds of the whole request.
    package var duration: Int64
    /// Nanoseconds of the attempt.
    package var upstreamDuration: Int64?
    /// Nanoseconds from the request's start to the first content byte.
    package var firstToken: Int64?
    package var tokens: Tokens?
    /// Absent where no attempt was made.
    package var cost: CostSum?
    /// How answers said they were served, where not as usual.
    package var servedAs: [String] = []
    /// What was billed apart from plain tokens.
    package var parts = BilledParts()
    /// The model whose price card it was, where that is the one without the date.
    package var pricedAs: String?
    /// What the provider said it cost.
    package var providerCost: NanoUSD?
    /// What of the cost corrections added, or took away.
    package var correction: NanoUSD?

    /// Sums over attempts whose usage is known.
    package struct Tokens: Sendable, Equatable {
        package var input: Int64 = 0
        package var cachedInput: Int64 = 0
        package var cacheWrite: Int64 = 0
        package var output: Int64 = 0
        package var reasoning: Int64 = 0
    }

    /// The line of a request.
    package init(_ outcome: Outcome) {
        at = outcome.startedAt
        request = outcome.request
        endpoint = outcome.endpoint
        isStream = outcome.isStream
        key = outcome.key
        route = outcome.route
        version = outcome.version
        bucket = outcome.bucket
        unitSource = outcome.unitSource
        status = outcome.status
        ending = outcome.ending
        errorClass = outcome.errorClass
        duration = outcome.duration
        let made = outcome.attempts.sorted { $0.number < $1.number }
        let forCaller = made.filter(\.purpose.isForCaller)
        take(forCaller.last { $0.errorClass != .superseded } ?? forCaller.last ?? made.last)
        tokens = TrafficLine.sum(made.compactMap(\.usage))
        for attempt in made { takeDetails(attempt) }
        cost = CostSum(of: made)
    }

    /// The line of an attempt in the ledger.
    package init(_ row: LedgerRow) {
        at = row.requestStartedAt
        request = row.request
        endpoint = row.endpoint
        isStream = row.isStream
        key = row.key
        route = row.route
        bucket = row.bucket
        unitSource = row.unitSource
        status = row.status
        ending = row.ending
        duration = row.requestDuration
        take(row.attempt)
        tokens = TrafficLine.sum(row.attempt.usage.map { [$0] } ?? [])
        takeDetails(row.attempt)
        cost = CostSum(state: row.costState, amount: row.amount)
        correction = row.correction
    }

    private mutating func takeDetails(_ attempt: Attempt) {
        if let model = attempt.pricing?.pricedAs { pricedAs = model }
        guard let usage = attempt.usage else { return }
        for name in usage.servedAs where !servedAs.contains(name) { servedAs.append(name) }
        for entry in usage.parts.entries { parts.add(entry.number, to: entry.part) }
        if let told = usage.providerCost {
            providerCost = NanoUSD((providerCost?.rawValue ?? 0).saturatingSum(told.rawValue))
        }
    }

    private mutating func take(_ made: Attempt?) {
        guard let made else { return }
        version = made.version
        provider = made.provider
        model = made.model
        errorClass = made.errorClass
        attempt = made.number
        purpose = made.purpose
        upstreamStatus = made.status
        upstreamDuration = made.duration
        firstToken = made.firstToken.map { $0.saturatingSum(made.startedAfter) }
    }

    private static func sum(_ parts: [Usage]) -> Tokens? {
        guard !parts.isEmpty else { return nil }
        return parts.reduce(into: Tokens()) { sum, part in
            sum.input = sum.input.saturatingSum(part.input)
            sum.cachedInput = sum.cachedInput.saturatingSum(part.cachedInput)
            sum.cacheWrite = sum.cacheWrite.saturatingSum(part.cacheWrite5m).saturatingSum(part.cacheWrite1h)
            sum.output = sum.output.saturatingSum(part.output)
            sum.reasoning = sum.reasoning.saturatingSum(part.reasoning)
        }
    }
}

extension Int64 {
    /// The sum, held at the ends of the range.
    func saturatingSum(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
