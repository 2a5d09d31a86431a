// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The dialect of Anthropic's Messages API.
enum Anthropic {
    // MARK: paths

    /// What callers ask for.
    static func find(_ path: Substring) -> Dialects.Wanted? {
        switch path {
        case "/v1/messages": return .operation(Outcome.Endpoint(.anthropic, .chat))
        case "/v1/messages/count_tokens": return .operation(Outcome.Endpoint(.anthropic, .countTokens))
        case "/v1/models": return .modelList(.anthropic)
        default:
            if let stored = StoredPath(anthropic: path) {
                return .stored(Outcome.Endpoint(.anthropic, stored.operation), stored)
            }
            guard path.hasPrefix("/v1/models/"), path.utf8.count > 11 else { return nil }
            return .model(.anthropic, Dialects.decoded(path.dropFirst(11)))
        }
    }

    /// Below the provider's own path.
    static func path(of operation: Operation) -> String? {
        switch operation {
        case .chat: "/v1/messages"
        case .countTokens: "/v1/messages/count_tokens"
        case .completions, .embeddings, .models, .other, .responses, .compact, .embeddingBatch, .stored, .images,
            .speech, .transcriptions, .moderations, .rerank, .files, .batches:
            nil
        }
    }

    // MARK: header fields

    /// Fields of answers that say whose account was used.
    static var accountFields: [String] { ["anthropic-organization-id"] }

    /// Callers' fields that mean something to a provider; what stands in them is theirs to know.
    static func forwarded(_ name: Span<UInt8>) -> StaticString? {
        switch name.count {
        case 14: name.equals(ignoringCase: "anthropic-beta") ? "anthropic-beta" : nil
        case 17: name.equals(ignoringCase: "anthropic-version") ? "anthropic-version" : nil
        default: nil
        }
    }

    // MARK: answers

    /// What a member of the top level of a whole answer is.
    ///
    /// A message may be empty where it says why it ended.
    static func member(named name: Range<Int>, of bytes: RawSpan, _ operation: Operation) -> AnswerMetering.Member {
        if bytes.equals("error", in: name) { return .error }
        if operation == .countTokens { return bytes.equals("input_tokens", in: name) ? .sign : .other }
        if bytes.equals("usage", in: name) { return .usage }
        if bytes.equals("content", in: name) { return .answers }
        return bytes.equals("stop_reason", in: name) ? .sign : .other
    }

    /// Whether the data of an event is a whole `message_stop`.
    static func isStop(_ data: RawSpan) -> Bool {
        let usual: StaticString = #"{"type":""#
        if data.has(usual, at: 0), !data.has("message_stop", at: usual.utf8CodeUnitCount) { return false }
        return (try? isWholeStop(data)) ?? false
    }

    private static func isWholeStop(_ data: RawSpan) throws(JSONFault) -> Bool {
        var cursor = JSONCursor(at: 0)
        var isStop = false
        guard try cursor.peek(data) == .openBrace, try cursor.enter(data, closing: .closeBrace) else { return false }
        repeat {
            let name = try cursor.name(data).range
            _ = try cursor.peek(data)
            let start = cursor.position
            try cursor.skipValue(data, depth: 1)
            guard data.equals("type", in: name) else { continue }
            isStop = data.equals("\"message_stop\"", in: start..<cursor.position)
            // The type mostly stands first.
            if !isStop { return false }
        } while try cursor.next(data, closing: .closeBrace)
        return isStop
    }
}
