// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge

/// How a request is judged, from its assignment on.
struct EvidenceRole {
    let watch: EvidenceWatch
    let arm: Arm
    /// Handed up, but no evidence: the brake takes one arm's units away.
    let isAside: Bool
    /// Served by production, since the brake holds the canary it was assigned to.
    var isMoved = false
    /// Which of several production versions serves it (see ``EvidenceRecord/production``).
    var production: UInt8 = 0
    /// Tries a canary again which the brake holds: production's version, which serves its caller where that fails.
    var rescuer: Int?
    /// Whether production answers a trial that has failed is still to be handed up.
    var awaitsRescue = false
    /// Of the canary's requests, in the order they began (see ``Brake/countBegin()``).
    var number: UInt64 = 0
    /// In the loop's table of open requests, while its first attempt is open.
    var slot: Int?
}
