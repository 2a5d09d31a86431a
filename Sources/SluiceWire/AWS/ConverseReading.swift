// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// What an event of Converse's stream says, or a whole answer: an object whose members say what it is.
extension EventReading {
    /// Reads the data of an event, or a whole answer, which must be a JSON object and nothing more.
    init(converse bytes: RawSpan) throws(JSONFault) {
        self.init()
        var cursor = JSONCursor(at: 0)
        guard try cursor.peek(bytes) == .openBrace else { throw JSONFault(kind: .value, offset: 0) }
        var isFirstBlock = true
        if try cursor.enter(bytes, closing: .closeBrace) {
            repeat {
                let name = try cursor.name(bytes).range
                let first = try cursor.peek(bytes)
                let start = cursor.position
                if first == .openBrace, bytes.equals("delta", in: name) {
                    named |= 1
                    try converseContent(bytes, &cursor, depth: 2)
                } else if first == .openBrace, bytes.equals("usage", in: name) {
                    usage = try UsageReading(bytes, &cursor, depth: 1, .converse)
                } else if first == .openBrace, bytes.equals("output", in: name) {
                    try converseOutput(bytes, &cursor)
                } else if first == .openBrace, bytes.equals("serviceTier", in: name) {
                    // The usual one is called `default`.
                    if let named = try ServiceTier.name(inObject: bytes, &cursor, depth: 1) { tier = named }
                } else {
                    try cursor.skipValue(bytes, depth: 1)
                    let value = start..<cursor.position
                    switch name.count {
                    case 4 where first == .quote && bytes.equals("role", in: name): named |= 1
                    case 5 where first == .openBrace && bytes.equals("error", in: name): hasError = true
                    case 5 where first == .openBrace && bytes.equals("start", in: name):
                        named |= 1
                        // A call of a tool, named; of texts nothing has come yet.
                        if value.count > 2 { hasSubstance = true }
                    case 10 where first == .quote && bytes.equals("stopReason", in: name):
                        named |= 1
                        finished |= 1
                    case 17 where bytes.equals("contentBlockIndex", in: name):
                        isFirstBlock = bytes.equals("0", in: value)
                    default: break
                    }
                }
            } while try cursor.next(bytes, closing: .closeBrace)
        }
        // Text of several blocks is more than one text.
        if contentBytes > 0, !isFirstBlock { hasSubstance = true }
        cursor.skipSpace(bytes)
        guard cursor.position == bytes.byteCount else { throw JSONFault(kind: .trailing, offset: cursor.position) }
    }

    /// `{"message": {"role": …, "content": […]}}`.
    private mutating func converseOutput(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            guard try cursor.peek(bytes) == .openBrace, bytes.equals("message", in: name) else {
                try cursor.skipValue(bytes, depth: 2)
                continue
            }
            guard try cursor.enter(bytes, closing: .closeBrace) else { continue }
            repeat {
                let name = try cursor.name(bytes).range
                guard try cursor.peek(bytes) == .openBracket, bytes.equals("content", in: name) else {
                    try cursor.skipValue(bytes, depth: 3)
                    continue
                }
                guard try cursor.enter(bytes, closing: .closeBracket) else { continue }
                repeat {
                    if try cursor.peek(bytes) == .openBrace {
                        try converseContent(bytes, &cursor, depth: 5)
                    } else {
                        try cursor.skipValue(bytes, depth: 4)
                    }
                } while try cursor.next(bytes, closing: .closeBracket)
            } while try cursor.next(bytes, closing: .closeBrace)
        } while try cursor.next(bytes, closing: .closeBrace)
    }

    /// A piece of a block, or a whole one.
    private mutating func converseContent(
        _ bytes: RawSpan,
        _ cursor: inout JSONCursor,
        depth: Int
    ) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            let start = cursor.position
            try cursor.skipValue(bytes, depth: depth)
            let value = start..<cursor.position
            // An empty string, list or object has two bytes.
            guard value.count > 2 else { continue }
            if first == .quote, bytes.equals("text", in: name) {
                if contentBytes == 0 { text = value.lowerBound + 1..<value.upperBound - 1 }
                contentBytes += value.count - 2
                generatedBytes += value.count - 2
            } else if first == .openBrace, bytes.equals("toolUse", in: name) {
                contentBytes += value.count
                generatedBytes += converseStrings(["input"], in: value, of: bytes)
            } else if first == .openBrace, bytes.equals("reasoningContent", in: name) {
                contentBytes += value.count
                generatedBytes += converseStrings(["text", "reasoningText"], in: value, of: bytes)
            } else if first == .openBrace || first == .openBracket {
                // Citations, pictures, and what this relay has never heard of.
                hasSubstance = true
            }
        } while try cursor.next(bytes, closing: .closeBrace)
    }

    /// Bytes of members in which the model writes.
    private func converseStrings(_ names: [StaticString], in object: Range<Int>, of bytes: RawSpan) -> Int {
        var cursor = JSONCursor(at: object.lowerBound)
        var count = 0
        do throws(JSONFault) {
            guard try cursor.enter(bytes, closing: .closeBrace) else { return 0 }
            repeat {
                let name = try cursor.name(bytes).range
                _ = try cursor.peek(bytes)
                let start = cursor.position
                try cursor.skipValue(bytes, depth: 8)
                if names.contains(where: { bytes.equals($0, in: name) }) { count += cursor.position - start - 2 }
            } while try cursor.next(bytes, closing: .closeBrace)
        } catch {
            return count
        }
        return max(0, count)
    }
}
