// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// How a dialect's answers are read while they pass: the third role.
///
/// ``StreamMeter`` and ``WholeMeter`` hold what all dialects share (where events end, what is held back, what went on
/// already); this says what one event or one member means.
package enum AnswerMetering: Sendable {
    case openai(Operation)
    case responses
    case anthropic(Operation)
    case gemini(Operation)
    /// Bedrock's Converse; its binary frames have become events before.
    case converse(Operation)
    /// Pictures, sound and judgements of texts.
    case media(Operation)
    /// Something that a provider keeps, told again: no word in it is an error of the call.
    case stored
    /// Batches, and their results in lines.
    case batches(Dialect)
    case custom(CustomDialect)

    /// Of an answer that nothing is known of.
    package static var standard: AnswerMetering { .openai(.other) }

    /// A member of a whole answer, or none that matters.
    package enum Member: Sendable {
        case usage, error, tier, status, answers, id
        /// What tools of the provider's were used, told beside the usage.
        case tools
        /// Its being there, other than as `null`, says that there is an answer.
        case sign
        case other
    }

    /// The data of an event that ends a stream and says nothing else.
    func isTerminal(_ data: RawSpan) -> Bool {
        switch self {
        case .openai, .media: data.has("[DONE]", at: 0) && data.byteCount < 16
        case .responses, .gemini, .converse, .stored, .batches: false
        case .anthropic: Anthropic.isStop(data)
        case .custom(let dialect): dialect.answers.isTerminal(data)
        }
    }

    /// The first piece of an event that is too long to be held says that it is part of an answer, not an error.
    func beginsAnswer(_ piece: RawSpan) -> Bool {
        switch self {
        case .openai: piece.finds("\"choices\"")
        case .responses, .stored: piece.finds("\"response.")
        case .anthropic: piece.finds("\"content_block") || piece.finds("\"message_")
        case .gemini: piece.finds("\"candidates\"")
        case .converse: piece.finds("\"contentBlockIndex\"")
        case .media: piece.finds("\"b64_json\"") || piece.finds("\"audio\"")
        case .batches, .custom: false
        }
    }

    /// What the data of an event says, or a whole answer.
    func reading(of data: RawSpan) throws(JSONFault) -> EventReading {
        switch self {
        case .openai: return try EventReading(chunk: data)
        case .responses: return try EventReading(responses: data)
        case .stored, .batches: return try EventReading(replayed: data)
        case .media: return try EventReading(media: data)
        case .anthropic: return try EventReading(ofMessages: data)
        case .gemini: return try EventReading(candidates: data)
        case .converse: return try EventReading(converse: data)
        case .custom(let dialect):
            guard let reading = dialect.answers.reading(data) else { throw JSONFault(kind: .value, offset: 0) }
            return reading
        }
    }

    /// What a member of the top level of a whole answer is, by its name.
    func member(named name: Range<Int>, of bytes: RawSpan) -> Member {
        switch self {
        case .openai(let operation): OpenAI.member(named: name, of: bytes, operation)
        case .responses: Responses.member(named: name, of: bytes)
        case .stored: Responses.memberOfStored(named: name, of: bytes)
        case .batches: BatchResults.member(named: name, of: bytes)
        case .media(let operation): Media.member(named: name, of: bytes, operation)
        case .anthropic(let operation): Anthropic.member(named: name, of: bytes, operation)
        case .gemini(let operation): Gemini.member(named: name, of: bytes, operation)
        case .converse: Converse.member(named: name, of: bytes)
        case .custom(let dialect): dialect.answers.member(bytes.extracting(name))
        }
    }

    /// A whole answer that counts no output may hold text all the same.
    var countsText: Bool {
        switch self {
        case .openai(.embeddings), .openai(.countTokens), .anthropic(.countTokens), .stored, .batches, .media: false
        case .gemini(let operation), .converse(let operation): operation == .chat
        case .openai, .responses, .anthropic, .custom: true
        }
    }

    /// How the numbers of its usage belong together.
    var tokenCount: UsageReading.Count {
        switch self {
        case .anthropic, .batches(.anthropic): .besideCached
        case .gemini: .google
        case .converse: .converse
        case .openai, .responses, .stored, .batches, .media, .custom: .withCached
        }
    }

    /// A whole answer of this status is one, whatever else stands in it.
    func isAnswer(status: RawSpan, _ range: Range<Int>) -> Bool {
        if case .responses = self { Responses.isWholeWithoutOutput(status, range) } else { false }
    }

    /// It says nothing of the call, whatever is in it.
    var isAnyAnswer: Bool {
        switch self {
        case .stored, .batches: true
        default: false
        }
    }

    /// What is no JSON may be an answer, too.
    var isAnyBytes: Bool { if case .media(let operation) = self { Media.isAnyBytes(operation) } else { false } }

    /// The beginning of an event that is too long to be read says that it ends the stream.
    func endsStream(_ beginning: RawSpan) -> Bool {
        switch self {
        case .responses, .stored: Responses.endsStream(beginning)
        case .media: Media.endsStream(beginning)
        case .openai, .anthropic, .gemini, .converse, .batches, .custom: false
        }
    }

    /// An event may be held up to so many bytes until its end has come: the last one of a response says all of it again,
    /// and must not leave before its outcome is on record.
    var longestHeld: Int {
        switch self {
        case .responses, .stored, .media: 1_048_576
        case .openai, .anthropic, .gemini, .converse, .batches, .custom: 65_536
        }
    }

    /// A stream that broke off may go on with another answer: its events name nothing that the other one names anew.
    var canGoOn: Bool {
        switch self {
        case .responses, .gemini, .converse, .stored, .batches, .media: false
        case .openai, .anthropic, .custom: true
        }
    }
}
