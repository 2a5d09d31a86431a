// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceJudge
package import SluiceRelease
import SluiceStore

extension ControlPlane {
    /// Makes a rollout of a version on its route, and begins it unless told to wait.
    ///
    /// - Throws: `invalid` naming the step and field of the plan; `conflict` where another rollout holds the route, or the
    ///   price cards alone break the plan; `invalidState` where there is nothing to compare with.
    @discardableResult
    package func createRollout(
        _ request: RolloutRequest,
        _ change: Change
    ) async throws(ControlError) -> RolloutStatus {
        let now = now()
        let second = inbox.now
        let (draft, burst) = try await learntDraft(request)
        let estimate = try await estimate(draft)
        let broken = estimate.limits.filter(\.isBroken)
        if !request.isForced {
            if estimate.isTooExpensive { throw .tooExpensive(estimate) }
            if !broken.isEmpty { throw .ceilingIsBroken(broken, hint: ControlError.forceHint) }
        }
        if request.starts {
            let what = "rollout of \(draft.canary.id): start \(request.plan.jsonText)"
            try await requireApproval(of: what, on: draft.canary.route, change)
        }
        let channels = channels
        let record = try await self.change { catalogue throws(ControlError) in
            var draft = try RolloutDraft(request, in: catalogue, burst: burst)
            draft.plan.showOnly(ceilingsOf: Set(broken.map(\.metric)))
            let record = try draft.record(in: catalogue, by: change, at: now)
            var decision = Decision(
                [.putRollout(record)],
                audit: [
                    change.draft(
                        "rollout.create",
                        "rollout:\(record.state.id)",
                        at: now,
                        after: record.definition(estimate, forced: request.isForced)
                    )
                ],
                answer: record
            )
            guard request.starts else { return decision }
            let begun = catalogue.applying(decision.changes, revision: catalogue.state.revision)
            let start = try RolloutMove(
                record: record,
                event: .start,
                change: change,
                second: second,
                now: now,
                channels: channels
            ).decide(in: begun)
            decision.changes = start.changes
            decision.audit += start.audit
            decision.news = start.news
            decision.answer = start.answer
            return decision
        }
        return try rollout(record.state.id.rawValue)
    }

    /// All rollouts that are kept, the newest first.
    package func rollouts(route: RouteID? = nil, isOpen: Bool? = nil) -> [RolloutStatus] {
        catalogue.state.rollouts.reversed()
            .filter { (route == nil || $0.state.route == route) && (isOpen == nil || $0.state.isOpen == isOpen) }
            .map { status(of: $0) }
    }

    /// One rollout.
    package func rollout(_ id: String) throws(ControlError) -> RolloutStatus {
        status(of: try catalogue.rollout(id))
    }

    /// A person's word to a rollout, through the same machine as the judge's.
    ///
    /// - Throws: `invalidState` where it makes no sense now, with the calls that do.
    @discardableResult
    package func order(
        _ order: RolloutOrder,
        rollout id: String,
        _ change: Change
    ) async throws(ControlError) -> RolloutStatus {
        if order == .start { try seeCeilings(of: try catalogue.rollout(id).state) }
        if let what = order.givesMore {
            let state = try catalogue.rollout(id).state
            try await requireApproval(of: "rollout \(state.id): \(what)", on: state.route, change)
        }
        do throws(ChangeFault) {
            try await move(order.event(because: change.reason), of: id, change)
        } catch {
            throw error.shown
        }
        return try rollout(id)
    }

    /// A plan that was made a while ago meets production as it is now.
    private func seeCeilings(of state: RolloutState) throws(ControlError) {
        guard state.phase == .pending else { return }
        let broken = figures(of: state.route, without: state.canary).limits(of: state.plan)
            .filter { limit in
                limit.isBroken && state.plan.shownCeilings?.contains { $0.metric == limit.metric } != true
            }
        guard broken.isEmpty else {
            throw .ceilingIsBroken(
                broken,
                hint:
                    "Make it anew with a higher ceiling, or start with --force (\"force\": true), which only shows it:"
                    + " \(AdminHint.rollout("abort", state.id)), then \(AdminHint.startRollout)."
            )
        }
    }

    /// What the plan of a rollout would find out at the route's traffic, and whether the price cards allow it.
    ///
    /// Rehearses the plan's steps, which takes up to seconds; verdicts and orders go on meanwhile.
    package nonisolated func estimate(_ request: RolloutRequest) async throws(ControlError) -> RolloutEstimate {
        await rehearsals.answer(of: try await estimation(of: request))
    }

    private func estimation(of request: RolloutRequest) async throws(ControlError) -> RolloutEstimation {
        try await estimation(of: learntDraft(request).draft)
    }

    /// The route that a wish would have, and the version it would be judged against.
    package func comparison(for request: RolloutRequest) throws(ControlError) -> (route: RouteID, baseline: VersionID) {
        let draft = try RolloutDraft(request, in: catalogue)
        return (draft.canary.route, draft.baseline.id)
    }

    /// What happened to rollouts from now on: one of them, or all.
    package nonisolated func rolloutNews(of id: RolloutID? = nil) -> AsyncStream<RolloutNews> { feed.follow(id) }

    /// One event through the machine, committed with what follows from it; the machine runs here and nowhere else.
    ///
    /// - Parameter leader: Of the node that leads the rollout; without one, an order, or what another node has seen.
    @discardableResult
    func move(
        _ event: RolloutEvent,
        of id: String,
        _ change: Change,
        leading leader: RolloutMove.Leader? = nil
    ) async throws(ChangeFault) -> RolloutMove.Moved {
        let (now, second, channels) = (now(), inbox.now, channels)
        let latest = RolloutID(id).flatMap { readings.verdict(of: $0) }
        return try await self.change(under: leader?.lease) { catalogue throws(ControlError) in
            let record = try catalogue.rollout(id)
            if begins(event), let other = catalogue.openRollout(on: record.state.route), other.id != record.state.id {
                throw .routeIsTaken(record.state.route, by: other)
            }
            let decision = try RolloutMove(
                record: record,
                event: event,
                change: change,
                second: second,
                now: now,
                channels: channels,
                latest: record.state.isJudged ? latest : nil,
                leader: leader
            ).decide(in: catalogue)
            return decision.answering(
                RolloutMove.Moved(
                    record: decision.answer,
                    isChange: !decision.changes.isEmpty,
                    log: decision.evidence(of: record.state.id)
                )
            )
        }
    }

    private nonisolated func begins(_ event: RolloutEvent) -> Bool { event == .start || event == .retry }

    private func status(of record: RolloutRecord) -> RolloutStatus {
        var record = record
        if record.state.isOpen { record.state.production = catalogue.productionShares(besides: record.state) }
        let state = record.state
        let verdict = state.isJudged ? readings.verdict(of: state.id) ?? record.verdict : record.verdict
        func measure(_ id: VersionID) -> VersionMetrics? {
            catalogue.versions.first { $0.id == id }.map { measured($0, window: 300, at: now()) }
        }
        return RolloutStatus(
            record: record,
            verdict: verdict,
            effectiveWeight: shares(of: state.route).first { $0.version == state.canary }?.effectiveWeight ?? 0,
            awaited: RolloutText(record: record, catalogue: catalogue).awaited(
                verdict,
                now: inbox.now,
                quiet: state.endsByItself ? quietSeconds(of: record) : nil
            ),
            canary: measure(state.canary),
            baseline: state.baseline.flatMap { measure($0) },
            isFrozen: state.isOpen && readings.isFrozen
        )
    }
}

extension Catalogue {
    func rollout(_ id: String) throws(ControlError) -> RolloutRecord {
        if let record = state.rollouts.last(where: { $0.state.id.rawValue == id }) { return record }
        throw ControlError(
            .notFound,
            "There is no rollout \"\(id)\".",
            hint: state.rollouts.isEmpty
                ? "Make one: \(AdminHint.startRollout)." : "\(AdminHint.listRollouts) lists them all.",
            details: .list("rollouts", state.rollouts.reversed().map(\.state.id.rawValue))
        )
    }

    /// The rollout that holds a route.
    func openRollout(on route: RouteID) -> RolloutState? {
        state.rollouts.last { $0.state.route == route && $0.state.isOpen }?.state
    }

    /// The open rollout of a canary.
    func openRollout(of version: VersionID) -> RolloutRecord? {
        state.rollouts.last { $0.state.canary == version && $0.state.isOpen }
    }
}

extension ControlError {
    static func routeIsTaken(_ route: RouteID, by other: RolloutState) -> ControlError {
        ControlError(
            .conflict,
            "Route \(route) has a rollout already: \(other.id), which is \(other.phaseText).",
            hint: "One rollout per route at a time. \(AdminHint.rollout("abort", other.id)) ends it.",
            details: ["rollout": .string(other.id.rawValue)]
        )
    }

    static let forceHint =
        "Raise the ceiling in the plan (or in the version's thresholds), leave it out, or start with --force (\"force\": true),"
        + " which only shows it."

    /// Production breaks ceilings itself: nothing could pass them.
    static func ceilingIsBroken(_ limits: [PlanLimit], hint: String) -> ControlError {
        ControlError(
            .conflict,
            limits.map { RolloutText.broken($0).sentence }.joined(separator: " "),
            hint: hint,
            details: [
                "ceilings": .array(
                    limits.map { limit in
                        var object: JSONObject = [
                            "metric": .string(limit.metric.rawValue), "unit": .string(limit.unit.rawValue),
                        ]
                        if let quantile = limit.quantile { object["quantile"] = .double(quantile) }
                        if let value = limit.limit { object["limit"] = .double(value) }
                        if let production = limit.production { object["production"] = .double(production) }
                        return .object(object)
                    }
                )
            ]
        )
    }

    static func tooExpensive(_ estimate: RolloutEstimate) -> ControlError {
        let ratio = Figures.number(estimate.priceRatio ?? 0)
        let limit = Figures.number(estimate.priceLimit ?? 0)
        return ControlError(
            .conflict,
            "By their price cards \(estimate.canary) costs \(ratio) times what \(estimate.baseline?.rawValue ?? "production")"
                + " does; the plan tolerates \(limit).",
            hint: "Raise metrics.cost.tolerance, or start with --force (\"force\": true).",
            details: [
                "price_ratio": .double(estimate.priceRatio ?? 0), "price_limit": .double(estimate.priceLimit ?? 0),
            ]
        )
    }
}
