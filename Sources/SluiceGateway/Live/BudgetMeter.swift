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
    private let counter: Counter

    /// What outlives a change of the limit.
    private final class Counter: Sendable {
        /// Requests that began earlier are in the store's sum.
        let since: Timestamp
        /// Spent and set aside by requests from then on.
        let used = WindowSum()
        /// The part of it that is only set aside.
        let held = WindowSum()
        let before = WindowSum()

        init(since: Timestamp) { self.since = since }
    }

    init(_ budget: Budget, since: Timestamp) {
        self.budget = budget
        counter = Counter(since: since)
    }

    private init(_ budget: Budget, _ counter: Counter) {
        self.budget = budget
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
        let start = budget.window.range(at: moment, in: budget.zone).lowerBound
        let used = counter.used.add(amount, from: start) { [budget, counter] window, sum in
            !isBounded || sum.addingHeld(counter.before.value(from: window)) <= budget.limit.rawValue
        }
        guard let used else { return nil }
        _ = counter.held.add(amount, from: used) { _, _ in true }
        return used
    }

    /// Ends a reservation; where its window is over, only the ledger knows.
    func settle(_ reserved: Int64, as amount: Int64, from start: Int64) {
        counter.used.change(by: amount.subtractingHeld(reserved), from: start)
        counter.held.change(by: 0 - reserved, from: start)
    }

    /// What requests from before this meter have spent in a window, adjustments included.
    func setBefore(_ amount: Int64, from start: Int64) { counter.before.set(amount, from: start) }

    func state(at moment: Timestamp) -> BudgetState {
        let range = budget.window.range(at: moment, in: budget.zone)
        let held = counter.held.value(from: range.lowerBound)
        let used = counter.used.value(from: range.lowerBound)
        let spent = used.subtractingHeld(held).addingHeld(counter.before.value(from: range.lowerBound))
        return BudgetState(
            budget: budget,
            window: range,
            spent: NanoUSD(spent),
            reserved: NanoUSD(held),
            since: counter.since
        )
    }
}

/// A sum of the newest window, with the window's start; both are exchanged as one.
final class WindowSum: Sendable {
    private let pair = Atomic(WordPair(first: UInt(bitPattern: Int.min), second: 0))

    /// Adds to the sum of a window, or of the newest one where that is later; begins it where it is new.
    ///
    /// - Parameter isAllowed: asked with the window's start and its sum to be.
    /// - Returns: the start of the window; `nil` where it was not allowed.
    func add(_ amount: Int64, from start: Int64, isAllowed: (Int64, Int64) -> Bool) -> Int64? {
        var known = pair.load(ordering: .relaxed)
        while true {
            let window = max(start, known.start)
            let sum = (window == known.start ? known.amount : 0).addingHeld(amount)
            guard isAllowed(window, sum) else { return nil }
            let next = WordPair(from: window, sum)
            let (isDone, found) = pair.compareExchange(expected: known, desired: next, ordering: .relaxed)
            if isDone { return window }
            known = found
        }
    }

    /// Changes the sum of a window that is still the newest.
    func change(by amount: Int64, from start: Int64) {
        var known = pair.load(ordering: .relaxed)
        while known.start == start {
            let next = WordPair(from: start, known.amount.addingHeld(amount))
            let (isDone, found) = pair.compareExchange(expected: known, desired: next, ordering: .relaxed)
            if isDone { return }
            known = found
        }
    }

    func set(_ amount: Int64, from start: Int64) {
        let known = pair.load(ordering: .relaxed)
        if start >= known.start { pair.store(WordPair(from: start, amount), ordering: .relaxed) }
    }

    /// Zero where the window is not the newest.
    func value(from start: Int64) -> Int64 {
        let known = pair.load(ordering: .relaxed)
        return known.start == start ? known.amount : 0
    }
}

extension WordPair {
    fileprivate init(from start: Int64, _ amount: Int64) {
        self.init(first: UInt(bitPattern: Int(start)), second: UInt(bitPattern: Int(amount)))
    }

    fileprivate var start: Int64 { Int64(Int(bitPattern: first)) }
    fileprivate var amount: Int64 { Int64(Int(bitPattern: second)) }
}
