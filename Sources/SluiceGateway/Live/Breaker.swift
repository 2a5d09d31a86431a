// SPDX-License-Identifier: Apache-2.0

/// Holds a target back that fails: after five failures in a row, or half of twenty and more within ten seconds.
///
/// It stays open for four seconds, then one request tries the target again: its success closes the breaker, its failure
/// opens it for eight seconds, again and again. So a target is in use again ten seconds after it is well, as long as
/// requests come. A probe that hangs does not hold up the next. Moments are nanoseconds of one clock.
struct Breaker: Equatable {
    enum State: Equatable { case closed, open, halfOpen }

    private var inRow = 0
    private var failures = PerSecond()
    /// 0 while closed.
    private(set) var openUntil: UInt64 = 0
    private var openedAt: UInt64 = 0
    private var isProbing = false

    static let mostInRow = 5
    static let leastTries = 20
    /// Nanoseconds to the first probe, and from one probe to the next.
    static let firstPatience: UInt64 = 4_000_000_000
    static let patience: UInt64 = 8_000_000_000
    /// The window of the share that fails, in seconds.
    static let window: UInt64 = 10

    func state(at now: UInt64) -> State {
        if openUntil == 0 { return .closed }
        return now < openUntil ? .open : .halfOpen
    }

    /// A request goes there although the breaker is open: the others wait for its end, or for the next probe.
    mutating func beginProbe(at now: UInt64) {
        guard state(at: now) == .halfOpen else { return }
        isProbing = true
        openUntil = now &+ Breaker.patience
    }

    /// Notes a failure, where so many attempts were made within the window; `true` when this opened the breaker, which was
    /// closed.
    mutating func countFailure(at now: UInt64, of attempts: UInt64, opensAtOnce: Bool = false) -> Bool {
        let second = now / PerSecond.length
        failures.add(in: second)
        inRow += 1
        if openUntil != 0 {
            // Those that were under way when it opened say nothing new; a failed probe does.
            guard isProbing else { return false }
            open(at: now, for: Breaker.patience)
            return false
        }
        let failed = failures.sum(through: second, seconds: Breaker.window)
        let isHalf = attempts >= Breaker.leastTries && failed * 2 >= attempts
        guard inRow >= Breaker.mostInRow || isHalf || opensAtOnce else { return false }
        open(at: now, for: Breaker.firstPatience)
        return true
    }

    /// Notes a success; one that began before the breaker opened does not close it.
    mutating func countSuccess(began: UInt64) {
        inRow = 0
        if openUntil != 0, began >= openedAt { self = Breaker() }
    }

    private mutating func open(at now: UInt64, for duration: UInt64) {
        openedAt = now
        openUntil = now &+ duration
        inRow = 0
        isProbing = false
    }
}
