// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceRelease
import SluiceStore

extension ControlPlane {
    /// Takes a version out of traffic at once and gives its share to another, in one change.
    ///
    /// - Parameter target: Who takes over; without one, the split that a completed rollout of the version replaced, or else the
    ///   newest other production version of the route.
    @discardableResult
    package func rollback(
        _ id: String,
        to target: String? = nil,
        _ change: Change
    ) async throws(ControlError) -> RollbackAnswer {
        let now = now()
        let end = byHand(change, at: now)
        let taker = try await self.change { catalogue throws(ControlError) in
            let version = try catalogue.version(id)
            var rollback = Rollback(version: version, target: target)
            if target == nil { rollback.former = catalogue.formerSplit(replacedBy: version) }
            let decision = try rollback.decide(in: catalogue, change, at: now)
            return try end.added(to: decision, of: version.id, movedTo: .rollback, in: catalogue)
        }
        let status = try version(id)
        let route = status.version.route
        let (_, split) = catalogue.split(of: route)
        let warning =
            split.leavesUnitsOut
            ? "Route \(route) has no version left for some or all of its traffic: such requests get 503."
                + " Register one, or move one to production." : nil
        if let warning { log.warning("\(warning)", metadata: ["sluice.route": "\(route)", "sluice.version": "\(id)"]) }
        return RollbackAnswer(version: status, target: taker, distribution: shares(of: route), warning: warning)
    }
}

extension Catalogue {
    /// The split of several production versions that a version's completed rollout replaced, while nobody has changed
    /// anything since; otherwise nothing.
    fileprivate func formerSplit(replacedBy version: Version) -> [RolloutState.ProductionShare] {
        let others = production(of: version.route).filter { $0.id != version.id }
        let last = state.rollouts.last { $0.state.route == version.route && $0.state.startedAt != nil }
        guard version.release.state == .production, let last, last.state.canary == version.id,
            last.state.phase == .completed, let former = last.state.production, former.count > 1,
            others.allSatisfy({ $0.release.weight == .none }),
            former.allSatisfy({ share in others.contains { $0.id == share.version } })
        else { return [] }
        return former
    }
}

/// A version that shall give its traffic back.
struct Rollback {
    var version: Version
    var target: String?
    /// The split of production that is brought back, as far as its versions are in production still.
    var former: [RolloutState.ProductionShare] = []

    /// The answer is who takes over.
    func decide(
        in catalogue: Catalogue,
        _ change: Change,
        at now: Timestamp
    ) throws(ControlError) -> Decision<VersionID?> {
        guard version.release.state.allows(.rollback) else { throw notInTraffic }
        var release = version.release
        release.state = .rollback
        release.weight = .none
        release.buckets = BucketRanges()
        release.changedAt = now
        var moved = [(version, release)]
        let others = catalogue.production(of: version.route).filter { $0.id != version.id }
        let shares = former.filter { share in others.contains { $0.id == share.version } }
        let taker = try findTarget(in: catalogue)
        if !shares.isEmpty {
            moved += others.compactMap { other in
                var release = other.release
                release.weight = shares.first { $0.version == other.id }?.weight ?? .none
                if other.release.weight == .none, release.weight > .none { release.deployedAt = now }
                return release == other.release ? nil : (other, release)
            }
        } else if let taker, let share = share(for: taker, in: catalogue), share != taker.release.weight {
            var more = taker.release
            if more.weight == .none { more.deployedAt = now }
            more.weight = share
            moved.append((taker, more))
        }
        return Decision(
            moved.map { $0.0.setting($0.1) },
            audit: moved.map { moved, release in
                var after = moved.with(release).releaseRecord
                if moved.id == version.id { after["traffic_to"] = taker.map { .string($0.id.rawValue) } ?? .null }
                return change.draft(
                    moved.id == version.id ? "version.rollback" : "version.weight",
                    "version:\(moved.id)",
                    at: now,
                    before: moved.releaseRecord,
                    after: after
                )
            },
            answer: taker?.id
        )
    }

    private func findTarget(in catalogue: Catalogue) throws(ControlError) -> Version? {
        let others = catalogue.production(of: version.route).filter { $0.id != version.id }
        guard let target else { return others.first }
        let wanted = try catalogue.version(target)
        guard let found = others.first(where: { $0.id == wanted.id }) else {
            throw ControlError(
                .invalidState,
                "Version \(target) cannot take the traffic of \(version.id): it is "
                    + (wanted.id == version.id
                        ? "the same version."
                        : wanted.route == version.route
                            ? "in state \(wanted.release.state.rawValue), not in production."
                            : "a version of route \(wanted.route), not of \(version.route)."),
                hint: others.isEmpty
                    ? "Leave target_version out: the weight goes to 0."
                    : "Production versions of the route: \(others.map(\.id.rawValue).joined(separator: ", ")).",
                details: .list("targets", others.map(\.id.rawValue))
            )
        }
        return found
    }

    /// What the taker's weight becomes; absent where the rest of the route takes over by itself.
    ///
    /// A production version's weight is added to the taker's. A canary's buckets fall back to production of themselves,
    /// so the taker needs a weight only where it has none.
    private func share(for taker: Version, in catalogue: Catalogue) -> BasisPoints? {
        let others = catalogue.production(of: version.route).filter { $0.id != version.id }
        guard others.contains(where: { $0.release.weight > .none }) else { return .all }
        if version.release.state == .production {
            return BasisPoints(min(taker.release.weight.rawValue + version.release.weight.rawValue, 10_000))
        }
        return target != nil && taker.release.weight == .none ? version.release.weight : nil
    }

    private var notInTraffic: ControlError {
        let state = version.release.state
        return ControlError(
            .invalidState,
            "Version \(version.id) is in state \(state.rawValue): there is no traffic to take back.",
            hint: "Only canary and production versions are rolled back; from \(state.rawValue) it may move to: "
                + state.successors.map(\.rawValue).joined(separator: ", ") + ".",
            details: .list("legal", state.successors.map(\.rawValue))
        )
    }
}
