// SPDX-License-Identifier: Apache-2.0

/// Holds a place back that fails: after five failures in a row, or half of twenty and more within ten seconds.
///
/// It stays open for thirty seconds times the number of openings in a row, ten times at most. Then one request tries the
/// place again: its success closes the breaker, its failure opens it for longer. Moments are nanoseconds of one clock.
struct Breaker: Equatable {
    enum State: Equatable { case closed, open, halfOpen }

    private var inRow = 0
    private var failures = 0
    /// The window that `failures` belongs to.
    private var window: UInt64 = 0
    private var openings = 0
    /// 0 while closed.
    private var openUntil: UInt64 = 0
    private var openedAt: UInt64 = 0
    private var isProbing = false

    static let mostInRow = 5
    static let leastTries = 20
    static let patience: UInt64 = 30_000_000_000
    static let mostOpenings = 10

    func state(at now: UInt64) -> State {
        if openUntil == 0 { return .closed }
        return now < openUntil ? .open : .halfOpen
    }

    /// A request goes there although the breaker is open: the others wait for its end.
    mutating func beginProbe(at now: UInt64) {
        guard state(at: now) == .halfOpen else { return }
        isProbing = true
        openUntil = now &+ Breaker.patience
    }

    /// Notes a failure; `true` when this opened the breaker, also for a further time.
    mutating func countFailure(at now: UInt64, in attempts: AttemptWindow, opensAtOnce: Bool = false) -> Bool {
        if window != attempts.began {
            window = attempts.began
            failures = 0
        }
        failures += 1
        inRow += 1
        if openUntil != 0 {
            // Those that were under way when it opened say nothing new; a failed probe does.
            guard isProbing else { return false }
            open(at: now)
            return true
        }
        let isHalf = attempts.count >= Breaker.leastTries && failures * 2 >= attempts.count
        guard inRow >= Breaker.mostInRow || isHalf || opensAtOnce else { return false }
        open(at: now)
        return true
    }

    /// Notes a success; one that began before the breaker opened does not close it.
    mutating func countSuccess(began: UInt64) {
        inRow = 0
        if openUntil != 0, began >= openedAt { self = Breaker() }
    }

    private mutating func open(at now: UInt64) {
        openings = min(openings + 1, Breaker.mostOpenings)
        openedAt = now
        openUntil = now &+ Breaker.patience &* UInt64(openings)
        inRow = 0
        isProbing = false
    }
}

/// Attempts at one place within ten seconds, whatever came of them.
struct AttemptWindow: Equatable {
    private(set) var began: UInt64 = 0
    private(set) var count = 0

    /// Nanoseconds.
    static let length: UInt64 = 10_000_000_000

    mutating func add(at now: UInt64) {
        if now &- began >= AttemptWindow.length {
            began = now
            count = 0
        }
        count += 1
    }
}
