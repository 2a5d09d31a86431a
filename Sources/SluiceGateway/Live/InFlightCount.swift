// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Requests of a key or a version in flight, over all loops; lives longer than a snapshot.
final class InFlightCount: Sendable {
    private let count = Atomic<Int>(0)
    /// Of a key: bytes of memory that are set aside for the bodies of its requests.
    let bodyBytes = Atomic<Int>(0)

    var inFlight: Int { count.load(ordering: .relaxed) }

    /// Takes a slot among the requests in flight, or says no.
    func enter(limit: Int) -> Bool {
        let before = count.wrappingAdd(1, ordering: .relaxed).oldValue
        if before < limit { return true }
        leave()
        return false
    }

    func leave() { count.wrappingSubtract(1, ordering: .relaxed) }
}
