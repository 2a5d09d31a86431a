// SPDX-License-Identifier: Apache-2.0

/// Why a text is no JSON.
package struct ExactJSONFault: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    /// In bytes, from 0.
    package var offset: Int

    package var description: String { "\(message), at byte \(offset)" }
}

/// A value and what a comparison wants to know of its text.
package struct ExactDocument: Sendable, Equatable {
    package var value: ExactJSON
    /// An object names a member twice, which readers understand differently.
    package var hasRepeatedNames: Bool

    /// The deepest nesting.
    package static let deepest = 128
    /// The most values in a text.
    package static let mostValues = 500_000

    package init(parsing text: some Collection<UInt8>) throws(ExactJSONFault) {
        var reader = ExactJSONReader(bytes: Array(text))
        value = try reader.document()
        hasRepeatedNames = reader.hasRepeatedNames
    }

    package init(parsing text: String) throws(ExactJSONFault) { try self.init(parsing: text.utf8) }
}

/// Reads JSON as RFC 8259 has it; recursion is bounded by ``ExactDocument/deepest``.
///
/// Half of a surrogate pair, which models write when a text is cut, becomes U+FFFD.
private struct ExactJSONReader {
    let bytes: [UInt8]
    var hasRepeatedNames = false
    private var position = 0
    private var depth = 0
    private var values = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(ExactJSONFault) -> ExactJSON {
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw fault("there is text after the value") }
        return value
    }

    private mutating func value() throws(ExactJSONFault) -> ExactJSON {
        skipSpace()
        values += 1
        guard values <= ExactDocument.mostValues else { throw fault("there are too many values") }
        guard let first = peek else { throw fault("the text ends where a value should stand") }
        switch first {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw fault("no JSON value begins like this")
        }
    }

    private mutating func object() throws(ExactJSONFault) -> ExactObject {
        try enter()
        var object = ExactObject()
        skipSpace()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return object
        }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw fault("a member's name must stand here, in double quotes") }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw fault("a ':' must stand after the member's name") }
            if object.set(name, try value()) { hasRepeatedNames = true }
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw fault("a ',' or '}' must stand after the member") }
            depth -= 1
            return object
        }
    }

    private mutating func array() throws(ExactJSONFault) -> [ExactJSON] {
        try enter()
        var elements: [ExactJSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return elements
        }
        while true {
            elements.append(try value())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw fault("a ',' or ']' must stand after the element") }
            depth -= 1
            return elements
        }
    }

    private mutating func enter() throws(ExactJSONFault) {
        depth += 1
        guard depth <= ExactDocument.deepest else {
            throw fault("the text is nested deeper than \(ExactDocument.deepest)")
        }
        position += 1
    }

    private mutating func string() throws(ExactJSONFault) -> [UInt8] {
        position += 1
        var text: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard String(validating: text, as: UTF8.self) != nil else { throw fault("a string is not UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<UInt8(ascii: " "): throw fault("a control character in a string must be escaped")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw fault("a string does not end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(ExactJSONFault) {
        position += 1
        guard let byte = peek else { throw fault("the text ends inside an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var unit = try fourDigits()
            if (0xD800..<0xDC00).contains(unit), peek == UInt8(ascii: "\\"), position + 1 < bytes.count,
                bytes[position + 1] == UInt8(ascii: "u")
            {
                let before = position
                position += 2
                let low = try fourDigits()
                if (0xDC00..<0xE000).contains(low) {
                    unit = 0x1_0000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                } else {
                    position = before
                }
            }
            text.append(contentsOf: String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8)
        default: throw fault("no escape is written like this")
        }
    }

    private mutating func fourDigits() throws(ExactJSONFault) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("four hexadecimal digits must stand after \\u")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }

    private mutating func number() throws(ExactJSONFault) -> ExactNumber {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let first = position
        guard skipDigits() else { throw fault("a digit must stand after '-'") }
        if bytes[first] == UInt8(ascii: "0"), position > first + 1 { throw fault("a number has no leading zero") }
        if take(UInt8(ascii: ".")) {
            guard skipDigits() else { throw fault("a digit must stand after '.'") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard skipDigits() else { throw fault("a digit must stand in the exponent") }
        }
        return ExactNumber(text: bytes[start..<position])
    }

    private mutating func word(_ word: StaticString, _ value: ExactJSON) throws(ExactJSONFault) -> ExactJSON {
        for letter in word.description.utf8 {
            guard take(letter) else { throw fault("the only words are true, false and null") }
        }
        return value
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position > start
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private func fault(_ message: String) -> ExactJSONFault { ExactJSONFault(message: message, offset: position) }
}
