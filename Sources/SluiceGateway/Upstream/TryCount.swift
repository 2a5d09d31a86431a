// SPDX-License-Identifier: Apache-2.0
import Synchronization

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
