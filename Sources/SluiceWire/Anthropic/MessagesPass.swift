// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The one pass over the body of a request to the Messages API that fills ``CallFacts``.
///
/// It checks the whole text: grammar, UTF-8, depth, number of members. A member that the relay decides on stands once and
/// without escapes.
struct MessagesPass {
    private var cursor = JSONCursor(at: 0)
    private var seen: Decided = []

    /// Reads a request body.
    ///
    /// - Throws: a `Refusal` of kind `invalidJSON`, `tooDeep`, `badRequest`, `duplicateField` or `missingModel` that
    ///   says where.
    static func facts(of body: RawSpan, for operation: Operation) throws(Refusal) -> CallFacts {
        guard body.byteCount <= Int(UInt32.max) else { throw Refusal(.bodyTooLarge, "the body is too large") }
        let facts = CallFacts(of: Outcome.Endpoint(.anthropic, operation))
        var pass = MessagesPass()
        do throws(BodyFault) {
            try pass.run(body, facts)
        } catch {
            throw error.refusal(body)
        }
        // Usage comes unasked.
        facts.asksForUsage = true
        if operation != .chat { facts.isStream = false }
        return facts
    }

    /// The members of the top level that the relay decides on.
    private struct Decided: OptionSet {
        let rawValue: UInt8
        static let model = Decided(rawValue: 1)
        static let stream = Decided(rawValue: 1 << 1)
        static let maxTokens = Decided(rawValue: 1 << 2)
        static let system = Decided(rawValue: 1 << 3)
        static let messages = Decided(rawValue: 1 << 4)
        static let metadata = Decided(rawValue: 1 << 5)
    }

    private mutating func run(_ body: RawSpan, _ facts: CallFacts) throws(BodyFault) {
        try BodyReading.begin(&cursor, body)
        if try step({ cursor, body throws(JSONFault) in try cursor.enter(body, closing: .closeBrace) }, body) {
            repeat {
                try member(body, facts)
                facts.end = cursor.position
            } while try step({ cursor, body throws(JSONFault) in try cursor.next(body, closing: .closeBrace) }, body)
        }
        cursor.skipSpace(body)
        guard cursor.position == body.byteCount else {
            throw .json(JSONFault(kind: .trailing, offset: cursor.position))
        }
        if cursor.mayNameFiles { facts.files = FileReferences(of: body).ids }
        try BodyReading.checkModel(facts)
    }

    @inline(__always)
    private mutating func step<Answer>(
        _ move: (inout JSONCursor, RawSpan) throws(JSONFault) -> Answer,
        _ body: RawSpan
    ) throws(BodyFault) -> Answer {
        do throws(JSONFault) { return try move(&cursor, body) } catch { throw .json(error) }
    }

    private mutating func member(_ body: RawSpan, _ facts: CallFacts) throws(BodyFault) {
        let name = try step({ cursor, body throws(JSONFault) in try cursor.name(body) }, body)
        let decided = name.hasEscape ? [] : MessagesPass.decided(body, name.range)
        if !decided.isEmpty {
            guard seen.isDisjoint(with: decided) else { throw .repeated(name.range) }
            seen.formUnion(decided)
        } else if name.hasEscape {
            facts.hasEscapedNames = true
            let plain = Array(JSONText.unescaped(body, name.range).utf8)
            // Safe because: bytes have no padding.
            guard unsafe MessagesPass.decided(plain.span.bytes, 0..<plain.count).isEmpty else {
                throw .escaped(name.range)
            }
        }
        let first = try step({ cursor, body throws(JSONFault) in try cursor.peek(body) }, body)
        let start = cursor.position
        switch decided {
        case .messages where first == .openBracket: try messages(body, facts)
        case .metadata where first == .openBrace: try metadata(body, facts)
        case .system where first == .openBracket: try system(body, facts)
        default: try step({ cursor, body throws(JSONFault) in try cursor.skipValue(body, depth: 1) }, body)
        }
        let field = CallFacts.Field(range: start..<cursor.position, kind: BodyReading.kind(first))
        facts.add(CallFacts.Member(name: name.range, value: field.range))
        switch decided {
        case .model: facts.model = field
        case .stream:
            guard field.kind == .bool || field.kind == .null else {
                throw .wrongType("stream", wanted: "true or false")
            }
            facts.isStream = first == UInt8(ascii: "t")
        case .messages: if field.kind == .array { facts.messages = field.range }
        case .system where field.kind == .string && field.range.count > 2:
            facts.hasSystemMessage = true
            if !SystemBlocks.mustStandFirst(body, at: start) { facts.systemContent = field.range }
        default: break
        }
    }

    // MARK: Members with an inside

    private mutating func messages(_ body: RawSpan, _ facts: CallFacts) throws(BodyFault) {
        var walk = MessageWalk(cursor)
        do throws(JSONFault) {
            while let message = try walk.next(body, depth: 2) {
                facts.messagesIsEmpty = false
                if message.role == .user, facts.userContent == nil { facts.userContent = message.content }
            }
        } catch {
            throw .json(error)
        }
        cursor = walk.cursor
    }

    /// What an agent says of itself in front changes within a conversation: the rest is what names it.
    private mutating func system(_ body: RawSpan, _ facts: CallFacts) throws(BodyFault) {
        let start = cursor.position
        let blocks = try step(
            { cursor, body throws(JSONFault) in try SystemBlocks(body, &cursor) },
            body
        )
        facts.hasSystemMessage = blocks.hasMore || blocks.frontEnd != nil
        if blocks.hasMore { facts.systemContent = (blocks.frontEnd ?? start)..<blocks.end }
    }

    private mutating func metadata(_ body: RawSpan, _ facts: CallFacts) throws(BodyFault) {
        guard try step({ cursor, body throws(JSONFault) in try cursor.enter(body, closing: .closeBrace) }, body) else {
            return
        }
        repeat {
            let name = try step({ cursor, body throws(JSONFault) in try cursor.name(body) }, body)
            let first = try step({ cursor, body throws(JSONFault) in try cursor.peek(body) }, body)
            let start = cursor.position
            try step({ cursor, body throws(JSONFault) in try cursor.skipValue(body, depth: 2) }, body)
            let field = CallFacts.Field(range: start..<cursor.position, kind: BodyReading.kind(first))
            guard BodyReading.isName(field), BodyReading.isNamed("user_id", name, body) else { continue }
            guard facts.user == nil else { throw .nestedRepeated("metadata.user_id") }
            facts.user = field
            facts.session = MessagesPass.session(in: field, body)
        } while try step({ cursor, body throws(JSONFault) in try cursor.next(body, closing: .closeBrace) }, body)
    }

    /// The `session_id` of a user id that is a JSON text of its own, as coding agents send it.
    ///
    /// The string stands in a string: its quotes are escaped, and what stands between them has no escapes.
    private static func session(in user: CallFacts.Field, _ body: RawSpan) -> CallFacts.Field? {
        guard user.kind == .string, body.has("\"{", at: user.range.lowerBound) else { return nil }
        let name: StaticString = #"\"session_id\""#
        var index = user.range.lowerBound
        let end = user.range.upperBound - 1
        while index < end, !body.has(name, at: index) { index += 1 }
        index += name.utf8CodeUnitCount
        while index < end, body.byte(index) == .space || body.byte(index) == .colon { index += 1 }
        guard index < end, body.has(#"\""#, at: index) else { return nil }
        // The field begins with its quote; its last byte stands for the one behind.
        let start = index + 1
        index += 2
        while index < end, body.byte(index) != .backslash { index += 1 }
        guard index > start + 1, index < end, body.has(#"\""#, at: index) else { return nil }
        return CallFacts.Field(range: start..<(index + 1), kind: .string)
    }

    private static func decided(_ bytes: RawSpan, _ name: Range<Int>) -> Decided {
        switch name.count {
        case 5: bytes.equals("model", in: name) ? .model : []
        case 6: bytes.equals("stream", in: name) ? .stream : bytes.equals("system", in: name) ? .system : []
        case 8: bytes.equals("messages", in: name) ? .messages : bytes.equals("metadata", in: name) ? .metadata : []
        case 10: bytes.equals("max_tokens", in: name) ? .maxTokens : []
        default: []
        }
    }
}
