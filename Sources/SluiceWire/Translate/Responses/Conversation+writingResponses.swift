// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// A request of the Responses API, written. Nothing of it is kept.
extension Conversation {
    /// - Parameter isCount: a count keeps nothing, and is not asked for with a word on that.
    func writeResponses(to out: inout JSONWriter, isCount: Bool = false) {
        out.beginObject()
        out.member("model", raw: model)
        if let isStream { out.member("stream", raw: isStream) }
        if !system.isEmpty {
            // Prompts that follow each other stand apart.
            let texts = system.compactMap(\.text)
            out.name("instructions")
            out.string(inside: Array(texts.joined(separator: #"\n\n"#.utf8)))
        }
        writeInput(to: &out)
        if !tools.isEmpty {
            out.name("tools")
            out.beginArray()
            for tool in tools { write(response: tool, to: &out) }
            out.endArray()
            writeResponseChoice(to: &out)
            if let allowsParallelCalls { out.member("parallel_tool_calls", raw: allowsParallelCalls) }
        }
        if let outputCap { out.member("max_output_tokens", raw: outputCap) }
        if let temperature { out.member("temperature", raw: temperature) }
        if let topP { out.member("top_p", raw: topP) }
        if let effort = effort?.openAI {
            out.name("reasoning")
            out.beginObject()
            out.member("effort", effort)
            out.endObject()
        }
        if let format { write(response: format, to: &out) }
        if let user { out.member("user", raw: user) }
        if let tier { out.member("service_tier", tier == .auto ? "auto" : "default") }
        if !isCount { out.member("store", word: "false") }
        out.endObject()
    }

    private func write(response tool: Tool, to out: inout JSONWriter) {
        out.beginObject()
        out.member("type", "function")
        out.member("name", raw: tool.name)
        if let description = tool.description { out.member("description", raw: description) }
        out.member("parameters", raw: tool.schema ?? Array(#"{"type":"object","properties":{}}"#.utf8)[...])
        // Without a word it would be strict here, and is not in a chat.
        out.member("strict", raw: tool.isStrict ?? Array("false".utf8)[...])
        out.endObject()
    }

    private func writeResponseChoice(to out: inout JSONWriter) {
        guard let toolChoice else { return }
        out.name("tool_choice")
        switch toolChoice {
        case .auto: out.string("auto")
        case .any: out.string("required")
        case .none: out.string("none")
        case .named(let name):
            out.beginObject()
            out.member("type", "function")
            out.member("name", raw: name)
            out.endObject()
        }
    }

    private func write(response format: Format, to out: inout JSONWriter) {
        out.name("text")
        out.beginObject()
        out.name("format")
        out.beginObject()
        switch format {
        case .object: out.member("type", "json_object")
        case .schema(let schema, let name, let strict):
            out.member("type", "json_schema")
            out.member("name", raw: name ?? Array(#""answer""#.utf8)[...])
            out.member("schema", raw: schema)
            out.member("strict", raw: strict ?? Array("true".utf8)[...])
        }
        out.endObject()
        out.endObject()
    }

    // MARK: items

    private func writeInput(to out: inout JSONWriter) {
        out.name("input")
        out.beginArray()
        for turn in turns {
            var parts: [Piece] = []
            func flush(_ out: inout JSONWriter) {
                guard !parts.isEmpty else { return }
                Conversation.writeMessage(turn.role, parts, to: &out)
                parts = []
            }
            for piece in turn.pieces {
                switch piece {
                case .call(let id, let name, let arguments, _):
                    flush(&out)
                    out.beginObject()
                    out.member("type", "function_call")
                    out.name("call_id")
                    out.string(inside: id)
                    out.name("name")
                    out.string(inside: name)
                    out.name("arguments")
                    out.string(inside: arguments.inside)
                    out.endObject()
                case .result(let id, let pieces, _):
                    flush(&out)
                    out.beginObject()
                    out.member("type", "function_call_output")
                    out.name("call_id")
                    out.string(inside: id)
                    out.name("output")
                    Conversation.writeParts(pieces, of: .user, to: &out)
                    out.endObject()
                // Another provider's thinking, which the table leaves out.
                case .thinking, .redacted, .cachePoint: break
                case .text, .refusal, .image, .document: parts.append(piece)
                }
            }
            flush(&out)
        }
        out.endArray()
    }

    private static func writeMessage(_ role: Turn.Role, _ parts: [Piece], to out: inout JSONWriter) {
        out.beginObject()
        out.member("role", role == .user ? "user" : "assistant")
        out.name("content")
        writeParts(parts, of: role, to: &out)
        out.endObject()
    }

    /// One text of the user's as a string, several parts as a list.
    private static func writeParts(_ parts: [Piece], of role: Turn.Role, to out: inout JSONWriter) {
        if parts.isEmpty { return out.string("") }
        if role == .user, parts.count == 1, let text = parts[0].text { return out.string(inside: text) }
        out.beginArray()
        for part in parts { part.writeResponse(of: role, to: &out) }
        out.endArray()
    }
}

extension Conversation.Piece {
    /// As a part of a message or of a result.
    fileprivate func writeResponse(of role: Conversation.Turn.Role, to out: inout JSONWriter) {
        out.beginObject()
        switch self {
        case .text(let text):
            out.member("type", role == .user ? "input_text" : "output_text")
            out.name("text")
            out.string(inside: text)
        case .refusal(let text):
            out.member("type", "refusal")
            out.name("refusal")
            out.string(inside: text)
        case .image(let source):
            out.member("type", "input_image")
            out.name("image_url")
            out.string(inside: source.url)
        case .document(let source, let name):
            out.member("type", "input_file")
            if case .url = source {
                out.name("file_url")
            } else {
                out.member("filename", raw: name ?? Array(#""document.pdf""#.utf8)[...])
                out.name("file_data")
            }
            out.string(inside: source.url)
        case .thinking, .redacted, .call, .result, .cachePoint: break
        }
        out.endObject()
    }
}
