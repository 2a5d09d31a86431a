// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// From a caller's dialect to a provider's, and back with the answer.
///
/// Requests and answers are read into terms that all dialects share (``Conversation``, ``AnswerPiece``) and written from
/// them: a dialect brings a reader and a writer for each, and pairs come by themselves. What a pair cannot say stands in
/// ``TranslationTable``.
package struct Translation: Sendable, Equatable {
    let caller: Side
    let provider: Side
    /// What the caller asks for, and by what the provider is asked for it.
    private let operation: Operation
    package let asked: Operation

    /// What is asked for is how many tokens a request has.
    var counts: Bool { operation == .countTokens }

    /// The dialects that are translated.
    enum Side: Sendable {
        case openai, anthropic, gemini
        /// Bedrock's Converse, which only providers speak.
        case converse
        /// OpenAI's other API.
        case responses
    }

    /// `nil` where the operation is not translated between the two.
    ///
    /// - Parameter asked: what the provider is asked for: a chat, or in OpenAI's dialect a response; counts and vectors are
    ///   asked for by those.
    package init?(
        from caller: Dialect,
        to provider: Dialect,
        for operation: Operation,
        asking asked: Operation = .chat
    ) {
        let asked: Operation =
            switch operation {
            case .countTokens: .countTokens
            // One text is a batch of one.
            case .embeddings, .embeddingBatch: provider == .gemini ? .embeddingBatch : .embeddings
            default: asked
            }
        guard caller != .converse, let from = Side(caller, operation),
            let to = Side(provider, asked), from != to
        else {
            return nil
        }
        self.caller = from
        self.provider = to
        self.operation = operation
        self.asked = asked
    }

    /// A stream that broke off may go on with another answer, where the caller's events name nothing anew.
    package var canGoOn: Bool {
        switch caller {
        case .openai, .anthropic: true
        case .gemini, .responses, .converse: false
        }
    }

    /// What a version says of the request to come.
    package struct Options: Sendable {
        /// The version sets the cap on output tokens where the caller set none.
        package var setsOutputCap: Bool
        /// The model refuses `temperature`, `top_p` and `top_k`.
        package var refusesSampling: Bool
        /// A count is asked for by the conversation itself, not by the request around it (Vertex AI).
        package var countsContents = false
        /// The model refuses calls in a conversation that do not have the signature of the thought which led to them.
        package var wantsSignatures: Bool
        /// Where it takes marks of what it is to keep in a cache.
        var caching = Conversation.Caching.none

        package init(setsOutputCap: Bool = false, refusesSampling: Bool = false, wantsSignatures: Bool = false) {
            self.setsOutputCap = setsOutputCap
            self.refusesSampling = refusesSampling
            self.wantsSignatures = wantsSignatures
        }

        /// For requests to a model of a dialect.
        ///
        /// - Parameter names: parameters that the version sets.
        package init(to dialect: Dialect, at host: ProviderHost = .own, model: String, setting names: [String]) {
            self.init(
                setsOutputCap: names.contains("max_tokens"),
                refusesSampling: dialect == .anthropic && VersionSettings.refusesSampling(model),
                wantsSignatures: dialect == .gemini && VersionSettings.wantsSignatures(model)
            )
            if case .vertex = host { countsContents = true }
            if dialect == .converse { caching = Converse.caching(of: model) }
        }
    }

    /// What the caller's path says of a request, where its body does not.
    package struct Path: Sendable {
        package var model: String
        package var isStream: Bool

        package init(model: String, isStream: Bool) {
            self.model = model
            self.isStream = isStream
        }
    }

    /// A request in the provider's dialect.
    package struct Request: Sendable {
        package var body: [UInt8]
        /// Fields of the caller's that were left out, for its `warning`.
        package var dropped: [String]
        /// What an answer says again of the request: members of a JSON object, or nothing.
        package var echo: [UInt8]
    }

    /// Output tokens asked of a provider that must be told a number, where neither caller nor version name one.
    package static let standardOutputCap: Int64 = 8_192

    /// Translates a request; the caller's model goes along and is the version's to set.
    ///
    /// - Throws: a `Refusal` of kind `badRequest` that names the field which cannot be said.
    package func request(
        _ body: RawSpan,
        _ options: Options = Options(),
        at path: Path? = nil
    ) throws(Refusal) -> Request {
        guard let item = JSONItem(checking: body.copy(0..<body.byteCount)), item.kind == .object else {
            throw Refusal(.invalidJSON, "The request body must be one JSON object.")
        }
        if operation.givesVectors { return try vectors(item, isBatch: operation == .embeddingBatch) }
        let asked = counts && caller == .gemini ? item["generateContentRequest"] ?? item : item
        var conversation = Conversation(TranslationTable.Losses(from: caller, to: provider))
        conversation.caching = provider == .anthropic ? .all : options.caching
        switch caller {
        case .openai: try conversation.readOpenAI(item)
        case .anthropic: try conversation.readAnthropic(item)
        case .gemini: try conversation.readGemini(asked, path)
        case .responses: try conversation.readResponses(item)
        // Nobody speaks it: the initializer gives no such translation.
        case .converse: break
        }
        // Who serves it refuses such a body before; written, it would be no JSON.
        if conversation.model.isEmpty, provider != .gemini, provider != .converse {
            throw Refusal(.missingModel, "The request names no model.", param: "model")
        }
        if provider == .converse { try conversation.fitConverse() }
        if options.refusesSampling { try conversation.dropSampling() }
        var out = JSONWriter(reserving: body.byteCount + 256)
        if counts {
            conversation.writeCount(to: &out, provider, options)
            return Request(body: out.bytes, dropped: conversation.losses.dropped, echo: [])
        }
        switch provider {
        case .openai: conversation.writeOpenAI(to: &out)
        case .anthropic: conversation.writeAnthropic(to: &out, options)
        case .gemini: conversation.writeGemini(to: &out, options)
        case .converse: conversation.writeConverse(to: &out)
        case .responses: conversation.writeResponses(to: &out)
        }
        let echo = caller == .responses ? ResponseObject.echo(of: item) : []
        return Request(body: out.bytes, dropped: conversation.losses.dropped, echo: echo)
    }

    /// What the relay knows of an answer beside its bytes.
    package struct Context: Sendable {
        /// Seconds since 1970, for dialects whose answers say when they were made.
        package var created: Int64
        /// The answer's id where the provider names none.
        var id: String { makeID() }
        private let makeID: @Sendable () -> String
        /// The model where the provider names none.
        package var model: String
        /// The caller of a stream asked for its usage.
        package var asksForUsage: Bool
        /// What the answer says again of its request.
        package var echo: [UInt8]

        package init(
            created: Int64,
            id: @autoclosure @escaping @Sendable () -> String,
            model: String = "",
            asksForUsage: Bool = false,
            echo: [UInt8] = []
        ) {
            self.created = created
            makeID = id
            self.model = model
            self.asksForUsage = asksForUsage
            self.echo = echo
        }
    }

    /// Translates a whole answer; `nil` where it is none.
    package func answer(_ body: RawSpan, _ context: Context) -> [UInt8]? {
        guard let item = JSONItem(checking: body.copy(0..<body.byteCount)), item.kind == .object else { return nil }
        if counts { return count(item) }
        if operation.givesVectors { return vectors(item, context) }
        var answer: TranslatedAnswer? =
            switch provider {
            case .openai: TranslatedAnswer(openai: item)
            case .anthropic: TranslatedAnswer(anthropic: item)
            case .gemini: TranslatedAnswer(gemini: item, context)
            case .converse: TranslatedAnswer(converse: item)
            case .responses: TranslatedAnswer(responses: item)
            }
        if provider == .converse { answer?.model = context.modelText }
        guard let answer else { return nil }
        switch caller {
        case .openai: return answer.openAI(context)
        case .anthropic: return answer.anthropic(context)
        case .gemini: return answer.gemini(context)
        case .responses: return answer.response(context)
        case .converse: return nil
        }
    }

    /// A provider's error body in the caller's dialect.
    ///
    /// - Parameter status: of the answer; 200 where the error stood in an answer of that status.
    package func error(_ body: RawSpan, status: Int, requestID: String? = nil) -> [UInt8] {
        let error = ProviderError(body, status: status)
        switch caller {
        case .openai, .responses, .converse: return error.openAI
        case .anthropic: return error.anthropic(requestID: requestID)
        case .gemini: return error.gemini
        }
    }
}

extension Translation.Context {
    /// The model as a JSON string.
    fileprivate var modelText: ArraySlice<UInt8>? {
        guard !model.isEmpty else { return nil }
        var out = JSONWriter()
        out.string(model)
        return out.bytes[...]
    }
}

extension Translation.Side {
    init?(_ dialect: Dialect, _ operation: Operation) {
        switch (dialect, operation) {
        case (.openai, .chat), (.openai, .embeddings): self = .openai
        case (.openai, .responses), (.openai, .countTokens): self = .responses
        case (.anthropic, .countTokens): self = .anthropic
        case (.gemini, .countTokens): self = .gemini
        case (.converse, .countTokens): self = .converse
        case (.anthropic, .chat): self = .anthropic
        case (.gemini, .chat), (.gemini, .embeddings), (.gemini, .embeddingBatch): self = .gemini
        case (.converse, .chat): self = .converse
        default: return nil
        }
    }

    var name: String {
        switch self {
        case .openai: "openai"
        case .anthropic: "anthropic"
        case .gemini: "gemini"
        case .converse: "converse"
        case .responses: "responses"
        }
    }
}
