// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// Walks over the elements of a chat's `messages`.
struct MessageWalk {
    enum Role { case system, user, other }

    struct Message {
        /// The whole element.
        var range: Range<Int>
        var role: Role
        /// The value of its `content`.
        var content: Range<Int>?
    }

    /// Stands at the opening bracket first, after the closing one in the end.
    var cursor: JSONCursor
    private var hasBegun = false

    init(_ cursor: JSONCursor) { self.cursor = cursor }

    /// The next element; `depth` counts the array itself.
    mutating func next(_ bytes: RawSpan, depth: Int) throws(JSONFault) -> Message? {
        let more =
            hasBegun ? try cursor.next(bytes, closing: .closeBracket) : try cursor.enter(bytes, closing: .closeBracket)
        hasBegun = true
        guard more else { return nil }
        let first = try cursor.peek(bytes)
        let start = cursor.position
        guard first == .openBrace else {
            try cursor.skipValue(bytes, depth: depth)
            return Message(range: start..<cursor.position, role: .other)
        }
        guard depth < JSONCursor.deepest else { throw JSONFault(kind: .depth, offset: start) }
        var message = Message(range: start..<start, role: .other)
        if try cursor.enter(bytes, closing: .closeBrace) {
            repeat {
                let name = try cursor.name(bytes)
                _ = try cursor.peek(bytes)
                let value = cursor.position
                try cursor.skipValue(bytes, depth: depth + 1)
                if MessageWalk.isNamed("role", name, bytes) {
                    message.role = MessageWalk.role(bytes, value..<cursor.position)
                } else if MessageWalk.isNamed("content", name, bytes) {
                    message.content = value..<cursor.position
                } else {
                    cursor.note(name, bytes)
                }
            } while try cursor.next(bytes, closing: .closeBrace)
        }
        message.range = start..<cursor.position
        return message
    }

    private static func isNamed(
        _ wanted: StaticString,
        _ name: (range: Range<Int>, hasEscape: Bool),
        _ bytes: RawSpan
    ) -> Bool {
        guard name.hasEscape else { return bytes.equals(wanted, in: name.range) }
        return JSONText.unescaped(bytes, name.range) == wanted.description
    }

    private static func role(_ bytes: RawSpan, _ value: Range<Int>) -> Role {
        if bytes.equals("\"user\"", in: value) { return .user }
        if bytes.equals("\"system\"", in: value) || bytes.equals("\"developer\"", in: value) { return .system }
        // A role with escapes has at most six bytes for each letter of "developer".
        guard (8...56).contains(value.count), bytes.byte(value.lowerBound) == .quote,
            value.contains(where: { bytes.byte($0) == .backslash })
        else { return .other }
        switch JSONText.unescaped(bytes, (value.lowerBound + 1)..<(value.upperBound - 1)) {
        case "user": return .user
        case "system", "developer": return .system
        default: return .other
        }
    }
}

extension MessageWalk {
    /// Whose the last message is.
    static func lastRole(_ messages: Range<Int>, _ body: RawSpan) -> MessageWalk.Role? {
        var walk = MessageWalk(JSONCursor(at: messages.lowerBound))
        var last: MessageWalk.Role?
        // The scan has checked the text, so the walk cannot fail.
        while let message = try? walk.next(body, depth: 2) { last = message.role }
        return last
    }
}
