// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

extension EventReading {
    /// Reads a chunk of a stream, or a whole answer, which must be a JSON object and nothing more.
    init(chunk bytes: RawSpan) throws(JSONFault) {
        self.init()
        var cursor = JSONCursor(at: 0)
        guard try cursor.peek(bytes) == .openBrace else { throw JSONFault(kind: .value, offset: 0) }
        if try cursor.enter(bytes, closing: .closeBrace) {
            repeat {
                let name = try cursor.name(bytes).range
                let first = try cursor.peek(bytes)
                if first == .openBracket, bytes.equals("choices", in: name) {
                    try choices(bytes, &cursor)
                } else if first == .openBrace, bytes.equals("usage", in: name) {
                    usage = try UsageReading(bytes, &cursor, depth: 1)
                } else if first == .openBrace, bytes.equals("x_groq", in: name) {
                    try groq(bytes, &cursor)
                } else if first == .quote, name.count == 12, bytes.equals("service_tier", in: name) {
                    tier = try ServiceTier.name(bytes, &cursor, depth: 1)
                } else {
                    if first != UInt8(ascii: "n"), bytes.equals("error", in: name) { hasError = true }
                    let start = cursor.position
                    try cursor.skipValue(bytes, depth: 1)
                    // An empty list or object has two bytes.
                    if first == .openBracket || first == .openBrace, cursor.position - start > 2,
                        !EventReading.isTiming(bytes, name)
                    {
                        extras |= EventReading.mark(bytes, name)
                    }
                }
            } while try cursor.next(bytes, closing: .closeBrace)
        }
        cursor.skipSpace(bytes)
        guard cursor.position == bytes.byteCount else { throw JSONFault(kind: .trailing, offset: cursor.position) }
        if hasUsage, usage == nil { usage = innerUsage }
    }

    private mutating func groq(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            if try cursor.peek(bytes) == .openBrace, bytes.equals("usage", in: name) {
                innerUsage = try UsageReading(bytes, &cursor, depth: 2)
            } else {
                try cursor.skipValue(bytes, depth: 2)
            }
        } while try cursor.next(bytes, closing: .closeBrace)
    }

    private mutating func choices(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBracket) else {
            hasNoChoices = true
            return
        }
        hasChoices = true
        var place: UInt64 = 0
        repeat {
            if try cursor.peek(bytes) == .openBrace {
                try choice(bytes, &cursor, place: place)
            } else {
                try cursor.skipValue(bytes, depth: 2)
            }
            place += 1
        } while try cursor.next(bytes, closing: .closeBracket)
    }

    private mutating func choice(_ bytes: RawSpan, _ cursor: inout JSONCursor, place: UInt64) throws(JSONFault) {
        var bit = UInt64(1) << min(place, 63)
        var isFinished = false
        if try cursor.enter(bytes, closing: .closeBrace) {
            repeat {
                let name = try cursor.name(bytes).range
                let first = try cursor.peek(bytes)
                let start = cursor.position
                if first == .openBrace, bytes.equals("delta", in: name) || bytes.equals("message", in: name) {
                    try delta(bytes, &cursor)
                    continue
                }
                if first == .openBrace, bytes.equals("usage", in: name) {
                    let usage = try UsageReading(bytes, &cursor, depth: 3)
                    if usage.hasCounts { innerUsage = usage }
                    continue
                }
                try cursor.skipValue(bytes, depth: 3)
                let value = start..<cursor.position
                if bytes.equals("index", in: name) {
                    bit = EventReading.bit(bytes, value)
                } else if first == .quote, bytes.equals("finish_reason", in: name) {
                    isFinished = true
                    marks.formUnion(AnswerMarks(reason: value.lowerBound + 1..<value.upperBound - 1, of: bytes))
                    if bytes.equals("\"error\"", in: value) { hasError = true }
                } else if first == .quote, bytes.equals("text", in: name) {
                    contentBytes += value.count - 2
                    generatedBytes += value.count - 2
                    text = value.lowerBound + 1..<value.upperBound - 1
                } else if first == .openBrace, bytes.equals("error", in: name) {
                    hasError = true
                }
            } while try cursor.next(bytes, closing: .closeBrace)
        }
        named |= bit
        if isFinished { finished |= bit }
    }

    private mutating func delta(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        // The same reasoning may stand under two names.
        var reasoning = 0
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            let start = cursor.position
            try cursor.skipValue(bytes, depth: 4)
            let count = cursor.position - start
            if first == .quote, bytes.equals("content", in: name) { text = start + 1..<cursor.position - 1 }
            // An empty string, array or object has two bytes.
            guard count > 2, first == .quote || first == .openBracket || first == .openBrace else { continue }
            if EventReading.isContent(bytes, name) {
                contentBytes += count - 2
                if name.count == 10 {
                    calls = start..<cursor.position
                } else if name.count == 7, first == .quote, bytes.equals("refusal", in: name) {
                    marks.insert(.refused)
                }
                let written = first == .quote ? count - 2 : GeneratedText.bytes(bytes, at: start)
                if name.count >= 9, bytes.equals("reasoning", in: name.prefix(9)) {
                    reasoning = max(reasoning, written)
                } else {
                    generatedBytes += written
                }
            } else if !bytes.equals("role", in: name), !bytes.equals("obfuscation", in: name) {
                hasSubstance = true
            }
        } while try cursor.next(bytes, closing: .closeBrace)
        generatedBytes += reasoning
    }

    /// One of 64 bits; names that share one are taken for the same.
    private static func mark(_ bytes: RawSpan, _ name: Range<Int>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in name { hash = (hash ^ UInt64(bytes.byte(index))) &* 0x100_0000_01B3 }
        return 1 << (hash >> 58)
    }

    /// What servers tell of their own speed beside the usage.
    private static func isTiming(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        bytes.equals("time_info", in: name) || bytes.equals("timings", in: name) || bytes.equals("metrics", in: name)
    }

    private static func isContent(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 5: bytes.equals("audio", in: name)
        case 6: bytes.equals("images", in: name)
        case 7: bytes.equals("content", in: name) || bytes.equals("refusal", in: name)
        case 9: bytes.equals("reasoning", in: name)
        case 10: bytes.equals("tool_calls", in: name)
        case 13: bytes.equals("function_call", in: name)
        case 17: bytes.equals("reasoning_content", in: name) || bytes.equals("reasoning_details", in: name)
        default: false
        }
    }

    private static func bit(_ bytes: RawSpan, _ value: Range<Int>) -> UInt64 {
        var index: UInt64 = 0
        for offset in value {
            let digit = bytes.byte(offset) &- .digitZero
            guard digit < 10 else { return 1 << 63 }
            index = min(index * 10 + UInt64(digit), 63)
        }
        return 1 << index
    }
}
