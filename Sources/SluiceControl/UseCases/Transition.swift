// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceRelease
import SluiceStore

extension ControlPlane {
    /// Moves a version to another state.
    ///
    /// - Throws: `invalidState` with the legal moves where this is none.
    @discardableResult
    package func transition(
        _ id: String,
        to target: VersionState,
        _ change: Change
    ) async throws(ControlError) -> VersionStatus {
        if target == .production {
            let route = try catalogue.version(id).route
            try await requireApproval(of: "version \(id): production", on: route, change)
        }
        let now = now()
        let end = byHand(change, at: now)
        try await self.change { catalogue throws(ControlError) in
            let version = try catalogue.version(id)
            var decision: Decision<Void>
            if target == .rollback, version.release.state.allows(.rollback) {
                let rollback = try Rollback(version: version, target: nil).decide(in: catalogue, change, at: now)
                decision = Decision(rollback.changes, audit: rollback.audit, answer: ())
            } else {
                decision = try Transition(version: version, target: target).decide(in: catalogue, change, at: now)
            }
            return try end.added(to: decision, of: version.id, movedTo: target, in: catalogue)
        }
        return try noticed(id)
    }

    /// Takes a version out of service for good: `transition` to `deprecated`.
    @discardableResult
    package func deprecate(_ id: String, _ change: Change) async throws(ControlError) -> VersionStatus {
        try await transition(id, to: .deprecated, change)
    }
}

/// A version and the state it shall move to; moves to `rollback` are ``Rollback``.
struct Transition {
    var version: Version
    var target: VersionState

    func decide(in catalogue: Catalogue, _ change: Change, at now: Timestamp) throws(ControlError) -> Decision<Void> {
        guard version.release.state.allows(target) else { throw illegal }
        var release = version.release
        release.state = target
        release.changedAt = now
        release.buckets = BucketRanges()
        var moved: [(Version, Release)] = []
        switch target {
        case .canary:
            release.buckets = try catalogue.buckets(
                from: BucketRanges(),
                to: release.weight,
                route: version.route,
                except: version.id
            )
            if release.weight > .none { release.deployedAt = now }
        case .production:
            release.weight = .all
            if version.release.weight == .none { release.deployedAt = now }
            moved = keptWarm(in: catalogue)
        case .staging, .deprecated, .rollback:
            release.weight = .none
        }
        moved.insert((version, release), at: 0)
        let after = Dictionary(moved.map { ($0.0.id, $0.1) }, uniquingKeysWith: { first, _ in first })
        if catalogue.leavesUnitsOut(after, route: version.route) { throw leavesNobody }
        return Decision(
            moved.map { $0.0.setting($0.1) },
            audit: moved.map { moved, release in
                change.draft(
                    moved.id == version.id ? "version.transition" : "version.weight",
                    "version:\(moved.id)",
                    at: now,
                    before: moved.releaseRecord,
                    after: moved.with(release).releaseRecord
                )
            },
            answer: ()
        )
    }

    /// The former production versions stay in production at weight 0: something to roll back to.
    private func keptWarm(in catalogue: Catalogue) -> [(Version, Release)] {
        catalogue.production(of: version.route).filter { $0.release.weight > .none }.map { former in
            var release = former.release
            release.weight = .none
            return (former, release)
        }
    }

    private var illegal: ControlError {
        let state = version.release.state
        let legal = state.successors.map(\.rawValue)
        var details = JSONObject.list("legal", legal)
        details["state"] = .string(state.rawValue)
        return ControlError(
            .invalidState,
            state == target
                ? "Version \(version.id) is in state \(state.rawValue) already."
                : "Version \(version.id) cannot move from \(state.rawValue) to \(target.rawValue).",
            hint: "From \(state.rawValue) it may move to: \(legal.joined(separator: ", ")).",
            details: details
        )
    }

    private var leavesNobody: ControlError {
        ControlError(
            .conflict,
            "Version \(version.id) is the only one that serves route \(version.route).",
            hint: "Promote another version first: \(AdminHint.transition("VERSION", to: .production))."
        )
    }
}
