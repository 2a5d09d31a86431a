// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Small readings of checked JSON.
enum JSONText {
    /// The text of a string whose inside (without quotes) is given; lone surrogates become U+FFFD.
    static func unescaped(_ bytes: RawSpan, _ inside: Range<Int>) -> String {
        let inside = inside.clamped(to: 0..<bytes.byteCount)
        guard bytes.holds(.backslash, in: inside) else { return String(copying: bytes.extracting(inside)) }
        let raw = bytes.copy(inside)
        var text: [UInt8] = []
        text.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            let byte = raw[index]
            guard byte == .backslash, index + 1 < raw.count else {
                text.append(byte)
                index += 1
                continue
            }
            guard raw[index + 1] == UInt8(ascii: "u") else {
                text.append(plain(raw[index + 1]))
                index += 2
                continue
            }
            var unit = codeUnit(raw, at: index + 2)
            index = min(index + 6, raw.count)
            if unit >> 10 == 0x36, index + 1 < raw.count, raw[index] == .backslash, raw[index + 1] == UInt8(ascii: "u")
            {
                let low = codeUnit(raw, at: index + 2)
                if low >> 10 == 0x37 {
                    unit = 0x1_0000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
                    index = min(index + 6, raw.count)
                }
            }
            text.append(contentsOf: String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// What the letter after a backslash stands for.
    private static func plain(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): .lineFeed
        case UInt8(ascii: "r"): .carriageReturn
        case UInt8(ascii: "t"): .tab
        default: letter
        }
    }

    private static func codeUnit(_ raw: [UInt8], at start: Int) -> UInt32 {
        var unit: UInt32 = 0
        for index in start..<(start + 4) where index < raw.count {
            unit = unit << 4 | UInt32(raw[index].hexDigit ?? 0)
        }
        return unit
    }
}

extension String {
    /// The text of these bytes; what is no UTF-8 is replaced.
    init(copying bytes: RawSpan) {
        // Safe because: the buffer lives during the call only, and bytes are copied.
        self = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

extension JSONFault {
    /// What to tell the caller.
    func message(in bytes: RawSpan) -> String {
        let place = JSONError("", at: offset, in: bytes)
        return "\(what) (line \(place.line), column \(place.column), byte \(offset))"
    }

    private var what: String {
        switch kind {
        case .endsEarly: "the text ends too early"
        case .value: "a value must stand here"
        case .name: "a member's name must stand here, in double quotes"
        case .colon: "a ':' must stand after the member's name"
        case .commaOrBrace: "a ',' or '}' must stand here"
        case .commaOrBracket: "a ',' or ']' must stand here"
        case .control: "a control character in a string must be escaped"
        case .escape: "no escape is written like this"
        case .utf8: "the bytes are not UTF-8"
        case .number: "no number is written like this"
        case .word: "the only words are true, false and null"
        case .depth: "objects and arrays are nested deeper than \(JSONCursor.deepest)"
        case .members: "there are more than \(JSONCursor.mostMembers) object members"
        case .trailing: "there is text after the object"
        }
    }
}

extension JSONText {
    /// The last letter is written as an escape, which may be white space, or half of something.
    static func endsWithEscape(_ text: [UInt8]) -> Bool {
        text.suffix(6).contains(.backslash)
    }
}
