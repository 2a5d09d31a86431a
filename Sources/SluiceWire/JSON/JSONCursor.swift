// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// What is wrong with a JSON text, and at which byte.
struct JSONFault: Error, Equatable {
    enum Kind {
        case endsEarly, value, name, colon, commaOrBrace, commaOrBracket, control, escape, utf8, number, word
        case depth, members, trailing
    }

    var kind: Kind
    var offset: Int
}

/// A place in a JSON text that moves over values and checks them: grammar, UTF-8, depth, number of members.
///
/// The text is given again with every call, so that the cursor stays a plain value. Nothing is copied. Strings are
/// passed over sixteen bytes at a time.
struct JSONCursor {
    static let deepest = 64
    static let mostMembers = 50_000

    var position: Int
    var members = 0
    /// Somewhere inside of a value stands a `file_id`, or a name that hides what it is.
    private(set) var mayNameFiles = false

    init(at position: Int) { self.position = position }

    // MARK: Steps

    @inline(__always)
    mutating func skipSpace(_ bytes: RawSpan) {
        while position < bytes.byteCount {
            let byte = bytes.byte(position)
            guard byte <= .space, byte == .space || byte == .lineFeed || byte == .carriageReturn || byte == .tab else {
                return
            }
            position += 1
        }
    }

    /// The next byte that is not space, which stays unread.
    @inline(__always)
    mutating func peek(_ bytes: RawSpan) throws(JSONFault) -> UInt8 {
        skipSpace(bytes)
        guard position < bytes.byteCount else { throw JSONFault(kind: .endsEarly, offset: position) }
        return bytes.byte(position)
    }

    /// Steps into an object or array; `false` when it is empty, and then over it.
    @inline(__always)
    mutating func enter(_ bytes: RawSpan, closing: UInt8) throws(JSONFault) -> Bool {
        position += 1
        guard try peek(bytes) == closing else { return true }
        position += 1
        return false
    }

    /// Reads a member's name and the colon after it; the range is without quotes.
    @inline(__always)
    mutating func name(_ bytes: RawSpan) throws(JSONFault) -> (range: Range<Int>, hasEscape: Bool) {
        guard try peek(bytes) == .quote else { throw JSONFault(kind: .name, offset: position) }
        members += 1
        guard members <= JSONCursor.mostMembers else { throw JSONFault(kind: .members, offset: position) }
        let start = position + 1
        let hasEscape = try skipString(bytes)
        let range = start..<(position - 1)
        guard try peek(bytes) == .colon else { throw JSONFault(kind: .colon, offset: position) }
        position += 1
        return (range, hasEscape)
    }

    /// Steps over the comma after a member or element, or over the end; `false` at the end.
    @inline(__always)
    mutating func next(_ bytes: RawSpan, closing: UInt8) throws(JSONFault) -> Bool {
        let byte = try peek(bytes)
        if byte == .comma {
            position += 1
            return true
        }
        guard byte == closing else {
            throw JSONFault(kind: closing == .closeBrace ? .commaOrBrace : .commaOrBracket, offset: position)
        }
        position += 1
        return false
    }

    // MARK: Values

    /// Steps over one value; `depth` objects and arrays are around it.
    mutating func skipValue(_ bytes: RawSpan, depth: Int) throws(JSONFault) {
        let byte = try peek(bytes)
        if byte == .quote {
            _ = try skipString(bytes)
        } else if byte == .openBrace || byte == .openBracket {
            try skipContainer(bytes, depth: depth)
        } else {
            try skipScalar(bytes, first: byte)
        }
    }

    /// Steps over an object or array without recursion: one bit of `kinds` a level, 1 for an object.
    private mutating func skipContainer(_ bytes: RawSpan, depth: Int) throws(JSONFault) {
        var kinds: UInt64 = 0
        var level = 0
        while true {
            // A value stands here.
            let byte = try peek(bytes)
            if byte == .openBrace || byte == .openBracket {
                level += 1
                guard depth + level <= JSONCursor.deepest else { throw JSONFault(kind: .depth, offset: position) }
                let isObject = byte == .openBrace
                kinds = kinds << 1 | (isObject ? 1 : 0)
                if try enter(bytes, closing: isObject ? .closeBrace : .closeBracket) {
                    if isObject { try innerName(bytes) }
                    continue
                }
                level -= 1
                kinds >>= 1
            } else if byte == .quote {
                _ = try skipString(bytes)
            } else {
                try skipScalar(bytes, first: byte)
            }
            // A value has ended.
            while level > 0 {
                let isObject = kinds & 1 == 1
                if try next(bytes, closing: isObject ? .closeBrace : .closeBracket) {
                    if isObject { try innerName(bytes) }
                    break
                }
                level -= 1
                kinds >>= 1
            }
            if level == 0 { return }
        }
    }

    /// Steps over the name of a member of something that is not read.
    @inline(__always)
    private mutating func innerName(_ bytes: RawSpan) throws(JSONFault) {
        let name = try name(bytes)
        if name.hasEscape || name.range.count == 7 || name.range.count == 8 { note(name, bytes) }
    }

    /// Notes whether a member may name files.
    @inline(never)
    mutating func note(_ name: (range: Range<Int>, hasEscape: Bool), _ bytes: RawSpan) {
        if name.hasEscape || bytes.equals("file_id", in: name.range) || bytes.equals("file_ids", in: name.range) {
            mayNameFiles = true
        }
    }

    /// Steps over a string; whether it holds an escape.
    @inline(__always)
    mutating func skipString(_ bytes: RawSpan) throws(JSONFault) -> Bool {
        var index = position &+ 1
        var hasEscape = false
        let end = bytes.byteCount
        while true {
            search: do {
                while index &+ 16 <= end {
                    let marks = JSONCursor.mask(bytes.vector(index)).words
                    if marks.low | marks.high != 0 {
                        index &+=
                            marks.low != 0
                            ? marks.low.trailingZeroBitCount &>> 3 : 8 &+ marks.high.trailingZeroBitCount &>> 3
                        break search
                    }
                    index &+= 16
                    // A string that goes on is mostly a long one.
                    while index &+ 32 <= end {
                        let marks = JSONCursor.mask(bytes.vector(index)) .| JSONCursor.mask(bytes.vector(index &+ 16))
                        let words = marks.words
                        guard words.low | words.high == 0 else { break }
                        index &+= 32
                    }
                }
                while index &+ 8 <= end {
                    let marks = JSONCursor.marks(bytes.word(index))
                    if marks != 0 {
                        index &+= marks.trailingZeroBitCount &>> 3
                        break search
                    }
                    index &+= 8
                }
            }
            guard index < end else { throw JSONFault(kind: .endsEarly, offset: end) }
            let byte = bytes.byte(index)
            if byte == .quote {
                position = index + 1
                return hasEscape
            }
            if byte >= 0x80 {
                index = try JSONCursor.skipScalars(bytes, from: index)
            } else if byte == .backslash {
                hasEscape = true
                index = try JSONCursor.skipEscape(bytes, from: index)
            } else if byte < .space {
                throw JSONFault(kind: .control, offset: index)
            } else {
                index &+= 1
            }
        }
    }

    /// Steps over one value of a text that has been checked, at whose first byte it stands.
    mutating func skipChecked(_ bytes: RawSpan) {
        let end = bytes.byteCount
        guard position < end else { return }
        switch bytes.byte(position) {
        case .quote: position = JSONCursor.endOfString(bytes, from: position)
        case .openBrace, .openBracket:
            var index = position &+ 1
            var open = 1
            while index < end, open > 0 {
                if index &+ 16 <= end {
                    let block = bytes.vector(index)
                    // With the bit 0x20 set brackets are braces, and no other byte of a JSON text becomes one.
                    let folded = block | SIMD16<Int8>(repeating: 0x20)
                    let braces =
                        (folded .== SIMD16<Int8>(repeating: 0x7B)) .| (folded .== SIMD16<Int8>(repeating: 0x7D))
                    let skipped = ((block .== SIMD16<Int8>(repeating: 0x22)) .| braces).unmarkedPrefix
                    index &+= skipped
                    if skipped == 16 { continue }
                }
                let byte = bytes.byte(index)
                if byte == .quote {
                    index = JSONCursor.endOfString(bytes, from: index)
                    continue
                }
                if byte | 0x20 == .openBrace {
                    open &+= 1
                } else if byte | 0x20 == .closeBrace {
                    open &-= 1
                }
                index &+= 1
            }
            position = index
        default:
            while position < end {
                let byte = bytes.byte(position)
                if byte <= .space || byte == .comma || byte == .closeBrace || byte == .closeBracket { return }
                position &+= 1
            }
        }
    }

    /// Behind the closing quote of a string of a checked text; its opening quote stands at `start`.
    @inline(__always)
    private static func endOfString(_ bytes: RawSpan, from start: Int) -> Int {
        let end = bytes.byteCount
        var index = start &+ 1
        while index < end {
            if index &+ 16 <= end {
                let block = bytes.vector(index)
                let marks =
                    (block .== SIMD16<Int8>(repeating: 0x22)) .| (block .== SIMD16<Int8>(repeating: 0x5C))
                let skipped = marks.unmarkedPrefix
                index &+= skipped
                if skipped == 16 { continue }
            }
            let byte = bytes.byte(index)
            index &+= 1
            if byte == .quote { return index }
            if byte == .backslash { index &+= 1 }
        }
        return min(index, end)
    }

    /// The top bit of the lowest byte that is below 0x20, a quote, a backslash or not ASCII; bits above it may lie.
    @inline(__always)
    private static func marks(_ word: UInt64) -> UInt64 {
        let controls = word &- 0x2020_2020_2020_2020
        let quotes = (word ^ 0x2222_2222_2222_2222) &- 0x0101_0101_0101_0101
        let slashes = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
        return (controls | quotes | slashes | word) & 0x8080_8080_8080_8080
    }

    /// All bits of each byte that is below 0x20, a quote, a backslash or not ASCII; no others.
    @inline(__always)
    private static func mask(_ bytes: SIMD16<Int8>) -> SIMDMask<SIMD16<Int8>> {
        // As signed numbers, bytes outside ASCII are below 0x20 too.
        // Typed vectors on both sides: with a number, or an inferred type, a comparison is a loop over the elements.
        let space = SIMD16<Int8>(repeating: 0x20)
        let quote = SIMD16<Int8>(repeating: 0x22)
        let slash = SIMD16<Int8>(repeating: 0x5C)
        return (bytes .< space) .| (bytes .== quote) .| (bytes .== slash)
    }

    private static func skipEscape(_ bytes: RawSpan, from start: Int) throws(JSONFault) -> Int {
        guard start + 1 < bytes.byteCount else { throw JSONFault(kind: .endsEarly, offset: bytes.byteCount) }
        switch bytes.byte(start + 1) {
        case .quote, .backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            for offset in 2..<6 {
                guard start + offset < bytes.byteCount else {
                    throw JSONFault(kind: .endsEarly, offset: bytes.byteCount)
                }
                guard bytes.byte(start + offset).hexDigit != nil else {
                    throw JSONFault(kind: .escape, offset: start)
                }
            }
            return start + 6
        default: throw JSONFault(kind: .escape, offset: start)
        }
    }

    /// Steps over scalars outside ASCII, checked as the Unicode standard's table 3-7 has it.
    private static func skipScalars(_ bytes: RawSpan, from start: Int) throws(JSONFault) -> Int {
        var index = start
        let end = bytes.byteCount
        while index < end {
            let first = bytes.byte(index)
            guard first >= 0x80 else { return index }
            let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            guard first >= 0xC2, first <= 0xF4 else { throw JSONFault(kind: .utf8, offset: index) }
            guard index + length <= end else { throw JSONFault(kind: .utf8, offset: index) }
            let second = bytes.byte(index + 1)
            let low: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
            let high: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
            guard second >= low, second <= high else { throw JSONFault(kind: .utf8, offset: index) }
            for offset in 2..<max(length, 2) where bytes.byte(index + offset) & 0xC0 != 0x80 {
                throw JSONFault(kind: .utf8, offset: index)
            }
            index += length
        }
        return index
    }

    /// Steps over a number of one to twelve digits alone; `nil` (and not moved) where something else stands.
    @inline(__always)
    mutating func takeCount(_ bytes: RawSpan) -> Int64? {
        let first = position
        var index = first
        var count: Int64 = 0
        while index < bytes.byteCount, bytes.byte(index) &- .digitZero < 10, index &- first < 13 {
            count = count &* 10 &+ Int64(bytes.byte(index) &- .digitZero)
            index &+= 1
        }
        let digits = index &- first
        guard digits > 0, digits <= 12, index < bytes.byteCount, digits == 1 || bytes.byte(first) != .digitZero else {
            return nil
        }
        let next = bytes.byte(index)
        guard next == .comma || next == .closeBrace || next <= .space else { return nil }
        position = index
        return count
    }

    private mutating func skipScalar(_ bytes: RawSpan, first: UInt8) throws(JSONFault) {
        switch first {
        case .minus, .digitZero ... .digitNine: try skipNumber(bytes)
        case UInt8(ascii: "t"): try skipWord("true", bytes)
        case UInt8(ascii: "f"): try skipWord("false", bytes)
        case UInt8(ascii: "n"): try skipWord("null", bytes)
        default: throw JSONFault(kind: .value, offset: position)
        }
    }

    private mutating func skipWord(_ word: StaticString, _ bytes: RawSpan) throws(JSONFault) {
        guard bytes.has(word, at: position) else { throw JSONFault(kind: .word, offset: position) }
        position += word.utf8CodeUnitCount
    }

    private mutating func skipNumber(_ bytes: RawSpan) throws(JSONFault) {
        let start = position
        if bytes.byte(position) == .minus { position += 1 }
        let digits = position
        guard skipDigits(bytes) else { throw JSONFault(kind: .number, offset: start) }
        guard bytes.byte(digits) != .digitZero || position == digits + 1 else {
            throw JSONFault(kind: .number, offset: start)
        }
        if position < bytes.byteCount, bytes.byte(position) == .point {
            position += 1
            guard skipDigits(bytes) else { throw JSONFault(kind: .number, offset: start) }
        }
        if position < bytes.byteCount, bytes.byte(position) | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.byteCount, bytes.byte(position) == UInt8(ascii: "+") || bytes.byte(position) == .minus {
                position += 1
            }
            guard skipDigits(bytes) else { throw JSONFault(kind: .number, offset: start) }
        }
    }

    @inline(__always)
    private mutating func skipDigits(_ bytes: RawSpan) -> Bool {
        let start = position
        while position < bytes.byteCount, bytes.byte(position) &- .digitZero < 10 { position += 1 }
        return position > start
    }
}
