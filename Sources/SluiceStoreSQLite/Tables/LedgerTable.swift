// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import GRDB
import SluiceCore
import SluiceStore

/// Settled attempts; triggers forbid changing or removing one.
enum LedgerTable {
    private static let columns = [
        "request", "attempt", "started_at", "day", "endpoint", "is_stream", "key_id", "route", "bucket",
        "unit_source", "status", "ending", "request_duration", "purpose", "provider", "model", "version",
        "started_after", "duration", "first_token", "provider_status", "error_class", "fresh_input",
        "cached_input", "cache_write_5m", "cache_write_1h", "output", "reasoning", "is_inconsistent",
        "is_estimated", "cost_kind", "cost", "request_bytes", "parts",
        "served_as", "provider_cost", "card", "priced_as", "tags", "end_user",
        "choice",
    ]
    /// Rows that one statement takes: most of what SQLite does once for a statement is shared by them.
    private static let together = 25
    private static let insertionOfOne = insertion(rows: 1)
    private static let insertionOfMany = insertion(rows: together)

    private static func insertion(rows: Int) -> String {
        let row = "(\(columns.map { _ in "?" }.joined(separator: ", ")))"
        return """
            INSERT INTO ledger (\(columns.joined(separator: ", ")))
            VALUES \(Array(repeating: row, count: rows).joined(separator: ", "))
            ON CONFLICT (request, attempt) DO NOTHING
            """
    }

    /// What takes entries in, one after another.
    struct Intake {
        private let one: RowStatement
        private let many: RowStatement?
        /// Entries still to come that are taken in many at once.
        private var left: Int
        /// Entries that wait for their statement to be full.
        private var waiting = 0

        /// - Parameter count: how many entries will come.
        init(_ database: Database, count: Int) throws {
            one = try RowStatement(insertionOfOne, database)
            many = count < together ? nil : try RowStatement(insertionOfMany, database)
            left = count - count % together
        }

        /// Adds the entry of an attempt of one of some outcomes; one that is there already stays as it is.
        mutating func insert(_ outcomes: [Outcome], _ index: Int, attempt: Int) throws {
            let attempts = outcomes[index].attempts
            guard let many, left > 0 else {
                Intake.put(outcomes, index, attempts, attempt, in: one)
                return try one.run()
            }
            Intake.put(outcomes, index, attempts, attempt, in: many)
            left -= 1
            waiting += 1
            guard waiting == together else { return }
            waiting = 0
            try many.run()
        }

        /// Puts the columns of an entry, field by field: neither outcome nor attempt is copied.
        private static func put(
            _ outcomes: [Outcome],
            _ index: Int,
            _ attempts: [Attempt],
            _ attempt: Int,
            in row: RowStatement
        ) {
            row.put(outcomes[index].request.high, outcomes[index].request.low)
            row.put(attempts[attempt].number)
            row.put(outcomes[index].startedAt.nanoseconds)
            row.put(outcomes[index].startedAt.dayNumber)
            row.put(outcomes[index].endpoint.text)
            row.put(outcomes[index].isStream)
            row.put(outcomes[index].key?.rawValue)
            row.put(outcomes[index].route?.rawValue)
            row.put(outcomes[index].bucket.map { Int64($0) })
            row.put(outcomes[index].unitSource)
            row.put(outcomes[index].status)
            row.put(outcomes[index].ending.rawValue)
            row.put(outcomes[index].duration)
            row.put(attempts[attempt].purpose.rawValue)
            row.put(attempts[attempt].provider.rawValue)
            row.put(attempts[attempt].model)
            row.put(attempts[attempt].version.rawValue)
            row.put(attempts[attempt].startedAfter)
            row.put(attempts[attempt].duration)
            row.put(attempts[attempt].firstToken)
            row.put(attempts[attempt].status)
            row.put(attempts[attempt].errorClass?.rawValue)
            put(attempts[attempt].usage, in: row)
            row.put(attempts[attempt].cost.kind)
            row.put(attempts[attempt].cost.known?.rawValue)
            row.put(outcomes[index].requestBytes)
            putDetails(attempts[attempt], in: row)
            row.put(outcomes[index].tags?.storable)
            row.put(outcomes[index].endUser?.storable)
            row.put(outcomes[index].choice?.text)
        }

        private static func putDetails(_ attempt: Attempt, in row: RowStatement) {
            row.put(attempt.usage.flatMap(LedgerTable.text))
            row.put(attempt.usage.flatMap { $0.servedAs.isEmpty ? nil : $0.servedAs.joined(separator: " ") })
            row.put(attempt.usage?.providerCost?.rawValue)
            row.put(attempt.pricing?.card)
            row.put(attempt.pricing?.pricedAs)
        }

        private static func put(_ usage: Usage?, in row: RowStatement) {
            row.put(usage?.freshInput)
            row.put(usage?.cachedInput)
            row.put(usage?.cacheWrite5m)
            row.put(usage?.cacheWrite1h)
            row.put(usage?.output)
            row.put(usage?.reasoning)
            row.put(usage?.isInconsistent)
            row.put(usage?.isEstimated)
        }
    }

    /// Reads the index of failed first attempts alone, and the rows it names.
    static let failuresQuery = """
        SELECT (started_at + request_duration) / 1000000000 AS second, error_class, COUNT(*) FROM ledger
        WHERE version = ? AND started_at >= ? AND attempt = 1 AND error_class IS NOT NULL
        GROUP BY second, error_class ORDER BY second, error_class LIMIT ?
        """

    /// Failed first attempts on a version by the second in which their request ended and by their class, the oldest first.
    static func failures(
        of version: VersionID,
        from: Timestamp,
        limit: Int,
        in database: Database
    ) throws -> [FailureCount] {
        let arguments: StatementArguments = [version.rawValue, from.nanoseconds, limit]
        return try Row.fetchAll(database, sql: failuresQuery, arguments: arguments).compactMap { row in
            let name: String = row[1] ?? ""
            return ErrorClass(rawValue: name).map {
                FailureCount(second: row[0] ?? 0, errorClass: $0, count: row[2] ?? 0)
            }
        }
    }

    static func rows(
        _ filter: LedgerFilter,
        after row: Int64,
        limit: Int,
        in database: Database
    ) throws -> [LedgerRow] {
        let condition = LedgerCondition(filter, after: row)
        let sql = "SELECT *, \(corrected) FROM ledger \(condition.sql) ORDER BY row LIMIT ?"
        let arguments = condition.arguments + [limit]
        return try Row.fetchAll(database, sql: sql, arguments: arguments).map(entry)
    }

    /// What corrections of an entry amount to.
    private static let corrected = """
        (SELECT SUM(amount) FROM ledger_correction WHERE of_request = request AND of_attempt = attempt) AS correction
        """

    /// The entry of one attempt.
    static func row(of request: RequestID, attempt: Int, in database: Database) throws -> LedgerRow? {
        let sql = "SELECT *, \(corrected) FROM ledger WHERE request = ? AND attempt = ?"
        return try Row.fetchOne(database, sql: sql, arguments: [request.stored, attempt]).map(entry)
    }

    private static func entry(_ row: Row) throws -> LedgerRow {
        let reader = RowReader(row, of: "ledger")
        var entry = LedgerRow(
            row: try reader.number("row"),
            request: try reader.requestID("request"),
            requestStartedAt: try reader.moment("started_at"),
            endpoint: try reader.known(Outcome.Endpoint(text: try reader.text("endpoint"))),
            isStream: try reader.number("is_stream") != 0,
            key: try reader.id(orNone: "key_id"),
            route: try reader.id(orNone: "route"),
            bucket: try reader.number(orNone: "bucket").flatMap { UInt16(exactly: $0) },
            unitSource: reader.text(orNone: "unit_source"),
            status: Int(try reader.number("status")),
            ending: try reader.word("ending"),
            requestDuration: try reader.number("request_duration"),
            attempt: try attempt(reader)
        )
        entry.requestBytes = try reader.number(orNone: "request_bytes")
        entry.tags = reader.text(orNone: "tags")
        entry.endUser = reader.text(orNone: "end_user")
        entry.choice = reader.text(orNone: "choice").flatMap { VersionChoice(text: $0) }
        entry.correction = try reader.number(orNone: "correction").map { NanoUSD($0) }
        return entry
    }

    private static func attempt(_ reader: RowReader) throws -> Attempt {
        var attempt = Attempt(
            number: Int(try reader.number("attempt")),
            purpose: try reader.word("purpose"),
            provider: try reader.id("provider"),
            model: try reader.text("model"),
            version: try reader.id("version"),
            startedAfter: try reader.number("started_after")
        )
        attempt.duration = try reader.number("duration")
        attempt.firstToken = try reader.number(orNone: "first_token")
        attempt.status = try reader.number(orNone: "provider_status").map { Int($0) }
        attempt.errorClass = try reader.word(orNone: "error_class")
        if let fresh = try reader.number(orNone: "fresh_input") {
            attempt.usage = Usage(
                freshInput: fresh,
                cachedInput: try reader.number("cached_input"),
                cacheWrite5m: try reader.number("cache_write_5m"),
                cacheWrite1h: try reader.number("cache_write_1h"),
                output: try reader.number("output"),
                reasoning: try reader.number("reasoning"),
                isInconsistent: try reader.number("is_inconsistent") != 0,
                isEstimated: try reader.number("is_estimated") != 0
            )
            if let text = reader.text(orNone: "parts") { try take(text, into: &attempt.usage) }
            if let names = reader.text(orNone: "served_as") {
                attempt.usage?.servedAs = names.split(separator: " ").map { String($0) }
            }
            attempt.usage?.providerCost = try reader.number(orNone: "provider_cost").map { NanoUSD($0) }
        }
        if let card = try reader.number(orNone: "card") {
            attempt.pricing = Attempt.Pricing(card: card, pricedAs: reader.text(orNone: "priced_as"))
        }
        attempt.cost =
            switch try reader.text("cost_kind") {
            case "known": .known(NanoUSD(try reader.number("cost")))
            case "unpriced": .unpriced
            default: .unknown
            }
        return attempt
    }
}

// MARK: Parts

extension LedgerTable {
    private static let countedTwice = "counted_twice"

    /// The counts of a usage that have no column of their own, as JSON; `nil` for what most have, none.
    fileprivate static func text(_ usage: Usage) -> String? {
        guard !usage.parts.isEmpty || usage.countedTwice != 0 else { return nil }
        var object = JSONObject()
        for entry in usage.parts.entries { object[entry.part.name] = .integer(String(entry.number)) }
        if usage.countedTwice != 0 { object[countedTwice] = .integer(String(usage.countedTwice)) }
        return JSONValue.object(object).jsonText
    }

    fileprivate static func take(_ text: String, into usage: inout Usage?) throws {
        for (name, count) in try StoredJSON.value([String: Int64].self, text, of: "ledger") {
            if let part = BilledPart(name: name) {
                usage?.parts[part] = count
            } else if name == countedTwice {
                usage?.countedTwice = count
            } else {
                throw StoreError.damagedRow("ledger")
            }
        }
    }
}

extension RequestID {
    /// Sixteen bytes, the high half first, so that bytes sort as ids do.
    var stored: Data {
        var bytes = Data()
        for half in [high, low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: half >> UInt64(shift)))
            }
        }
        return bytes
    }
}

extension Cost {
    fileprivate var kind: String {
        switch self {
        case .known: "known"
        case .unpriced: "unpriced"
        case .unknown: "unknown"
        }
    }
}
