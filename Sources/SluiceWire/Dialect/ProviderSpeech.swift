// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// How providers of a dialect are spoken to: the fifth role.
package enum ProviderSpeech: Sendable {
    case openai
    case azure(AzureHost)
    case anthropic
    case bedrock
    /// Amazon Bedrock's Converse.
    case converse
    case gemini
    case vertexGemini(VertexHost)
    case vertexAnthropic(VertexHost)
    case custom(CustomDialect)

    /// The path below the provider's own; `nil` where the dialect has no such operation.
    package func path(of operation: Operation, model: String, isStream: Bool) -> String? {
        switch self {
        case .openai: OpenAI.path(of: operation)
        case .azure(let host): Azure.path(of: operation, model: model, at: host)
        case .anthropic: Anthropic.path(of: operation)
        case .bedrock: Bedrock.path(of: operation, model: model, isStream: isStream)
        case .converse: Converse.path(of: operation, model: model, isStream: isStream)
        case .gemini: Gemini.path(of: operation, model: model, isStream: isStream)
        case .vertexGemini: Vertex.path(of: operation, model: model, isStream: isStream, .google)
        case .vertexAnthropic: Vertex.path(of: operation, model: model, isStream: isStream, .anthropic)
        case .custom(let dialect): dialect.speech.path(operation, model, isStream)
        }
    }

    /// Paths of its dialect's callers are the provider's own.
    package var takesCallersPaths: Bool {
        switch self {
        case .openai, .anthropic: true
        case .azure, .bedrock, .converse, .gemini, .vertexGemini, .vertexAnthropic, .custom: false
        }
    }

    /// The path that stands before every other, by the provider's own.
    package func prefix(of own: String) -> String {
        switch self {
        case .gemini: own.isEmpty ? Gemini.standardVersion : own
        case .azure: Azure.prefix(of: own)
        case .vertexGemini(let host), .vertexAnthropic(let host): Vertex.prefix(of: own, at: host)
        case .openai, .anthropic, .bedrock, .converse, .custom: own
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
        case .openai, .bedrock, .converse, .vertexGemini, .vertexAnthropic: "authorization: Bearer \(key)\r\n"
        case .azure: "api-key: \(key)\r\n"
        case .anthropic: "x-api-key: \(key)\r\n"
        case .gemini: "x-goog-api-key: \(key)\r\n"
        case .custom(let dialect): dialect.speech.credentialLine(key)
        }
    }

    /// Header lines that every request must have.
    package var requiredLines: String {
        switch self {
        case .openai, .azure, .anthropic, .bedrock, .converse, .gemini, .vertexGemini, .vertexAnthropic: ""
        case .custom(let dialect): dialect.speech.requiredLines
        }
    }

    /// A field that every request must have, and its value where the caller sends none.
    package var standardField: (name: StaticString, value: StaticString)? {
        switch self {
        case .anthropic: ("anthropic-version", "2023-06-01")
        case .openai, .azure, .bedrock, .converse, .gemini, .vertexGemini, .vertexAnthropic, .custom: nil
        }
    }

    /// Callers' fields that stay behind, since the host has what they say in the body.
    package var ownFields: [String] {
        switch self {
        case .bedrock: ["anthropic-version", "anthropic-beta"]
        case .vertexAnthropic: ["anthropic-version"]
        default: []
        }
    }

    /// `anthropic-beta` of a caller stands in the body.
    package var takesBetas: Bool { if case .bedrock = self { true } else { false } }

    /// What the binary frames hold in which streams come; `nil` where they come as events.
    package var frames: FrameUnwrapping.Kind? {
        switch self {
        case .bedrock: .invoke
        case .converse: .converse
        default: nil
        }
    }

    /// The body of an error answer in the form of the dialect, where the host has another one.
    ///
    /// - Parameter header: a field of the answer, by its name in lower case.
    package func error(
        _ body: RawSpan,
        status: Int,
        requestID: String?,
        header: (String) -> String?
    ) -> [UInt8]? {
        switch self {
        case .bedrock:
            Bedrock.error(body, status: status, exception: header("x-amzn-errortype"), requestID: requestID)
        case .vertexAnthropic: Vertex.error(body, status: status, requestID: requestID)
        default: nil
        }
    }

    /// A caller's field that goes on to the provider because a dialect knows it: its name in lower case.
    package static func forwarded(_ name: Span<UInt8>) -> StaticString? {
        name.count > 8 ? OpenAI.forwarded(name) ?? Anthropic.forwarded(name) : nil
    }

    /// Fields of answers that say whose account was used, in any dialect; names in lower case.
    package static var accountFields: [String] { OpenAI.accountFields + Anthropic.accountFields }
}
