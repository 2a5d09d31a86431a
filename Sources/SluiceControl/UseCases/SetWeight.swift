// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import SluiceStore

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
        let known = try catalogue.version(id)
        if weight > known.release.weight {
            try await requireApproval(of: "version \(id): weight \(weight.fraction)", on: known.route, change)
        }
        try await self.change { catalogue throws(ControlError) in
            let version = try catalogue.version(id)
            if let rollout = catalogue.openRollout(of: version.id) { throw .weightIsLed(version.id, by: rollout.state) }
            let decision = try WeightChange(version: version, weight: weight).decide(in: catalogue, change, at: now)
            // While a rollout runs, a change of production's weight that moves nobody is a mistake about who leads.
            if !decision.changes.isEmpty, let rollout = catalogue.openRollout(on: version.route), rollout.isJudged {
                let after = catalogue.applying(decision.changes, revision: catalogue.state.revision)
                if after.effectiveShares(of: version.route) == catalogue.effectiveShares(of: version.route) {
                    throw .weightMovesNobody(version, rollout)
                }
            }
            return decision
        }
        return try noticed(id)
    }

    /// A version after a change, with what its caller may not expect.
    func noticed(_ id: String) throws(ControlError) -> VersionStatus {
        var status = try version(id)
        status.notice = catalogue.notice(after: status)
        return status
    }
}

extension Catalogue {
    /// Who gets how much of a route.
    func effectiveShares(of route: RouteID) -> [VersionID: Double] {
        let (versions, split) = split(of: route)
        return Dictionary(
            versions.enumerated().map { ($1.id, split.effectiveWeight(of: $0)) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// What a change of a version did that its caller may not expect: shares other than the weight that was set, and
    /// production that has nothing any more.
    func notice(after status: VersionStatus) -> String? {
        let version = status.version
        let canaries = versions(of: version.route).filter { $0.release.state == .canary && $0.release.weight > .none }
        let serving = production(of: version.route)
        let theirs = canaries.reduce(0) { $0 + $1.release.weight.rawValue }
        if let canary = canaries.first, serving.isEmpty || theirs >= 10_000 {
            let names = canaries.map(\.id.rawValue).joined(separator: " and ")
            return "\(names) \(canaries.count == 1 ? "has" : "have") all of route \(version.route) and"
                + " \(canaries.count == 1 ? "is a canary" : "are canaries") still; "
                + (serving.isEmpty
                    ? "the route has no production version to go back to."
                    : "production, \(serving.map(\.id.rawValue).joined(separator: " and ")), takes nothing.")
                + " To make it production: \(AdminHint.transition(canary.id.rawValue, to: .production))."
        }
        let weight = version.release.weight
        guard version.release.state == .production, weight > .none,
            abs(status.effectiveWeight - weight.fraction) > 0.000_05
        else { return nil }
        return "Production versions share what the canaries leave in proportion to their weights: \(version.id) with"
            + " weight \(Figures.number(weight.fraction)) takes \(Figures.percent(status.effectiveWeight)) of route"
            + " \(version.route)."
    }
}

extension ControlError {
    static func weightMovesNobody(_ version: Version, _ rollout: RolloutState) -> ControlError {
        ControlError(
            .conflict,
            "Another weight for \(version.id) would move nobody: it is the only production version of route"
                + " \(version.route) with traffic and takes all that the canary leaves, whose weight is led by rollout"
                + " \(rollout.id), which is \(rollout.phaseText).",
            hint: "\(AdminHint.rollout("promote", rollout.id)) gives the canary more,"
                + " \(AdminHint.rollout("pause", rollout.id)) keeps its weight,"
                + " \(AdminHint.rollout("abort", rollout.id)) takes it out.",
            details: ["rollout": .string(rollout.id.rawValue)]
        )
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
        let calls = path.map { AdminHint.transition(version.id.rawValue, to: $0) }
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
            hint: "Give another production version of the route a weight first: \(AdminHint.weight("VERSION")), or"
                + " \(AdminHint.rollback(version.id))."
        )
    }
}
