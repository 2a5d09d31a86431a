// SPDX-License-Identifier: Apache-2.0

/// Finds out how many requests at a time one loop may have at one target of a version, from the time to first token.
///
/// There is no limit until the time to first token has doubled, in two windows in a row. Then fewer requests are let in,
/// and step by step more again: additive increase, multiplicative decrease. Total latency says nothing, as it is the
/// output's length. Where fewer requests at a time do not make it faster, the load was not what slowed it down: then the
/// limit goes, and what was slow is the new normal.
///
/// Times are compared by their logarithm, so that one request of a minute does not weigh more than many of a second.
/// Moments are nanoseconds of one clock. A request costs a comparison, an answer a few additions of integers.
struct AdaptiveLimit: Equatable {
    enum Change: Equatable { case begins, ends, lifted }

    private(set) var inFlight = 0
    /// ``most`` where nothing is limited.
    private(set) var limit = most
    /// The normal time to first token in sixteenths of an octave, times 256; 0 where nothing is known.
    private(set) var normal = 0

    private var window = Window()
    /// Windows in a row that were slow; outside of an episode.
    private var slowInRow = 0
    /// Requests in flight when the episode began, and the longest mean time to first token in it, as in `normal`.
    private var busiest = 0
    private var slowest = 0
    /// Answers to requests from before the last change of the limit say nothing of it.
    private var changedAt: UInt64 = 0
    /// Windows in a row at the least limit without getting better.
    private var stuck = 0

    /// Fewer than these are never refused.
    static let least = 8
    static let most = 1_000_000
    /// A window has so many answers, and lasts for so many nanoseconds, at least.
    static let leastAnswers = 16
    static let leastTime: UInt64 = 1_000_000_000
    /// Without an answer for so long, nothing is known any more.
    static let memory: UInt64 = 60_000_000_000
    /// Twice the normal time begins an episode, half as much again keeps it going.
    private static let octave = 16 * 256
    private static let halfAgain = 2_396
    /// Below a twentieth of a second nobody waits, whatever the normal time is.
    private static let alwaysFine: UInt64 = 50_000_000

    var isLimiting: Bool { limit < AdaptiveLimit.most }

    /// Takes a request in, or says no.
    mutating func enter(at now: UInt64) -> Bool {
        if inFlight >= limit {
            window.isFull = true
            guard now &- window.lastAnswer > AdaptiveLimit.memory else { return false }
            lift()
        }
        inFlight += 1
        if inFlight > window.peak { window.peak = inFlight }
        return true
    }

    mutating func leave() { inFlight -= 1 }

    /// Notes the time to first token of a request that was sent at a moment, also of one that gave up waiting for it.
    mutating func note(began: UInt64, at now: UInt64) -> Change? {
        guard began >= changedAt, now > began else { return nil }
        window.add(AdaptiveLimit.logarithm(now - began), at: now)
        guard window.count >= AdaptiveLimit.leastAnswers, now &- window.began >= AdaptiveLimit.leastTime else {
            return nil
        }
        let closed = window
        window = Window(peak: inFlight, lastAnswer: now)
        return close(closed, at: now)
    }

    private mutating func close(_ window: Window, at now: UInt64) -> Change? {
        let mean = window.sum * 256 / window.count
        if normal == 0 {
            normal = mean
            return nil
        }
        let isNoticeable = mean > AdaptiveLimit.logarithm(AdaptiveLimit.alwaysFine) * 256
        let excess = isNoticeable ? mean - normal : 0
        if isLimiting { return steer(window, mean, excess, at: now) }
        guard excess > AdaptiveLimit.octave, window.peak > AdaptiveLimit.least else {
            slowInRow = 0
            learn(mean, peak: window.peak)
            return nil
        }
        slowInRow += 1
        guard slowInRow >= 2 else { return nil }
        busiest = window.peak
        slowest = mean
        set(window.peak * 3 / 4, at: now)
        return .begins
    }

    /// Moves the limit of an episode.
    private mutating func steer(_ window: Window, _ mean: Int, _ excess: Int, at now: UInt64) -> Change? {
        if excess > AdaptiveLimit.halfAgain {
            slowest = max(slowest, mean)
            let isBetter = mean < slowest - AdaptiveLimit.octave / 3
            if limit <= max(AdaptiveLimit.least, busiest / 2), !isBetter {
                stuck += 1
                if stuck >= 2 {
                    normal = mean
                    lift()
                    return .lifted
                }
            }
            set(limit * 3 / 4, at: now)
            return nil
        }
        stuck = 0
        if mean < normal { learn(mean, peak: window.peak) }
        // Where all get in, the limit may grow faster.
        limit += window.isFull ? max(1, limit / 16) : max(1, limit / 4)
        guard limit >= 2 * busiest else { return nil }
        lift()
        return .ends
    }

    /// Moves the normal time: quickly down, and up where little is asked for; else so slowly that a growing load is no new
    /// normal.
    private mutating func learn(_ mean: Int, peak: Int) {
        let weight = mean < normal ? 4 : peak <= AdaptiveLimit.least ? 8 : 256
        normal += (mean - normal) / weight
    }

    private mutating func set(_ count: Int, at now: UInt64) {
        limit = max(AdaptiveLimit.least, count)
        changedAt = now
    }

    private mutating func lift() {
        limit = AdaptiveLimit.most
        slowInRow = 0
        stuck = 0
    }

    /// The logarithm to the base of two, in sixteenths.
    static func logarithm(_ value: UInt64) -> Int {
        guard value >= 16 else { return 0 }
        let whole = 63 - value.leadingZeroBitCount
        return whole * 16 + Int((value >> UInt64(whole - 4)) & 15)
    }

    private struct Window: Equatable {
        var began: UInt64 = 0
        var count = 0
        var sum = 0
        /// Most requests in flight.
        var peak = 0
        /// A request was refused.
        var isFull = false
        var lastAnswer: UInt64 = 0

        init(peak: Int = 0, lastAnswer: UInt64 = 0) {
            self.peak = peak
            self.lastAnswer = lastAnswer
        }

        mutating func add(_ logarithm: Int, at now: UInt64) {
            if count == 0 || now &- lastAnswer > AdaptiveLimit.memory {
                began = now
                count = 0
                sum = 0
            }
            count += 1
            sum += logarithm
            lastAnswer = now
        }
    }
}
