// SPDX-License-Identifier: Apache-2.0

/// The dialect that a request's path speaks, as far as faults need it: a fixed answer of forty pieces.
enum WireDialect: CaseIterable {
    case chat, completions, responses, messages, gemini

    init?(path: String) {
        switch path {
        case "/v1/chat/completions": self = .chat
        case "/v1/completions": self = .completions
        case "/v1/responses": self = .responses
        case "/v1/messages": self = .messages
        default:
            guard WireDialect.modelInPath(path) != nil else { return nil }
            self = .gemini
        }
    }

    /// The model in the path of a Gemini call.
    static func modelInPath(_ path: String) -> String? {
        for start in ["/v1beta/models/", "/v1/models/"] where path.hasPrefix(start) {
            guard let colon = path.lastIndex(of: ":"),
                path[colon...].contains("ontent") || path.hasSuffix(":countTokens")
            else { return nil }
            return String(path[..<colon].dropFirst(start.count))
        }
        return nil
    }

    static let pieces = 40
    static let usage = MockUsage(prompt: 12, profile: Profile(), text: pieces)

    /// The events that come before the first content.
    func opening(model: String) -> [String] {
        let name = MockJSON.quoted(model)
        switch self {
        case .chat: return [chunk(model, "{\"role\":\"assistant\",\"content\":\"\"}")]
        case .completions, .gemini: return []
        case .responses:
            return [
                WireDialect.named(
                    "response.created",
                    "\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"object\":\"response\","
                        + "\"status\":\"in_progress\",\"model\":\(name),\"output\":[]}"
                )
            ]
        case .messages:
            return [
                WireDialect.named(
                    "message_start",
                    "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\(name),"
                        + "\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":12,\"output_tokens\":1}}"
                ),
                WireDialect.named(
                    "content_block_start",
                    "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"
                ),
                WireDialect.named("ping", ""),
            ]
        }
    }

    /// The content event of one number; one in four holds a letter of several bytes.
    func content(_ number: Int, model: String) -> String {
        let text = MockJSON.quoted(number % 4 == 3 ? "caf\u{E9}\(number) " : "word\(number) ")
        return switch self {
        case .chat: chunk(model, "{\"content\":\(text)}")
        case .completions: "data: {\(common(model)),\"choices\":[{\"index\":0,\"text\":\(text)}]}\n\n"
        case .responses:
            WireDialect.named(
                "response.output_text.delta",
                "\"sequence_number\":\(number + 1),\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,"
                    + "\"delta\":\(text)"
            )
        case .messages:
            WireDialect.named(
                "content_block_delta",
                "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\(text)}"
            )
        case .gemini:
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\(text)}],\"role\":\"model\"},\"index\":0}]}\n\n"
        }
    }

    /// The events between the last content and the closing mark.
    func closing(model: String, usage: Bool) -> [String] {
        switch self {
        case .chat, .completions:
            let finish =
                self == .chat
                ? chunk(model, "{}", finish: "\"stop\"")
                : "data: {\(common(model)),\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\n"
            let numbers = "data: {\(common(model)),\"choices\":[],\"usage\":\(WireDialect.usage.json)}\n\n"
            return usage ? [finish, numbers] : [finish]
        case .responses, .gemini: return []
        case .messages:
            let numbers = usage ? ",\"usage\":{\"output_tokens\":40}" : ""
            return [
                WireDialect.named("content_block_stop", "\"index\":0"),
                WireDialect.named(
                    "message_delta",
                    "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null}\(numbers)"
                ),
            ]
        }
    }

    /// The mark that says an answer is whole.
    func mark(usage: Bool) -> String {
        switch self {
        case .chat, .completions: return "data: [DONE]\n\n"
        case .responses:
            let numbers =
                usage ? ",\"usage\":{\"input_tokens\":12,\"output_tokens\":40,\"total_tokens\":52}" : ""
            return WireDialect.named(
                "response.completed",
                "\"sequence_number\":41,\"response\":{\"id\":\"resp_1\",\"object\":\"response\","
                    + "\"status\":\"completed\",\"output\":[]\(numbers)}"
            )
        case .messages: return WireDialect.named("message_stop", "")
        case .gemini:
            let numbers = usage ? ",\(WireDialect.geminiUsage)" : ""
            return "data: {\"candidates\":[{\"content\":{\"parts\":[],\"role\":\"model\"},\"finishReason\":\"STOP\","
                + "\"index\":0}]\(numbers)}\n\n"
        }
    }

    /// A whole answer.
    func whole(model: String, usage: Bool, text: Bool = true) -> String {
        let words = (0..<(text ? WireDialect.pieces : 0)).map { "word\($0) " }.joined()
        let content = MockJSON.quoted(words)
        let numbers = usage ? ",\"usage\":\(WireDialect.usage.json)" : ""
        let split = usage ? ",\"usage\":{\"input_tokens\":12,\"output_tokens\":40}" : ""
        let name = MockJSON.quoted(model)
        return switch self {
        case .chat:
            "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\(name),\"choices\":["
                + "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\(content)},"
                + "\"finish_reason\":\"stop\"}]\(numbers)}"
        case .completions:
            "{\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":1,\"model\":\(name),\"choices\":["
                + "{\"index\":0,\"text\":\(content),\"finish_reason\":\"stop\"}]\(numbers)}"
        case .responses:
            "{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"completed\",\"model\":\(name),\"output\":["
                + "{\"type\":\"message\",\"id\":\"msg_1\",\"role\":\"assistant\",\"status\":\"completed\","
                + "\"content\":[{\"type\":\"output_text\",\"text\":\(content),\"annotations\":[]}]}]\(split)}"
        case .messages:
            "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\(name),\"content\":["
                + "{\"type\":\"text\",\"text\":\(content)}],\"stop_reason\":\"end_turn\"\(split)}"
        case .gemini:
            "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\(content)}],\"role\":\"model\"},"
                + "\"finishReason\":\"STOP\",\"index\":0}]\(usage ? "," + WireDialect.geminiUsage : "")}"
        }
    }

    /// An error's body.
    func failure(_ status: Int, message: String, kind: String) -> String {
        let text = MockJSON.quoted(message)
        let type = MockJSON.quoted(kind)
        return switch self {
        case .chat, .completions, .responses:
            "{\"error\":{\"message\":\(text),\"type\":\(type),\"param\":null,\"code\":\(type)}}"
        case .messages: "{\"type\":\"error\",\"error\":{\"type\":\(type),\"message\":\(text)},\"request_id\":\"req_1\"}"
        case .gemini: "{\"error\":{\"code\":\(status),\"message\":\(text),\"status\":\(type)}}"
        }
    }

    /// An error inside a stream of status 200.
    func failureEvent(message: String) -> String {
        let kind =
            switch self {
            case .messages: "overloaded_error"
            case .gemini: "UNAVAILABLE"
            default: "server_error"
            }
        let body = failure(503, message: message, kind: kind)
        return switch self {
        case .chat, .completions, .gemini: "data: \(body)\n\n"
        case .messages: "event: error\ndata: \(body)\n\n"
        case .responses:
            WireDialect.named(
                "error",
                "\"code\":\"server_error\",\"message\":\(MockJSON.quoted(message)),\"param\":null"
            )
        }
    }

    private func chunk(_ model: String, _ delta: String, finish: String = "null") -> String {
        "data: {\(common(model)),\"choices\":[{\"index\":0,\"delta\":\(delta),\"finish_reason\":\(finish)}]}\n\n"
    }

    private func common(_ model: String) -> String {
        let object = self == .chat ? "chat.completion.chunk" : "text_completion"
        return "\"id\":\"fault-1\",\"object\":\"\(object)\",\"created\":1,\"model\":\(MockJSON.quoted(model))"
    }

    private static func named(_ event: String, _ members: String) -> String {
        let rest = members.isEmpty ? "" : ",\(members)"
        return "event: \(event)\ndata: {\"type\":\"\(event)\"\(rest)}\n\n"
    }

    private static let geminiUsage =
        "\"usageMetadata\":{\"promptTokenCount\":12,\"candidatesTokenCount\":40,\"totalTokenCount\":52}"
}
