// SPDX-License-Identifier: Apache-2.0

/// Builds a JSON value from a text; recursion is bounded by the depth limit.
struct JSONReader {
    private let limits: JSONLimits
    private var position = 0
    private var depth = 0
    private var members = 0

    /// Python refuses integers with more digits than this, so no hash of theirs could match.
    private static let longestInteger = 4_300
    /// Bounds the recursion whatever the caller's limit says.
    private static let deepest = 512

    init(limits: JSONLimits) { self.limits = limits }

    mutating func document(_ bytes: RawSpan) throws(JSONError) -> JSONValue {
        if bytes.byteCount >= 3, bytes.at(0) == 0xEF, bytes.at(1) == 0xBB, bytes.at(2) == 0xBF {
            throw fault("the text begins with a byte order mark; send it without", bytes)
        }
        let value = try value(bytes)
        skipSpace(bytes)
        guard position == bytes.byteCount else { throw fault("there is text after the value", bytes) }
        return value
    }

    private mutating func value(_ bytes: RawSpan) throws(JSONError) -> JSONValue {
        skipSpace(bytes)
        guard let first = peek(bytes) else { throw fault("the text ends where a value should stand", bytes) }
        switch first {
        case UInt8(ascii: "{"): return .object(try object(bytes))
        case UInt8(ascii: "["): return .array(try array(bytes))
        case UInt8(ascii: "\""): return .string(try string(bytes))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(bytes)
        case UInt8(ascii: "t"): return try word("true", .bool(true), bytes)
        case UInt8(ascii: "f"): return try word("false", .bool(false), bytes)
        case UInt8(ascii: "n"): return try word("null", .null, bytes)
        default: throw fault("no JSON value begins like this", bytes)
        }
    }

    private mutating func object(_ bytes: RawSpan) throws(JSONError) -> JSONObject {
        try enter(bytes)
        var object = JSONObject()
        skipSpace(bytes)
        if take(UInt8(ascii: "}"), bytes) {
            depth -= 1
            return object
        }
        while true {
            skipSpace(bytes)
            guard peek(bytes) == UInt8(ascii: "\"") else {
                throw fault("a member's name must stand here, in double quotes", bytes)
            }
            members += 1
            guard members <= limits.members else {
                throw fault("the text has more than \(limits.members) object members", bytes)
            }
            let name = try string(bytes)
            skipSpace(bytes)
            guard take(UInt8(ascii: ":"), bytes) else { throw fault("a ':' must stand after the member's name", bytes) }
            object[name] = try value(bytes)
            skipSpace(bytes)
            if take(UInt8(ascii: ","), bytes) { continue }
            guard take(UInt8(ascii: "}"), bytes) else { throw fault("a ',' or '}' must stand after the member", bytes) }
            depth -= 1
            return object
        }
    }

    private mutating func array(_ bytes: RawSpan) throws(JSONError) -> [JSONValue] {
        try enter(bytes)
        var elements: [JSONValue] = []
        skipSpace(bytes)
        if take(UInt8(ascii: "]"), bytes) {
            depth -= 1
            return elements
        }
        while true {
            elements.append(try value(bytes))
            skipSpace(bytes)
            if take(UInt8(ascii: ","), bytes) { continue }
            guard take(UInt8(ascii: "]"), bytes) else {
                throw fault("a ',' or ']' must stand after the element", bytes)
            }
            depth -= 1
            return elements
        }
    }

    private mutating func enter(_ bytes: RawSpan) throws(JSONError) {
        depth += 1
        guard depth <= min(limits.depth, JSONReader.deepest) else {
            throw fault("the text is nested deeper than \(min(limits.depth, JSONReader.deepest))", bytes)
        }
        position += 1
    }

    private mutating func string(_ bytes: RawSpan) throws(JSONError) -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while let byte = peek(bytes) {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    position = start
                    throw fault("the string holds bytes that are not UTF-8", bytes)
                }
                return string
            case UInt8(ascii: "\\"):
                try escape(bytes, into: &text)
            case 0..<UInt8(ascii: " "):
                throw fault("a control character in a string must be escaped", bytes)
            default:
                text.append(byte)
                position += 1
            }
        }
        position = start
        throw fault("the string that begins here does not end", bytes)
    }

    private mutating func escape(_ bytes: RawSpan, into text: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        guard let byte = peek(bytes) else { throw fault("the text ends inside an escape", bytes) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "r"): text.append(UInt8(ascii: "\r"))
        case UInt8(ascii: "t"): text.append(UInt8(ascii: "\t"))
        case UInt8(ascii: "u"):
            var unit = UInt32(try fourDigits(bytes))
            if (0xD800..<0xDC00).contains(unit), peek(bytes) == UInt8(ascii: "\\"),
                peek(bytes, ahead: 1) == UInt8(ascii: "u")
            {
                position += 2
                let low = UInt32(try fourDigits(bytes))
                if (0xDC00..<0xE000).contains(low) { unit = 0x1_0000 + (unit - 0xD800) << 10 + (low - 0xDC00) }
            }
            guard let scalar = Unicode.Scalar(unit) else {
                position = start
                throw fault("a lone surrogate is no character", bytes)
            }
            text.append(contentsOf: String(scalar).utf8)
        default:
            position = start
            throw fault("no escape is written like this", bytes)
        }
    }

    private mutating func fourDigits(_ bytes: RawSpan) throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(bytes), let digit = JSONReader.hexDigit(byte) else {
                throw fault("four hexadecimal digits must stand after \\u", bytes)
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    private mutating func number(_ bytes: RawSpan) throws(JSONError) -> JSONValue {
        let start = position
        _ = take(UInt8(ascii: "-"), bytes)
        guard let first = peek(bytes), first.isASCIIDigit else {
            throw fault("a digit must stand after '-'", bytes)
        }
        skipDigits(bytes)
        let integerDigits = position - start
        if first == UInt8(ascii: "0"), integerDigits > (bytes.at(start) == UInt8(ascii: "-") ? 2 : 1) {
            position = start
            throw fault("a number has no leading zero", bytes)
        }
        var isInteger = true
        if take(UInt8(ascii: "."), bytes) {
            isInteger = false
            guard skipDigits(bytes) else { throw fault("a digit must stand after '.'", bytes) }
        }
        if peek(bytes) == UInt8(ascii: "e") || peek(bytes) == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if !take(UInt8(ascii: "+"), bytes) { _ = take(UInt8(ascii: "-"), bytes) }
            guard skipDigits(bytes) else { throw fault("a digit must stand in the exponent", bytes) }
        }
        var digits: [UInt8] = []
        for offset in start..<position { digits.append(bytes.at(offset)) }
        let text = String(decoding: digits, as: UTF8.self)
        if isInteger {
            guard integerDigits <= JSONReader.longestInteger else {
                position = start
                throw fault("an integer has at most \(JSONReader.longestInteger) digits", bytes)
            }
            return .integer(text == "-0" ? "0" : text)
        }
        guard let value = Double(text) else {
            position = start
            throw fault("this number cannot be read", bytes)
        }
        return .double(value)
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue, _ bytes: RawSpan) throws(JSONError)
        -> JSONValue
    {
        for letter in word.description.utf8 {
            guard take(letter, bytes) else { throw fault("the only words are true, false and null", bytes) }
        }
        return value
    }

    @discardableResult
    private mutating func skipDigits(_ bytes: RawSpan) -> Bool {
        let start = position
        while let byte = peek(bytes), byte.isASCIIDigit { position += 1 }
        return position > start
    }

    private mutating func skipSpace(_ bytes: RawSpan) {
        while let byte = peek(bytes),
            byte == UInt8(ascii: " ") || (UInt8(ascii: "\t")...UInt8(ascii: "\n")).contains(byte)
                || byte == UInt8(ascii: "\r")
        { position += 1 }
    }

    private func peek(_ bytes: RawSpan, ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.byteCount ? bytes.at(position + ahead) : nil
    }

    private mutating func take(_ byte: UInt8, _ bytes: RawSpan) -> Bool {
        guard peek(bytes) == byte else { return false }
        position += 1
        return true
    }

    private func fault(_ message: String, _ bytes: RawSpan) -> JSONError {
        JSONError(message, at: position, in: bytes)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension RawSpan {
    /// The byte at an offset, which must be inside.
    fileprivate func at(_ offset: Int) -> UInt8 {
        // Safe because: the offset is checked, and every bit pattern is a byte.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}

extension JSONError {
    /// An error at a byte of a text, with its line and column.
    package init(_ message: String, at offset: Int, in bytes: RawSpan) {
        var line = 1
        var column = 1
        for index in 0..<min(offset, bytes.byteCount) {
            let byte = bytes.at(index)
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(message: message, offset: offset, line: line, column: column)
    }
}
