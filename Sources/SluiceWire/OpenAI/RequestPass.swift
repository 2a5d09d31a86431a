// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The one pass over a request's body that fills ``CallFacts``.
///
/// It checks the whole text: grammar, UTF-8, depth, number of members.
struct RequestPass {
    private let operation: Operation
    private var cursor = JSONCursor(at: 0)
    private var seen: Decided = []
    private var metadataUser: CallFacts.Field?
    private var safetyUser: CallFacts.Field?
    /// A body of the Responses API, or of what stands beside it.
    private let isResponses: Bool

    private init(_ operation: Operation) {
        self.operation = operation
        isResponses = operation == .responses || operation == .countTokens || operation == .compact
    }

    /// Reads a request body.
    ///
    /// - Throws: a `Refusal` of kind `invalidJSON`, `tooDeep`, `badRequest`, `duplicateField` or `missingModel` that
    ///   says where.
    static func facts(of body: RawSpan, for operation: Operation) throws(Refusal) -> CallFacts {
        guard body.byteCount <= Int(UInt32.max) else { throw Refusal(.bodyTooLarge, "the body is too large") }
        let facts = CallFacts(of: Outcome.Endpoint(.openai, operation))
        // Unless the request says that it is not to be kept.
        facts.isKept = operation == .responses || operation == .compact
        var pass = RequestPass(operation)
        do throws(BodyFault) {
            try pass.run(body, facts)
        } catch {
            throw error.refusal(body)
        }
        return facts
    }

    /// The members of the top level that the relay decides on.
    struct Decided: OptionSet {
        let rawValue: UInt32
        static let model = Decided(rawValue: 1)
        static let stream = Decided(rawValue: 1 << 1)
        static let streamOptions = Decided(rawValue: 1 << 2)
        static let user = Decided(rawValue: 1 << 3)
        static let promptCacheKey = Decided(rawValue: 1 << 4)
        static let metadata = Decided(rawValue: 1 << 5)
        static let messages = Decided(rawValue: 1 << 6)
        static let session = Decided(rawValue: 1 << 7)
        static let conversation = Decided(rawValue: 1 << 8)
        static let thread = Decided(rawValue: 1 << 9)
        static let prompt = Decided(rawValue: 1 << 10)
        static let input = Decided(rawValue: 1 << 11)
        // Of the Responses API.
        static let instructions = Decided(rawValue: 1 << 12)
        static let previous = Decided(rawValue: 1 << 13)
        static let stored = Decided(rawValue: 1 << 14)
        static let safety = Decided(rawValue: 1 << 15)
        static let store = Decided(rawValue: 1 << 16)
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
        if facts.user == nil { facts.user = safetyUser ?? metadataUser }
        if operation == .embeddings || operation == .countTokens || operation == .compact { facts.isStream = false }
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
        let decided = name.hasEscape ? [] : field(body, name.range)
        if !decided.isEmpty {
            guard seen.isDisjoint(with: decided) else { throw .repeated(name.range) }
            seen.formUnion(decided)
        } else if name.hasEscape {
            facts.hasEscapedNames = true
            let plain = Array(JSONText.unescaped(body, name.range).utf8)
            // Safe because: bytes have no padding.
            guard unsafe field(plain.span.bytes, 0..<plain.count).isEmpty else {
                throw .escaped(name.range)
            }
        }
        let first = try step({ cursor, body throws(JSONFault) in try cursor.peek(body) }, body)
        let start = cursor.position
        switch decided {
        case .messages where first == .openBracket: try messages(body, facts)
        case .streamOptions where first == .openBrace: try streamOptions(body, facts)
        case .metadata where first == .openBrace: try metadata(body, facts)
        case .input where first == .openBracket && isResponses: try messages(body, facts)
        case .stored where first == .openBrace: try conversation(body, facts)
        default: try step({ cursor, body throws(JSONFault) in try cursor.skipValue(body, depth: 1) }, body)
        }
        let field = CallFacts.Field(range: start..<cursor.position, kind: BodyReading.kind(first))
        facts.add(CallFacts.Member(name: name.range, value: field.range))
        if !decided.isEmpty { try take(decided, field, first: first, body, facts) }
    }

    private mutating func take(
        _ decided: Decided,
        _ field: CallFacts.Field,
        first: UInt8,
        _ body: RawSpan,
        _ facts: CallFacts
    ) throws(BodyFault) {
        switch decided {
        case .model: facts.model = field
        case .stream:
            guard field.kind == .bool || field.kind == .null else {
                throw .wrongType("stream", wanted: "true or false")
            }
            facts.isStream = first == UInt8(ascii: "t")
        case .streamOptions:
            guard field.kind == .object || field.kind == .null else {
                throw .wrongType("stream_options", wanted: "an object")
            }
            facts.streamOptions = field
        case .user: if BodyReading.isName(field) { facts.user = field }
        case .promptCacheKey: if BodyReading.isName(field) { facts.promptCacheKey = field }
        case .session, .conversation, .thread:
            if BodyReading.isName(field), facts.session == nil { facts.session = field }
        case .messages: if field.kind == .array { facts.messages = field.range }
        case .prompt: if operation == .completions { facts.userContent = field.range }
        case .input: if isResponses, field.kind == .string { facts.userContent = field.range }
        case .instructions:
            facts.instructions = field
            if BodyReading.isName(field) { facts.systemContent = field.range }
        case .store: if first == UInt8(ascii: "f") { facts.isKept = false }
        case .previous: try bind(.response, field, "previous_response_id", facts)
        case .stored: if field.kind != .object { try bind(.conversation, field, "conversation", facts) }
        case .safety: if BodyReading.isName(field) { safetyUser = field }
        default: break
        }
    }

    // MARK: Fields with an inside

    private mutating func messages(_ body: RawSpan, _ facts: CallFacts) throws(BodyFault) {
        var walk = MessageWalk(cursor)
        do throws(JSONFault) {
            while let message = try walk.next(body, depth: 2) {
                facts.messagesIsEmpty = false
                switch message.role {
                case .system:
                    facts.hasSystemMessage = true
                    if facts.systemContent == nil, facts.userContent == nil { facts.systemContent = message.content }
                case .user:
                    if facts.userContent == nil { facts.userContent = message.content }
                case .other: break
                }
            }
        } catch {
            throw .json(error)
        }
        cursor = walk.cursor
    }

    private mutating func streamOptions(_ body: RawSpan, _ facts: CallFacts) throws(BodyFault) {
        guard try step({ cursor, body throws(JSONFault) in try cursor.enter(body, closing: .closeBrace) }, body) else {
            return
        }
        facts.streamOptionsIsEmpty = false
        repeat {
            let (range, first, value) = try inner(body)
            guard BodyReading.isNamed("include_usage", range, body) else { continue }
            guard facts.includeUsage == nil else { throw .nestedRepeated("stream_options.include_usage") }
            let field = CallFacts.Field(range: value, kind: BodyReading.kind(first))
            guard field.kind == .bool || field.kind == .null else {
                throw .wrongType("stream_options.include_usage", wanted: "true or false")
            }
            facts.includeUsage = field
            facts.asksForUsage = first == UInt8(ascii: "t")
        } while try step({ cursor, body throws(JSONFault) in try cursor.next(body, closing: .closeBrace) }, body)
    }

    private mutating func metadata(_ body: RawSpan, _ facts: CallFacts) throws(BodyFault) {
        guard try step({ cursor, body throws(JSONFault) in try cursor.enter(body, closing: .closeBrace) }, body) else {
            return
        }
        repeat {
            let (range, first, value) = try inner(body)
            let field = CallFacts.Field(range: value, kind: BodyReading.kind(first))
            guard BodyReading.isName(field) else { continue }
            if BodyReading.isNamed("user_id", range, body) {
                guard metadataUser == nil else { throw .nestedRepeated("metadata.user_id") }
                metadataUser = field
            } else if BodyReading.isNamed("session_id", range, body)
                || BodyReading.isNamed("conversation_id", range, body)
                || BodyReading.isNamed("thread_id", range, body)
            {
                if facts.session == nil { facts.session = field }
            }
        } while try step({ cursor, body throws(JSONFault) in try cursor.next(body, closing: .closeBrace) }, body)
    }

    /// The `id` of a conversation that the provider keeps.
    private mutating func conversation(_ body: RawSpan, _ facts: CallFacts) throws(BodyFault) {
        guard try step({ cursor, body throws(JSONFault) in try cursor.enter(body, closing: .closeBrace) }, body) else {
            return
        }
        var hasID = false
        repeat {
            let (range, first, value) = try inner(body)
            guard BodyReading.isNamed("id", range, body) else { continue }
            guard !hasID else { throw .nestedRepeated("conversation.id") }
            hasID = true
            let field = CallFacts.Field(range: value, kind: BodyReading.kind(first))
            try bind(.conversation, field, "conversation.id", facts)
        } while try step({ cursor, body throws(JSONFault) in try cursor.next(body, closing: .closeBrace) }, body)
    }

    /// Notes an id of something that one account keeps; the two kinds exclude each other.
    private func bind(
        _ kind: CallFacts.Binding.Kind,
        _ field: CallFacts.Field,
        _ name: StaticString,
        _ facts: CallFacts
    ) throws(BodyFault) {
        guard field.kind != .null else { return }
        guard field.kind == .string, field.range.count > 2 else { throw .wrongType(name, wanted: "an id") }
        guard facts.binding == nil else { throw .twoBindings }
        facts.binding = CallFacts.Binding(kind: kind, id: field)
    }

    /// A member of an object of the top level: its name (unescaped by `isNamed`), its first byte and its value.
    private mutating func inner(
        _ body: RawSpan
    ) throws(BodyFault) -> (name: (range: Range<Int>, hasEscape: Bool), first: UInt8, value: Range<Int>) {
        do throws(JSONFault) {
            let name = try cursor.name(body)
            let first = try cursor.peek(body)
            let start = cursor.position
            try cursor.skipValue(body, depth: 2)
            return (name, first, start..<cursor.position)
        } catch {
            throw .json(error)
        }
    }

    private func field(_ bytes: RawSpan, _ name: Range<Int>) -> Decided {
        switch name.count {
        case 4: bytes.equals("user", in: name) ? .user : []
        case 5:
            bytes.equals("model", in: name)
                ? .model
                : bytes.equals("input", in: name)
                    ? .input
                    : isResponses && bytes.equals("store", in: name) ? .store : []
        case 6: bytes.equals("stream", in: name) ? .stream : bytes.equals("prompt", in: name) ? .prompt : []
        case 8: bytes.equals("messages", in: name) ? .messages : bytes.equals("metadata", in: name) ? .metadata : []
        case 9: bytes.equals("thread_id", in: name) ? .thread : []
        case 10: bytes.equals("session_id", in: name) ? .session : []
        case 14: bytes.equals("stream_options", in: name) ? .streamOptions : []
        case 15: bytes.equals("conversation_id", in: name) ? .conversation : []
        case 16: bytes.equals("prompt_cache_key", in: name) ? .promptCacheKey : []
        default: isResponses ? RequestPass.fieldOfResponses(bytes, name) : []
        }
    }

    private static func fieldOfResponses(_ bytes: RawSpan, _ name: Range<Int>) -> Decided {
        switch name.count {
        case 12:
            bytes.equals("instructions", in: name)
                ? .instructions : bytes.equals("conversation", in: name) ? .stored : []
        case 17: bytes.equals("safety_identifier", in: name) ? .safety : []
        case 20: bytes.equals("previous_response_id", in: name) ? .previous : []
        default: []
        }
    }
}
