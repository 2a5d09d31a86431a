// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// How a dialect reads what a caller sends: the first role.
package enum RequestReading: Sendable {
    case openai
    case anthropic
    case gemini
    case converse
    case custom(CustomDialect)

    /// The path names the model, and says whether the answer is a stream; the body does not.
    package var readsPath: Bool {
        switch self {
        case .gemini, .converse: true
        case .openai, .anthropic, .custom: false
        }
    }

    /// Reads a request's body.
    ///
    /// - Throws: a `Refusal` of the caller's side that says what is wrong and where.
    package func facts(of body: RawSpan, for operation: Operation) throws(Refusal) -> CallFacts {
        switch self {
        case .openai: try RequestPass.facts(of: body, for: operation)
        case .anthropic: try MessagesPass.facts(of: body, for: operation)
        case .gemini: try GeminiPass.facts(of: body, for: operation)
        case .converse: try Converse.facts(of: body, for: operation)
        case .custom(let dialect): try dialect.requests.facts(body, operation)
        }
    }
}
