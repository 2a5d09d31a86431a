// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// What a model wrote inside an object or array of a delta, as far as tokens are estimated from it.
enum GeneratedText {
    /// Bytes of the strings in a value that was read before: arguments, text, summaries and transcripts.
    ///
    /// Names of members and of functions, ids, types and data are the API's, not the model's.
    static func bytes(_ bytes: RawSpan, at position: Int) -> Int {
        var cursor = JSONCursor(at: position)
        // Only where a model wrote more members than a chunk may have.
        return (try? sum(bytes, &cursor, depth: 5)) ?? 0
    }

    private static func sum(_ bytes: RawSpan, _ cursor: inout JSONCursor, depth: Int) throws(JSONFault) -> Int {
        guard depth < JSONCursor.deepest else { return 0 }
        let first = try cursor.peek(bytes)
        var count = 0
        if first == .openBracket {
            guard try cursor.enter(bytes, closing: .closeBracket) else { return 0 }
            repeat {
                count += try sum(bytes, &cursor, depth: depth + 1)
            } while try cursor.next(bytes, closing: .closeBracket)
        } else if first == .openBrace {
            guard try cursor.enter(bytes, closing: .closeBrace) else { return 0 }
            repeat {
                let name = try cursor.name(bytes).range
                guard try cursor.peek(bytes) == .quote else {
                    count += try sum(bytes, &cursor, depth: depth + 1)
                    continue
                }
                let start = cursor.position
                try cursor.skipValue(bytes, depth: depth + 1)
                if isWritten(bytes, name) { count += cursor.position - start - 2 }
            } while try cursor.next(bytes, closing: .closeBrace)
        } else {
            try cursor.skipValue(bytes, depth: depth)
        }
        return count
    }

    private static func isWritten(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 4: bytes.equals("text", in: name)
        case 5: bytes.equals("input", in: name)
        case 7: bytes.equals("summary", in: name) || bytes.equals("content", in: name)
        case 8: bytes.equals("thinking", in: name)
        case 9: bytes.equals("arguments", in: name)
        case 10: bytes.equals("transcript", in: name)
        default: false
        }
    }
}
