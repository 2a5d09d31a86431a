// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

extension AnswerMarks {
    /// What the reason of an answer's end says, in any dialect; the range is without quotes.
    init(reason: Range<Int>, of bytes: RawSpan) {
        self =
            switch reason.count {
            case 4 where bytes.equals("SPII", in: reason): .filtered
            case 6 where bytes.equals("length", in: reason): .cutAtLength
            case 6 where bytes.equals("SAFETY", in: reason): .filtered
            case 7 where bytes.equals("refusal", in: reason): .refused
            case 9 where bytes.equals("BLOCKLIST", in: reason): .filtered
            case 10 where bytes.equals("max_tokens", in: reason) || bytes.equals("MAX_TOKENS", in: reason): .cutAtLength
            case 10 where bytes.equals("RECITATION", in: reason): .filtered
            case 12 where bytes.equals("IMAGE_SAFETY", in: reason): .filtered
            case 14 where bytes.equals("content_filter", in: reason): .filtered
            case 18 where bytes.equals("PROHIBITED_CONTENT", in: reason): .filtered
            case 20 where bytes.equals("UNEXPECTED_TOOL_CALL", in: reason): .invalidCall
            case 23 where bytes.equals("MALFORMED_FUNCTION_CALL", in: reason): .invalidCall
            case 29 where bytes.equals("model_context_window_exceeded", in: reason): .cutAtLength
            default: AnswerMarks()
            }
    }
}

extension AnswerMetering {
    /// It says of each answer what ``AnswerMarks`` name.
    var tellsMarks: Bool {
        switch self {
        case .openai(let operation), .anthropic(let operation), .gemini(let operation):
            operation == .chat || operation == .completions
        case .responses: true
        case .converse, .stored, .batches, .media, .custom: false
        }
    }

    /// What a whole answer shows; `nil` where that is not known of its dialect.
    ///
    /// - Parameter expectsJSON: the caller asked for JSON.
    package func marks(ofWhole body: RawSpan, expectsJSON: Bool) -> AnswerMarks? {
        // A response says in its items what a chat says in its members.
        if case .responses = self { return nil }
        guard tellsMarks, let reading = try? reading(of: body) else { return nil }
        var marks = reading.marks
        if let range = reading.calls {
            let calls = ToolCallWatch()
            calls.take(body, range)
            if !calls.areObjects { marks.insert(.invalidCall) }
        }
        if reading.contentBytes == 0, !reading.hasSubstance { marks.insertEmpty() }
        if expectsJSON, reading.calls == nil, let text = reading.text { marks.insertJSON(body, text) }
        return marks
    }
}

extension AnswerMarks {
    /// Nothing was written; where the model or a filter refused, that says more.
    mutating func insertEmpty() {
        if isDisjoint(with: [.refused, .filtered]) { insert(.empty) }
    }

    /// Whether a text, as JSON wrote it, is JSON itself.
    mutating func insertJSON(_ bytes: RawSpan, _ text: Range<Int>) {
        guard isDisjoint(with: [.refused, .filtered]) else { return }
        insert(.isJSONKnown)
        if !ToolCallWatch.isJSON(Array(JSONText.unescaped(bytes, text).utf8)) { insert(.invalidJSON) }
    }
}

/// Gathers the arguments of tool calls until they are whole, and says whether they are JSON objects.
///
/// An object, made for the answers that are judged by it, and gone with them.
final class ToolCallWatch: @unchecked Sendable {
    // Safe because: it belongs to one meter, which is fed from one place at a time.
    private var calls: [Call] = []
    private var kept = 0

    private struct Call {
        var index: Int64
        var arguments: [UInt8] = []
        /// Too long to be kept: nothing is said of it.
        var isCut = false
    }

    private static let longest = 262_144
    private static let most = 256

    init() {}

    /// Takes calls as OpenAI lists them, whole or in part, or a piece of the arguments of the call at hand.
    ///
    /// - Parameter range: an array, or a string with its quotes.
    func take(_ bytes: RawSpan, _ range: Range<Int>) {
        guard range.count >= 2, range.upperBound <= bytes.byteCount else { return }
        if bytes.byte(range.lowerBound) == .quote {
            if calls.isEmpty { begin() }
            append(bytes, range, to: calls.count - 1)
        } else {
            var cursor = JSONCursor(at: range.lowerBound)
            try? takeList(bytes, &cursor)
        }
    }

    /// A call begins of which pieces will come.
    func begin() {
        if calls.count < ToolCallWatch.most { calls.append(Call(index: Int64(calls.count))) }
    }

    private func takeList(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBracket) else { return }
        var place: Int64 = 0
        repeat {
            if try cursor.peek(bytes) == .openBrace {
                try takeCall(bytes, &cursor, place)
            } else {
                try cursor.skipValue(bytes, depth: 2)
            }
            place += 1
        } while try cursor.next(bytes, closing: .closeBracket)
    }

    private func takeCall(_ bytes: RawSpan, _ cursor: inout JSONCursor, _ place: Int64) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        var index = place
        var arguments: Range<Int>?
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            if first == .openBrace, bytes.equals("function", in: name) {
                arguments = try ToolCallWatch.arguments(bytes, &cursor) ?? arguments
            } else if bytes.equals("index", in: name), let count = cursor.takeCount(bytes) {
                index = count
            } else {
                try cursor.skipValue(bytes, depth: 3)
            }
        } while try cursor.next(bytes, closing: .closeBrace)
        guard let arguments else { return }
        if let known = calls.firstIndex(where: { $0.index == index }) {
            append(bytes, arguments, to: known)
        } else if calls.count < ToolCallWatch.most {
            calls.append(Call(index: index))
            append(bytes, arguments, to: calls.count - 1)
        }
    }

    private static func arguments(_ bytes: RawSpan, _ cursor: inout JSONCursor) throws(JSONFault) -> Range<Int>? {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return nil }
        var found: Range<Int>?
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            let start = cursor.position
            try cursor.skipValue(bytes, depth: 4)
            if first == .quote, bytes.equals("arguments", in: name) { found = start..<cursor.position }
        } while try cursor.next(bytes, closing: .closeBrace)
        return found
    }

    /// - Parameter piece: a string with its quotes.
    private func append(_ bytes: RawSpan, _ piece: Range<Int>, to call: Int) {
        guard calls.indices.contains(call), !calls[call].isCut else { return }
        kept += piece.count
        guard kept <= ToolCallWatch.longest else {
            calls[call] = Call(index: calls[call].index, isCut: true)
            return
        }
        let text = JSONText.unescaped(bytes, (piece.lowerBound + 1)..<(piece.upperBound - 1))
        calls[call].arguments.append(contentsOf: text.utf8)
    }

    /// All calls have arguments that are JSON objects, or none at all.
    var areObjects: Bool {
        calls.allSatisfy { call in
            let begin = call.arguments.first { $0 > .space }
            return call.isCut || begin == nil || begin == .openBrace && ToolCallWatch.isJSON(call.arguments)
        }
    }

    /// It is one JSON value and nothing more.
    static func isJSON(_ text: [UInt8]) -> Bool {
        var cursor = JSONCursor(at: 0)
        do throws(JSONFault) {
            // Safe because: bytes have no padding, and the span does not outlive the array.
            try unsafe cursor.skipValue(text.span.bytes, depth: 0)
        } catch {
            return false
        }
        // Safe because: bytes have no padding, and the span does not outlive the array.
        unsafe cursor.skipSpace(text.span.bytes)
        return cursor.position == text.count
    }
}

extension CallFacts {
    /// The caller asks for an answer that is JSON, in the words of its dialect.
    package func asksForJSON(in body: RawSpan) -> Bool {
        for index in 0..<memberCount {
            let member = member(index)
            guard member.value.upperBound <= body.byteCount else { return false }
            let isFormat =
                switch member.name.count {
                case 4: body.equals("text", in: member.name)
                case 13: body.equals("output_config", in: member.name)
                case 15: body.equals("response_format", in: member.name)
                case 16: body.equals("generationConfig", in: member.name)
                default: false
                }
            guard isFormat else { continue }
            let value = body.extracting(member.value)
            if value.finds("\"json_object\"") || value.finds("\"json_schema\"") || value.finds("\"application/json\"") {
                return true
            }
        }
        return false
    }
}
