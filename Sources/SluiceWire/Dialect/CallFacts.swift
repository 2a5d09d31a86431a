// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What a request's body says, as far as the relay decides on it, and where it stands.
///
/// Whoever reads a body checks the whole text and copies nothing; everything here is a range of the body, read on demand
/// with the same body given again. Made once for a request and read in place.
package final class CallFacts {
    package let endpoint: Outcome.Endpoint
    /// The caller's `model`, a JSON string that is not empty.
    package internal(set) var model = Field()
    /// The caller's model where its dialect has it in the path.
    private var modelInPath: String?
    /// Where it stands in a form.
    package private(set) var modelInForm: Range<Int>?
    /// `stream` is `true`.
    package internal(set) var isStream = false
    /// The caller wants the usage of its stream.
    package internal(set) var asksForUsage = false
    package internal(set) var promptCacheKey: Field?
    /// `session_id`, `conversation_id` or `thread_id`, at the top or in `metadata`.
    package internal(set) var session: Field?
    /// `user`, else `metadata.user_id`.
    package internal(set) var user: Field?
    /// Caps on output tokens in Gemini's dialect, of which the larger holds; elsewhere they stand at the top.
    package internal(set) var caps: (Field?, Field?)
    /// How many answers are asked for, in Gemini's dialect.
    package internal(set) var candidates: Field?
    /// The raw content of the system (or developer) message before the first user message.
    package internal(set) var systemContent: Range<Int>?
    /// The raw content of the first user message; the whole prompt of a completion.
    package internal(set) var userContent: Range<Int>?
    /// The caller's `anthropic-beta`, where it goes on in the body: each name as a JSON string, with commas between.
    package var betas: [UInt8] = []
    /// What the request names that one account keeps: only that account can answer it.
    package internal(set) var binding: Binding?
    /// Ids of files that it names, which one account keeps.
    package internal(set) var files: [Field] = []
    /// The provider keeps the answer, under the id that it names in it.
    package internal(set) var isKept = false

    // What the rewrite needs.
    private var firstMembers = InlineArray<16, Member>(repeating: Member())
    private var moreMembers: [Member] = []
    private(set) var memberCount = 0
    var hasEscapedNames = false
    var messages: Range<Int>?
    var messagesIsEmpty = true
    var hasSystemMessage = false
    var streamOptions: Field?
    var includeUsage: Field?
    /// The system prompt of a request of the Responses API.
    var instructions: Field?
    var streamOptionsIsEmpty = true
    /// Just after the last member of the top level.
    var end = 0

    init(of endpoint: Outcome.Endpoint) { self.endpoint = endpoint }

    /// Of a body that nobody reads: it goes on as it is.
    package convenience init(passing endpoint: Outcome.Endpoint, isStream: Bool) {
        self.init(of: endpoint)
        self.isStream = isStream
    }

    /// Of a form.
    package convenience init(of endpoint: Outcome.Endpoint, _ form: FormReading, in body: RawSpan) {
        self.init(passing: endpoint, isStream: form.isStream)
        name(String(decoding: body.copy(form.model), as: UTF8.self), isStream: form.isStream)
        modelInForm = form.model
    }

    /// The facts of a body that somebody else has read.
    ///
    /// - Parameter model: where the caller's model stands, quotes included.
    package convenience init(of endpoint: Outcome.Endpoint, model: Range<Int>, isStream: Bool) {
        self.init(of: endpoint)
        self.model = Field(range: model, kind: .string)
        self.isStream = isStream
    }

    /// Takes what the path says where the body does not.
    package func name(_ model: String, isStream: Bool?) {
        modelInPath = model
        if let isStream { self.isStream = isStream }
    }

    /// A value in the body: its bytes, quotes included.
    package struct Field: Sendable, Equatable {
        package var range: Range<Int> = 0..<0
        package var kind: Kind = .null

        package enum Kind: Sendable, Equatable { case null, bool, number, string, array, object }
    }

    /// Something that a provider keeps for the account that made it.
    package struct Binding: Sendable, Equatable {
        package enum Kind: Sendable { case response, conversation, cachedContent }

        /// It may have been made through the relay, which then knows by which account.
        package var isPinned: Bool { kind != .cachedContent }

        package var kind: Kind
        package var id: Field

        /// The member that names it.
        package var name: String {
            switch kind {
            case .response: "previous_response_id"
            case .conversation: "conversation"
            case .cachedContent: "cachedContent"
            }
        }
    }

    /// A member of the top level: its name without quotes, and its value.
    struct Member: Sendable {
        private var nameStart: UInt32 = 0
        private var nameEnd: UInt32 = 0
        private var valueStart: UInt32 = 0
        private var valueEnd: UInt32 = 0

        fileprivate init() {}

        init(name: Range<Int>, value: Range<Int>) {
            nameStart = UInt32(truncatingIfNeeded: name.lowerBound)
            nameEnd = UInt32(truncatingIfNeeded: name.upperBound)
            valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
            valueEnd = UInt32(truncatingIfNeeded: value.upperBound)
        }

        var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    /// A member of the top level, in the body's order.
    func member(_ index: Int) -> Member {
        index < firstMembers.count ? firstMembers[index] : moreMembers[index - firstMembers.count]
    }

    func add(_ member: Member) {
        if memberCount < firstMembers.count { firstMembers[memberCount] = member } else { moreMembers.append(member) }
        memberCount += 1
    }
}

extension CallFacts {
    /// It may hand back, or ask for, what only the account can read that makes it; see ``SealedReasoning``.
    package var mayBeSealed: Bool {
        endpoint.dialect == .openai && (endpoint.operation == .responses || endpoint.operation == .compact)
    }

    /// The caller's `model`, unescaped.
    package func modelName(in body: RawSpan) -> String { modelInPath ?? CallFacts.text(model, in: body) ?? "" }

    /// The id of what one account keeps, unescaped.
    package func boundID(in body: RawSpan) -> String? { binding.flatMap { CallFacts.text($0.id, in: body) } }

    /// The ids of the files that it names, unescaped.
    package func fileIDs(in body: RawSpan) -> [String] { files.map { CallFacts.text($0, in: body) ?? "" } }

    /// The unit that a place in the body names, unescaped; `nil` where it is absent, empty or no string or number.
    ///
    /// `.header`, `.conversation` and `.key` are not in the body and give `nil`.
    package func unit(from source: UnitSource, in body: RawSpan) -> String? {
        field(of: source).flatMap { CallFacts.text($0, in: body) }
    }

    /// Where the bytes of the caller's `model` stand, without quotes; `nil` where they hide behind escapes.
    package func plainModel(in body: RawSpan) -> Range<Int>? { modelInPath == nil ? plain(model, in: body) : nil }

    /// Where the bytes of a unit stand, without quotes; `nil` where ``unit(from:in:)`` is `nil`, or has to be unescaped.
    package func plainUnit(from source: UnitSource, in body: RawSpan) -> Range<Int>? {
        field(of: source).flatMap { plain($0, in: body) }
    }

    private func field(of source: UnitSource) -> Field? {
        switch source {
        case .promptCacheKey: promptCacheKey
        case .session: session
        case .user: user
        case .header, .conversation, .key: nil
        }
    }

    private func plain(_ field: Field, in body: RawSpan) -> Range<Int>? {
        guard field.range.upperBound <= body.byteCount else { return nil }
        if field.kind == .number { return field.range }
        guard field.kind == .string, field.range.count > 2 else { return nil }
        let inside = (field.range.lowerBound + 1)..<(field.range.upperBound - 1)
        return body.holds(UInt8(ascii: "\\"), in: inside) ? nil : inside
    }

    /// Hands out the exact bytes that name the conversation, for a hash: the system prompt's, then the user's.
    ///
    /// The first span is empty where there is no system prompt.
    ///
    /// - Returns: `false`, and hands out nothing, where the body has no user content.
    package func withConversation(in body: RawSpan, _ take: (RawSpan) -> Void) -> Bool {
        guard let userContent, userContent.upperBound <= body.byteCount else { return false }
        take(body.extracting((systemContent ?? 0..<0).clamped(to: 0..<body.byteCount)))
        take(body.extracting(userContent))
        return true
    }

    static func text(_ field: Field, in body: RawSpan) -> String? {
        switch field.kind {
        case .string where field.range.count > 2:
            JSONText.unescaped(body, (field.range.lowerBound + 1)..<(field.range.upperBound - 1))
        case .number: String(decoding: body.copy(field.range), as: UTF8.self)
        default: nil
        }
    }
}
