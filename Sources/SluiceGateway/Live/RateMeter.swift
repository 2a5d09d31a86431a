// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Synchronization

/// What one limit has let in, over all loops and without a lock: one moment that moves ahead, exchanged as a whole.
///
/// Outlives snapshots. Moments are nanoseconds of the loops' clock.
final class RateMeter: Sendable {
    let rate: RateLimits.Rate
    let rule: GCRA
    private let ahead: Atomic<WordPair>

    init(_ rate: RateLimits.Rate, ahead: Int128 = 0) {
        self.rate = rate
        rule = GCRA(limit: rate.limit, period: rate.period.nanoseconds)
        self.ahead = Atomic(WordPair(ahead))
    }

    /// One of another limit, which has let in what this one has.
    func changed(to rate: RateLimits.Rate, now: UInt64) -> RateMeter {
        let next = RateMeter(rate)
        let moved = rule.moved(to: next.rule, ahead: Int128(ahead.load(ordering: .relaxed)), now: now)
        next.ahead.store(WordPair(moved), ordering: .relaxed)
        return next
    }

    /// Lets units in; else returns how many nanoseconds too early they are.
    func take(_ units: Int64, at now: UInt64) -> UInt64? {
        var known = ahead.load(ordering: .relaxed)
        while true {
            let (next, wait) = rule.admit(units, ahead: Int128(known), now: now)
            guard let next else { return wait }
            let (isDone, found) = ahead.compareExchange(
                expected: known,
                desired: WordPair(next),
                ordering: .relaxed
            )
            if isDone { return nil }
            known = found
        }
    }

    /// More units have come than were let in, or fewer (below zero).
    func correct(by units: Int64) {
        guard units != 0 else { return }
        var known = ahead.load(ordering: .relaxed)
        while true {
            let next = WordPair(rule.corrected(by: units, ahead: Int128(known)))
            let (isDone, found) = ahead.compareExchange(expected: known, desired: next, ordering: .relaxed)
            if isDone { return }
            known = found
        }
    }

    /// Units that would be let in at once, and nanoseconds until all of them would be.
    func reading(at now: UInt64) -> (remaining: Int64, reset: UInt64) {
        rule.reading(ahead: Int128(ahead.load(ordering: .relaxed)), now: now)
    }
}

extension WordPair {
    fileprivate init(_ value: Int128) {
        self.init(
            first: UInt(truncatingIfNeeded: value >> 64),
            second: UInt(truncatingIfNeeded: value)
        )
    }
}

extension Int128 {
    fileprivate init(_ pair: WordPair) {
        self = Int128(Int64(truncatingIfNeeded: pair.first)) << 64 | Int128(UInt64(pair.second))
    }
}
