// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The dialect of the OpenAI API, which many other providers speak, too.
enum OpenAI {
    // MARK: paths

    /// What callers ask for; the `/v1` in front may be left out.
    static func find(_ path: Substring) -> Dialects.Wanted? {
        let rest = path.utf8.starts(with: "/v1/".utf8) ? Substring(path.utf8.dropFirst(3)) : path
        switch rest {
        case "/chat/completions": return .operation(.chatCompletions)
        case "/completions": return .operation(.completions)
        case "/embeddings": return .operation(.embeddings)
        case "/responses": return .operation(.responses)
        case "/responses/input_tokens": return .operation(Outcome.Endpoint(.openai, .countTokens))
        case "/responses/compact": return .operation(Outcome.Endpoint(.openai, .compact))
        case "/images/generations": return .operation(Outcome.Endpoint(.openai, .images))
        case "/images/edits", "/images/variations":
            return .form(Outcome.Endpoint(.openai, .images), path: String(rest))
        case "/audio/speech": return .operation(Outcome.Endpoint(.openai, .speech))
        case "/audio/transcriptions", "/audio/translations":
            return .form(Outcome.Endpoint(.openai, .transcriptions), path: String(rest))
        case "/moderations": return .operation(Outcome.Endpoint(.openai, .moderations))
        case "/rerank": return .operation(Outcome.Endpoint(.openai, .rerank))
        case "/models": return .modelList(.openai)
        default:
            if let stored = StoredPath(openai: rest) {
                return .stored(Outcome.Endpoint(.openai, stored.operation), stored)
            }
            guard rest.hasPrefix("/models/"), rest.utf8.count > 8 else { return nil }
            return .model(.openai, Dialects.decoded(rest.dropFirst(8)))
        }
    }

    /// Below the provider's own path.
    static func path(of operation: Operation) -> String? {
        switch operation {
        case .chat: "/chat/completions"
        case .completions: "/completions"
        case .embeddings: "/embeddings"
        case .responses: "/responses"
        case .countTokens: "/responses/input_tokens"
        case .compact: "/responses/compact"
        case .images: "/images/generations"
        case .speech: "/audio/speech"
        case .transcriptions: "/audio/transcriptions"
        case .moderations: "/moderations"
        case .rerank: "/rerank"
        case .models, .other, .embeddingBatch, .stored, .files, .batches: nil
        }
    }

    // MARK: header fields

    /// Fields of answers that say whose account was used.
    static var accountFields: [String] { ["openai-organization", "openai-project"] }

    /// Callers' fields that mean something to a provider.
    static func forwarded(_ name: Span<UInt8>) -> StaticString? {
        switch name.count {
        case 9: name.equals(ignoringCase: "thread-id") ? "thread-id" : nil
        case 10:
            name.equals(ignoringCase: "session-id")
                ? "session-id" : name.equals(ignoringCase: "originator") ? "originator" : nil
        case 11: name.equals(ignoringCase: "openai-beta") ? "openai-beta" : nil
        case 14: name.equals(ignoringCase: "openai-project") ? "openai-project" : nil
        case 17: name.equals(ignoringCase: "x-codex-window-id") ? "x-codex-window-id" : nil
        case 18: name.equals(ignoringCase: "x-codex-turn-state") ? "x-codex-turn-state" : nil
        case 19: name.equals(ignoringCase: "openai-organization") ? "openai-organization" : nil
        case 21:
            name.equals(ignoringCase: "x-codex-beta-features")
                ? "x-codex-beta-features"
                : name.equals(ignoringCase: "x-codex-turn-metadata") ? "x-codex-turn-metadata" : nil
        default: nil
        }
    }

    // MARK: answers

    /// What a member of the top level of a whole answer is.
    @inline(__always)
    static func member(named name: Range<Int>, of bytes: RawSpan, _ operation: Operation) -> AnswerMetering.Member {
        if bytes.equals("usage", in: name) { return .usage }
        if bytes.equals("error", in: name) { return .error }
        if bytes.equals("service_tier", in: name) { return .tier }
        switch operation {
        case .embeddings: return bytes.equals("data", in: name) ? .answers : .other
        case .countTokens: return bytes.equals("input_tokens", in: name) ? .sign : .other
        default: return bytes.equals("choices", in: name) ? .answers : .other
        }
    }

    /// A refusal names `stream_options`, or what stands in it.
    static func namesStreamOptions(_ body: RawSpan) -> Bool {
        var index = 0
        while index < body.byteCount {
            if body.has("stream_options", at: index) || body.has("include_usage", at: index) { return true }
            index += 1
        }
        return false
    }
}
