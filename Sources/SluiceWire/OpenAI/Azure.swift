// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Azure OpenAI's paths; its bodies are those of OpenAI's dialect.
enum Azure {
    /// What callers ask for below `/openai`: their deployment is a route, and whether the answer is a stream stands in the
    /// body.
    static func find(_ path: Substring) -> Dialects.Wanted? {
        guard path.hasPrefix("/deployments/") else { return nil }
        let rest = path.dropFirst(13)
        guard let slash = rest.firstIndex(of: "/"), slash > rest.startIndex else { return nil }
        let operation: Operation
        switch rest[slash...] {
        case "/chat/completions": operation = .chat
        case "/completions": operation = .completions
        case "/embeddings": operation = .embeddings
        default: return nil
        }
        let name = Dialects.decoded(rest[..<slash])
        return .named(Outcome.Endpoint(.openai, operation), model: name, isStream: nil)
    }

    /// Below ``prefix(of:)``; deployments have paths of their own for what was there before the Responses API.
    static func path(of operation: Operation, model: String, at host: AzureHost) -> String? {
        guard let path = OpenAI.path(of: operation) else { return nil }
        if host.isUndated { return "/v1\(path)" }
        switch operation {
        case .chat, .completions, .embeddings:
            let deployment = PathText.encoded(host.deployment(of: model))
            return "/deployments/\(deployment)\(path)?api-version=\(host.apiVersion)"
        default: return "\(path)?api-version=\(host.apiVersion)"
        }
    }

    static func prefix(of own: String) -> String { own.hasSuffix("/openai") ? own : own + "/openai" }
}
