// SPDX-License-Identifier: Apache-2.0
import Logging
package import SluiceCore
import SluiceStore

extension ControlPlane {
    /// Where every budget stands on this node, the file's first.
    package func budgets() -> [BudgetState] { spending.states() }

    /// By whose calendars budgets and reports may be.
    package var zones: ZoneBook { catalogue.definitions.zones }

    /// One of them.
    package func budget(_ id: String) throws(ControlError) -> BudgetState {
        guard let state = spending.states().first(where: { $0.budget.id.rawValue == id }) else {
            throw .unknownBudget(id)
        }
        return state
    }

    /// Puts a budget in force; what its entity has spent in the window by now counts.
    package func createBudget(_ budget: Budget, _ change: Change) async throws(ControlError) -> BudgetState {
        guard Budget.limitRange.contains(budget.limit) else {
            throw ControlError(.invalid, "limit_usd must be above 0 and at most 1000000000.")
        }
        guard budget.alertAt.count <= 16, budget.alertAt.allSatisfy({ (1...1_000).contains($0) }) else {
            throw ControlError(.invalid, "alert_at has at most 16 shares in percent, each from 1 to 1000.")
        }
        let now = now()
        var budget = budget
        budget.owner = .api
        budget.alertAt = Array(Set(budget.alertAt)).sorted()
        let made = budget
        try await self.change { catalogue throws(ControlError) in
            if catalogue.spending.budgets.contains(where: { $0.id == made.id }) {
                throw ControlError(
                    .conflict,
                    "There is a budget \"\(made.id)\" already.",
                    hint: "Give another id, or remove that one first."
                )
            }
            try catalogue.check(made.entity)
            if let fallback = made.fallback, catalogue.route(named: fallback.rawValue)?.id != fallback {
                throw ControlError(.invalid, "budget_fallback: there is no route \"\(fallback)\".")
            }
            let text = JSONValue.object(made.record).jsonText
            let draft = change.draft("budget.create", "budget:\(made.id)", at: now, after: made.record)
            return Decision([.setSetting(made.setting, text)], audit: [draft], answer: ())
        }
        await seedBudgets()
        return try self.budget(made.id.rawValue)
    }

    /// Takes a budget of the API out of force.
    package func removeBudget(_ id: String, _ change: Change) async throws(ControlError) -> Budget {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            let known = try catalogue.budget(id)
            guard known.owner == .api else {
                throw ControlError(
                    .readOnly,
                    "Budget \(known.id) is defined in the configuration file.",
                    hint: "Remove it there and reload."
                )
            }
            let draft = change.draft("budget.remove", "budget:\(known.id)", at: now, before: known.record)
            return Decision([.setSetting(known.setting, nil)], audit: [draft], answer: known)
        }
    }

    /// Lets a budget begin its window with nothing spent: a correction of as much as was spent, which is kept.
    package func resetBudget(_ id: String, _ change: Change) async throws(ControlError) -> BudgetState {
        let now = now()
        let state = try budget(id)
        let budget = state.budget
        let amount = NanoUSD(0 - state.spent.rawValue)
        try await self.change { catalogue throws(ControlError) in
            _ = try catalogue.budget(id)
            guard amount != .zero else { return .nothing(()) }
            let (before, after): (JSONObject, JSONObject) = (
                ["spent_usd": .string(state.spent.description)], ["spent_usd": "0"]
            )
            let draft = change.draft("budget.reset", "budget:\(budget.id)", at: now, before: before, after: after)
            let adjustment = BudgetAdjustment(budget: budget.id, at: now, amount: amount)
            return Decision([.adjustBudget(adjustment)], audit: [draft], answer: ())
        }
        await seedBudgets()
        return try self.budget(id)
    }

    /// The limits of both owners, the file's first.
    package func rateLimits() -> [EntityLimits] { catalogue.spending.limits }

    /// Sets the limits of an entity in the place of those it had; none at all takes them away.
    package func setRateLimits(
        _ limits: RateLimits,
        of entity: SpendingEntity,
        _ change: Change
    ) async throws(ControlError) -> EntityLimits {
        try limits.check()
        guard [.key, .team, .route, .model].contains(entity.kind) else {
            throw ControlError(.invalid, "entity: limits are of a key, a team, a route or a model, not \(entity).")
        }
        let now = now()
        let entry = EntityLimits(entity, limits, owner: .api)
        return try await self.change { catalogue throws(ControlError) in
            let known = catalogue.spending.limits.first { $0.entity == entity }
            guard known?.owner != .file else {
                throw ControlError(
                    .readOnly,
                    "The limits of \(entity) are defined in the configuration file.",
                    hint: "Change them there and reload."
                )
            }
            guard known?.limits != limits, known != nil || !limits.isEmpty else { return .nothing(entry) }
            if known == nil { try catalogue.check(entity) }
            let draft = change.draft(
                "limits.set",
                entity.description,
                at: now,
                before: known?.record,
                after: limits.isEmpty ? nil : entry.record
            )
            let text = limits.isEmpty ? nil : JSONValue.object(entry.record).jsonText
            return Decision([.setSetting(entry.setting, text)], audit: [draft], answer: entry)
        }
    }

    // MARK: what was spent before

    /// Tells the data plane what requests from before it counted have spent; what it does not know counts as nothing.
    ///
    /// Cheap enough for every start and change; a store that does not answer is asked again by ``BudgetKeeper``.
    @discardableResult
    package func seedBudgets() async -> Bool {
        let states = spending.states()
        guard !states.isEmpty else { return true }
        let (catalogue, names) = (catalogue, KeyNames(catalogue.keys))
        let queries = states.map { catalogue.query($0, names) }
        do throws(StoreError) {
            let sums = try await store.spending(queries)
            for (state, sum) in zip(states, sums) {
                spending.setBefore(sum, state.budget.id, state.window.lowerBound)
            }
            return true
        } catch {
            log.warning("what budgets have spent could not be read", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Alerts that a budget has come to a share of its limit: once for each share in each window.
    func alertBudget(_ state: BudgetState, share: Int) async throws(ControlError) {
        let budget = state.budget
        let name = "alert.\(AlertKind.budgetShare):\(budget.id)"
        let now = now()
        let isOver = share >= 100
        let alert = Alert(
            kind: AlertKind.budgetShare,
            severity: isOver ? .critical : .warning,
            text:
                "Budget \(budget.id) of \(budget.entity) (\(budget.window.rawValue)) has come to \(share)% of its limit:"
                + " \(state.spent) of \(budget.limit) USD are spent."
                + (isOver && budget.mode == .hard ? " Requests are refused until its window ends or it is reset." : ""),
            at: now,
            facts: [
                "budget": .string(budget.id.rawValue), "entity": .string(budget.entity.description),
                "share": .integer("\(share)"), "spent_usd": .string(state.spent.description),
                "limit_usd": .string(budget.limit.description),
            ]
        )
        let messages = alert.messages(to: channels)
        let mark = "\(state.window.lowerBound) \(share)"
        try await change { catalogue throws(ControlError) in
            let last = catalogue.state.settings[name]?.split(separator: " ").compactMap { Int64($0) } ?? []
            let isKnown = last.count == 2 && last[0] == state.window.lowerBound && last[1] >= Int64(share)
            return isKnown ? .nothing(()) : Decision([.setSetting(name, mark)] + messages, answer: ())
        }
        log.warning(
            "a budget has come to a share of its limit",
            metadata: ["sluice.budget": "\(budget.id)", "sluice.share": "\(share)"]
        )
    }
}

extension Catalogue {
    func budget(_ id: String) throws(ControlError) -> Budget {
        guard let budget = spending.budgets.first(where: { $0.id.rawValue == id }) else { throw .unknownBudget(id) }
        return budget
    }

    /// What asks for a budget's spending in its window before the data plane counted.
    ///
    /// - Parameters:
    ///   - names: whom names of keys mean.
    ///   - ofWhole: all of the window instead, what the data plane counted included.
    func query(_ state: BudgetState, _ names: KeyNames, ofWhole: Bool = false) -> SpendingQuery {
        let (budget, window) = (state.budget, state.window)
        let isTotal = budget.window == .total
        let epoch = Timestamp(nanoseconds: 0)
        let end = isTotal ? Timestamp(nanoseconds: .max) : epoch.advanced(bySeconds: window.upperBound)
        return SpendingQuery(
            scope: scope(budget.entity, names),
            from: isTotal ? nil : epoch.advanced(bySeconds: window.lowerBound),
            until: ofWhole ? end : min(state.since, end),
            budget: budget.id,
            windowEnd: isTotal ? nil : epoch.advanced(bySeconds: window.upperBound)
        )
    }

    private func scope(_ entity: SpendingEntity, _ names: KeyNames) -> SpendingScope {
        let name = entity.name
        switch entity.kind {
        case .key: return .keys(names.keys(name))
        case .user: return .keys(keys.filter { $0.user == name }.map(\.id))
        case .team: return .keys(keys.filter { $0.team == name }.map(\.id))
        case .route: return RouteID(name).map { .route($0) } ?? .keys([])
        case .version: return VersionID(name).map { .version($0) } ?? .keys([])
        case .model: return .model(name)
        case .tag: return .tag(name)
        case .endUser: return .endUser(name)
        }
    }
}

extension RateLimits {
    /// - Throws: `invalid` for a number out of range.
    func check() throws(ControlError) {
        for rate in rates where !RateLimits.range.contains(rate.limit) {
            throw ControlError(.invalid, "\(rate.name) must be from 1 to \(RateLimits.range.upperBound).")
        }
        if let concurrency, !CallerKey.concurrencyRange.contains(concurrency) {
            throw ControlError(.invalid, "concurrency must be from 1 to \(CallerKey.concurrencyRange.upperBound).")
        }
        guard (0...100).contains(cachedInputPercent) else {
            throw ControlError(.invalid, "cached_input_percent must be from 0 to 100.")
        }
    }
}

extension ControlError {
    fileprivate static func unknownBudget(_ id: String) -> ControlError {
        ControlError(
            .notFound,
            "There is no budget \"\(id.prefix(140))\".",
            hint: "\(AdminHint.listBudgets) lists them."
        )
    }
}
