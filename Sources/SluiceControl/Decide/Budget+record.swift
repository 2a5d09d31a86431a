// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore

// Budgets and limits of the API stand among the store's settings, each under a name of its own.

extension Budget {
    static let settingPrefix = "budget/"
    var setting: String { Budget.settingPrefix + id.rawValue }

    /// For the audit, and as it is stored.
    var record: JSONObject {
        var record: JSONObject = [
            "entity": .string(entity.description), "window": .string(window.rawValue),
            "limit_usd": .string(limit.description), "mode": .string(mode.rawValue),
            "time_zone": .string(zone.description), "alert_at": .array(alertAt.map { .integer("\($0)") }),
        ]
        if let rules = zone.rules { record["time_zone_rule"] = .string(rules.footer) }
        if let fallback { record["budget_fallback"] = .string(fallback.rawValue) }
        return record
    }

    /// A zone of which there is no file any more goes by the rule that was stored with it.
    ///
    /// - Returns: `nil` for what no release wrote.
    init?(setting name: String, _ text: String, zones: ZoneBook = .fixed) {
        guard name.hasPrefix(Budget.settingPrefix),
            let id = BudgetID(String(name.dropFirst(Budget.settingPrefix.count))),
            let record = try? JSONValue(parsing: text).object,
            let entity = record["entity"]?.string.flatMap({ SpendingEntity($0) }),
            let window = record["window"]?.string.flatMap(BudgetWindow.init(rawValue:)),
            let limit = ExactRate.scaled(record["limit_usd"], by: 9),
            let mode = record["mode"]?.string.flatMap(Mode.init(rawValue:)),
            let place = record["time_zone"]?.string,
            let zone = (try? zones.zone(place))
                ?? record["time_zone_rule"]?.string.flatMap({ ZoneRules(name: place, rule: $0) }).map({ BudgetZone($0) }
                )
        else { return nil }
        self.init(
            id: id,
            entity: entity,
            window: window,
            limit: NanoUSD(limit),
            mode: mode,
            zone: zone,
            alertAt: record["alert_at"]?.array?.compactMap { $0.int.map { Int(clamping: $0) } } ?? [],
            fallback: record["budget_fallback"]?.string.flatMap { RouteID($0) },
            owner: .api
        )
    }
}

extension EntityLimits {
    static let settingPrefix = "rate_limits/"
    var setting: String { EntityLimits.settingPrefix + entity.description }

    var record: JSONObject { limits.record }

    init?(setting name: String, _ text: String) {
        guard name.hasPrefix(EntityLimits.settingPrefix),
            let entity = SpendingEntity(String(name.dropFirst(EntityLimits.settingPrefix.count))),
            let record = try? JSONValue(parsing: text).object
        else { return nil }
        self.init(entity, RateLimits(record), owner: .api)
    }
}

extension RateLimits {
    var record: JSONObject {
        var record = JSONObject()
        for rate in rates { record[rate.name] = .integer("\(rate.limit)") }
        if let concurrency { record["concurrency"] = .integer("\(concurrency)") }
        if cachedInputPercent != 0 { record["cached_input_percent"] = .integer("\(cachedInputPercent)") }
        return record
    }

    fileprivate init(_ record: JSONObject) {
        self.init()
        for (name, _, _) in RateLimits.names { self[name] = record[name]?.int }
        concurrency = record["concurrency"]?.int.map { Int(clamping: $0) }
        cachedInputPercent = record["cached_input_percent"]?.int.map { Int(clamping: $0) } ?? 0
    }
}

/// The budgets and limits of both owners, the file's first.
struct SpendingDefinitions: Sendable {
    let budgets: [Budget]
    let limits: [EntityLimits]

    init(_ definitions: Definitions, _ settings: [String: String]) {
        let names = settings.keys.sorted()
        let made = names.compactMap { name in
            settings[name].flatMap { Budget(setting: name, $0, zones: definitions.zones) }
        }
        let set = names.compactMap { name in settings[name].flatMap { EntityLimits(setting: name, $0) } }
        budgets = definitions.budgets + made.filter { own in definitions.budgets.allSatisfy { $0.id != own.id } }
        limits =
            definitions.rateLimits + set.filter { own in definitions.rateLimits.allSatisfy { $0.entity != own.entity } }
    }
}
