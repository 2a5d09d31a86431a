// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Synchronization

/// A budget as loops draw on it, without a lock and without a look into the store.
///
/// What is used stands beside the start of its window, and both are exchanged as one: a new window begins with the first
/// request in it, and none is ever set to zero. What requests from before this meter have spent comes from the store, also
/// for one window.
final class BudgetMeter: Sendable {
    let budget: Budget
    private let limit: Int64
    private let hasWindows: Bool
    private let counter: WindowCounter

    init(_ budget: Budget, since: Timestamp) {
        self.budget = budget
        limit = budget.limit.rawValue
        hasWindows = budget.window != .total
        counter = WindowCounter(since: since)
    }

    private init(_ budget: Budget, _ counter: WindowCounter) {
        self.budget = budget
        limit = budget.limit.rawValue
        hasWindows = budget.window != .total
        self.counter = counter
    }

    /// The same under another limit; a new one where its windows are others.
    func changed(to next: Budget, now: Timestamp) -> BudgetMeter {
        let isSame = next.entity == budget.entity && next.window == budget.window && next.zone == budget.zone
        return isSame ? BudgetMeter(next, counter) : BudgetMeter(next, since: now)
    }

    /// Sets an amount aside, in the window that a request's one moment lies in.
    ///
    /// - Parameter isBounded: says no where more is used with it than the limit.
    /// - Returns: the window's start.
    func reserve(_ amount: Int64, at moment: Timestamp, isBounded: Bool) -> Int64? {
        counter.reserve(amount, from: window(at: moment), upTo: isBounded ? limit : .max)
    }

    /// When the window begins that a moment lies in; the calendar is asked once in a window.
    private func window(at moment: Timestamp) -> Int64 {
        guard hasWindows else { return .min }
        let second = moment.nanoseconds / 1_000_000_000
        if let start = counter.start(ifKnownAt: second) { return start }
        let range = budget.window.range(at: moment, in: budget.zone)
        counter.note(range)
        return range.lowerBound
    }

    /// Ends a reservation; where its window is over, only the ledger knows.
    func settle(_ reserved: Int64, as amount: Int64, from start: Int64) {
        counter.settle(reserved, as: amount, from: start)
    }

    /// What requests from before this meter have spent in a window, adjustments included.
    func setBefore(_ amount: Int64, from start: Int64) { counter.setBefore(amount, from: start) }

    func state(at moment: Timestamp) -> BudgetState {
        let range = budget.window.range(at: moment, in: budget.zone)
        let (spent, held) = counter.sums(from: range.lowerBound)
        return BudgetState(
            budget: budget,
            window: range,
            spent: NanoUSD(spent),
            reserved: NanoUSD(held),
            since: counter.since
        )
    }
}

/// What is used in the newest window; outlives a change of the limit.
///
/// Each sum stands beside its window's start, and both are exchanged as one. In one class and without closures, since each hop
/// to another object counted its references: to set aside and settle in ten budgets is 3 000 instructions so.
private final class WindowCounter: Sendable {
    /// Requests that began earlier are in the store's sum.
    let since: Timestamp
    /// Spent and set aside by requests from then on.
    private let used = Atomic(WordPair(from: .min, 0))
    /// The part of it that is only set aside.
    private let held = Atomic(WordPair(from: .min, 0))
    private let before = Atomic(WordPair(from: .min, 0))
    /// The start of the window asked for last and, in the lowest 24 bits, its length in seconds.
    private let window = Atomic<Int64>(0)

    init(since: Timestamp) { self.since = since }

    func start(ifKnownAt second: Int64) -> Int64? {
        let known = window.load(ordering: .relaxed)
        let (start, length) = (known >> 24, known & 0xFF_FFFF)
        return second >= start && second < start + length ? start : nil
    }

    func note(_ range: Range<Int64>) {
        window.store(range.lowerBound << 24 | (range.upperBound - range.lowerBound), ordering: .relaxed)
    }

    /// Adds to the newest window, which one that begins later becomes; `nil` where more is used with it than the limit.
    func reserve(_ amount: Int64, from start: Int64, upTo limit: Int64) -> Int64? {
        let earlier = before.load(ordering: .relaxed)
        var known = used.load(ordering: .relaxed)
        var window: Int64
        while true {
            window = max(start, known.start)
            let sum = (window == known.start ? known.amount : 0).addingHeld(amount)
            let all = earlier.start == window ? sum.addingHeld(earlier.amount) : sum
            guard all <= limit else { return nil }
            let next = WordPair(from: window, sum)
            let (isDone, found) = used.compareExchange(expected: known, desired: next, ordering: .relaxed)
            if isDone { break }
            known = found
        }
        known = held.load(ordering: .relaxed)
        while known.start <= window {
            let sum = (window == known.start ? known.amount : 0).addingHeld(amount)
            let next = WordPair(from: window, sum)
            let (isDone, found) = held.compareExchange(expected: known, desired: next, ordering: .relaxed)
            if isDone { break }
            known = found
        }
        return window
    }

    func settle(_ reserved: Int64, as amount: Int64, from start: Int64) {
        let change = amount.subtractingHeld(reserved)
        if change != 0 { WindowCounter.change(used, by: change, from: start) }
        WindowCounter.change(held, by: 0 - reserved, from: start)
    }

    /// Changes a sum whose window is still the newest.
    private static func change(_ sum: borrowing Atomic<WordPair>, by amount: Int64, from start: Int64) {
        var known = sum.load(ordering: .relaxed)
        while known.start == start {
            let next = WordPair(from: start, known.amount.addingHeld(amount))
            let (isDone, found) = sum.compareExchange(expected: known, desired: next, ordering: .relaxed)
            if isDone { return }
            known = found
        }
    }

    func setBefore(_ amount: Int64, from start: Int64) {
        let known = before.load(ordering: .relaxed)
        if start >= known.start { before.store(WordPair(from: start, amount), ordering: .relaxed) }
    }

    /// Spent and set aside in a window; zero where it is not the newest.
    func sums(from start: Int64) -> (spent: Int64, held: Int64) {
        let held = WindowCounter.amount(self.held.load(ordering: .relaxed), from: start)
        let used = WindowCounter.amount(self.used.load(ordering: .relaxed), from: start)
        let before = WindowCounter.amount(self.before.load(ordering: .relaxed), from: start)
        return (used.subtractingHeld(held).addingHeld(before), held)
    }

    private static func amount(_ pair: WordPair, from start: Int64) -> Int64 { pair.start == start ? pair.amount : 0 }
}

extension WordPair {
    fileprivate init(from start: Int64, _ amount: Int64) {
        self.init(first: UInt(bitPattern: Int(start)), second: UInt(bitPattern: Int(amount)))
    }

    fileprivate var start: Int64 { Int64(Int(bitPattern: first)) }
    fileprivate var amount: Int64 { Int64(Int(bitPattern: second)) }
}
