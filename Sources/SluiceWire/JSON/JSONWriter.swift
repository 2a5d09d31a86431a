// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Compact JSON while it is put together; commas come by themselves.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    init(reserving count: Int = 0) { bytes.reserveCapacity(count) }

    /// What was written ends inside an object or array, so that a comma is due unless it was just opened.
    private mutating func separate() {
        switch bytes.last {
        case nil, .openBrace, .openBracket, .colon, .comma: break
        default: bytes.append(.comma)
        }
    }

    mutating func beginObject() {
        separate()
        bytes.append(.openBrace)
    }

    mutating func endObject() { bytes.append(.closeBrace) }

    mutating func beginArray() {
        separate()
        bytes.append(.openBracket)
    }

    mutating func endArray() { bytes.append(.closeBracket) }

    mutating func name(_ name: StaticString) {
        separate()
        bytes.append(.quote)
        bytes.append(name)
        bytes.append(.quote)
        bytes.append(.colon)
    }

    /// A name that somebody else wrote.
    mutating func name(text: String) {
        string(text)
        bytes.append(.colon)
    }

    /// A value in JSON already.
    mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    mutating func word(_ json: StaticString) {
        separate()
        bytes.append(json)
    }

    mutating func string(_ text: String) {
        separate()
        JSONString.append(text, to: &bytes)
    }

    /// A string whose inside is in JSON already.
    mutating func string(inside: some Sequence<UInt8>) {
        separate()
        bytes.append(.quote)
        bytes.append(contentsOf: inside)
        bytes.append(.quote)
    }

    mutating func number(_ number: Int64) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
    }

    // MARK: members

    mutating func member(_ name: StaticString, _ text: String) {
        self.name(name)
        string(text)
    }

    mutating func member(_ name: StaticString, raw json: some Sequence<UInt8>) {
        self.name(name)
        raw(json)
    }

    /// A list of values that are JSON; nothing where there are none.
    mutating func member(_ name: StaticString, list: [some Sequence<UInt8>]) {
        if list.isEmpty { return }
        self.name(name)
        beginArray()
        for json in list { raw(json) }
        endArray()
    }

    mutating func member(_ name: StaticString, word: StaticString) {
        self.name(name)
        self.word(word)
    }

    mutating func member(_ name: StaticString, _ count: Int64) {
        self.name(name)
        number(count)
    }
}

extension [UInt8] {
    @inline(__always)
    mutating func append(_ text: StaticString) {
        // Safe because: the text's storage is constant.
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends bytes as the inside of a JSON string: control characters, quotes and backslashes are escaped.
    mutating func appendEscaped(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            switch byte {
            case .quote, .backslash:
                append(.backslash)
                append(byte)
            case .lineFeed: append(#"\n"#)
            case .carriageReturn: append(#"\r"#)
            case .tab: append(#"\t"#)
            case 0..<0x20: append(contentsOf: [0x5C, 0x75, 0x30, 0x30, 0x30 + (byte >> 4), JSONWriter.hex(byte & 15)])
            default: append(byte)
            }
        }
    }
}

extension JSONWriter {
    fileprivate static func hex(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
