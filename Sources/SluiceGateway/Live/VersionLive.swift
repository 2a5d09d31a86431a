// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What all loops know of a version; lives longer than a snapshot.
final class VersionLive: Sendable {
    let inFlight = InFlightCount()
    let budget: AttemptBudget
    /// The mean time of its answers in nanoseconds, as the control plane has measured it last; 0 where too few were seen.
    let meanLatency = Atomic<UInt64>(0)

    init(loops: Int) { budget = AttemptBudget(loops: loops) }
}
