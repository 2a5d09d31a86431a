// SPDX-License-Identifier: Apache-2.0

/// What callers ask for, whatever their dialect calls it; its number stands in records and is never given twice.
package enum Operation: UInt8, Sendable, CaseIterable {
    /// The next message of a conversation.
    case chat = 1
    /// The rest of a text.
    case completions = 2
    case embeddings = 3
    /// The list of models, or one of them.
    case models = 4
    /// Nothing that is known here.
    case other = 5
    /// How many tokens a request would have; nothing is generated.
    case countTokens = 6
    /// The next answer of OpenAI's Responses API.
    case responses = 7
    /// A conversation of the Responses API, made shorter.
    case compact = 8
    /// Vectors of several texts, each asked for by a request of its own.
    case embeddingBatch = 9
    /// Something that a provider keeps, by its id: asked for again, changed, given up.
    case stored = 10
    /// Pictures, made or changed.
    case images = 11
    /// A text, spoken.
    case speech = 12
    /// Speech as text, in its language or another.
    case transcriptions = 13
    /// Whether a text is what it should not be.
    case moderations = 14
    /// Texts in the order in which they answer a question.
    case rerank = 15
    /// Files that a provider keeps, and what is made of pieces to become one.
    case files = 16
    /// Many requests in one, answered later.
    case batches = 17

    /// Something is generated or computed, which costs tokens and speaks for its version.
    package var isBilled: Bool { self != .countTokens && !isOfKept }

    /// It is about something that a provider keeps.
    package var isOfKept: Bool {
        switch self {
        case .stored, .files, .batches: true
        default: false
        }
    }

    /// The answer is vectors, which mean something beside others of the same model only.
    package var givesVectors: Bool {
        switch self {
        case .embeddings, .embeddingBatch: true
        default: false
        }
    }

    /// Its answers may say nothing of tokens: then a price for each request is what it costs.
    package var mayLackUsage: Bool {
        switch self {
        case .images, .speech, .transcriptions, .moderations, .rerank: true
        case .chat, .completions, .embeddings, .models, .other, .countTokens, .responses, .compact, .embeddingBatch,
            .stored, .files, .batches:
            false
        }
    }

    /// A question to OpenAI's Responses API, which not every server of that dialect has.
    package var isOfResponses: Bool {
        switch self {
        case .responses, .compact, .countTokens, .stored: true
        default: false
        }
    }
}

extension Operation {
    /// The operation with this word.
    package init?(word: String) {
        guard let known = Operation.allCases.first(where: { $0.word == word }) else { return nil }
        self = known
    }

    /// Its name in reports, in the API and in the scopes of keys.
    package var word: String {
        switch self {
        case .chat: "chat"
        case .completions: "completions"
        case .embeddings: "embeddings"
        case .models: "models"
        case .other: "other"
        case .responses: "responses"
        case .countTokens: "count_tokens"
        case .compact: "compact"
        case .embeddingBatch: "embedding_batch"
        case .stored: "stored"
        case .images: "images"
        case .speech: "speech"
        case .transcriptions: "transcriptions"
        case .moderations: "moderations"
        case .rerank: "rerank"
        case .files: "files"
        case .batches: "batches"
        }
    }
}
