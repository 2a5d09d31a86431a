// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// What answers about pictures, sound and texts say that are no conversation.
extension EventReading {
    /// Reads an event: `….delta` and what comes in pieces like it, `….done` and `….completed` with the usage.
    init(media bytes: RawSpan) throws(JSONFault) {
        self.init()
        var type: Range<Int>?
        var cursor = JSONCursor(at: 0)
        guard try cursor.peek(bytes) == .openBrace else { throw JSONFault(kind: .value, offset: 0) }
        if try cursor.enter(bytes, closing: .closeBrace) {
            repeat {
                let name = try cursor.name(bytes).range
                let first = try cursor.peek(bytes)
                if first == .openBrace, bytes.equals("usage", in: name) {
                    usage = try UsageReading(bytes, &cursor, depth: 1)
                    continue
                }
                let start = cursor.position
                try cursor.skipValue(bytes, depth: 1)
                if first == .quote, bytes.equals("type", in: name) { type = start + 1..<cursor.position - 1 }
                if first != UInt8(ascii: "n"), bytes.equals("error", in: name) { hasError = true }
            } while try cursor.next(bytes, closing: .closeBrace)
        }
        cursor.skipSpace(bytes)
        guard cursor.position == bytes.byteCount else { throw JSONFault(kind: .trailing, offset: cursor.position) }
        guard let type else { return }
        if bytes.equals("error", in: type) { hasError = true }
        guard !hasError else { return }
        let isEnd = EventReading.ends(bytes, type, with: ".done") || EventReading.ends(bytes, type, with: ".completed")
        named = 1
        hasSubstance = true
        if isEnd { finished = 1 }
        // Several pictures may be completed, one after the other.
        endsStream = EventReading.ends(bytes, type, with: ".done")
    }
}

/// Words of these answers that the meters ask for.
enum Media {
    /// What a member of the top level of a whole answer is.
    static func member(named name: Range<Int>, of bytes: RawSpan, _ operation: Operation) -> AnswerMetering.Member {
        if bytes.equals("usage", in: name) { return .usage }
        if bytes.equals("error", in: name) { return .error }
        switch operation {
        case .transcriptions: return bytes.equals("text", in: name) ? .sign : .other
        case .images: return bytes.equals("data", in: name) ? .answers : .other
        default: return bytes.equals("results", in: name) || bytes.equals("data", in: name) ? .answers : .other
        }
    }

    /// Its answers may be no JSON: sound, plain text, subtitles.
    static func isAnyBytes(_ operation: Operation) -> Bool { operation == .speech || operation == .transcriptions }

    /// The beginning of an event that is too long to be read says that a picture is whole.
    static func endsStream(_ beginning: RawSpan) -> Bool {
        let names: [StaticString] = [
            "event: image_generation.completed", "event: image_edit.completed",
            #"data: {"type":"image_generation.completed""#, #"data: {"type":"image_edit.completed""#,
        ]
        return names.contains { beginning.has($0, at: 0) }
    }
}
