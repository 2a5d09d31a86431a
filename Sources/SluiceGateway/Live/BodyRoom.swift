// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Memory for the bodies of requests, over all loops: what was announced, or has come, is set aside until nobody needs it.
final class BodyRoom: Sendable {
    private let most = Atomic<Int>(.max)
    private let taken = Atomic<Int>(0)

    /// Bodies of at most so many bytes are not counted: there are never so many at a time that they matter.
    static let smallest = 4_096

    /// Bytes that are set aside.
    var inUse: Int { taken.load(ordering: .relaxed) }

    /// Says how many bytes there are in all; what is set aside stays so.
    func limit(to bytes: Int) { most.store(max(0, bytes), ordering: .relaxed) }

    /// Sets bytes aside, or says no; a key gets half of all, or one body.
    ///
    /// - Parameter own: what is set aside already for the same body.
    func take(_ bytes: Int, for key: InFlightCount, besides own: Int) -> Bool {
        let most = most.load(ordering: .relaxed)
        let before = taken.wrappingAdd(bytes, ordering: .relaxed).oldValue
        let ofKey = key.bodyBytes.wrappingAdd(bytes, ordering: .relaxed).oldValue
        if before <= most - bytes, ofKey <= own || ofKey <= most / 2 - bytes { return true }
        giveBack(bytes, for: key)
        return false
    }

    func giveBack(_ bytes: Int, for key: InFlightCount) {
        taken.wrappingSubtract(bytes, ordering: .relaxed)
        key.bodyBytes.wrappingSubtract(bytes, ordering: .relaxed)
    }
}
