// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease

extension ControlPlane {
    /// Changes a version's share of its route.
    ///
    /// - Throws: `invalidState` where the version takes no traffic, naming the transition to make; `conflict` where the
    ///   canaries would hold more than everything, or nobody would serve the route.
    @discardableResult
    package func setWeight(
        _ id: String,
        to fraction: Double,
        _ change: Change
    ) async throws(ControlError) -> VersionStatus {
        guard let weight = BasisPoints(fraction: fraction) else {
            throw ControlError(.invalid, "weight must be a number from 0 to 1.")
        }
        let now = now()
        try await self.change { catalogue throws(ControlError) in
            let version = try catalogue.version(id)
            if let rollout = catalogue.openRollout(of: version.id) { throw .weightIsLed(version.id, by: rollout.state) }
            return try WeightChange(version: version, weight: weight).decide(in: catalogue, change, at: now)
        }
        return try version(id)
    }
}

/// A version and the weight it shall have.
struct WeightChange {
    var version: Version
    var weight: BasisPoints

    func decide(in catalogue: Catalogue, _ change: Change, at now: Timestamp) throws(ControlError) -> Decision<Void> {
        var release = version.release
        let movesUp = release.state == .staging && weight > .none && catalogue.definitions.autoTransition
        guard release.state.takesTraffic || movesUp else { throw takesNoTraffic }
        if movesUp {
            release.state = .canary
            release.changedAt = now
            release.buckets = BucketRanges()
        }
        if release.state == .canary {
            release.buckets = try catalogue.buckets(
                from: release.buckets,
                to: weight,
                route: version.route,
                except: version.id
            )
        }
        if weight > .none, release.weight == .none || movesUp { release.deployedAt = now }
        release.weight = weight
        guard release != version.release else { return .nothing(()) }
        if catalogue.leavesUnitsOut([version.id: release], route: version.route) { throw leavesNobody }
        let draft = change.draft(
            movesUp ? "version.auto_transition" : "version.weight",
            "version:\(version.id)",
            at: now,
            before: version.releaseRecord,
            after: version.with(release).releaseRecord
        )
        return Decision([version.setting(release)], audit: [draft], answer: ())
    }

    private var takesNoTraffic: ControlError {
        let state = version.release.state
        let path = state.pathToTraffic
        let calls = path.map {
            "POST /v1/admin/versions/\(version.id)/transition {\"target_state\": \"\($0.rawValue)\"}"
        }
        var details = JSONObject.list("transitions", path.map(\.rawValue))
        details["state"] = .string(state.rawValue)
        return ControlError(
            .invalidState,
            "Version \(version.id) is in state \(state.rawValue), which takes no traffic, so it has no weight to change.",
            hint: "First \(calls.joined(separator: ", then ")), then the weight.",
            details: details
        )
    }

    private var leavesNobody: ControlError {
        ControlError(
            .conflict,
            "With weight 0 for \(version.id) nobody would serve route \(version.route).",
            hint: "Give another production version of the route a weight first:"
                + " PATCH /v1/admin/versions/{id}/weight, or POST /v1/admin/versions/\(version.id)/rollback."
        )
    }
}
