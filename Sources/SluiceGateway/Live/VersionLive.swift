// SPDX-License-Identifier: Apache-2.0

/// What all loops know of a version; lives longer than a snapshot.
final class VersionLive: Sendable {
    let inFlight = InFlightCount()
    let budget: AttemptBudget

    init(loops: Int) { budget = AttemptBudget(loops: loops) }
}
