// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore

/// A ledger filter as SQL with bound values.
struct LedgerCondition {
    /// Empty, or `WHERE …`.
    private(set) var sql = ""
    private(set) var arguments = StatementArguments()
    /// What days are told apart by, counted from 1970-01-01.
    let day: String

    /// - Parameter newest: only among so many entries that were taken in last; then they are found by their rows, so that
    ///   no more of them are read than that.
    init(_ filter: LedgerFilter, after row: Int64? = nil, newest: Int64? = nil) {
        day = LedgerCondition.day(filter)
        add("row > ?", row)
        add("row > (SELECT COALESCE(MAX(row), 0) FROM ledger) - ?", newest)
        // A plus sign keeps SQLite from the index on the column.
        let moment = newest == nil ? "started_at" : "+started_at"
        add("\(moment) >= ?", filter.from?.nanoseconds)
        add("\(moment) < ?", filter.until?.nanoseconds)
        if let keys = filter.keys {
            add("key_id IN (\(keys.map { _ in "?" }.joined(separator: ", ")))", keys.map(\.rawValue))
        }
        add("route = ?", filter.route?.rawValue)
        add("version = ?", filter.version?.rawValue)
        add("provider = ?", filter.provider?.rawValue)
        add("has_tag(tags, ?)", filter.tag?.storable)
        add("end_user = ?", filter.endUser?.storable)
    }

    /// The days of another zone than UTC are reckoned by the distances that hold in the filter's time.
    private static func day(_ filter: LedgerFilter) -> String {
        guard filter.zone != .utc else { return "day" }
        let from = max(0, filter.from?.nanoseconds ?? 0) / 1_000_000_000
        let until = min(4_102_444_800, (filter.until?.nanoseconds ?? .max) / 1_000_000_000)
        let offsets = filter.zone.offsets(from: from, until: until)
        let cases = zip(offsets, offsets.dropFirst()).map { known, next in
            "WHEN started_at < \(next.start)000000000 THEN \(known.offset)000000000"
        }
        let last = "\(offsets.last?.offset ?? 0)000000000"
        let offset = cases.isEmpty ? last : "CASE \(cases.joined(separator: " ")) ELSE \(last) END"
        let local = "(started_at + \(offset))"
        // SQL rounds towards 1970: a day before it is one less.
        return "(\(local) / 86400000000000 - (\(local) % 86400000000000 < 0))"
    }

    /// With a further term that has no values.
    func joined(with term: String) -> String { sql.isEmpty ? "WHERE \(term)" : "\(sql) AND \(term)" }

    private mutating func add(_ term: String, _ value: (some DatabaseValueConvertible)?) {
        guard let value else { return }
        add(term, [value])
    }

    private mutating func add(_ term: String, _ values: [some DatabaseValueConvertible]) {
        sql += sql.isEmpty ? "WHERE \(term)" : " AND \(term)"
        arguments += StatementArguments(values)
    }
}

extension Timestamp {
    private static let dayLength: Int64 = 86_400_000_000_000

    /// Days since 1970-01-01, rounded down.
    var dayNumber: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: Timestamp.dayLength)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// The beginning of a day, or the first moment there is.
    init(dayNumber: Int64) {
        let (product, overflow) = dayNumber.multipliedReportingOverflow(by: Timestamp.dayLength)
        self.init(nanoseconds: overflow ? (dayNumber < 0 ? .min : .max) : product)
    }
}
