// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The one pass over the body of a request to Gemini that fills ``CallFacts``; the model and whether it is a stream stand
/// in the path.
///
/// It checks the whole text: grammar, UTF-8, depth, number of members. A member that the relay decides on stands once, in
/// one of its two spellings, and without escapes.
struct GeminiPass {
    private var cursor = JSONCursor(at: 0)
    private var seen: Decided = []

    /// Reads a request body.
    ///
    /// - Throws: a `Refusal` of kind `invalidJSON`, `tooDeep`, `badRequest` or `duplicateField` that says where.
    static func facts(of body: RawSpan, for operation: Operation) throws(Refusal) -> CallFacts {
        guard body.byteCount <= Int(UInt32.max) else { throw Refusal(.bodyTooLarge, "the body is too large") }
        let facts = CallFacts(of: Outcome.Endpoint(.gemini, operation))
        // Usage comes unasked.
        facts.asksForUsage = true
        var pass = GeminiPass()
        do throws(BodyFault) {
            try pass.run(body, facts)
        } catch {
            throw error.refusal(body)
        }
        return facts
    }

    /// The members of the top level that the relay decides on.
    private struct Decided: OptionSet {
        let rawValue: UInt8
        static let contents = Decided(rawValue: 1)
        static let system = Decided(rawValue: 1 << 1)
        static let config = Decided(rawValue: 1 << 2)
        static let cached = Decided(rawValue: 1 << 3)
        static let model = Decided(rawValue: 1 << 4)
        static let requests = Decided(rawValue: 1 << 5)
        static let inner = Decided(rawValue: 1 << 6)
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
        let decided = name.hasEscape ? [] : GeminiPass.decided(body, name.range)
        if !decided.isEmpty {
            guard seen.isDisjoint(with: decided) else { throw .repeated(name.range) }
            seen.formUnion(decided)
        } else if name.hasEscape {
            facts.hasEscapedNames = true
            let plain = Array(JSONText.unescaped(body, name.range).utf8)
            // Safe because: bytes have no padding.
            guard unsafe GeminiPass.decided(plain.span.bytes, 0..<plain.count).isEmpty else {
                throw .escaped(name.range)
            }
        }
        let first = try step({ cursor, body throws(JSONFault) in try cursor.peek(body) }, body)
        let start = cursor.position
        switch decided {
        case .contents where first == .openBracket: try contents(body, facts)
        case .config where first == .openBrace: try config(body, facts)
        default: try step({ cursor, body throws(JSONFault) in try cursor.skipValue(body, depth: 1) }, body)
        }
        let field = CallFacts.Field(range: start..<cursor.position, kind: BodyReading.kind(first))
        facts.add(CallFacts.Member(name: name.range, value: field.range))
        switch decided {
        case .contents: facts.messages = field.range
        case .system where field.kind != .null:
            facts.instructions = field
            facts.systemContent = field.range
        case .cached where field.kind != .null:
            guard field.kind == .string, field.range.count > 2 else {
                throw .wrongType("cachedContent", wanted: "a name")
            }
            facts.binding = CallFacts.Binding(kind: .cachedContent, id: field)
        default: break
        }
    }

    /// The first words of the user name the conversation.
    private mutating func contents(_ body: RawSpan, _ facts: CallFacts) throws(BodyFault) {
        do throws(JSONFault) {
            guard try cursor.enter(body, closing: .closeBracket) else { return }
            repeat {
                guard try cursor.peek(body) == .openBrace else {
                    try cursor.skipValue(body, depth: 2)
                    continue
                }
                var parts: Range<Int>?
                var isModels = false
                guard try cursor.enter(body, closing: .closeBrace) else { continue }
                repeat {
                    let name = try cursor.name(body)
                    _ = try cursor.peek(body)
                    let start = cursor.position
                    try cursor.skipValue(body, depth: 3)
                    if BodyReading.isNamed("parts", name, body) { parts = start..<cursor.position }
                    if BodyReading.isNamed("role", name, body) {
                        isModels = body.equals("\"model\"", in: start..<cursor.position)
                    }
                } while try cursor.next(body, closing: .closeBrace)
                if facts.userContent == nil, !isModels { facts.userContent = parts }
            } while try cursor.next(body, closing: .closeBracket)
        } catch {
            throw .json(error)
        }
    }

    private mutating func config(_ body: RawSpan, _ facts: CallFacts) throws(BodyFault) {
        guard try step({ cursor, body throws(JSONFault) in try cursor.enter(body, closing: .closeBrace) }, body) else {
            return
        }
        repeat {
            let name = try step({ cursor, body throws(JSONFault) in try cursor.name(body) }, body)
            let first = try step({ cursor, body throws(JSONFault) in try cursor.peek(body) }, body)
            let start = cursor.position
            try step({ cursor, body throws(JSONFault) in try cursor.skipValue(body, depth: 2) }, body)
            let field = CallFacts.Field(range: start..<cursor.position, kind: BodyReading.kind(first))
            if BodyReading.isNamed("candidateCount", name, body) || BodyReading.isNamed("candidate_count", name, body) {
                facts.candidates = field
            }
            // Where it stands twice, the larger holds.
            guard
                BodyReading.isNamed("maxOutputTokens", name, body)
                    || BodyReading.isNamed("max_output_tokens", name, body)
            else { continue }
            if facts.caps.0 == nil { facts.caps.0 = field } else { facts.caps.1 = field }
        } while try step({ cursor, body throws(JSONFault) in try cursor.next(body, closing: .closeBrace) }, body)
    }

    private static func decided(_ bytes: RawSpan, _ name: Range<Int>) -> Decided {
        switch name.count {
        case 5: bytes.equals("model", in: name) ? .model : []
        case 8: bytes.equals("contents", in: name) ? .contents : bytes.equals("requests", in: name) ? .requests : []
        case 13: bytes.equals("cachedContent", in: name) ? .cached : []
        case 14: bytes.equals("cached_content", in: name) ? .cached : []
        case 16: bytes.equals("generationConfig", in: name) ? .config : []
        case 17:
            bytes.equals("systemInstruction", in: name)
                ? .system : bytes.equals("generation_config", in: name) ? .config : []
        case 18: bytes.equals("system_instruction", in: name) ? .system : []
        case 22: bytes.equals("generateContentRequest", in: name) ? .inner : []
        case 24: bytes.equals("generate_content_request", in: name) ? .inner : []
        default: []
        }
    }
}
