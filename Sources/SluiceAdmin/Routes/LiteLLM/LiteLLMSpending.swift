// SPDX-License-Identifier: Apache-2.0

import SluiceControl
import SluiceCore

/// What may be spent and asked for in LiteLLM's members, which stand with a key, a team or a user; here they are budgets and
/// limits of their own.
struct LiteLLMSpending {
    static let members: Set<String> = [
        "max_budget", "soft_budget", "budget_duration", "rpm_limit", "tpm_limit", "tpd_limit",
    ]
    static let budgetMembers: Set<String> = ["max_budget", "soft_budget", "budget_duration"]

    private var hard: NanoUSD?
    private var soft: NanoUSD?
    private var window: BudgetWindow?
    private var rates: [RateLimits.Rate] = []

    init(_ body: LiteLLMBody) throws(AdminRefusal) {
        hard = try body.dollars("max_budget")
        soft = try body.dollars("soft_budget")
        window = try body.text("budget_duration").map { (text) throws(AdminRefusal) in try LiteLLMSpending.window(text)
        }
        for (name, unit, period) in LiteLLMSpending.rates {
            guard let number = try body.number(name) else { continue }
            guard number > 0 else { throw .unsupported("`\(name)` must be above 0.", field: name) }
            rates.append(RateLimits.Rate(unit, period, Int64(number)))
        }
    }

    fileprivate static let rates: [(name: String, unit: RateLimits.Unit, period: RateLimits.Period)] = [
        ("rpm_limit", .requests, .minute), ("tpm_limit", .tokens, .minute), ("tpd_limit", .tokens, .day),
    ]

    var isEmpty: Bool { hard == nil && soft == nil && window == nil && rates.isEmpty }
    var hasRates: Bool { !rates.isEmpty }

    /// Windows are those of the calendar here, so that a length that is none has no meaning.
    private static func window(_ text: String) throws(AdminRefusal) -> BudgetWindow {
        switch text {
        case "1h", "60m", "3600s": return .hourly
        case "1d", "24h": return .daily
        case "7d", "1w": return .weekly
        case "30d", "1mo": return .monthly
        default:
            throw .unsupported(
                "`budget_duration` of '\(text.prefix(20))' is no window of the calendar.",
                field: "budget_duration",
                hint:
                    "There are 1h, 1d, 7d (from Monday) and 1mo or 30d (from the first of the month); without one, all time."
            )
        }
    }

    fileprivate static func text(_ window: BudgetWindow) -> String? {
        switch window {
        case .total: nil
        case .hourly: "1h"
        case .daily: "1d"
        case .weekly: "7d"
        case .monthly: "1mo"
        }
    }

    /// The budget that stands for `max_budget` or `soft_budget` of somebody, whatever its window.
    fileprivate static func id(_ entity: SpendingEntity, _ mode: Budget.Mode) -> BudgetID? {
        Budget.standardID(entity, .total).flatMap { BudgetID("litellm.\($0.rawValue.dropLast(6)).\(mode.rawValue)") }
    }

    /// Puts budgets and limits in force; what is not said of them stays as it is.
    ///
    /// - Parameter limits: whose limits they are, where that is somebody else.
    func put(
        on entity: SpendingEntity,
        limits: SpendingEntity? = nil,
        in control: ControlPlane,
        _ change: Change
    ) async throws(AdminRefusal) {
        for (mode, limit) in [(Budget.Mode.hard, hard), (.soft, soft)] {
            guard let id = LiteLLMSpending.id(entity, mode) else { continue }
            let known = await control.budgets().first { $0.budget.id == id }?.budget
            guard let limit = limit ?? known?.limit, limit != known?.limit || window ?? known?.window != known?.window
            else { continue }
            let budget = Budget(
                id: id,
                entity: entity,
                window: window ?? known?.window ?? .total,
                limit: limit,
                mode: mode,
                owner: .api
            )
            if known != nil {
                _ = try await refusing { () async throws(ControlError) in
                    try await control.removeBudget(id.rawValue, change)
                }
            }
            _ = try await refusing { () async throws(ControlError) in try await control.createBudget(budget, change) }
        }
        guard !rates.isEmpty else { return }
        let whose = limits ?? entity
        var own = await control.rateLimits().first { $0.entity == whose }?.limits ?? RateLimits()
        own.rates = own.rates.filter { known in rates.allSatisfy { $0.unit != known.unit || $0.period != known.period }
        }
        own.rates += rates
        let wanted = own
        _ = try await refusing { () async throws(ControlError) in
            try await control.setRateLimits(wanted, of: whose, change)
        }
    }
}

/// Budgets and limits as LiteLLM's answers show them.
struct LiteLLMFaces: Sendable {
    private let budgets: [SpendingEntity: [BudgetState]]
    private let limits: [SpendingEntity: RateLimits]

    init(_ control: ControlPlane) async {
        budgets = Dictionary(grouping: await control.budgets()) { $0.budget.entity }
        limits = Dictionary(
            await control.rateLimits().map { ($0.entity, $0.limits) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Puts the members of somebody in, where there is something to tell.
    func fill(_ object: inout JSONObject, _ entity: SpendingEntity) {
        let own = budgets[entity] ?? []
        func state(_ mode: Budget.Mode) -> BudgetState? {
            let id = LiteLLMSpending.id(entity, mode)
            return own.first { $0.budget.id == id } ?? own.first { $0.budget.mode == mode }
        }
        if let hard = state(.hard) {
            object["max_budget"] = .dollars(hard.budget.limit)
            object["budget_duration"] = .orNull(LiteLLMSpending.text(hard.budget.window))
            if hard.budget.window != .total {
                let end = Timestamp(nanoseconds: 0).advanced(bySeconds: hard.window.upperBound)
                object["budget_reset_at"] = .string(end.description)
            }
        }
        if let soft = state(.soft) { object["soft_budget"] = .dollars(soft.budget.limit) }
        for (name, unit, period) in LiteLLMSpending.rates {
            guard let rate = limits[entity]?.rates.first(where: { $0.unit == unit && $0.period == period }) else {
                continue
            }
            object[name] = .count(rate.limit)
        }
    }
}
