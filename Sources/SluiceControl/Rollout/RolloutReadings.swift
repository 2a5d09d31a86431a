// SPDX-License-Identifier: Apache-2.0
package import SluiceJudge
package import SluiceRelease
import Synchronization

/// What readers may see of the rollouts that are judged, without waiting for whoever judges them.
package final class RolloutReadings: Sendable {
    private struct State {
        var verdicts: [RolloutID: Verdict] = [:]
        /// Of each rollout that is judged: events and values that came too late for a block.
        var late: [RolloutID: Int64] = [:]
        var isFrozen = false
    }

    private let state = Mutex(State())
    private let judges = Mutex<(@Sendable (RolloutID) async -> Replay?)?>(nil)

    init() {}

    /// What the judge said last.
    package func verdict(of rollout: RolloutID) -> Verdict? { state.withLock { $0.verdicts[rollout] } }

    /// What the judge said last of each rollout that is judged.
    var openVerdicts: [RolloutID: Verdict] {
        state.withLock { state in state.verdicts.filter { state.late[$0.key] != nil } }
    }

    /// Events and values of a rollout that came when nobody waited for them any more: they are in no block.
    package func lateEvidence(of rollout: RolloutID) -> Int64 { state.withLock { $0.late[rollout] ?? 0 } }

    /// Whether evidence cannot be stored at the moment.
    package var isFrozen: Bool { state.withLock { $0.isFrozen } }

    /// The judge of a rollout as it is now; nothing of one that this node does not lead.
    func judge(of rollout: RolloutID) async -> Replay? {
        let judges = judges.withLock { $0 }
        return await judges?(rollout)
    }

    // MARK: From those who judge

    func set(_ verdict: Verdict?, of rollout: RolloutID) { state.withLock { $0.verdicts[rollout] = verdict } }

    /// The rollouts that are judged, with what came too late of each.
    func setLate(_ late: [RolloutID: Int64]) { state.withLock { $0.late = late } }

    func setFrozen(_ isFrozen: Bool) { state.withLock { $0.isFrozen = isFrozen } }

    /// Who answers for the judges of the rollouts that run.
    func ask(_ judges: @escaping @Sendable (RolloutID) async -> Replay?) { self.judges.withLock { $0 = judges } }
}
