// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// The dialects a gateway knows: the roles of each, and what paths callers may ask for.
package struct Dialects: Sendable {
    private let custom: CustomDialect?

    /// - Parameter custom: serves beside those of the house.
    package init(custom: CustomDialect? = nil) { self.custom = custom }

    /// What a path asks for.
    package enum Wanted: Sendable, Equatable {
        case operation(Outcome.Endpoint)
        /// The path names the model, and says whether the answer is a stream; `nil` where the body says that.
        case named(Outcome.Endpoint, model: String, isStream: Bool?)
        /// The body is a form that names the model; the path stands below the provider's own.
        case form(Outcome.Endpoint, path: String)
        /// Something that a provider keeps.
        case stored(Outcome.Endpoint, StoredPath)
        case modelList(Dialect)
        case model(Dialect, String)
    }

    /// What is asked for at the paths that nearly all requests have, found without making text of them.
    package static func usual(_ path: Span<UInt8>) -> Outcome.Endpoint? {
        if path.equals("/v1/chat/completions") { return .chatCompletions }
        let isMessages = path.equals("/v1/messages") || path.equals("/v1/messages?beta=true")
        return isMessages ? Outcome.Endpoint(.anthropic, .chat) : nil
    }

    /// - Parameters:
    ///   - path: without query and without empty parts.
    ///   - says: whether the request has a field, by its name in lower case; dialects share some paths.
    package func find(_ path: Substring, says: (String) -> Bool = { _ in false }) -> Wanted? {
        if let rest = path.below("/anthropic") { return Anthropic.find(rest) }
        if let rest = path.below("/genai") { return Gemini.find(rest) }
        if let wanted = Gemini.find(path), !wanted.isShared || path.hasPrefix("/v1beta") || says("x-goog-api-key") {
            return wanted
        }
        if let wanted = Anthropic.find(path), !wanted.isShared || says("anthropic-version") { return wanted }
        if let wanted = OpenAI.find(path.below("/openai") ?? path) { return wanted }
        if let wanted = path.below("/openai").flatMap(Azure.find) { return wanted }
        guard let known = custom?.requests.paths.first(where: { $0.path == path }) else { return nil }
        return known.operation == .models
            ? .modelList(.custom) : .operation(Outcome.Endpoint(.custom, known.operation))
    }

    /// Agents ask this before their first request, by HEAD: whether anybody is there.
    package static func isProbe(_ path: Substring) -> Bool { path.isEmpty || path == "/anthropic" }

    /// In whose words a path that is not served is refused.
    package func family(of path: Substring, says: (String) -> Bool) -> Dialect {
        path.below("/anthropic") != nil || path.hasPrefix("/v1/messages") || says("anthropic-version")
            ? .anthropic
            : path.below("/genai") != nil || path.hasPrefix("/v1beta") || says("x-goog-api-key") ? .gemini : .openai
    }

    // MARK: the roles; `nil` where a dialect is not spoken here

    package func reading(_ dialect: Dialect) -> RequestReading? {
        switch dialect {
        case .openai: .openai
        case .anthropic: .anthropic
        case .gemini: .gemini
        case .converse: .converse
        case .custom: custom.map { .custom($0) }
        }
    }

    package func rewriting(
        _ dialect: Dialect,
        at host: ProviderHost = .own,
        model: String,
        settings: VersionSettings
    ) -> RequestRewriting? {
        let model = host.name(of: model)
        return switch dialect {
        case .openai: .openai(RewritePlan(model: model, settings: settings))
        case .anthropic: .anthropic(MessagesPlan(model: model, settings: settings, envelope: host.envelope))
        case .gemini: .gemini(GeminiPlan(model: model, settings: settings))
        case .converse: .converse(ConversePlan(settings))
        case .custom: custom.map { .custom($0, model: model) }
        }
    }

    package func metering(_ endpoint: Outcome.Endpoint) -> AnswerMetering? {
        switch endpoint.dialect {
        case _ where endpoint.operation == .batches: .batches(endpoint.dialect)
        case _ where endpoint.operation.isOfKept: .stored
        case .openai where endpoint.operation == .responses || endpoint.operation == .compact: .responses
        case .openai where endpoint.operation.mayLackUsage: .media(endpoint.operation)
        case .openai: .openai(endpoint.operation)
        case .anthropic: .anthropic(endpoint.operation)
        case .gemini: .gemini(endpoint.operation)
        case .converse: .converse(endpoint.operation)
        case .custom: custom.map { .custom($0) }
        }
    }

    /// How callers of an endpoint are spoken to.
    package func voice(of endpoint: Outcome.Endpoint) -> CallerVoice {
        endpoint == .responses ? .responses : voice(endpoint.dialect)
    }

    /// Callers of a dialect that is not spoken here are answered in OpenAI's.
    package func voice(_ dialect: Dialect) -> CallerVoice {
        switch dialect {
        case .custom: custom.map { .custom($0) } ?? .openai
        case .anthropic: .anthropic
        case .gemini: .gemini
        case .openai, .converse: .openai
        }
    }

    package func speech(_ dialect: Dialect, at host: ProviderHost) -> ProviderSpeech? {
        switch dialect {
        case .openai: if case .azure(let azure) = host { .azure(azure) } else { .openai }
        case .anthropic:
            switch host {
            case .bedrock: .bedrock
            case .vertex(let vertex): .vertexAnthropic(vertex)
            case .own, .azure: .anthropic
            }
        case .gemini: if case .vertex(let vertex) = host { .vertexGemini(vertex) } else { .gemini }
        case .converse: .converse
        case .custom: custom.map { .custom($0) }
        }
    }
}

extension ProviderHost {
    /// What a body of the Messages API has in the place of `model`.
    fileprivate var envelope: MessagesPlan.Envelope? {
        switch self {
        case .bedrock: MessagesPlan.Envelope(version: Bedrock.messagesVersion)
        case .vertex: MessagesPlan.Envelope(version: Vertex.messagesVersion, isInPath: false)
        case .own, .azure: nil
        }
    }
}

extension Dialects.Wanted {
    /// Other dialects have the same path.
    fileprivate var isShared: Bool {
        switch self {
        case .operation, .named, .form: false
        case .stored(_, let path): path.kind == .file
        case .modelList, .model: true
        }
    }
}

extension Dialects {
    static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Substring {
    /// The path below a prefix; `nil` where it does not stand below.
    fileprivate func below(_ prefix: String) -> Substring? {
        let rest = dropFirst(prefix.count)
        return hasPrefix(prefix) && rest.first == "/" ? rest : nil
    }
}

extension Dialect {
    /// Of callers whose request says nothing of its dialect.
    package static var standard: Dialect { .openai }
}
