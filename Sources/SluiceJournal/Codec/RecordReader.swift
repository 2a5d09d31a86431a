// SPDX-License-Identifier: Apache-2.0

/// The bytes are no record of ours.
struct MalformedRecord: Error {}

/// Reads the fields of a record; any bytes whatever give a value or ``MalformedRecord``.
struct RecordReader {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    private var remaining: Int { bytes.endIndex - index }

    mutating func byte() throws(MalformedRecord) -> UInt8 {
        guard remaining > 0 else { throw MalformedRecord() }
        defer { index += 1 }
        return bytes[index]
    }

    mutating func unsigned() throws(MalformedRecord) -> UInt64 {
        let first = try byte()
        // Most numbers are small.
        if first < 0x80 { return UInt64(first) }
        index -= 1
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try byte()
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || bits <= 1 else { throw MalformedRecord() }
            value |= bits << shift
            if byte < 0x80 { return value }
        }
        throw MalformedRecord()
    }

    mutating func signed() throws(MalformedRecord) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func int() throws(MalformedRecord) -> Int { Int(try signed()) }

    mutating func fixed() throws(MalformedRecord) -> UInt64 {
        guard remaining >= 8 else { throw MalformedRecord() }
        defer { index += 8 }
        let first = index - bytes.startIndex
        // Safe because: bytes have no padding, and that there are eight of them was just looked at.
        return unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: first, as: UInt64.self).littleEndian
    }

    mutating func flag() throws(MalformedRecord) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        default: throw MalformedRecord()
        }
    }

    mutating func text() throws(MalformedRecord) -> String {
        guard let length = Int(exactly: try unsigned()), length <= remaining else { throw MalformedRecord() }
        let first = index - bytes.startIndex
        index += length
        guard let text = try? UTF8Span(validating: bytes.span.extracting(first..<(first + length))) else {
            throw MalformedRecord()
        }
        return String(copying: text)
    }

    mutating func code<Code: RecordCode>(_ kind: Code.Type = Code.self) throws(MalformedRecord) -> Code {
        guard let code = Code(recordCode: try byte()) else { throw MalformedRecord() }
        return code
    }

    mutating func optional<Value>(
        _ read: (inout RecordReader) throws(MalformedRecord) -> Value
    ) throws(MalformedRecord) -> Value? {
        try flag() ? try read(&self) : nil
    }
}
