// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The bytes are no record of ours.
struct MalformedRecord: Error {}

/// Reads the fields of records; any bytes whatever give a value or ``MalformedRecord``.
struct RecordReader {
    /// Records lie in it one after another.
    private(set) var bytes: [UInt8] = []
    private var index = 0
    private var end = 0
    private var texts = TextCache()
    private var requestNames = RecentValues<RequestNames>()
    private var attemptNames = RecentValues<AttemptNames>()

    /// Begins with other bytes.
    mutating func load(_ bytes: [UInt8]) {
        self.bytes = bytes
        index = 0
        end = bytes.count
    }

    /// Goes to a record; what lies outside of it is not read.
    mutating func seek(_ record: Range<Int>) {
        end = min(max(0, record.upperBound), bytes.count)
        index = min(max(0, record.lowerBound), end)
    }

    /// What is left of the record.
    var rest: Range<Int> { index..<end }

    mutating func byte() throws(MalformedRecord) -> UInt8 {
        guard index < end else { throw MalformedRecord() }
        let byte = bytes[index]
        index += 1
        return byte
    }

    mutating func unsigned() throws(MalformedRecord) -> UInt64 {
        let first = try byte()
        // Most numbers are small.
        return first < 0x80 ? UInt64(first) : try long(first)
    }

    private mutating func long(_ first: UInt8) throws(MalformedRecord) -> UInt64 {
        var value = UInt64(first & 0x7F)
        var shift: UInt64 = 7
        while shift <= 63 {
            let byte = try byte()
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || bits <= 1 else { throw MalformedRecord() }
            value |= bits << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw MalformedRecord()
    }

    mutating func signed() throws(MalformedRecord) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func int() throws(MalformedRecord) -> Int { Int(try signed()) }

    mutating func fixed() throws(MalformedRecord) -> UInt64 {
        guard end - index >= 8 else { throw MalformedRecord() }
        defer { index += 8 }
        return bytes.number(at: index, UInt64.self)
    }

    mutating func flag() throws(MalformedRecord) -> Bool {
        let byte = try byte()
        guard byte <= 1 else { throw MalformedRecord() }
        return byte == 1
    }

    mutating func text() throws(MalformedRecord) -> String {
        let part = try part()
        guard let text = texts.text(bytes, part) else { throw MalformedRecord() }
        return text
    }

    mutating func id<Subject>(_ subject: Subject.Type = Subject.self) throws(MalformedRecord) -> Identifier<Subject> {
        let part = try part()
        guard let id = texts.id(bytes, part, subject) else { throw MalformedRecord() }
        return id
    }

    /// A length, and the bytes that follow it.
    private mutating func part() throws(MalformedRecord) -> Range<Int> {
        let length = try unsigned()
        guard length <= UInt64(end - index) else { throw MalformedRecord() }
        let first = index
        index += Int(length)
        return first..<index
    }

    mutating func code<Code: RecordCode>(_ kind: Code.Type = Code.self) throws(MalformedRecord) -> Code {
        guard let code = Code(recordCode: try byte()) else { throw MalformedRecord() }
        return code
    }
}

extension RecordReader {
    mutating func namesOfRequest() throws(MalformedRecord) -> RequestNames {
        if let known = requestNames.match(bytes, in: index..<end) {
            index += requestNames.length(of: known)
            return requestNames.values[known]
        }
        let first = index
        let names = RequestNames(
            key: try flag() ? try id() : nil,
            route: try flag() ? try id() : nil,
            version: try flag() ? try id() : nil
        )
        requestNames.keep(names, bytes[first..<index])
        return names
    }

    mutating func namesOfAttempt() throws(MalformedRecord) -> AttemptNames {
        if let known = attemptNames.match(bytes, in: index..<end) {
            index += attemptNames.length(of: known)
            return attemptNames.values[known]
        }
        let first = index
        let names = AttemptNames(provider: try id(), model: try text(), version: try id())
        attemptNames.keep(names, bytes[first..<index])
        return names
    }
}
