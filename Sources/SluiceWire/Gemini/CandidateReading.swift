// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// What an event of a stream of Gemini's says, or a whole answer: both are the same object.
extension EventReading {
    /// Reads the data of an event, or a whole answer, which must be a JSON object and nothing more.
    init(candidates bytes: RawSpan) throws(JSONFault) {
        self.init()
        var cursor = JSONCursor(at: 0)
        guard try cursor.peek(bytes) == .openBrace else { throw JSONFault(kind: .value, offset: 0) }
        if try cursor.enter(bytes, closing: .closeBrace) {
            repeat {
                let name = try cursor.name(bytes).range
                let first = try cursor.peek(bytes)
                if first == .openBracket, bytes.equals("candidates", in: name) {
                    try candidates(bytes, &cursor)
                } else if first == .openBrace, bytes.equals("usageMetadata", in: name) {
                    usage = try UsageReading(bytes, &cursor, depth: 1, .google)
                } else if first == .openBrace, bytes.equals("promptFeedback", in: name) {
                    try promptFeedback(bytes, &cursor)
                } else {
                    if first != UInt8(ascii: "n"), bytes.equals("error", in: name) { hasError = true }
                    try cursor.skipValue(bytes, depth: 1)
                }
            } while try cursor.next(bytes, closing: .closeBrace)
        }
        cursor.skipSpace(bytes)
        guard cursor.position == bytes.byteCount else { throw JSONFault(kind: .trailing, offset: cursor.position) }
        tier = usage?.tier
    }

    private mutating func candidates(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBracket) else {
            hasNoChoices = true
            return
        }
        hasChoices = true
        var place: Int64 = 0
        repeat {
            if try cursor.peek(bytes) == .openBrace {
                try candidate(bytes, &cursor, place: place)
            } else {
                try cursor.skipValue(bytes, depth: 2)
            }
            place += 1
        } while try cursor.next(bytes, closing: .closeBracket)
    }

    private mutating func candidate(_ bytes: RawSpan, _ cursor: inout JSONCursor, place: Int64) throws(JSONFault) {
        var index = place
        var isFinished = false
        if try cursor.enter(bytes, closing: .closeBrace) {
            repeat {
                let name = try cursor.name(bytes).range
                let first = try cursor.peek(bytes)
                if first == .openBrace, bytes.equals("content", in: name) {
                    try content(bytes, &cursor)
                } else if bytes.equals("index", in: name), let count = cursor.takeCount(bytes) {
                    index = count
                } else {
                    // Until the end is reached some servers say that there is no reason yet.
                    let start = cursor.position
                    try cursor.skipValue(bytes, depth: 3)
                    let isReason = first == .quote && bytes.equals("finishReason", in: name)
                    if isReason, !bytes.equals("\"FINISH_REASON_UNSPECIFIED\"", in: start..<cursor.position) {
                        isFinished = true
                        marks.formUnion(AnswerMarks(reason: start + 1..<cursor.position - 1, of: bytes))
                    }
                }
            } while try cursor.next(bytes, closing: .closeBrace)
        }
        let bit = UInt64(1) << UInt64(min(max(index, 0), 63))
        named |= bit
        if isFinished { finished |= bit }
    }

    private mutating func content(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            guard try cursor.peek(bytes) == .openBracket, bytes.equals("parts", in: name) else {
                try cursor.skipValue(bytes, depth: 4)
                continue
            }
            guard try cursor.enter(bytes, closing: .closeBracket) else { continue }
            repeat {
                if try cursor.peek(bytes) == .openBrace {
                    try part(bytes, &cursor)
                } else {
                    try cursor.skipValue(bytes, depth: 5)
                }
            } while try cursor.next(bytes, closing: .closeBracket)
        } while try cursor.next(bytes, closing: .closeBrace)
    }

    private mutating func part(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            let start = cursor.position
            try cursor.skipValue(bytes, depth: 6)
            let count = cursor.position - start
            // An empty string or object has two bytes.
            guard count > 2 else { continue }
            if first == .quote, bytes.equals("text", in: name) {
                if contentBytes == 0 { text = start + 1..<cursor.position - 1 }
                contentBytes += count - 2
                generatedBytes += count - 2
            } else if first == .openBrace, bytes.equals("functionCall", in: name) {
                contentBytes += count
                generatedBytes += EventReading.arguments(bytes, at: start)
            } else if first == .openBrace {
                // Pictures, sound, code and its results: no text of the model's, but content.
                contentBytes += count
            }
        } while try cursor.next(bytes, closing: .closeBrace)
    }

    /// Bytes of a call's arguments, which are an object here.
    private static func arguments(_ bytes: RawSpan, at start: Int) -> Int {
        var cursor = JSONCursor(at: start)
        do throws(JSONFault) {
            guard try cursor.enter(bytes, closing: .closeBrace) else { return 0 }
            repeat {
                let name = try cursor.name(bytes).range
                _ = try cursor.peek(bytes)
                let value = cursor.position
                try cursor.skipValue(bytes, depth: 7)
                if bytes.equals("args", in: name) { return cursor.position - value }
            } while try cursor.next(bytes, closing: .closeBrace)
        } catch {
            return 0
        }
        return 0
    }

    /// A prompt that was blocked is answered by that alone.
    private mutating func promptFeedback(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            try cursor.skipValue(bytes, depth: 2)
            if first == .quote, bytes.equals("blockReason", in: name) {
                named |= 1
                finished |= 1
                marks.insert(.filtered)
            }
        } while try cursor.next(bytes, closing: .closeBrace)
    }
}
