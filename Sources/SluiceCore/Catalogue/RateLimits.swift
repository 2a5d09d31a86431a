// SPDX-License-Identifier: Apache-2.0

/// How often and how much somebody may ask: numbers in a stretch of time each, and requests in flight.
package struct RateLimits: Sendable, Equatable {
    /// What a limit counts.
    package enum Unit: String, Sendable, CaseIterable {
        case requests, tokens
        case inputTokens = "input_tokens"
        case outputTokens = "output_tokens"
    }

    package enum Period: String, Sendable, CaseIterable {
        case minute, hour, day

        package var nanoseconds: Int64 {
            switch self {
            case .minute: 60_000_000_000
            case .hour: 3_600_000_000_000
            case .day: 86_400_000_000_000
            }
        }
    }

    package struct Rate: Sendable, Hashable {
        package var unit: Unit
        package var period: Period
        package var limit: Int64

        package init(_ unit: Unit, _ period: Period, _ limit: Int64) {
            self.unit = unit
            self.period = period
            self.limit = limit
        }

        /// As it stands in files and in the API: `requests_per_minute`.
        package var name: String { "\(unit.rawValue)_per_\(period.rawValue)" }
    }

    /// At most one of each unit and period, in the order of ``names``.
    package var rates: [Rate]
    /// Requests in flight on one node.
    package var concurrency: Int?
    /// What a token read from a provider's cache counts, in percent of another input token.
    package var cachedInputPercent: Int

    package init(_ rates: [Rate] = [], concurrency: Int? = nil, cachedInputPercent: Int = 0) {
        self.rates = rates
        self.concurrency = concurrency
        self.cachedInputPercent = cachedInputPercent
    }

    package var isEmpty: Bool { rates.isEmpty && concurrency == nil }

    /// The members that say a number in a stretch of time.
    package static let names: [(name: String, unit: Unit, period: Period)] = Unit.allCases.flatMap { unit in
        Period.allCases.map { ("\(unit.rawValue)_per_\($0.rawValue)", unit, $0) }
    }

    /// What a number may be.
    package static let range: ClosedRange<Int64> = 1...1_000_000_000_000

    /// The number of one member.
    package subscript(_ name: String) -> Int64? {
        get { rates.first { $0.name == name }?.limit }
        set {
            rates.removeAll { $0.name == name }
            guard let newValue, let known = RateLimits.names.first(where: { $0.name == name }) else { return }
            rates.append(Rate(known.unit, known.period, newValue))
        }
    }
}

/// The limits of one entity.
package struct EntityLimits: Sendable, Equatable {
    package var entity: SpendingEntity
    package var limits: RateLimits
    package var owner: Owner

    package init(_ entity: SpendingEntity, _ limits: RateLimits, owner: Owner = .file) {
        self.entity = entity
        self.limits = limits
        self.owner = owner
    }
}

/// A number in a stretch of time as a generic cell rate: pure, exact, in integers.
///
/// A moment by which all that was let in would have been let in at an even rate moves ahead with each unit; nothing is let
/// in that would move it further ahead of the clock than the stretch of time. So in any stretch at most twice the limit
/// is let in, what was saved up while nobody asked included, and in the long run no more than the limit in each.
///
/// Times are nanoseconds of one monotonic clock times the limit, so that a unit takes a whole number of them whatever the
/// limit is: 7 a minute are let in at once, exactly, and not 6 or 8.
package struct GCRA: Sendable, Equatable {
    package let limit: Int64
    /// Nanoseconds.
    package let period: Int64

    package init(limit: Int64, period: Int64) {
        self.limit = max(1, limit)
        self.period = max(1, period)
    }

    /// A moment in this rule's own time.
    package func moment(_ nanoseconds: UInt64) -> Int128 { Int128(nanoseconds) &* Int128(limit) }

    /// More than the limit at once is taken for all of it, or it would never be let in.
    private func cost(_ units: Int64) -> Int128 { Int128(min(max(0, units), limit)) &* Int128(period) }

    private var capacity: Int128 { Int128(limit) &* Int128(period) }

    /// The moment ahead once so many units are let in, or how many nanoseconds too early it is for that.
    package func admit(_ units: Int64, ahead: Int128, now: UInt64) -> (ahead: Int128?, wait: UInt64) {
        let now = moment(now)
        let next = max(ahead, now) &+ cost(units)
        let excess = next &- now &- capacity
        if excess <= 0 { return (next, 0) }
        return (nil, UInt64(clamping: (excess &+ Int128(limit) &- 1) / Int128(limit)))
    }

    /// The moment ahead once fewer (below zero) or more units than those let in have come.
    package func corrected(by units: Int64, ahead: Int128) -> Int128 {
        ahead &+ Int128(units) &* Int128(period)
    }

    /// What the moment ahead may at most be moved back by, where units were let in as so many.
    package func counted(_ units: Int64) -> Int64 { min(max(0, units), limit) }

    /// Units that would be let in at once, and nanoseconds until all of them would be.
    package func reading(ahead: Int128, now: UInt64) -> (remaining: Int64, reset: UInt64) {
        let now = moment(now)
        let used = max(0, ahead &- now)
        let left = max(0, capacity &- used)
        return (
            Int64(clamping: left / Int128(period)),
            UInt64(clamping: (used &+ Int128(limit) &- 1) / Int128(limit))
        )
    }

    /// The moment ahead of another rule that has let in as much as this one.
    package func moved(to other: GCRA, ahead: Int128, now: UInt64) -> Int128 {
        let used = max(0, ahead &- moment(now)) / Int128(period)
        return other.moment(now) &+ min(used, Int128(other.limit)) &* Int128(other.period)
    }
}

/// Where a limit stands, as one node sees it.
package struct RateState: Sendable, Equatable {
    package var entity: SpendingEntity
    package var rate: RateLimits.Rate
    /// Units that would be let in at once.
    package var remaining: Int64

    package init(entity: SpendingEntity, rate: RateLimits.Rate, remaining: Int64) {
        self.entity = entity
        self.rate = rate
        self.remaining = remaining
    }
}
