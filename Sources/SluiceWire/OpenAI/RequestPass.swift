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
        var pass = RequestPass(operation)
        do throws(Stop) {
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
    }

    /// Why the pass ends early.
    enum Stop: Error {
        case json(JSONFault)
        case notAnObject
        case empty
        case mark
        case repeated(Range<Int>)
        case escaped(Range<Int>)
        case nestedRepeated(StaticString)
        case wrongType(StaticString, wanted: StaticString)
        case missingModel
        case twoBindings

        func refusal(_ body: RawSpan) -> Refusal {
            switch self {
            case .json(let fault) where fault.kind == .depth:
                Refusal(.tooDeep, "The request body is refused: \(fault.message(in: body)).")
            case .json(let fault) where fault.kind == .members:
                Refusal(.badRequest, "The request body is refused: \(fault.message(in: body)).")
            case .json(let fault):
                Refusal(.invalidJSON, "The request body is not valid JSON: \(fault.message(in: body)).")
            case .notAnObject: Refusal(.invalidJSON, "The request body must be a JSON object, beginning with '{'.")
            case .empty: Refusal(.invalidJSON, "The request body is empty; it must be a JSON object.")
            case .mark: Refusal(.invalidJSON, "The request body begins with a byte order mark; send it without.")
            case .repeated(let name):
                duplicate(JSONText.unescaped(body, name), at: name.lowerBound, "stands more than once")
            case .escaped(let name):
                duplicate(JSONText.unescaped(body, name), at: name.lowerBound, "must be written without escapes")
            case .nestedRepeated(let name):
                Refusal(.duplicateField, "\(name) stands more than once; send it once.", param: name.description)
            case .wrongType(let name, let wanted):
                Refusal(.badRequest, "\(name) must be \(wanted).", param: name.description)
            case .missingModel:
                Refusal(.missingModel, "The request names no model; set \"model\" to a route's name.", param: "model")
            case .twoBindings:
                Refusal(
                    .badRequest,
                    "Send previous_response_id or conversation, not both.",
                    param: "previous_response_id"
                )
            }
        }

        private func duplicate(_ name: String, at offset: Int, _ what: String) -> Refusal {
            Refusal(.duplicateField, "The field \(name) \(what) (byte \(offset)); send it once.", param: name)
        }
    }

    private mutating func run(_ body: RawSpan, _ facts: CallFacts) throws(Stop) {
        try RequestPass.begin(&cursor, body)
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
        try RequestPass.checkModel(facts)
        if facts.user == nil { facts.user = safetyUser ?? metadataUser }
        if operation == .embeddings || operation == .countTokens || operation == .compact { facts.isStream = false }
    }

    @inline(__always)
    private mutating func step<Answer>(
        _ move: (inout JSONCursor, RawSpan) throws(JSONFault) -> Answer,
        _ body: RawSpan
    ) throws(Stop) -> Answer {
        do throws(JSONFault) { return try move(&cursor, body) } catch { throw .json(error) }
    }

    private mutating func member(_ body: RawSpan, _ facts: CallFacts) throws(Stop) {
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
        let field = CallFacts.Field(range: start..<cursor.position, kind: RequestPass.kind(first))
        facts.add(CallFacts.Member(name: name.range, value: field.range))
        if decided.isEmpty {
            if body.equals("max_tokens", in: name.range) { facts.caps.0 = field }
            if body.equals("max_completion_tokens", in: name.range) { facts.caps.1 = field }
            if isResponses, body.equals("max_output_tokens", in: name.range) { facts.caps.0 = field }
        } else {
            try take(decided, field, first: first, body, facts)
        }
    }

    private mutating func take(
        _ decided: Decided,
        _ field: CallFacts.Field,
        first: UInt8,
        _ body: RawSpan,
        _ facts: CallFacts
    ) throws(Stop) {
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
        case .user: if RequestPass.isName(field) { facts.user = field }
        case .promptCacheKey: if RequestPass.isName(field) { facts.promptCacheKey = field }
        case .session, .conversation, .thread:
            if RequestPass.isName(field), facts.session == nil { facts.session = field }
        case .messages: if field.kind == .array { facts.messages = field.range }
        case .prompt: if operation == .completions { facts.userContent = field.range }
        case .input: if isResponses, field.kind == .string { facts.userContent = field.range }
        case .instructions:
            facts.instructions = field
            if RequestPass.isName(field) { facts.systemContent = field.range }
        case .previous: try bind(.response, field, "previous_response_id", facts)
        case .stored: if field.kind != .object { try bind(.conversation, field, "conversation", facts) }
        case .safety: if RequestPass.isName(field) { safetyUser = field }
        default: break
        }
    }

    // MARK: Fields with an inside

    private mutating func messages(_ body: RawSpan, _ facts: CallFacts) throws(Stop) {
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

    private mutating func streamOptions(_ body: RawSpan, _ facts: CallFacts) throws(Stop) {
        guard try step({ cursor, body throws(JSONFault) in try cursor.enter(body, closing: .closeBrace) }, body) else {
            return
        }
        facts.streamOptionsIsEmpty = false
        repeat {
            let (range, first, value) = try inner(body)
            guard RequestPass.isNamed("include_usage", range, body) else { continue }
            guard facts.includeUsage == nil else { throw .nestedRepeated("stream_options.include_usage") }
            let field = CallFacts.Field(range: value, kind: RequestPass.kind(first))
            guard field.kind == .bool || field.kind == .null else {
                throw .wrongType("stream_options.include_usage", wanted: "true or false")
            }
            facts.includeUsage = field
            facts.asksForUsage = first == UInt8(ascii: "t")
        } while try step({ cursor, body throws(JSONFault) in try cursor.next(body, closing: .closeBrace) }, body)
    }

    private mutating func metadata(_ body: RawSpan, _ facts: CallFacts) throws(Stop) {
        guard try step({ cursor, body throws(JSONFault) in try cursor.enter(body, closing: .closeBrace) }, body) else {
            return
        }
        repeat {
            let (range, first, value) = try inner(body)
            let field = CallFacts.Field(range: value, kind: RequestPass.kind(first))
            guard RequestPass.isName(field) else { continue }
            if RequestPass.isNamed("user_id", range, body) {
                guard metadataUser == nil else { throw .nestedRepeated("metadata.user_id") }
                metadataUser = field
            } else if RequestPass.isNamed("session_id", range, body)
                || RequestPass.isNamed("conversation_id", range, body)
                || RequestPass.isNamed("thread_id", range, body)
            {
                if facts.session == nil { facts.session = field }
            }
        } while try step({ cursor, body throws(JSONFault) in try cursor.next(body, closing: .closeBrace) }, body)
    }

    /// The `id` of a conversation that the provider keeps.
    private mutating func conversation(_ body: RawSpan, _ facts: CallFacts) throws(Stop) {
        guard try step({ cursor, body throws(JSONFault) in try cursor.enter(body, closing: .closeBrace) }, body) else {
            return
        }
        var hasID = false
        repeat {
            let (range, first, value) = try inner(body)
            guard RequestPass.isNamed("id", range, body) else { continue }
            guard !hasID else { throw .nestedRepeated("conversation.id") }
            hasID = true
            let field = CallFacts.Field(range: value, kind: RequestPass.kind(first))
            try bind(.conversation, field, "conversation.id", facts)
        } while try step({ cursor, body throws(JSONFault) in try cursor.next(body, closing: .closeBrace) }, body)
    }

    /// Notes an id of something that one account keeps; the two kinds exclude each other.
    private func bind(
        _ kind: CallFacts.Binding.Kind,
        _ field: CallFacts.Field,
        _ name: StaticString,
        _ facts: CallFacts
    ) throws(Stop) {
        guard field.kind != .null else { return }
        guard field.kind == .string, field.range.count > 2 else { throw .wrongType(name, wanted: "an id") }
        guard facts.binding == nil else { throw .twoBindings }
        facts.binding = CallFacts.Binding(kind: kind, id: field)
    }

    /// A member of an object of the top level: its name (unescaped by `isNamed`), its first byte and its value.
    private mutating func inner(
        _ body: RawSpan
    ) throws(Stop) -> (name: (range: Range<Int>, hasEscape: Bool), first: UInt8, value: Range<Int>) {
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

    // MARK: Small readings

    /// Steps to the brace that a body begins with.
    static func begin(_ cursor: inout JSONCursor, _ body: RawSpan) throws(Stop) {
        do throws(JSONFault) {
            guard body.byteCount > 0 else { throw JSONFault(kind: .endsEarly, offset: 0) }
            guard try cursor.peek(body) == .openBrace else { throw JSONFault(kind: .value, offset: 0) }
        } catch {
            if error.kind == .endsEarly { throw .empty }
            throw body.byteCount >= 3 && body.byte(0) == 0xEF && body.byte(1) == 0xBB && body.byte(2) == 0xBF
                ? .mark : .notAnObject
        }
    }

    static func checkModel(_ facts: CallFacts) throws(Stop) {
        guard facts.model.kind != .null else { throw .missingModel }
        guard facts.model.kind == .string else { throw .wrongType("model", wanted: "a string") }
        guard facts.model.range.count > 2 else { throw .missingModel }
    }

    static func isNamed(
        _ wanted: StaticString,
        _ name: (range: Range<Int>, hasEscape: Bool),
        _ body: RawSpan
    ) -> Bool {
        guard name.hasEscape else { return body.equals(wanted, in: name.range) }
        return JSONText.unescaped(body, name.range) == wanted.description
    }

    /// A string with something in it, or a number.
    static func isName(_ field: CallFacts.Field) -> Bool {
        field.kind == .number || (field.kind == .string && field.range.count > 2)
    }

    static func kind(_ first: UInt8) -> CallFacts.Field.Kind {
        switch first {
        case .quote: .string
        case .openBrace: .object
        case .openBracket: .array
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    private func field(_ bytes: RawSpan, _ name: Range<Int>) -> Decided {
        switch name.count {
        case 4: bytes.equals("user", in: name) ? .user : []
        case 5: bytes.equals("model", in: name) ? .model : bytes.equals("input", in: name) ? .input : []
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
