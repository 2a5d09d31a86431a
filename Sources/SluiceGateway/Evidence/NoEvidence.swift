// SPDX-License-Identifier: Apache-2.0
package import SluiceRelease

/// Takes evidence and drops it: for a data plane that nobody judges by.
package struct NoEvidence: EvidenceSink {
    package init() {}

    package func append(_ records: [EvidenceRecord], loop: Int, openSince: Int64, reportedThrough: Int64) {}

    package func brake(_ rollout: RolloutID, _ move: BrakeMove) {}
}
