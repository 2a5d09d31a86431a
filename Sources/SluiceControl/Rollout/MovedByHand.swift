// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease
import SluiceStore

/// Ends a rollout whose canary a person moves, in the same transaction.
struct MovedByHand {
    var change: Change
    /// Seconds on the clock of the blocks.
    var second: Int64
    var now: Timestamp
    var channels: [AlertChannel]
    /// What the judge said last of a rollout.
    var latest: @Sendable (RolloutID) -> Verdict?

    /// A decision that moves a version, and the end of the version's rollout where one is judged.
    func added<Answer>(
        to decision: Decision<Answer>,
        of version: VersionID,
        movedTo target: VersionState,
        in catalogue: Catalogue
    ) throws(ControlError) -> Decision<Answer> {
        guard let record = catalogue.openRollout(of: version), record.state.isJudged, target != .canary else {
            return decision
        }
        let end = try RolloutMove(
            record: record,
            event: .canaryMoved(target),
            change: change,
            second: second,
            now: now,
            channels: channels,
            latest: latest(record.state.id)
        ).decide(in: catalogue.applying(decision.changes, revision: catalogue.state.revision))
        var whole = decision
        whole.changes += end.changes
        whole.audit += end.audit
        whole.news += end.news
        return whole
    }
}

extension ControlPlane {
    func byHand(_ change: Change, at now: Timestamp) -> MovedByHand {
        MovedByHand(
            change: change,
            second: inbox.now,
            now: now,
            channels: channels,
            latest: { [readings] in readings.verdict(of: $0) }
        )
    }
}

extension ControlError {
    static func weightIsLed(_ version: VersionID, by rollout: RolloutState) -> ControlError {
        ControlError(
            .conflict,
            "The weight of \(version) is led by rollout \(rollout.id), which is \(rollout.phaseText).",
            hint:
                "\(AdminHint.rollout("promote", rollout.id)) goes on at once, \(AdminHint.rollout("abort", rollout.id))"
                + " ends it and takes the version out.",
            details: ["rollout": .string(rollout.id.rawValue)]
        )
    }
}
