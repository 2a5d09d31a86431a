// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension ConfigurationReader {
    private static let budgetKeys = [
        "id", "entity", "window", "limit_usd", "mode", "time_zone", "alert_at", "budget_fallback",
    ]

    func budgets(_ field: ConfigurationField?, routes: [Route]) -> [Budget] {
        guard let field else { return [] }
        var seen: Set<BudgetID> = []
        return field.list().compactMap { item in
            guard let section = item.section(ConfigurationReader.budgetKeys),
                let entity = section.required("entity").flatMap({ spendingEntity($0, SpendingEntity.Kind.allCases) }),
                let window = section.required("window")?.choice(of: BudgetWindow.allCases),
                let limit = section.required("limit_usd").flatMap(limitUSD)
            else { return nil }
            let named = section.optional("id")
            guard let id = named == nil ? Budget.standardID(entity, window) : named?.identifier(BudgetID.self) else {
                if named == nil { item.fail("give the budget an id") }
                return nil
            }
            guard seen.insert(id).inserted else {
                item.fail("a second budget with the id '\(id)'; give it another id")
                return nil
            }
            let fallback = section.optional("budget_fallback")
            let route = fallback?.identifier(RouteID.self)
            if let fallback, let route, !routes.contains(where: { $0.id == route }) {
                fallback.fail("there is no route '\(route)'")
            }
            return Budget(
                id: id,
                entity: entity,
                window: window,
                limit: limit,
                mode: section.optional("mode")?.choice(of: Budget.Mode.allCases) ?? .hard,
                zone: section.optional("time_zone").flatMap(zone) ?? .utc,
                alertAt: section.optional("alert_at").map(alertShares) ?? Budget.standardAlerts,
                fallback: route
            )
        }
    }

    /// Limits in a list of their own, of teams, models, and whatever else they are of.
    func rateLimits(_ field: ConfigurationField?) -> [EntityLimits] {
        guard let field else { return [] }
        return field.list().compactMap { item in
            guard let section = item.section(["entity"] + ConfigurationReader.limitKeys),
                let entity = section.required("entity").flatMap({ spendingEntity($0, [.key, .team, .route, .model]) }),
                let limits = rateLimits(in: section)
            else { return nil }
            return EntityLimits(entity, limits)
        }
    }

    /// Limits of a key or a route, where that is defined.
    func rateLimits(of entity: SpendingEntity, _ field: ConfigurationField?) -> EntityLimits? {
        field?.section(ConfigurationReader.limitKeys).flatMap { rateLimits(in: $0) }.map { EntityLimits(entity, $0) }
    }

    private static let limitKeys = RateLimits.names.map(\.name) + ["concurrency", "cached_input_percent"]

    private func rateLimits(in section: Section) -> RateLimits? {
        var limits = RateLimits()
        for (name, unit, period) in RateLimits.names {
            guard let field = section.optional(name),
                let limit = field.integer(in: 1...Int(RateLimits.range.upperBound))
            else { continue }
            limits.rates.append(RateLimits.Rate(unit, period, Int64(limit)))
        }
        limits.concurrency = section.optional("concurrency")?.integer(in: CallerKey.concurrencyRange)
        limits.cachedInputPercent = section.optional("cached_input_percent")?.integer(in: 0...100) ?? 0
        return limits
    }

    /// One of each entity.
    func distinct(_ limits: [EntityLimits], _ field: ConfigurationField?) -> [EntityLimits] {
        var seen: Set<SpendingEntity> = []
        for entry in limits where !seen.insert(entry.entity).inserted {
            field?.fail("\(entry.entity) has limits in two places")
        }
        return limits
    }

    private func spendingEntity(_ field: ConfigurationField, _ kinds: [SpendingEntity.Kind]) -> SpendingEntity? {
        guard let text = field.filledText() else { return nil }
        guard let entity = SpendingEntity(text), kinds.contains(entity.kind) else {
            let known = kinds.map { "\($0.rawValue):NAME" }
            field.fail("must be \(ConfigurationField.either(known)), is '\(text)'")
            return nil
        }
        return entity
    }

    private func limitUSD(_ field: ConfigurationField) -> NanoUSD? {
        guard let text = field.filledText() else { return nil }
        guard let amount = Decimal(text)?.scaled(by: 9), Budget.limitRange.contains(NanoUSD(amount)) else {
            field.fail("must be US dollars above 0 with at most nine decimals, up to 1000000000, is '\(text)'")
            return nil
        }
        return NanoUSD(amount)
    }

    private func zone(_ field: ConfigurationField) -> BudgetZone? {
        guard let text = field.filledText() else { return nil }
        do throws(ZoneBook.Missing) {
            return try ZoneFiles.book.zone(text)
        } catch {
            field.fail(error.text.hasPrefix("must") ? "\(error.text), is '\(text)'" : error.text)
            return nil
        }
    }

    private func alertShares(_ field: ConfigurationField) -> [Int] {
        Array(Set(field.list().compactMap { $0.integer(in: 1...1_000) })).sorted()
    }
}
