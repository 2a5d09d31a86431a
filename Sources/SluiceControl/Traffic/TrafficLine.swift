// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

/// One request as the traffic log and the usage export write it; never a body.
package struct TrafficLine: Sendable, Equatable {
    package var at: Timestamp
    package var request: RequestID
    package var endpoint: Outcome.Endpoint
    package var isStream: Bool
    package var key: KeyID?
    package var route: RouteID?
    /// Of the attempt that answered, which is the last one.
    package var version: VersionID?
    package var provider: ProviderID?
    package var model: String?
    package var bucket: UInt16?
    package var unitSource: String?
    /// What the caller saw; 0 where nothing was sent.
    package var status: Int
    package var ending: Outcome.Ending
    package var errorClass: ErrorClass?
    package var attempts: Int
    /// Nanoseconds.
    package var duration: Int64
    /// Nanoseconds to the first content byte, after the request's start.
    package var firstToken: Int64?
    package var tokens: Tokens?
    /// Of all attempts together; absent as soon as one of them is unknown.
    package var cost: NanoUSD?

    /// Sums over all attempts whose usage is known.
    package struct Tokens: Sendable, Equatable {
        package var input: Int64 = 0
        package var cachedInput: Int64 = 0
        package var output: Int64 = 0
        package var reasoning: Int64 = 0
    }

    /// The line of an outcome.
    package init(_ outcome: Outcome) {
        at = outcome.startedAt
        request = outcome.request
        endpoint = outcome.endpoint
        isStream = outcome.isStream
        key = outcome.key
        route = outcome.route
        bucket = outcome.bucket
        unitSource = outcome.unitSource
        status = outcome.status
        ending = outcome.ending
        duration = outcome.duration
        attempts = 0
        take(outcome.attempts)
        if outcome.attempts.isEmpty { errorClass = outcome.errorClass }
        if version == nil { version = outcome.version }
    }

    /// The line of a request's ledger entries; absent without any.
    package init?(rows: some Collection<LedgerRow>) {
        guard let first = rows.first else { return nil }
        at = first.requestStartedAt
        request = first.request
        endpoint = first.endpoint
        isStream = first.isStream
        key = first.key
        route = first.route
        bucket = first.bucket
        unitSource = first.unitSource
        status = first.status
        ending = first.ending
        duration = first.requestDuration
        attempts = 0
        take(rows.map(\.attempt))
    }

    private mutating func take(_ all: [Attempt]) {
        let all = all.sorted { $0.number < $1.number }
        attempts = all.count
        guard let last = all.last(where: { $0.purpose != .mirror && $0.purpose != .judge }) ?? all.last else { return }
        version = last.version
        provider = last.provider
        model = last.model
        errorClass = last.errorClass
        firstToken = last.firstToken.map { $0.addingReportingOverflow(last.startedAfter).partialValue }
        tokens = TrafficLine.sum(all.compactMap(\.usage))
        cost = TrafficLine.sum(all.map(\.cost))
    }

    private static func sum(_ parts: [Usage]) -> Tokens? {
        guard !parts.isEmpty else { return nil }
        return parts.reduce(into: Tokens()) { sum, part in
            sum.input = sum.input.saturatingSum(part.input)
            sum.cachedInput = sum.cachedInput.saturatingSum(part.cachedInput)
            sum.output = sum.output.saturatingSum(part.output)
            sum.reasoning = sum.reasoning.saturatingSum(part.reasoning)
        }
    }

    private static func sum(_ costs: [Cost]) -> NanoUSD? {
        costs.reduce(NanoUSD.zero as NanoUSD?) { sum, cost in
            guard let sum, let amount = cost.known else { return nil }
            return sum.adding(amount)
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
