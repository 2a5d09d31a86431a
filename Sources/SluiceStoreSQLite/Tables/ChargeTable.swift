// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import GRDB
import SluiceCore
import SluiceStore

/// What requests under budgets are charged; triggers forbid changing a settled one.
enum ChargeTable {
    /// Takes charges in; of one that is known only what is later: settled, or a larger sum set aside.
    static func take(_ charges: [Charge], node: String, into database: Database) throws {
        guard !charges.isEmpty else { return }
        let row = try RowStatement(
            """
            INSERT INTO charge (request, node, at, amount, is_settled, key_id, route, version, model, tags, end_user)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (request) DO UPDATE SET amount = excluded.amount, is_settled = excluded.is_settled
                WHERE is_settled = 0 AND (excluded.is_settled = 1 OR excluded.amount > amount)
            """,
            database
        )
        for charge in charges {
            row.put(charge.request.high, charge.request.low)
            row.put(node.storable)
            row.put(charge.at.nanoseconds)
            row.put(max(0, charge.amount.rawValue))
            row.put(charge.isSettled)
            row.put(charge.scope.key?.rawValue)
            row.put(charge.scope.route?.rawValue)
            row.put(charge.scope.version?.rawValue)
            row.put(charge.scope.model?.storable)
            row.put(charge.scope.tags?.storable)
            row.put(charge.scope.endUser?.storable)
            try row.run()
        }
    }

    static func settle(of node: String, before moment: Timestamp, in database: Database) throws -> Int {
        try database.execute(
            sql: "UPDATE charge SET is_settled = 1 WHERE node = ? AND is_settled = 0 AND at < ?",
            arguments: [node.storable, moment.nanoseconds]
        )
        return database.changesCount
    }

    static func charges(
        from: Timestamp?,
        until: Timestamp?,
        after request: RequestID?,
        limit: Int,
        in database: Database
    ) throws -> [Charge] {
        let sql = "SELECT * FROM charge WHERE request > ? AND at >= ? AND at < ? ORDER BY request LIMIT ?"
        let arguments: StatementArguments = [
            request?.stored ?? Data(), from?.nanoseconds ?? .min, until?.nanoseconds ?? .max, limit,
        ]
        return try Row.fetchAll(database, sql: sql, arguments: arguments).map { row in
            let reader = RowReader(row, of: "charge")
            return Charge(
                request: try reader.requestID("request"),
                at: try reader.moment("at"),
                amount: NanoUSD(try reader.number("amount")),
                isSettled: try reader.number("is_settled") != 0,
                scope: Charge.Scope(
                    key: try reader.id(orNone: "key_id"),
                    route: try reader.id(orNone: "route"),
                    version: try reader.id(orNone: "version"),
                    model: reader.text(orNone: "model"),
                    tags: reader.text(orNone: "tags"),
                    endUser: reader.text(orNone: "end_user")
                )
            )
        }
    }

    static func adjust(_ adjustment: BudgetAdjustment, in database: Database) throws {
        try database.execute(
            sql: "INSERT INTO budget_adjustment (budget, at, amount) VALUES (?, ?, ?)",
            arguments: [adjustment.budget.rawValue, adjustment.at.nanoseconds, adjustment.amount.rawValue]
        )
    }
}

/// What a scope has spent, in SQL.
enum SpendingSum {
    static func sum(_ query: SpendingQuery, in database: Database) throws -> NanoUSD {
        let from = query.from?.nanoseconds ?? .min
        let until = query.until.nanoseconds
        var sum = try charges(query.scope, from: from, until: until, in: database)
        sum = sum.addingHeld(try attempts(query.scope, from: from, until: until, in: database))
        let adjusted = try Int64.fetchOne(
            database,
            sql: "SELECT SUM(amount) FROM budget_adjustment WHERE budget = ? AND at >= ? AND at < ?",
            arguments: [query.budget.rawValue, from, query.windowEnd?.nanoseconds ?? .max]
        )
        return NanoUSD(sum.addingHeld(adjusted ?? 0))
    }

    private static func charges(
        _ scope: SpendingScope,
        from: Int64,
        until: Int64,
        in database: Database
    ) throws -> Int64 {
        let (condition, arguments) = condition(scope)
        let sql = "SELECT SUM(amount) FROM charge WHERE at >= ? AND at < ? AND \(condition)"
        return try Int64.fetchOne(database, sql: sql, arguments: [from, until] + arguments) ?? 0
    }

    /// Attempts from before there were budgets for their requests.
    private static func attempts(
        _ scope: SpendingScope,
        from: Int64,
        until: Int64,
        in database: Database
    ) throws -> Int64 {
        let (condition, arguments) = condition(scope)
        let sql = """
            SELECT SUM(cost) FROM ledger WHERE started_at >= ? AND started_at < ? AND \(condition)
                AND cost_kind = 'known' AND purpose NOT IN ('mirror', 'judge')
                AND NOT EXISTS (SELECT 1 FROM charge WHERE charge.request = ledger.request)
            """
        return try Int64.fetchOne(database, sql: sql, arguments: [from, until] + arguments) ?? 0
    }

    private static func condition(_ scope: SpendingScope) -> (String, StatementArguments) {
        switch scope {
        case .keys(let keys):
            let marks = keys.map { _ in "?" }.joined(separator: ", ")
            return ("key_id IN (\(marks))", StatementArguments(keys.map(\.rawValue)))
        case .route(let route): return ("route = ?", [route.rawValue])
        case .version(let version): return ("version = ?", [version.rawValue])
        case .model(let model): return ("model = ?", [model.storable])
        case .tag(let tag): return ("tags IS NOT NULL AND has_tag(tags, ?)", [tag.storable])
        case .endUser(let user): return ("end_user = ?", [user.storable])
        }
    }
}
