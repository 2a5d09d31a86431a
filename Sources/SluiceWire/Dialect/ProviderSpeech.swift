// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// How providers of a dialect are spoken to: the fifth role.
package enum ProviderSpeech: Sendable {
    case openai
    case custom(CustomDialect)

    /// The path below the provider's own; `nil` where the dialect has no such operation.
    package func path(of operation: Operation, model: String, isStream: Bool) -> String? {
        switch self {
        case .openai: OpenAI.path(of: operation)
        case .custom(let dialect): dialect.speech.path(operation, model, isStream)
        }
    }

    /// The header line that carries a credential.
    package func credentialLine(_ key: String) -> String {
        switch self {
        case .openai: "authorization: Bearer \(key)\r\n"
        case .custom(let dialect): dialect.speech.credentialLine(key)
        }
    }

    /// Header lines that every request must have.
    package var requiredLines: String {
        switch self {
        case .openai: ""
        case .custom(let dialect): dialect.speech.requiredLines
        }
    }

    /// A caller's field that goes on to the provider because its dialect knows it: its name in lower case.
    package static func forwarded(_ name: Span<UInt8>) -> StaticString? { OpenAI.forwarded(name) }

    /// Fields of answers that say whose account was used, in any dialect; names in lower case.
    package static var accountFields: [String] { OpenAI.accountFields }
}
