// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Adds up ledger entries of one group, in 128 bits, so that no order of adding can overflow.
package struct UsageTally: Sendable {
    private var requests: Set<RequestID> = []
    private var attempts: Int64 = 0
    private var failed: Int64 = 0
    private var callerGone: Int64 = 0
    private var estimated: Int64 = 0
    private var inconsistent: Int64 = 0
    private var unpriced: Int64 = 0
    private var unknown: Int64 = 0
    private var lost: Int64 = 0
    private var input: Int128 = 0
    private var cached: Int128 = 0
    private var written: Int128 = 0
    private var output: Int128 = 0
    private var reasoning: Int128 = 0
    private var cost: Int128 = 0
    private var correction: Int128 = 0
    private var corrected: Int64 = 0
    private var providerCost: Int128 = 0
    private var providerCosts: Int64 = 0
    private var compared: Int128 = 0
    private var parts: [BilledPart: Int128] = [:]

    package init() {}

    package mutating func add(_ row: LedgerRow) {
        requests.insert(row.request)
        attempts += 1
        let isLeft = row.attempt.errorClass == .callerGone
        if isLeft { callerGone += 1 } else if row.attempt.hasFailed { failed += 1 }
        switch row.costState {
        case .known: break
        case .estimated: estimated += 1
        case .inconsistent: inconsistent += 1
        case .unpriced: unpriced += 1
        case .unknown:
            unknown += 1
            if !row.attempt.hasFailed { lost += 1 }
        }
        if let amount = row.attempt.cost.known { cost += Int128(amount.rawValue) }
        if let amount = row.correction {
            cost += Int128(amount.rawValue)
            correction += Int128(amount.rawValue)
            corrected += 1
        }
        guard let usage = row.attempt.usage else { return }
        if let told = usage.providerCost, let ours = row.attempt.cost.known {
            providerCost += Int128(told.rawValue)
            providerCosts += 1
            compared += Int128(ours.rawValue)
        }
        for entry in usage.parts.entries { parts[entry.part, default: 0] += Int128(entry.number) }
        input += Int128(usage.freshInput) + Int128(usage.cachedInput)
        input += Int128(usage.cacheWrite5m) + Int128(usage.cacheWrite1h)
        cached += Int128(usage.cachedInput)
        written += Int128(usage.cacheWrite5m) + Int128(usage.cacheWrite1h)
        output += Int128(usage.output)
        reasoning += Int128(usage.reasoning)
    }

    /// The sums; one that does not fit is held at the largest number.
    package func sum(group: [String]) -> UsageSum {
        var sum = UsageSum(
            group: group,
            requests: Int64(requests.count),
            attempts: attempts,
            failedAttempts: failed,
            callerGoneAttempts: callerGone,
            inputTokens: Int64(clamping: input),
            cachedInputTokens: Int64(clamping: cached),
            cacheWriteTokens: Int64(clamping: written),
            outputTokens: Int64(clamping: output),
            reasoningTokens: Int64(clamping: reasoning),
            cost: NanoUSD(Int64(clamping: cost)),
            estimatedAttempts: estimated,
            inconsistentAttempts: inconsistent,
            unpricedAttempts: unpriced,
            unknownAttempts: unknown,
            lostUsageAttempts: lost
        )
        sum.correction = NanoUSD(Int64(clamping: correction))
        sum.correctedAttempts = corrected
        sum.providerCost = NanoUSD(Int64(clamping: providerCost))
        sum.providerCostAttempts = providerCosts
        sum.comparedCost = NanoUSD(Int64(clamping: compared))
        for (part, count) in parts { sum.parts[part] = Int64(clamping: count) }
        return sum
    }

    /// Sums of rows, grouped, in the byte order of the groups; without grouping exactly one, even over nothing.
    package static func sums(
        over rows: some Sequence<LedgerRow>,
        groupedBy grouping: [UsageGrouping],
        zone: BudgetZone = .utc
    ) -> [UsageSum] {
        var tallies: [[[UInt8]]: UsageTally] = grouping.isEmpty ? [[]: UsageTally()] : [:]
        for row in rows {
            tallies[grouping.map { Array(row.value(of: $0, in: zone).utf8) }, default: UsageTally()].add(row)
        }
        let ordered = tallies.sorted { left, right in
            left.key.lexicographicallyPrecedes(right.key) { $0.lexicographicallyPrecedes($1) }
        }
        return ordered.map { group, tally in tally.sum(group: group.map { String(decoding: $0, as: UTF8.self) }) }
    }
}

extension LedgerRow {
    /// The value a row is grouped by; empty where it has none.
    package func value(of grouping: UsageGrouping, in zone: BudgetZone = .utc) -> String {
        switch grouping {
        case .day: requestStartedAt.day(in: zone)
        case .key: key?.rawValue ?? ""
        case .route: route?.rawValue ?? ""
        case .version: attempt.version.rawValue
        case .provider: attempt.provider.rawValue
        case .model: attempt.model
        case .endUser: endUser ?? ""
        case .tags: TagList.whole(tags)
        case .tag(let name): TagList.value(of: name, in: tags)
        }
    }
}

extension Timestamp {
    /// The day in UTC: `2026-11-20`.
    package var day: String { String(description.prefix { $0 != "T" }) }

    /// The day by the clocks of a zone.
    package func day(in zone: BudgetZone) -> String {
        let day = zone.localDay(at: self)
        let (midnight, isBeyond) = day.multipliedReportingOverflow(by: 86_400_000_000_000)
        // The first day that has a number begins before the first moment that has one.
        return Timestamp(nanoseconds: isBeyond ? (day < 0 ? .min : .max) : midnight).day
    }
}
