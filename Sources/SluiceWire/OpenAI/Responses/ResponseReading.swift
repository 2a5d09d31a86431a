// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// What an event of a stream of the Responses API says, or a whole answer.
extension EventReading {
    /// Reads the data of an event, or a whole answer, which must be a JSON object and nothing more.
    init(responses bytes: RawSpan) throws(JSONFault) {
        self.init()
        var found = ResponseMembers()
        var cursor = JSONCursor(at: 0)
        guard try cursor.peek(bytes) == .openBrace else { throw JSONFault(kind: .value, offset: 0) }
        if try cursor.enter(bytes, closing: .closeBrace) {
            repeat { try member(bytes, &cursor, &found) } while try cursor.next(bytes, closing: .closeBrace)
        }
        cursor.skipSpace(bytes)
        guard cursor.position == bytes.byteCount else { throw JSONFault(kind: .trailing, offset: cursor.position) }
        guard let type = found.type else {
            contentBytes = found.hasOutput ? 1 : 0
            return
        }
        conclude(bytes, type, found)
    }

    /// Reads an event of a response that is told once more: one that failed has come to its end as any other.
    init(replayed bytes: RawSpan) throws(JSONFault) {
        try self.init(responses: bytes)
        guard hasError, bytes.finds("\"response.failed\"") else { return }
        error = nil
        hasError = false
        endsStream = true
        finished = 1
        named = 1
    }

    /// The members of an event that say what it is.
    private struct ResponseMembers {
        /// Without quotes.
        var type: Range<Int>?
        /// A text, without quotes.
        var delta: Range<Int>?
        /// Why a response is not whole, an object.
        var incomplete: Range<Int>?
        /// The type of the item that begins or ends, without quotes.
        var item: Range<Int>?
        var hasOutput = false
        var error: Range<Int>?
    }

    private mutating func member(
        _ bytes: RawSpan,
        _ cursor: inout JSONCursor,
        _ found: inout ResponseMembers
    ) throws(JSONFault) {
        let name = try cursor.name(bytes).range
        let first = try cursor.peek(bytes)
        switch name.count {
        case 4 where first == .openBrace && bytes.equals("item", in: name):
            found.item = try EventReading.type(bytes, &cursor, depth: 1)
            return
        case 5 where first == .openBrace && bytes.equals("usage", in: name):
            usage = try UsageReading(bytes, &cursor, depth: 1)
            return
        case 8 where first == .openBrace && bytes.equals("response", in: name):
            try response(bytes, &cursor, &found)
            return
        default: break
        }
        let start = cursor.position
        try cursor.skipValue(bytes, depth: 1)
        let inside = start + 1..<max(start + 1, cursor.position - 1)
        switch name.count {
        case 4 where first == .quote && bytes.equals("type", in: name): found.type = inside
        case 5 where first == .quote && bytes.equals("delta", in: name): found.delta = inside
        case 5 where first != UInt8(ascii: "n") && bytes.equals("error", in: name): hasError = true
        case 6 where first == .openBracket && bytes.equals("output", in: name):
            found.hasOutput = EventReading.holdsAnything(bytes, inside)
        default: break
        }
    }

    /// The object that an event of a response's life carries.
    private mutating func response(
        _ bytes: RawSpan,
        _ cursor: inout JSONCursor,
        _ found: inout ResponseMembers
    ) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        // Told beside the usage, before or behind it.
        var searches: Int64 = 0
        defer { usage?.takeSearches(searches) }
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            if first == .openBrace, bytes.equals("usage", in: name) {
                usage = try UsageReading(bytes, &cursor, depth: 2)
            } else if first == .openBrace, bytes.equals("tool_usage", in: name) {
                searches = try UsageReading.searches(bytes, &cursor, depth: 2)
            } else if first == .quote, bytes.equals("service_tier", in: name) {
                tier = try ServiceTier.name(bytes, &cursor, depth: 2)
            } else {
                let start = cursor.position
                try cursor.skipValue(bytes, depth: 2)
                if first == .quote, bytes.equals("id", in: name) {
                    id = start + 1..<cursor.position - 1
                } else if first == .openBracket, bytes.equals("output", in: name) {
                    found.hasOutput = EventReading.holdsAnything(bytes, start + 1..<cursor.position - 1)
                } else if first == .openBrace, bytes.equals("error", in: name) {
                    found.error = start..<cursor.position
                } else if first == .openBrace, bytes.equals("incomplete_details", in: name) {
                    found.incomplete = start..<cursor.position
                }
            }
        } while try cursor.next(bytes, closing: .closeBrace)
    }

    /// Puts together what the members mean.
    private mutating func conclude(_ bytes: RawSpan, _ type: Range<Int>, _ found: ResponseMembers) {
        if let delta = found.delta {
            guard EventReading.ends(bytes, type, with: ".delta") else { return }
            named = 1
            contentBytes = delta.count
            // Sound is no text of the model's.
            generatedBytes = bytes.equals("response.audio.delta", in: type) ? 0 : delta.count
            if bytes.equals("response.refusal.delta", in: type) {
                marks.insert(.refused)
            } else if bytes.equals("response.function_call_arguments.delta", in: type) {
                calls = delta.lowerBound - 1..<delta.upperBound + 1
            }
            return
        }
        switch type.count {
        case 5 where bytes.equals("error", in: type): hasError = true
        case 15 where bytes.equals("response.failed", in: type):
            hasError = true
            error = found.error
        case 18 where bytes.equals("response.completed", in: type):
            endsStream = true
            finished = 1
            if found.hasOutput { named = 1 }
        case 19 where bytes.equals("response.incomplete", in: type):
            // A limit may have been reached before there was any output.
            let isFiltered = found.incomplete.map { bytes.extracting($0).finds("\"content_filter\"") } ?? false
            marks.insert(isFiltered ? .filtered : .cutAtLength)
            endsStream = true
            finished = 1
            named = 1
        case 25 where bytes.equals("response.output_item.done", in: type),
            26 where bytes.equals("response.output_item.added", in: type):
            takeItem(bytes, found.item, isDone: type.count == 25)
        case 44 where bytes.equals("response.image_generation_call.partial_image", in: type):
            named = 1
            hasSubstance = true
        default: break
        }
    }

    /// An item that begins is content where it calls a function, and one that ends where it is more than thoughts.
    private mutating func takeItem(_ bytes: RawSpan, _ item: Range<Int>?, isDone: Bool) {
        named = 1
        beginsCall = !isDone
        guard let item, !bytes.equals("reasoning", in: item) else { return }
        hasSubstance = isDone || EventReading.ends(bytes, item, with: "_call")
    }

    /// Moves over an object; its `type`, without quotes.
    private static func type(_ bytes: RawSpan, _ cursor: inout JSONCursor, depth: Int) throws(JSONFault) -> Range<Int>?
    {
        var type: Range<Int>?
        guard try cursor.enter(bytes, closing: .closeBrace) else { return nil }
        repeat {
            let name = try cursor.name(bytes).range
            let first = try cursor.peek(bytes)
            let start = cursor.position
            try cursor.skipValue(bytes, depth: depth + 1)
            if first == .quote, bytes.equals("type", in: name) { type = start + 1..<cursor.position - 1 }
        } while try cursor.next(bytes, closing: .closeBrace)
        return type
    }

    /// Something else than white space stands in a range.
    static func holdsAnything(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound, bytes.byte(index) <= .space { index += 1 }
        return index < range.upperBound
    }

    static func ends(_ bytes: RawSpan, _ range: Range<Int>, with text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        return range.count > count && bytes.has(text, at: range.upperBound - count)
    }
}

/// Words of the Responses API that the meters ask for.
enum Responses {
    /// What a member of the top level of a whole answer is.
    static func member(named name: Range<Int>, of bytes: RawSpan) -> AnswerMetering.Member {
        switch name.count {
        case 2: bytes.equals("id", in: name) ? .id : .other
        case 5: bytes.equals("usage", in: name) ? .usage : bytes.equals("error", in: name) ? .error : .other
        case 6: bytes.equals("output", in: name) ? .answers : bytes.equals("status", in: name) ? .status : .other
        case 10: bytes.equals("tool_usage", in: name) ? .tools : .other
        case 12: bytes.equals("service_tier", in: name) ? .tier : .other
        default: .other
        }
    }

    /// The same of something that a provider keeps.
    static func memberOfStored(named name: Range<Int>, of bytes: RawSpan) -> AnswerMetering.Member {
        switch name.count {
        case 2: bytes.equals("id", in: name) ? .id : .sign
        case 5: bytes.equals("usage", in: name) ? .usage : .sign
        case 6: bytes.equals("status", in: name) ? .status : .sign
        case 10: bytes.equals("tool_usage", in: name) ? .tools : .sign
        case 12: bytes.equals("service_tier", in: name) ? .tier : .sign
        default: .sign
        }
    }

    /// An answer of this status is still to be made, or a batch's requests are still answered.
    static func isUnderWay(_ status: RawSpan, _ range: Range<Int>) -> Bool {
        switch range.count {
        case 6: status.equals("queued", in: range)
        case 9: status.equals("canceling", in: range)
        case 10:
            status.equals("validating", in: range) || status.equals("finalizing", in: range)
                || status.equals("cancelling", in: range)
        case 11: status.equals("in_progress", in: range)
        default: false
        }
    }

    /// An answer of this status may have no output, and is one all the same.
    static func isWholeWithoutOutput(_ status: RawSpan, _ range: Range<Int>) -> Bool {
        switch range.count {
        case 6: status.equals("queued", in: range)
        case 9: status.equals("cancelled", in: range)
        case 10: status.equals("incomplete", in: range)
        case 11: status.equals("in_progress", in: range)
        default: false
        }
    }

    /// The beginning of an event that is too long to be read says that it ends the stream.
    static func endsStream(_ beginning: RawSpan) -> Bool {
        let names: [StaticString] = [
            "event: response.completed", "event:response.completed", #"data: {"type":"response.completed""#,
            "event: response.incomplete", "event:response.incomplete", #"data: {"type":"response.incomplete""#,
        ]
        return names.contains { beginning.has($0, at: 0) }
    }

    /// An error object as an event: what libraries look for at the top, and the object that others look for.
    static func event(of body: RawSpan) -> [UInt8] {
        var bytes = Array("event: error\ndata: {\"type\":\"error\"".utf8)
        let object = (try? JSONValue(parsing: body))?.object?["error"]?.object
        for name in ["code", "message", "param"] {
            bytes.append(contentsOf: ",\"\(name)\":".utf8)
            if let text = object?[name]?.string {
                JSONString.append(text, to: &bytes)
            } else {
                bytes.append(contentsOf: "null".utf8)
            }
        }
        var start = 0
        while start < body.byteCount, body.byte(start) != .openBrace { start += 1 }
        bytes.append(.comma)
        for index in min(start + 1, body.byteCount)..<body.byteCount {
            let byte = body.byte(index)
            bytes.append(byte.isLineEnd ? .space : byte)
        }
        return bytes + Array("\n\n".utf8)
    }
}
