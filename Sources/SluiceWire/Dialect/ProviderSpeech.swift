// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// How providers of a dialect are spoken to: the fifth role.
package enum ProviderSpeech: Sendable {
    case openai
    case azure(AzureHost)
    case anthropic
    case gemini
    case custom(CustomDialect)

    /// The path below the provider's own; `nil` where the dialect has no such operation.
    package func path(of operation: Operation, model: String, isStream: Bool) -> String? {
        switch self {
        case .openai: OpenAI.path(of: operation)
        case .azure(let host): Azure.path(of: operation, model: model, at: host)
        case .anthropic: Anthropic.path(of: operation)
        case .gemini: Gemini.path(of: operation, model: model, isStream: isStream)
        case .custom(let dialect): dialect.speech.path(operation, model, isStream)
        }
    }

    /// The path that stands before every other, by the provider's own.
    package func prefix(of own: String) -> String {
        switch self {
        case .gemini: own.isEmpty ? Gemini.standardVersion : own
        case .azure: Azure.prefix(of: own)
        case .openai, .anthropic, .custom: own
        }
    }

    /// The header line that carries a credential.
    ///
    /// - Parameter field: the field that the configuration names for it.
    package func credentialLine(_ key: String, in field: String? = nil) -> String {
        switch self {
        // Some accounts of this dialect, and proxies in front of it, take a token in place of a key.
        case .anthropic where field == "authorization", .gemini where field == "authorization",
            .azure where field == "authorization":
            return "authorization: Bearer \(key)\r\n"
        default: if let field { return "\(field): \(key)\r\n" }
        }
        return switch self {
        case .openai: "authorization: Bearer \(key)\r\n"
        case .azure: "api-key: \(key)\r\n"
        case .anthropic: "x-api-key: \(key)\r\n"
        case .gemini: "x-goog-api-key: \(key)\r\n"
        case .custom(let dialect): dialect.speech.credentialLine(key)
        }
    }

    /// Header lines that every request must have.
    package var requiredLines: String {
        switch self {
        case .openai, .azure, .anthropic, .gemini: ""
        case .custom(let dialect): dialect.speech.requiredLines
        }
    }

    /// A field that every request must have, and its value where the caller sends none.
    package var standardField: (name: StaticString, value: StaticString)? {
        switch self {
        case .anthropic: ("anthropic-version", "2023-06-01")
        case .openai, .azure, .gemini, .custom: nil
        }
    }

    /// A caller's field that goes on to the provider because a dialect knows it: its name in lower case.
    package static func forwarded(_ name: Span<UInt8>) -> StaticString? {
        name.count > 8 ? OpenAI.forwarded(name) ?? Anthropic.forwarded(name) : nil
    }

    /// Fields of answers that say whose account was used, in any dialect; names in lower case.
    package static var accountFields: [String] { OpenAI.accountFields + Anthropic.accountFields }
}
