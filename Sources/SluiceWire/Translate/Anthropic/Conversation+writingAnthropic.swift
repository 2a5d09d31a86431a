// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// A request in Anthropic's dialect, written.
extension Conversation {
    func writeAnthropic(to out: inout JSONWriter, _ options: Translation.Options) {
        out.beginObject()
        out.member("model", raw: model)
        if let isStream { out.member("stream", raw: isStream) }
        if let outputCap {
            out.member("max_tokens", raw: outputCap)
        } else if !options.setsOutputCap {
            out.member("max_tokens", Translation.standardOutputCap)
        }
        if !system.isEmpty {
            out.name("system")
            writeContent(system, to: &out)
        }
        out.name("messages")
        out.beginArray()
        for turn in turns {
            out.beginObject()
            out.member("role", turn.role == .user ? "user" : "assistant")
            out.name("content")
            writeContent(turn.pieces, to: &out)
            out.endObject()
        }
        out.endArray()
        writeAnthropicTools(to: &out)
        writeSampling(to: &out)
        writeOutputConfig(to: &out)
        if let user {
            out.name("metadata")
            out.beginObject()
            out.member("user_id", raw: user)
            out.endObject()
        }
        if let tier { out.member("service_tier", tier == .auto ? "auto" : "standard_only") }
        out.endObject()
    }

    private func writeSampling(to out: inout JSONWriter) {
        if let temperature { out.member("temperature", raw: temperature) }
        if let topP { out.member("top_p", raw: topP) }
        if let topK { out.member("top_k", raw: topK) }
        // The dialect refuses sequences of white space only.
        let stops = stops.filter { stop in stop.contains { $0 > .space && $0 != .quote } && !stop.isBlankText }
        out.member("stop_sequences", list: stops)
    }

    private func writeOutputConfig(to out: inout JSONWriter) {
        let word = effort?.anthropic
        // Thinking is refused beside a tool that must be called.
        if let word, word == "none" || !toolChoice.forcesCall {
            out.name("thinking")
            out.beginObject()
            out.member("type", word == "none" ? "disabled" : "adaptive")
            out.endObject()
        }
        let effort = word == "none" || word == "" ? nil : word
        guard effort != nil || format != nil else { return }
        out.name("output_config")
        out.beginObject()
        if let effort { out.member("effort", effort) }
        if case .schema(let schema, _, _) = format {
            out.name("format")
            out.beginObject()
            out.member("type", "json_schema")
            out.member("schema", raw: schema)
            out.endObject()
        }
        out.endObject()
    }

    // MARK: tools

    private func writeAnthropicTools(to out: inout JSONWriter) {
        if !tools.isEmpty {
            out.name("tools")
            out.beginArray()
            for tool in tools {
                out.beginObject()
                out.member("name", raw: tool.name)
                if let description = tool.description { out.member("description", raw: description) }
                out.name("input_schema")
                if let schema = tool.schema {
                    out.raw(schema)
                } else {
                    out.word(#"{"type":"object","properties":{}}"#)
                }
                if let isStrict = tool.isStrict { out.member("strict", raw: isStrict) }
                tool.cachePoint?.writeCacheControl(to: &out)
                out.endObject()
            }
            out.endArray()
        }
        let isOneAtATime = allowsParallelCalls?.elementsEqual("false".utf8) == true
        guard toolChoice != nil || isOneAtATime && !tools.isEmpty else { return }
        out.name("tool_choice")
        out.beginObject()
        var takesMode = isOneAtATime
        switch toolChoice {
        case .auto, nil: out.member("type", "auto")
        case .any?: out.member("type", "any")
        case .some(.none):
            out.member("type", "none")
            takesMode = false
        case .named(let name):
            out.member("type", "tool")
            out.member("name", raw: name)
        }
        if takesMode { out.member("disable_parallel_tool_use", word: "true") }
        out.endObject()
    }

    // MARK: messages

    /// One text as a string, else a list of blocks.
    private func writeContent(_ pieces: [Piece], to out: inout JSONWriter) {
        if pieces.count == 1, let text = pieces[0].text { return out.string(inside: text) }
        Piece.writeAnthropic(pieces, to: &out)
    }
}

extension Conversation.Piece {
    /// As a list of blocks; a mark of what is to be kept stands in the block before it.
    fileprivate static func writeAnthropic(_ pieces: [Conversation.Piece], to out: inout JSONWriter) {
        out.beginArray()
        for index in pieces.indices where !pieces[index].isCachePoint {
            pieces[index].writeAnthropic(before: index + 1 < pieces.count ? pieces[index + 1] : nil, to: &out)
        }
        out.endArray()
    }

    private var isCachePoint: Bool { if case .cachePoint = self { true } else { false } }

    /// Nothing unless it is such a mark.
    fileprivate func writeCacheControl(to out: inout JSONWriter) {
        guard case .cachePoint(let isLong) = self else { return }
        out.member("cache_control", word: isLong ? #"{"type":"ephemeral","ttl":"1h"}"# : #"{"type":"ephemeral"}"#)
    }

    /// As a block of a message or an answer.
    func writeAnthropic(before next: Conversation.Piece? = nil, to out: inout JSONWriter) {
        out.beginObject()
        switch self {
        case .text(let text), .refusal(let text):
            out.member("type", "text")
            out.name("text")
            out.string(inside: text)
        case .image(let source):
            out.member("type", "image")
            source.writeAnthropic(to: &out)
        case .document(let source, let name):
            out.member("type", "document")
            source.writeAnthropic(to: &out)
            if let name { out.member("title", raw: name) }
        case .thinking(let text, let signature):
            out.member("type", "thinking")
            out.name("thinking")
            out.string(inside: text)
            out.name("signature")
            out.string(inside: signature ?? [])
        case .redacted(let data):
            out.member("type", "redacted_thinking")
            out.name("data")
            out.string(inside: data)
        case .call(let id, let name, let arguments, _):
            out.member("type", "tool_use")
            out.name("id")
            out.string(inside: id.callID)
            out.name("name")
            out.string(inside: name)
            out.member("input", raw: arguments.object)
        case .result(let id, let pieces, let isError):
            out.member("type", "tool_result")
            out.name("tool_use_id")
            out.string(inside: id.callID)
            if isError { out.member("is_error", word: "true") }
            if pieces.count == 1, let text = pieces[0].text {
                out.name("content")
                out.string(inside: text)
            } else if !pieces.isEmpty {
                out.name("content")
                Conversation.Piece.writeAnthropic(pieces, to: &out)
            }
        case .cachePoint: break
        }
        next?.writeCacheControl(to: &out)
        out.endObject()
    }
}

extension Conversation.Source {
    fileprivate func writeAnthropic(to out: inout JSONWriter) {
        out.name("source")
        out.beginObject()
        switch self {
        case .data(let type, let base64):
            if type.elementsEqual("text/plain".utf8), let text = Base64.text(base64) {
                out.member("type", "text")
                out.member("media_type", "text/plain")
                out.member("data", text)
            } else {
                out.member("type", "base64")
                out.name("media_type")
                out.string(inside: type)
                out.name("data")
                out.string(inside: base64)
            }
        case .url(let url):
            out.member("type", "url")
            out.name("url")
            out.string(inside: url)
        }
        out.endObject()
    }
}

extension Conversation.JSON {
    /// An id of a call in the letters that Anthropic and Bedrock allow; others become `_`, in the call and in its result alike.
    var callID: Conversation.JSON {
        let isAllowed: (UInt8) -> Bool = {
            $0.isDigit || (0x61...0x7A).contains($0.lowercasedASCII) || $0 == UInt8(ascii: "_") || $0 == .minus
        }
        return allSatisfy(isAllowed) ? self : map { isAllowed($0) ? $0 : UInt8(ascii: "_") }[...]
    }

    /// A JSON string of white space, be it escaped.
    fileprivate var isBlankText: Bool {
        let raw = Array(self)
        guard let text = JSONItem(checking: raw)?.string else { return false }
        return text.utf8.allSatisfy { $0 <= .space }
    }
}

extension Conversation.ToolChoice? {
    fileprivate var forcesCall: Bool {
        switch self {
        case .any?, .named?: true
        default: false
        }
    }
}

extension Conversation.Effort {
    /// `none` is no thinking at all; empty is as much as the model likes.
    fileprivate var anthropic: String {
        switch self {
        case .off: "none"
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .most: "max"
        case .adaptive: ""
        case .budget(let tokens): tokens < 4_096 ? "low" : tokens < 16_384 ? "medium" : "high"
        }
    }
}
