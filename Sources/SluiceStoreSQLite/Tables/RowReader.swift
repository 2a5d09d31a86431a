// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import GRDB
import SluiceCore
import SluiceStore

/// Reads one row of a table, column by name; a value that breaks a rule of ours is a damaged row.
struct RowReader {
    let row: Row
    let table: String

    init(_ row: Row, of table: String) {
        self.row = row
        self.table = table
    }

    func number(_ column: String) throws -> Int64 { try known(row[column]) }
    func number(orNone column: String) throws -> Int64? { row[column] }
    func double(orNone column: String) -> Double? { row[column] }
    func text(_ column: String) throws -> String { try known(row[column]) }
    func text(orNone column: String) -> String? { row[column] }
    func moment(_ column: String) throws -> Timestamp { Timestamp(nanoseconds: try number(column)) }

    func moment(orNone column: String) throws -> Timestamp? {
        try number(orNone: column).map { Timestamp(nanoseconds: $0) }
    }

    func id<Subject>(_ column: String, _ kind: Subject.Type = Subject.self) throws -> Identifier<Subject> {
        try known(Identifier<Subject>(try text(column)))
    }

    func id<Subject>(orNone column: String, _ kind: Subject.Type = Subject.self) throws -> Identifier<Subject>? {
        guard let text = text(orNone: column) else { return nil }
        return try known(Identifier<Subject>(text))
    }

    func word<Word: RawRepresentable<String>>(_ column: String, _ kind: Word.Type = Word.self) throws -> Word {
        try known(Word(rawValue: try text(column)))
    }

    func word<Word: RawRepresentable<String>>(orNone column: String, _ kind: Word.Type = Word.self) throws -> Word? {
        guard let text = text(orNone: column) else { return nil }
        return try known(Word(rawValue: text))
    }

    func bytes(_ column: String) throws -> [UInt8] {
        let bytes: Data = try known(row[column])
        return Array(bytes)
    }

    func requestID(_ column: String) throws -> RequestID { try known(RequestID(stored: try bytes(column))) }

    func known<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw StoreError.damagedRow(table) }
        return value
    }
}

extension RequestID {
    /// Reads sixteen bytes, the high half first, so that bytes sort as ids do.
    init?(stored bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        func half(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: half(bytes.prefix(8)), low: half(bytes.suffix(8)))
    }
}
