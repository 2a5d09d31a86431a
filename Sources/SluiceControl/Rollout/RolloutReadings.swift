// SPDX-License-Identifier: Apache-2.0
package import SluiceJudge
package import SluiceRelease
import Synchronization

/// What readers may see of the rollouts that are judged, without waiting for whoever judges them.
package final class RolloutReadings: Sendable {
    private struct State {
        var verdicts: [RolloutID: Verdict] = [:]
        /// Of each rollout that is judged.
        var gaps: [RolloutID: EvidenceGap] = [:]
        var lostBlocks: Int64 = 0
        var isFrozen = false
    }

    private let state = Mutex(State())
    private let judges = Mutex<(@Sendable (RolloutID) async -> Replay?)?>(nil)

    init() {}

    /// What the judge said last.
    package func verdict(of rollout: RolloutID) -> Verdict? { state.withLock { $0.verdicts[rollout] } }

    /// What the judge said last of each rollout that is judged.
    var openVerdicts: [RolloutID: Verdict] {
        state.withLock { state in state.verdicts.filter { state.gaps[$0.key] != nil } }
    }

    /// What the judge of a rollout does not know.
    func gap(of rollout: RolloutID) -> EvidenceGap { state.withLock { $0.gaps[rollout] ?? EvidenceGap() } }

    /// Blocks of all rollouts that were dropped since the process started, as the store was away for too long.
    package var lostBlocks: Int64 { state.withLock { $0.lostBlocks } }

    /// Whether evidence cannot be stored at the moment.
    package var isFrozen: Bool { state.withLock { $0.isFrozen } }

    /// The judge of a rollout as it is now; nothing of one that this node does not lead.
    func judge(of rollout: RolloutID) async -> Replay? {
        let judges = judges.withLock { $0 }
        return await judges?(rollout)
    }

    // MARK: From those who judge

    func set(_ verdict: Verdict?, of rollout: RolloutID) { state.withLock { $0.verdicts[rollout] = verdict } }

    /// The rollouts that are judged, with what is in no block of each.
    func set(_ gaps: [RolloutID: EvidenceGap], lostBlocks: Int64) {
        state.withLock { state in
            state.gaps = gaps
            state.lostBlocks = lostBlocks
        }
    }

    func setFrozen(_ isFrozen: Bool) { state.withLock { $0.isFrozen = isFrozen } }

    /// Who answers for the judges of the rollouts that run.
    func ask(_ judges: @escaping @Sendable (RolloutID) async -> Replay?) { self.judges.withLock { $0 = judges } }
}

/// What happened to the requests of a rollout and is in no block that was judged.
struct EvidenceGap: Sendable, Hashable {
    /// Events and values that came when nobody waited for them any more.
    var late: Int64 = 0
    /// Blocks dropped because the store could not take them for too long.
    var blocks: Int64 = 0
}
