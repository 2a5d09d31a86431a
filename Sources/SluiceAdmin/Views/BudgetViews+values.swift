// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

extension BudgetView {
    init(_ state: BudgetState, _ warnings: [SpendingEntity: String] = [:]) {
        self.init()
        warning = warnings[state.budget.entity]
        let budget = state.budget
        id = budget.id.rawValue
        entity = budget.entity.description
        window = budget.window.rawValue
        limitUSD = budget.limit.description
        mode = budget.mode.rawValue
        timeZone = budget.zone.description
        alertAt = budget.alertAt
        fallback = budget.fallback?.rawValue
        spentUSD = state.spent.description
        reservedUSD = state.reserved.description
        remainingUSD = state.remaining.description
        owner = budget.owner.rawValue
        guard budget.window != .total else { return }
        let epoch = Timestamp(nanoseconds: 0)
        windowStart = epoch.advanced(bySeconds: state.window.lowerBound).description
        windowEnd = epoch.advanced(bySeconds: state.window.upperBound).description
    }
}

extension BudgetRequest {
    init(_ budget: Budget) {
        self.init()
        id = budget.id.rawValue
        entity = budget.entity.description
        window = budget.window.rawValue
        limitUSD = budget.limit.description
        mode = budget.mode.rawValue
        timeZone = budget.zone.description
        alertAt = budget.alertAt
        fallback = budget.fallback?.rawValue
    }

    /// The budget this describes; the control plane checks its numbers.
    func budget(_ zones: ZoneBook) throws(AdminRefusal) -> Budget {
        guard let entity = SpendingEntity(self.entity) else {
            let kinds = SpendingEntity.Kind.allCases.map { "\($0.rawValue):NAME" }.joined(separator: ", ")
            throw .invalid("entity must be one of \(kinds).", field: "entity")
        }
        guard let window = BudgetWindow(rawValue: self.window) else {
            throw .invalid("window must be total, hourly, daily, weekly or monthly.", field: "window")
        }
        guard let limit = ExactRate.scaled(limitUSD, by: 9), limit > 0 else {
            throw .invalid("limit_usd must be US dollars above 0, as text: \"1.00\".", field: "limit_usd")
        }
        guard let mode = Budget.Mode(rawValue: self.mode ?? "hard") else {
            throw .invalid("mode must be hard or soft.", field: "mode")
        }
        let zone = try zones.named(timeZone ?? "UTC")
        guard let id = id.map({ BudgetID($0) }) ?? Budget.standardID(entity, window) else {
            throw .invalid("id is no id.", field: "id")
        }
        guard let fallback = fallback.map({ RouteID($0) }) ?? .some(nil) else {
            throw .invalid("budget_fallback is no id of a route.", field: "budget_fallback")
        }
        return Budget(
            id: id,
            entity: entity,
            window: window,
            limit: NanoUSD(limit),
            mode: mode,
            zone: zone,
            alertAt: alertAt ?? Budget.standardAlerts,
            fallback: fallback,
            owner: .api
        )
    }
}

extension ZoneBook {
    /// A zone that a caller names in `time_zone`.
    func named(_ text: String) throws(AdminRefusal) -> BudgetZone {
        do throws(Missing) {
            return try zone(text)
        } catch {
            throw .invalid("time_zone: \(error.text).", field: "time_zone")
        }
    }
}

extension KeyBudgetView {
    func budget() throws(AdminRefusal) -> KeyBudget {
        guard let window = BudgetWindow(rawValue: window) else {
            throw .invalid("budget.window must be total, hourly, daily, weekly or monthly.", field: "budget.window")
        }
        guard let limit = ExactRate.scaled(limitUSD, by: 9), Budget.limitRange.contains(NanoUSD(limit)) else {
            throw .invalid(
                "budget.limit_usd must be US dollars above 0, as text: \"1.00\".",
                field: "budget.limit_usd"
            )
        }
        return KeyBudget(window: window, limit: NanoUSD(limit))
    }
}

extension EntityLimitsView {
    init(_ entry: EntityLimits) {
        self.init()
        entity = entry.entity.description
        for rate in entry.limits.rates { limits[rate.name] = rate.limit }
        limits["concurrency"] = entry.limits.concurrency.map { Int64($0) }
        if entry.limits.cachedInputPercent > 0 {
            limits["cached_input_percent"] = Int64(entry.limits.cachedInputPercent)
        }
        owner = entry.owner.rawValue
    }
}

extension RateLimits {
    init(_ view: RateLimitsView) {
        self.init()
        for (name, _, _) in RateLimits.names { self[name] = view[name] }
        concurrency = view["concurrency"].map { Int(clamping: $0) }
        cachedInputPercent = view["cached_input_percent"].map { Int(clamping: $0) } ?? 0
    }
}
