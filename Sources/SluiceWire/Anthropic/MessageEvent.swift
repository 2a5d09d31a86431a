// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// What an event of a message's stream says, or a whole message; both are one JSON object, which differ in their members.
extension EventReading {
    /// Reads an event's data, or a whole answer, which must be a JSON object and nothing more.
    init(ofMessages bytes: RawSpan) throws(JSONFault) {
        self.init()
        var cursor = JSONCursor(at: 0)
        guard try cursor.peek(bytes) == .openBrace else { throw JSONFault(kind: .value, offset: 0) }
        var isFirstBlock = true
        var hasBlock = false
        if try cursor.enter(bytes, closing: .closeBrace) {
            repeat {
                let name = try cursor.name(bytes).range
                let first = try cursor.peek(bytes)
                if first == .openBrace, bytes.equals("delta", in: name) {
                    try messageDelta(bytes, &cursor)
                } else if first == .openBrace, bytes.equals("content_block", in: name) {
                    hasBlock = true
                    try block(bytes, &cursor)
                } else if first == .openBrace, bytes.equals("message", in: name) {
                    try message(bytes, &cursor)
                } else {
                    let start = cursor.position
                    try member(name, first, bytes, &cursor, depth: 1)
                    if bytes.equals("index", in: name) {
                        isFirstBlock = bytes.equals("0", in: start..<cursor.position)
                    }
                }
            } while try cursor.next(bytes, closing: .closeBrace)
        }
        // Text of several blocks is more than one text.
        if hasBlock, !isFirstBlock { hasSubstance = true }
        cursor.skipSpace(bytes)
        guard cursor.position == bytes.byteCount else { throw JSONFault(kind: .trailing, offset: cursor.position) }
    }

    /// `message_start` holds a message that has only begun.
    private mutating func message(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        named |= 1
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            try member(name, first, bytes, &cursor, depth: 2)
        } while try cursor.next(bytes, closing: .closeBrace)
    }

    /// A member of a message, or of an event beside its delta or block.
    private mutating func member(
        _ name: Range<Int>,
        _ first: UInt8,
        _ bytes: RawSpan,
        _ cursor: inout JSONCursor,
        depth: Int
    ) throws(JSONFault) {
        if first == .openBrace, bytes.equals("usage", in: name) {
            usage = try UsageReading(bytes, &cursor, depth: depth, .besideCached)
            return
        }
        let start = cursor.position
        try cursor.skipValue(bytes, depth: depth)
        let count = cursor.position - start
        if first == .openBracket, bytes.equals("content", in: name) {
            named |= 1
            // An empty array has two bytes.
            guard count > 2 else { return }
            contentBytes += count - 2
            generatedBytes += GeneratedText.bytes(bytes, at: start)
        } else if first == .quote, bytes.equals("stop_reason", in: name) {
            named |= 1
            finished |= 1
            marks.formUnion(AnswerMarks(reason: start + 1..<cursor.position - 1, of: bytes))
        } else if first != UInt8(ascii: "n"), bytes.equals("error", in: name) {
            hasError = true
        }
    }

    /// What the model wrote, or why it ended.
    private mutating func messageDelta(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        named |= 1
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            let start = cursor.position
            try cursor.skipValue(bytes, depth: 2)
            let value = start..<cursor.position
            if first == .quote, EventReading.isWritten(bytes, name) {
                contentBytes += value.count - 2
                generatedBytes += value.count - 2
                if name.count == 4 { text = value.lowerBound + 1..<value.upperBound - 1 }
                if name.count == 12 { calls = value }
            } else if first == .quote, bytes.equals("stop_reason", in: name) {
                finished |= 1
                marks.formUnion(AnswerMarks(reason: value.lowerBound + 1..<value.upperBound - 1, of: bytes))
            } else if value.count > 2, first == .quote || first == .openBrace || first == .openBracket,
                !EventReading.isFrame(bytes, name)
            {
                // A signature, a citation, or what this relay has never heard of.
                hasSubstance = true
            }
        } while try cursor.next(bytes, closing: .closeBrace)
    }

    /// A block that begins: of text and thinking nothing has come yet; all others say something already.
    private mutating func block(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        named |= 1
        beginsCall = true
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            let start = cursor.position
            try cursor.skipValue(bytes, depth: 2)
            let value = start..<cursor.position
            if first == .quote, bytes.equals("type", in: name) {
                if !bytes.equals("\"text\"", in: value), !bytes.equals("\"thinking\"", in: value) {
                    hasSubstance = true
                }
            } else if first == .quote, value.count > 2, EventReading.isWritten(bytes, name) {
                contentBytes += value.count - 2
                generatedBytes += value.count - 2
                if name.count == 4 { text = value.lowerBound + 1..<value.upperBound - 1 }
            } else if value.count > 2, first == .openBracket || bytes.equals("signature", in: name) {
                hasSubstance = true
            }
        } while try cursor.next(bytes, closing: .closeBrace)
    }

    /// Members in which the model writes.
    private static func isWritten(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 4: bytes.equals("text", in: name)
        case 8: bytes.equals("thinking", in: name)
        case 12: bytes.equals("partial_json", in: name)
        default: false
        }
    }

    /// Members of a delta that are no part of the answer.
    private static func isFrame(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 4: bytes.equals("type", in: name)
        case 9: bytes.equals("container", in: name)
        case 12: bytes.equals("stop_details", in: name)
        case 13: bytes.equals("stop_sequence", in: name)
        default: false
        }
    }
}
