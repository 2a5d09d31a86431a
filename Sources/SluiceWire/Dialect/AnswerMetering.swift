// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// How a dialect's answers are read while they pass: the third role.
///
/// ``StreamMeter`` and ``WholeMeter`` hold what all dialects share (where events end, what is held back, what went on
/// already); this says what one event or one member means.
package enum AnswerMetering: Sendable {
    case openai(Operation)
    case anthropic(Operation)
    case custom(CustomDialect)

    /// A member of a whole answer, or none that matters.
    package enum Member: Sendable {
        case usage, error, tier, answers
        /// Its being there, other than as `null`, says that there is an answer.
        case sign
        case other
    }

    /// The data of an event that ends a stream and says nothing else.
    func isTerminal(_ data: RawSpan) -> Bool {
        switch self {
        case .openai: data.has("[DONE]", at: 0) && data.byteCount < 16
        case .anthropic: Anthropic.isStop(data)
        case .custom(let dialect): dialect.answers.isTerminal(data)
        }
    }

    /// What the data of an event says, or a whole answer.
    func reading(of data: RawSpan) throws(JSONFault) -> EventReading {
        switch self {
        case .openai: return try EventReading(chunk: data)
        case .anthropic: return try EventReading(ofMessages: data)
        case .custom(let dialect):
            guard let reading = dialect.answers.reading(data) else { throw JSONFault(kind: .value, offset: 0) }
            return reading
        }
    }

    /// What a member of the top level of a whole answer is, by its name.
    func member(named name: Range<Int>, of bytes: RawSpan) -> Member {
        switch self {
        case .openai(let operation): OpenAI.member(named: name, of: bytes, operation)
        case .anthropic(let operation): Anthropic.member(named: name, of: bytes, operation)
        case .custom(let dialect): dialect.answers.member(bytes.extracting(name))
        }
    }

    /// A whole answer that counts no output may hold text all the same.
    var countsText: Bool {
        switch self {
        case .openai(.embeddings), .anthropic(.countTokens): false
        case .openai, .anthropic, .custom: true
        }
    }

    /// How the numbers of its usage belong together.
    var tokenCount: UsageReading.Count { if case .anthropic = self { .besideCached } else { .withCached } }
}
