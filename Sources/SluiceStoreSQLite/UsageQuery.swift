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
    ]

    /// - Parameter newest: only among so many entries that were taken in last.
    static func sums(
        _ filter: LedgerFilter,
        newest: Int64? = nil,
        groupedBy grouping: [UsageGrouping],
        in database: Database
    ) throws -> [UsageSum] {
        let query = statement(LedgerCondition(filter, newest: newest), groupedBy: grouping)
        return try Row.fetchAll(database, sql: query.sql, arguments: query.arguments).map { sum($0, grouping) }
    }

    static func statement(
        _ condition: LedgerCondition,
        groupedBy grouping: [UsageGrouping]
    ) -> (sql: String, arguments: StatementArguments) {
        let groups = grouping.enumerated().map { "\($1.expression) AS g\($0)" }
        let halves = summed.flatMap { ["SUM(\($0) >> 32)", "SUM(\($0) & 4294967295)"] }
        let counts = [
            "COUNT(DISTINCT request)", "COUNT(*)", "SUM(error_class <> 'superseded' AND error_class <> 'caller_gone')",
            "SUM(error_class = 'caller_gone')", "SUM(cost_kind = 'known' AND is_estimated = 1 AND is_inconsistent = 0)",
            "SUM(cost_kind = 'known' AND is_inconsistent = 1)", "SUM(cost_kind = 'unpriced')",
            "SUM(cost_kind = 'unknown')",
            "SUM(cost_kind = 'unknown' AND (error_class IS NULL OR error_class = 'superseded'))",
        ]
        var sql = "SELECT \((groups + counts + halves).joined(separator: ", ")) FROM ledger \(condition.sql)"
        if !grouping.isEmpty {
            let names = grouping.indices.map { "g\($0)" }.joined(separator: ", ")
            sql += " GROUP BY \(names) ORDER BY \(names)"
        }
        return (sql, condition.arguments)
    }

    private static func sum(_ row: Row, _ grouping: [UsageGrouping]) -> UsageSum {
        func number(_ index: Int) -> Int64 { row[grouping.count + index] ?? 0 }
        func total(_ index: Int) -> Int128 {
            let column = 9 + index * 2
            return Int128(number(column)) << 32 + Int128(number(column + 1))
        }
        let group = grouping.enumerated().map { index, grouping -> String in
            if grouping == .day {
                let day: Int64 = row[index] ?? 0
                return Timestamp(dayNumber: day).day
            }
            let value: String? = row[index]
            return value ?? ""
        }
        return UsageSum(
            group: group,
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
    }
}

extension UsageGrouping {
    /// What is grouped by, of the same order as the group's text.
    fileprivate var expression: String {
        switch self {
        case .day: "day"
        case .key: "COALESCE(key_id, '')"
        case .route: "COALESCE(route, '')"
        case .version: "version"
        case .provider: "provider"
        case .model: "model"
        }
    }
}
