// SPDX-License-Identifier: Apache-2.0
import Synchronization

extension Gateway {
    /// How short the process is of memory.
    package enum Pressure: Int, Sendable {
        case none = 0
        /// New requests are refused, but for one at a time on each loop.
        case high
        /// No connection is accepted either.
        case full
    }
}

/// How much memory there is for requests, for all loops; written when it changes, read by each request.
final class MemoryLimits: Sendable {
    let bodies = BodyRoom()
    private let level = Atomic<Int>(0)

    var isHigh: Bool { level.load(ordering: .relaxed) != 0 }
    var isFull: Bool { level.load(ordering: .relaxed) == Gateway.Pressure.full.rawValue }

    func set(_ pressure: Gateway.Pressure) { level.store(pressure.rawValue, ordering: .relaxed) }
}
