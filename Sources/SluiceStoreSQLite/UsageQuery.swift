// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// Sums over the ledger, added up by the engine.
///
/// SQLite's `sum` fails past 64 bits, so the upper and lower halves of each number are added apart (exact up to 2³¹
/// rows) and put together in 128 bits.
enum UsageQuery {
    private static let summed = [
        "fresh_input", "cached_input", "cache_write_5m", "cache_write_1h", "output", "reasoning", "cost",
        "(CASE WHEN cost IS NOT NULL THEN provider_cost END)", "(CASE WHEN provider_cost IS NOT NULL THEN cost END)",
    ]

    /// - Parameter newest: only among so many entries that were taken in last.
    static func sums(
        _ filter: LedgerFilter,
        newest: Int64? = nil,
        groupedBy grouping: [UsageGrouping],
        in database: Database
    ) throws -> [UsageSum] {
        let condition = LedgerCondition(filter, newest: newest)
        let query = statement(condition, groupedBy: grouping)
        var sums = try Row.fetchAll(database, sql: query.sql, arguments: query.arguments).map { sum($0, grouping) }
        var places: [[[UInt8]]: Int] = [:]
        for (place, sum) in sums.enumerated() { places[sum.groupBytes] = place }
        try addCorrections(to: &sums, places, condition, grouping, in: database)
        try addParts(to: &sums, places, condition, grouping, in: database)
        return sums
    }

    /// Adds what was corrected: each corrected attempt's amount counts as known.
    private static func addCorrections(
        to sums: inout [UsageSum],
        _ places: [[[UInt8]]: Int],
        _ condition: LedgerCondition,
        _ grouping: [UsageGrouping],
        in database: Database
    ) throws {
        guard try Row.fetchOne(database, sql: "SELECT 1 FROM ledger_correction LIMIT 1") != nil else { return }
        let values = [
            "COUNT(*)", "SUM(cost_kind = 'unpriced')", "SUM(cost_kind = 'unknown')",
            "SUM(cost_kind = 'unknown' AND (error_class IS NULL OR error_class = 'superseded'))",
            "SUM(cost_kind = 'known' AND is_estimated = 1 AND is_inconsistent = 0)",
            "SUM(cost_kind = 'known' AND is_inconsistent = 1)", "SUM(amount >> 32)", "SUM(amount & 4294967295)",
        ]
        let source = """
            (SELECT of_request, of_attempt, SUM(amount) AS amount FROM ledger_correction GROUP BY 1, 2)
            JOIN ledger ON request = of_request AND attempt = of_attempt
            """
        let sql = select(values, from: source, condition, grouping)
        for row in try Row.fetchAll(database, sql: sql, arguments: condition.arguments) {
            guard let place = places[group(row, grouping).map { Array($0.utf8) }] else { continue }
            func number(_ index: Int) -> Int64 { row[grouping.count + index] ?? 0 }
            let amount = Int64(clamping: Int128(number(6)) << 32 + Int128(number(7)))
            sums[place].correctedAttempts = number(0)
            sums[place].unpricedAttempts -= number(1)
            sums[place].unknownAttempts -= number(2)
            sums[place].lostUsageAttempts -= number(3)
            sums[place].estimatedAttempts -= number(4)
            sums[place].inconsistentAttempts -= number(5)
            sums[place].correction = NanoUSD(amount)
            let cost = Int128(sums[place].cost.rawValue) + Int128(amount)
            sums[place].cost = NanoUSD(Int64(clamping: cost))
        }
    }

    /// Adds what was billed apart from plain tokens, which few entries hold.
    private static func addParts(
        to sums: inout [UsageSum],
        _ places: [[[UInt8]]: Int],
        _ condition: LedgerCondition,
        _ grouping: [UsageGrouping],
        in database: Database
    ) throws {
        let source = "(SELECT * FROM ledger \(condition.joined(with: "parts IS NOT NULL"))), json_each(parts)"
        let groups = grouping.enumerated().map { "\($1.expression(condition)) AS g\($0)" } + ["json_each.key AS part"]
        let names = grouping.indices.map { "g\($0)" } + ["part"]
        let sql = """
            SELECT \(groups.joined(separator: ", ")), SUM(json_each.value) FROM \(source)
            GROUP BY \(names.joined(separator: ", "))
            """
        for row in try Row.fetchAll(database, sql: sql, arguments: condition.arguments) {
            let name: String = row[grouping.count] ?? ""
            guard let part = BilledPart(name: name), let place = places[group(row, grouping).map { Array($0.utf8) }]
            else { continue }
            sums[place].parts[part] = row[grouping.count + 1]
        }
    }

    private static func select(
        _ values: [String],
        from source: String,
        _ condition: LedgerCondition,
        _ grouping: [UsageGrouping]
    ) -> String {
        let groups = grouping.enumerated().map { "\($1.expression(condition)) AS g\($0)" }
        let sql = "SELECT \((groups + values).joined(separator: ", ")) FROM \(source) \(condition.sql)"
        guard !grouping.isEmpty else { return sql }
        let names = grouping.indices.map { "g\($0)" }.joined(separator: ", ")
        return sql + " GROUP BY \(names) ORDER BY \(names)"
    }

    static func statement(
        _ condition: LedgerCondition,
        groupedBy grouping: [UsageGrouping]
    ) -> (sql: String, arguments: StatementArguments) {
        let halves = summed.flatMap { ["SUM(\($0) >> 32)", "SUM(\($0) & 4294967295)"] }
        let counts = [
            "COUNT(DISTINCT request)", "COUNT(*)", "SUM(error_class <> 'superseded' AND error_class <> 'caller_gone')",
            "SUM(error_class = 'caller_gone')", "SUM(cost_kind = 'known' AND is_estimated = 1 AND is_inconsistent = 0)",
            "SUM(cost_kind = 'known' AND is_inconsistent = 1)", "SUM(cost_kind = 'unpriced')",
            "SUM(cost_kind = 'unknown')",
            "SUM(cost_kind = 'unknown' AND (error_class IS NULL OR error_class = 'superseded'))",
            "SUM(provider_cost IS NOT NULL AND cost IS NOT NULL)",
        ]
        let sql = select(counts + halves, from: "ledger", condition, grouping)
        return (sql, condition.arguments)
    }

    private static func sum(_ row: Row, _ grouping: [UsageGrouping]) -> UsageSum {
        func number(_ index: Int) -> Int64 { row[grouping.count + index] ?? 0 }
        func total(_ index: Int) -> Int128 {
            let column = 10 + index * 2
            return Int128(number(column)) << 32 + Int128(number(column + 1))
        }
        var sum = UsageSum(
            group: group(row, grouping),
            requests: number(0),
            attempts: number(1),
            failedAttempts: number(2),
            callerGoneAttempts: number(3),
            inputTokens: Int64(clamping: total(0) + total(1) + total(2) + total(3)),
            cachedInputTokens: Int64(clamping: total(1)),
            cacheWriteTokens: Int64(clamping: total(2) + total(3)),
            outputTokens: Int64(clamping: total(4)),
            reasoningTokens: Int64(clamping: total(5)),
            cost: NanoUSD(Int64(clamping: total(6))),
            estimatedAttempts: number(4),
            inconsistentAttempts: number(5),
            unpricedAttempts: number(6),
            unknownAttempts: number(7),
            lostUsageAttempts: number(8)
        )
        sum.providerCostAttempts = number(9)
        sum.providerCost = NanoUSD(Int64(clamping: total(7)))
        sum.comparedCost = NanoUSD(Int64(clamping: total(8)))
        return sum
    }

    /// The values that a row is of, as texts.
    private static func group(_ row: Row, _ grouping: [UsageGrouping]) -> [String] {
        grouping.enumerated().map { index, grouping in
            if grouping == .day {
                let day: Int64 = row[index] ?? 0
                return Timestamp(dayNumber: day).day
            }
            let value: String? = row[index]
            return value ?? ""
        }
    }
}

extension UsageGrouping {
    /// What is grouped by, of the same order as the group's text.
    fileprivate func expression(_ condition: LedgerCondition) -> String {
        switch self {
        case .day: condition.day
        case .key: "COALESCE(key_id, '')"
        case .route: "COALESCE(route, '')"
        case .version: "version"
        case .provider: "provider"
        case .model: "model"
        case .endUser: "COALESCE(end_user, '')"
        case .tags: "all_tags(tags)"
        case .tag(let name): "tag_value(tags, '\(name.replacing("'", with: "''"))')"
        }
    }
}
