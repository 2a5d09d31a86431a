// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// How the relay itself speaks to callers of a dialect: the fourth role.
package enum CallerVoice: Sendable {
    case openai
    case responses
    case anthropic
    case gemini
    case custom(CustomDialect)

    /// Of callers whose request says nothing of its dialect.
    package static var standard: CallerVoice { .openai }

    /// Callers may show their key in the query, as `key`.
    package var takesKeyInQuery: Bool { if case .gemini = self { true } else { false } }

    /// A model as callers see it: a route, by its name or an alias.
    package struct Model: Sendable, Equatable {
        package var id: String
        package var createdAt: Timestamp
        package var ownedBy: String

        package init(id: String, createdAt: Timestamp, ownedBy: String) {
            self.id = id
            self.createdAt = createdAt
            self.ownedBy = ownedBy
        }
    }

    /// The body of an error answer.
    package func body(of refusal: Refusal, requestID: String? = nil) -> [UInt8] {
        switch self {
        case .openai, .responses: OpenAI.errorBody(refusal, requestID: requestID)
        case .anthropic: Anthropic.errorBody(refusal, requestID: requestID)
        case .gemini: Gemini.errorBody(refusal, requestID: requestID)
        case .custom(let dialect): dialect.voice.errorBody(refusal, requestID)
        }
    }

    /// The same as an event, for a stream that breaks off.
    package func event(of refusal: Refusal, requestID: String? = nil) -> [UInt8] {
        let body = body(of: refusal, requestID: requestID)
        // Safe because: bytes have no padding.
        return unsafe event(with: body.span.bytes)
    }

    /// A provider's own error answer as an event; `nil` where it is none that callers of a stream look for.
    package func event(ofError body: RawSpan) -> [UInt8]? {
        let isError =
            switch self {
            case .openai, .responses, .anthropic, .gemini: OpenAI.isErrorObject(body)
            case .custom(let dialect): dialect.voice.isErrorBody(body)
            }
        return isError ? event(with: body) : nil
    }

    private func event(with body: RawSpan) -> [UInt8] {
        switch self {
        case .openai, .gemini: OpenAI.event(of: body)
        case .responses: Responses.event(of: body)
        case .anthropic: Array("event: error\n".utf8) + OpenAI.event(of: body)
        case .custom(let dialect): dialect.voice.errorEvent(body)
        }
    }

    /// What is sent between two events to say that a stream goes on.
    package var keepAlive: StaticString {
        switch self {
        case .openai, .responses: ": keep-alive\n\n"
        // Libraries of this dialect take a comment for data; they pass over empty lines.
        case .gemini: "\n\n"
        case .anthropic: "event: ping\ndata: {\"type\": \"ping\"}\n\n"
        case .custom(let dialect): dialect.voice.keepAlive
        }
    }

    /// The field by which libraries of the dialect find a request's id, where it is not `x-request-id`.
    package var requestIDField: StaticString? {
        switch self {
        case .anthropic: "request-id"
        case .openai, .responses, .gemini, .custom: nil
        }
    }

    /// The answer that lists models.
    package func list(of models: [Model]) -> [UInt8] {
        switch self {
        case .openai, .responses: OpenAI.modelList(models)
        case .anthropic: Anthropic.modelList(models)
        case .gemini: Gemini.modelList(models)
        case .custom(let dialect): dialect.voice.modelList(models)
        }
    }

    /// The answer that shows one model.
    package func json(of model: Model) -> [UInt8] {
        switch self {
        case .openai, .responses: OpenAI.modelJSON(model)
        case .anthropic: Anthropic.modelJSON(model)
        case .gemini: Gemini.modelJSON(model)
        case .custom(let dialect): dialect.voice.modelList([model])
        }
    }
}
