// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease

/// The limits and budgets of one entity, ready for requests.
final class SpendingRules: Sendable {
    let entity: SpendingEntity
    let rates: [RateMeter]
    let concurrency: (most: Int, live: InFlightCount)?
    let cachedInputPercent: Int64
    let budgets: [BudgetMeter]

    init(
        _ entity: SpendingEntity,
        rates: [RateMeter],
        concurrency: (most: Int, live: InFlightCount)?,
        cachedInputPercent: Int,
        budgets: [BudgetMeter]
    ) {
        self.entity = entity
        self.rates = rates
        self.concurrency = concurrency
        self.cachedInputPercent = Int64(cachedInputPercent)
        self.budgets = budgets
    }
}

/// The rules of a snapshot by whom they hold for.
struct SpendingRuleSet: Sendable {
    private var rules: [SpendingEntity: SpendingRules] = [:]
    private var byKey: [KeyID: [SpendingRules]] = [:]
    /// Some hold for tags or end users, which only a request says.
    private(set) var hasCallersOwn = false

    /// - Parameter keys: the keys that the rules' names mean.
    init(_ rules: [SpendingRules] = [], keys: (String) -> [KeyID] = { _ in [] }) {
        for rule in rules {
            self.rules[rule.entity] = rule
            if rule.entity.kind == .key { for key in keys(rule.entity.name) { byKey[key, default: []].append(rule) } }
            if rule.entity.kind == .tag || rule.entity.kind == .endUser { hasCallersOwn = true }
        }
    }

    subscript(_ kind: SpendingEntity.Kind, _ name: String) -> SpendingRules? {
        rules.isEmpty ? nil : rules[SpendingEntity(kind, name)]
    }

    /// Of a key, by whatever name or id that means it, of its user and of its team.
    func rules(of key: CallerKey) -> [SpendingRules] {
        guard !rules.isEmpty else { return [] }
        var found = byKey[key.id] ?? []
        if let user = key.user, let own = self[.user, user] { found.append(own) }
        if let team = key.team, let own = self[.team, team] { found.append(own) }
        return found
    }

    /// Of a version, and of the model it has at its first target.
    func rules(ofVersion version: VersionID, model: String) -> [SpendingRules] {
        [self[.version, version.rawValue], self[.model, model]].compactMap(\.self)
    }
}

/// The meters of all limits and budgets, kept from one snapshot to the next.
struct SpendingMeters {
    private struct RateKey: Hashable {
        var entity: SpendingEntity
        var unit: RateLimits.Unit
        var period: RateLimits.Period
    }

    private var rates: [RateKey: RateMeter] = [:]
    private var budgets: [BudgetID: BudgetMeter] = [:]
    private var inFlight: [SpendingEntity: InFlightCount] = [:]
    /// As they stand in the snapshot.
    private(set) var currentBudgets: [BudgetMeter] = []
    private(set) var currentRates: [(entity: SpendingEntity, meter: RateMeter)] = []

    /// Takes what a snapshot says; what it says no more of is forgotten.
    ///
    /// - Parameter clock: nanoseconds of the loops' clock.
    mutating func take(_ snapshot: Snapshot, now: Timestamp, clock: UInt64) -> SpendingRuleSet {
        let before = self
        self = SpendingMeters()
        var byEntity: [SpendingEntity: [BudgetMeter]] = [:]
        var order: [SpendingEntity] = []
        for budget in snapshot.budgets {
            let known = before.budgets[budget.id]
            let meter = known?.changed(to: budget, now: now) ?? BudgetMeter(budget, since: now)
            budgets[budget.id] = meter
            currentBudgets.append(meter)
            if byEntity[budget.entity] == nil { order.append(budget.entity) }
            byEntity[budget.entity, default: []].append(meter)
        }
        var limits: [SpendingEntity: RateLimits] = [:]
        for entry in snapshot.rateLimits where limits[entry.entity] == nil {
            limits[entry.entity] = entry.limits
            if byEntity[entry.entity] == nil { order.append(entry.entity) }
        }
        let rules = order.map { entity in
            let own = limits[entity] ?? RateLimits()
            let meters = own.rates.map { rate in
                let key = RateKey(entity: entity, unit: rate.unit, period: rate.period)
                let known = before.rates[key]
                let meter =
                    known?.rate == rate ? known : known?.changed(to: rate, now: clock)
                let made = meter ?? RateMeter(rate)
                rates[key] = made
                currentRates.append((entity, made))
                return made
            }
            if own.concurrency != nil { inFlight[entity] = before.inFlight[entity] ?? InFlightCount() }
            return SpendingRules(
                entity,
                rates: meters,
                concurrency: own.concurrency.flatMap { most in inFlight[entity].map { (most, $0) } },
                cachedInputPercent: own.cachedInputPercent,
                budgets: byEntity[entity] ?? []
            )
        }
        // Few nodes have budgets of keys, and some have a hundred thousand keys.
        guard order.contains(where: { $0.kind == .key }) else { return SpendingRuleSet(rules) }
        let names = KeyNames(snapshot.keys)
        return SpendingRuleSet(rules) { names.keys($0) }
    }
}
