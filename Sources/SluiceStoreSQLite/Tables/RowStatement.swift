// SPDX-License-Identifier: Apache-2.0
import GRDB
import GRDBSQLite
import SluiceStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A prepared statement that takes rows one after another and answers none, straight through SQLite's own interface.
///
/// GRDB boxes every value and keeps books of every run, which costs several times what SQLite does for a row. Columns
/// are put in the order of the statement's parameters, of all rows where it takes several; one that is the same as in
/// the run before stays bound.
///
/// Safe because: the statement belongs to the connection of the caller's transaction, which nobody else uses meanwhile;
/// it is held here as long as its pointer is used; SQLite copies texts before `put` returns, and ids lie in memory that
/// is given free only after they were unbound. What is bound is kept in memory of as many columns as there are
/// parameters, and `next` gives no other column.
@safe
final class RowStatement {
    private let statement: Statement
    private let database: Database
    private let ids: UnsafeMutableRawPointer
    private let numbers: UnsafeMutablePointer<Int64?>
    private let texts: UnsafeMutablePointer<String?>
    private let count: Int
    private var column = 0

    init(_ sql: String, _ database: Database) throws {
        statement = try database.cachedStatement(sql: sql)
        self.database = database
        count = unsafe Int(sqlite3_bind_parameter_count(statement.sqliteStatement))
        unsafe numbers = UnsafeMutablePointer.allocate(capacity: max(1, count))
        unsafe texts = UnsafeMutablePointer.allocate(capacity: max(1, count))
        unsafe ids = UnsafeMutableRawPointer.allocate(byteCount: 16 * max(1, count), alignment: 16)
        unsafe numbers.initialize(repeating: nil, count: count)
        unsafe texts.initialize(repeating: nil, count: count)
        // From here on every column is empty, as both say.
        _ = unsafe sqlite3_clear_bindings(statement.sqliteStatement)
    }

    deinit {
        _ = unsafe sqlite3_clear_bindings(statement.sqliteStatement)
        unsafe numbers.deinitialize(count: count)
        unsafe texts.deinitialize(count: count)
        unsafe numbers.deallocate()
        unsafe texts.deallocate()
        unsafe ids.deallocate()
    }

    /// The index of the column that is put now.
    private func next() -> Int {
        precondition(column < count, "a row has more columns than its statement")
        defer { column += 1 }
        return column
    }

    func put(_ number: Int64?) {
        let column = next()
        guard unsafe numbers[column] != number else { return }
        unsafe numbers[column] = number
        if let number {
            _ = unsafe sqlite3_bind_int64(statement.sqliteStatement, Int32(column + 1), number)
        } else {
            _ = unsafe sqlite3_bind_null(statement.sqliteStatement, Int32(column + 1))
        }
    }

    func put(_ number: Int?) { put(number.map { Int64($0) }) }

    func put(_ flag: Bool?) { put(flag.map { $0 ? 1 : 0 as Int64 }) }

    /// Puts a text, as ``Swift/String/storable``.
    func put(_ text: String?) {
        let column = next()
        guard unsafe !RowStatement.isSame(texts[column], text) else { return }
        unsafe texts[column] = text
        guard var text = text?.storable else {
            _ = unsafe sqlite3_bind_null(statement.sqliteStatement, Int32(column + 1))
            return
        }
        text.withUTF8 { bytes in
            _ = unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
                unsafe sqlite3_bind_text64(
                    statement.sqliteStatement,
                    Int32(column + 1),
                    bytes.baseAddress,
                    UInt64(bytes.count),
                    RowStatement.copied,
                    UInt8(SQLITE_UTF8)
                )
            }
        }
    }

    /// Sixteen bytes, the high half first.
    func put(_ high: UInt64, _ low: UInt64) {
        let column = next()
        let id = unsafe ids + 16 * column
        unsafe id.storeBytes(of: high.bigEndian, as: UInt64.self)
        unsafe id.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        _ = unsafe sqlite3_bind_blob(statement.sqliteStatement, Int32(column + 1), id, 16, nil)
    }

    /// Runs the statement with the columns that were put, and begins the next row.
    func run() throws {
        precondition(column == count, "a row lacks columns")
        column = 0
        let code = unsafe sqlite3_step(statement.sqliteStatement)
        guard code != SQLITE_DONE else {
            _ = unsafe sqlite3_reset(statement.sqliteStatement)
            return
        }
        let error = DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
        _ = unsafe sqlite3_reset(statement.sqliteStatement)
        throw error
    }

    /// Whether two texts have the same bytes; `==` also accepts equivalent spellings.
    private static func isSame(_ left: String?, _ right: String?) -> Bool {
        // Safe because: they are compared and nothing else; what has the same bits is the same text.
        if unsafe unsafeBitCast(left, to: (UInt64, UInt64).self) == unsafeBitCast(right, to: (UInt64, UInt64).self) {
            return true
        }
        guard let left, let right else { return false }
        let same = unsafe left.utf8.withContiguousStorageIfAvailable { left in
            unsafe right.utf8.withContiguousStorageIfAvailable { right in
                guard left.count == right.count, let a = left.baseAddress, let b = right.baseAddress else {
                    return left.count == right.count
                }
                return unsafe memcmp(a, b, left.count) == 0
            }
        }
        return (same ?? nil) ?? left.utf8.elementsEqual(right.utf8)
    }

    /// Tells SQLite to take a copy before it returns.
    private static var copied: sqlite3_destructor_type? { unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
