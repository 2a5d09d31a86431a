// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// A request in OpenAI's dialect, written.
extension Conversation {
    func writeOpenAI(to out: inout JSONWriter) {
        out.beginObject()
        out.member("model", raw: model)
        if let isStream { out.member("stream", raw: isStream) }
        writeOpenAIMessages(to: &out)
        if !tools.isEmpty {
            out.name("tools")
            out.beginArray()
            for tool in tools { write(openAI: tool, to: &out) }
            out.endArray()
        }
        if !tools.isEmpty { writeOpenAIChoice(to: &out) }
        if let allowsParallelCalls, !tools.isEmpty { out.member("parallel_tool_calls", raw: allowsParallelCalls) }
        if let outputCap { out.member("max_completion_tokens", raw: outputCap) }
        if let temperature { out.member("temperature", raw: temperature) }
        if let topP { out.member("top_p", raw: topP) }
        out.member("stop", list: stops)
        if let effort = effort?.openAI { out.member("reasoning_effort", effort) }
        if let seed { out.member("seed", raw: seed) }
        if let frequencyPenalty { out.member("frequency_penalty", raw: frequencyPenalty) }
        if let presencePenalty { out.member("presence_penalty", raw: presencePenalty) }
        if let logprobs { out.member("logprobs", raw: logprobs) }
        if let topLogprobs { out.member("top_logprobs", raw: topLogprobs) }
        if case .object = format { out.member("response_format", word: #"{"type":"json_object"}"#) }
        if case .schema(let schema, let name, let strict) = format {
            out.name("response_format")
            out.beginObject()
            out.member("type", "json_schema")
            out.name("json_schema")
            out.beginObject()
            out.member("name", raw: name ?? Array(#""answer""#.utf8)[...])
            out.member("schema", raw: schema)
            out.member("strict", raw: strict ?? Array("true".utf8)[...])
            out.endObject()
            out.endObject()
        }
        if let user { out.member("user", raw: user) }
        if let tier { out.member("service_tier", tier == .auto ? "auto" : "default") }
        out.endObject()
    }

    private func write(openAI tool: Tool, to out: inout JSONWriter) {
        out.beginObject()
        out.member("type", "function")
        out.name("function")
        out.beginObject()
        out.member("name", raw: tool.name)
        if let description = tool.description { out.member("description", raw: description) }
        if let schema = tool.schema { out.member("parameters", raw: schema) }
        if let isStrict = tool.isStrict { out.member("strict", raw: isStrict) }
        out.endObject()
        out.endObject()
    }

    private func writeOpenAIChoice(to out: inout JSONWriter) {
        guard let toolChoice else { return }
        out.name("tool_choice")
        switch toolChoice {
        case .auto: out.string("auto")
        case .any: out.string("required")
        case .none: out.string("none")
        case .named(let name):
            out.beginObject()
            out.member("type", "function")
            out.name("function")
            out.beginObject()
            out.member("name", raw: name)
            out.endObject()
            out.endObject()
        }
    }

    // MARK: messages

    private func writeOpenAIMessages(to out: inout JSONWriter) {
        out.name("messages")
        out.beginArray()
        if !system.isEmpty {
            out.beginObject()
            out.member("role", "system")
            writeContent(system, to: &out)
            out.endObject()
        }
        for turn in turns {
            switch turn.role {
            case .assistant: writeAnswer(turn.pieces, to: &out)
            case .user: writeUser(turn.pieces, to: &out)
            }
        }
        out.endArray()
    }

    /// Results of tools are messages of their own and come first; what of them is no text follows with the user's words.
    private func writeUser(_ pieces: [Piece], to out: inout JSONWriter) {
        var rest: [Piece] = []
        for piece in pieces {
            guard case .result(let id, let parts, _) = piece else {
                rest.append(piece)
                continue
            }
            out.beginObject()
            out.member("role", "tool")
            out.name("tool_call_id")
            out.string(inside: id)
            writeContent(parts.filter(\.isText), orEmpty: true, to: &out)
            out.endObject()
            rest.append(contentsOf: parts.filter { !$0.isText })
        }
        guard !rest.isEmpty else { return }
        out.beginObject()
        out.member("role", "user")
        writeContent(rest, to: &out)
        out.endObject()
    }

    private func writeAnswer(_ pieces: [Piece], to out: inout JSONWriter) {
        out.beginObject()
        out.member("role", "assistant")
        let texts = pieces.filter(\.isText)
        if texts.isEmpty { out.member("content", word: "null") } else { writeContent(texts, to: &out) }
        var hasCalls = false
        for piece in pieces {
            guard case .call(let id, let name, let arguments, _) = piece else { continue }
            if !hasCalls {
                out.name("tool_calls")
                out.beginArray()
                hasCalls = true
            }
            out.beginObject()
            out.name("id")
            out.string(inside: id)
            out.member("type", "function")
            out.name("function")
            out.beginObject()
            out.name("name")
            out.string(inside: name)
            out.name("arguments")
            out.string(inside: arguments.inside)
            out.endObject()
            out.endObject()
        }
        if hasCalls { out.endArray() }
        out.endObject()
    }

    /// `content`: one text as a string, several pieces as a list.
    private func writeContent(_ pieces: [Piece], orEmpty: Bool = false, to out: inout JSONWriter) {
        out.name("content")
        if pieces.isEmpty, orEmpty { return out.string("") }
        if pieces.count == 1, let text = pieces[0].text { return out.string(inside: text) }
        out.beginArray()
        for piece in pieces { piece.writeOpenAI(to: &out) }
        out.endArray()
    }
}

extension Conversation.Piece {
    var text: Conversation.JSON? {
        switch self {
        case .text(let text), .refusal(let text): text
        default: nil
        }
    }

    var isText: Bool { text != nil }

    fileprivate func writeOpenAI(to out: inout JSONWriter) {
        switch self {
        case .text(let text), .refusal(let text):
            out.beginObject()
            out.member("type", "text")
            out.name("text")
            out.string(inside: text)
            out.endObject()
        case .image(let source):
            out.beginObject()
            out.member("type", "image_url")
            out.name("image_url")
            out.beginObject()
            out.name("url")
            out.string(inside: source.url)
            out.endObject()
            out.endObject()
        case .document(let source, let name):
            out.beginObject()
            out.member("type", "file")
            out.name("file")
            out.beginObject()
            out.member("filename", raw: name ?? Array(#""document.pdf""#.utf8)[...])
            out.name("file_data")
            out.string(inside: source.url)
            out.endObject()
            out.endObject()
        case .thinking, .redacted, .call, .result, .cachePoint: break
        }
    }
}

extension Conversation.Source {
    var url: Conversation.JSON {
        switch self {
        case .url(let url): return url
        case .data(let type, let base64):
            var bytes = Array("data:".utf8)
            bytes.reserveCapacity(base64.count + type.count + 16)
            bytes.append(contentsOf: type)
            bytes.append(contentsOf: ";base64,".utf8)
            bytes.append(contentsOf: base64)
            return bytes[...]
        }
    }
}

extension Conversation.Effort {
    var openAI: String? {
        switch self {
        case .off, .adaptive: nil
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .most: "xhigh"
        case .budget(let tokens): tokens < 4_096 ? "low" : tokens < 16_384 ? "medium" : "high"
        }
    }
}
