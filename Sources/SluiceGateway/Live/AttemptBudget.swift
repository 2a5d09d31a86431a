// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Keeps attempts beyond the first from multiplying an outage, for one version over all loops.
///
/// In any ten seconds that end with a retry there were at most a tenth as many retries as first tries in them, or three
/// where that is more. The window slides by whole seconds and is cut to the safe side: retries of eleven seconds, the one
/// that has just begun included, stand against tries of ten. So neither the edge of a window nor what was saved up before
/// an outage adds to it: at a steady rate of three a second and more it costs the provider at most a tenth.
///
/// Hedges take one for every twenty first tries, and save up ten at most: never more than a twentieth of all.
///
/// A try costs two stores to memory that only its loop writes; the rest is locked, and only touched where something failed or is late.
/// Moments are nanoseconds of the loops' clock.
final class AttemptBudget: Sendable {
    private let tries: [TryCount]
    private let retries = Mutex(PerSecond())
    private let hedges = Mutex(Savings())

    static let window: UInt64 = 10
    /// Retries in a window that is almost empty, over all loops.
    static let floor: UInt64 = 3
    /// Tries for each retry.
    static let triesPerRetry: UInt64 = 10
    static let triesPerHedge: UInt64 = 20
    static let mostSavedHedges: UInt64 = 10

    /// - Parameter loops: how many event loops there are.
    init(loops: Int) { tries = (0..<max(loops, 1)).map { _ in TryCount() } }

    /// A request is about to be sent for the first time; called on the loop with this index.
    func countTry(loop: Int, at moment: UInt64) {
        if tries.indices.contains(loop) { tries[loop].add(at: moment) }
    }

    /// Takes a retry out of the budget, or says no.
    func takeRetry(at now: UInt64) -> Bool {
        let second = now / PerSecond.length
        let firstTries = tries.reduce(0) { $0 + $1.sum(through: second, seconds: AttemptBudget.window) }
        return retries.withLock { retries in
            let spent = retries.sum(through: second, seconds: AttemptBudget.window + 1)
            guard spent < max(AttemptBudget.floor, firstTries / AttemptBudget.triesPerRetry) else { return false }
            retries.add(in: second)
            return true
        }
    }

    /// Takes a hedge out of the budget, or says no.
    func takeHedge() -> Bool {
        let all = tries.reduce(0) { $0 &+ $1.all }
        return hedges.withLock {
            $0.take(AttemptBudget.triesPerHedge, earned: all, most: AttemptBudget.mostSavedHedges)
        }
    }
}

/// What first tries have earned and nobody has spent, in tries.
private struct Savings {
    private var tries: UInt64 = 0
    private var seen: UInt64 = 0

    mutating func take(_ price: UInt64, earned all: UInt64, most: UInt64) -> Bool {
        // Loops are read one after the other, so the sum may be a little behind.
        if all > seen {
            tries = min(tries + (all - seen), price * most)
            seen = all
        }
        guard tries >= price else { return false }
        tries -= price
        return true
    }
}

/// Tries of one loop by the second they were counted in; written by that loop alone, read by all.
final class TryCount: Sendable {
    private let seconds = PerSecond.Slots { _ in Atomic<UInt64>(0) }
    private let total = Atomic<UInt64>(0)

    var all: UInt64 { total.load(ordering: .relaxed) }

    func add(at moment: UInt64) {
        total.store(total.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        let second = moment / PerSecond.length
        let index = Int(second % PerSecond.count)
        let before = seconds[index].load(ordering: .relaxed)
        seconds[index].store(PerSecond.added(to: before, in: second), ordering: .relaxed)
    }

    func sum(through second: UInt64, seconds count: UInt64) -> UInt64 {
        var sum: UInt64 = 0
        for index in seconds.indices {
            sum += PerSecond.read(seconds[index].load(ordering: .relaxed), through: second, seconds: count)
        }
        return sum
    }
}

/// Counts by the second, of the last sixteen: the second's low half above, the count below.
struct PerSecond: Equatable {
    typealias Slots = InlineArray<16, Atomic<UInt64>>

    private var seconds = InlineArray<16, UInt64>(repeating: 0)

    static let count: UInt64 = 16
    /// Nanoseconds.
    static let length: UInt64 = 1_000_000_000

    mutating func add(in second: UInt64) {
        let index = Int(second % PerSecond.count)
        seconds[index] = PerSecond.added(to: seconds[index], in: second)
    }

    static func == (one: PerSecond, other: PerSecond) -> Bool {
        one.seconds.indices.allSatisfy { one.seconds[$0] == other.seconds[$0] }
    }

    func sum(through second: UInt64, seconds count: UInt64) -> UInt64 {
        var sum: UInt64 = 0
        for index in seconds.indices { sum += PerSecond.read(seconds[index], through: second, seconds: count) }
        return sum
    }

    static func added(to slot: UInt64, in second: UInt64) -> UInt64 {
        slot >> 32 == second & 0xFFFF_FFFF ? slot &+ 1 : second << 32 | 1
    }

    static func read(_ slot: UInt64, through second: UInt64, seconds: UInt64) -> UInt64 {
        let age = (second &- slot >> 32) & 0xFFFF_FFFF
        return age < seconds ? slot & 0xFFFF_FFFF : 0
    }
}
