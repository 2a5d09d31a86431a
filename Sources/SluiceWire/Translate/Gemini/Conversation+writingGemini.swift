// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// A request in Gemini's dialect, written; the model, and whether the answer is streamed, stand in the path.
extension Conversation {
    func writeGemini(to out: inout JSONWriter, _ options: Translation.Options) {
        out.beginObject()
        if !system.isEmpty {
            out.name("systemInstruction")
            out.beginObject()
            out.name("parts")
            out.beginArray()
            for piece in system { piece.writeGemini(to: &out) }
            out.endArray()
            out.endObject()
        }
        writeContents(to: &out, options)
        if !tools.isEmpty { writeGeminiTools(to: &out) }
        writeGeminiConfig(to: &out)
        out.endObject()
    }

    // MARK: contents

    private func writeContents(to out: inout JSONWriter, _ options: Translation.Options) {
        var names: [JSON: JSON] = [:]
        out.name("contents")
        out.beginArray()
        for turn in turns {
            out.beginObject()
            out.member("role", turn.role == .user ? "user" : "model")
            out.name("parts")
            out.beginArray()
            switch turn.role {
            case .user: writeUser(turn.pieces, names, to: &out)
            case .assistant:
                var lacksSignature = options.wantsSignatures
                for piece in turn.pieces {
                    guard case .call(let id, let name, let arguments, let signature) = piece else {
                        piece.writeGemini(to: &out)
                        continue
                    }
                    names[id] = name
                    // The first of calls that are made at once has the signature of all.
                    let standIn = lacksSignature ? Array(Gemini.noSignature.utf8)[...] : nil
                    lacksSignature = false
                    write(geminiCall: (id, name, arguments), signature ?? standIn, to: &out)
                }
            }
            out.endArray()
            out.endObject()
        }
        out.endArray()
    }

    /// Results of tools come first; what of them is no text follows with the user's words.
    private func writeUser(_ pieces: [Piece], _ names: [JSON: JSON], to out: inout JSONWriter) {
        var rest: [Piece] = []
        for piece in pieces {
            guard case .result(let id, let parts, let isError) = piece else {
                rest.append(piece)
                continue
            }
            out.beginObject()
            out.name("functionResponse")
            out.beginObject()
            out.name("id")
            out.string(inside: id)
            out.name("name")
            out.string(inside: names[id] ?? Array("function".utf8)[...])
            out.name("response")
            out.beginObject()
            out.name(isError ? "error" : "output")
            out.string(inside: parts.compactMap(\.text).joined())
            out.endObject()
            out.endObject()
            out.endObject()
            rest += parts.filter { !$0.isText }
        }
        for piece in rest { piece.writeGemini(to: &out) }
    }

    private func write(
        geminiCall call: (id: JSON, name: JSON, arguments: Arguments),
        _ signature: JSON?,
        to out: inout JSONWriter
    ) {
        out.beginObject()
        out.name("functionCall")
        out.beginObject()
        out.name("id")
        out.string(inside: call.id)
        out.name("name")
        out.string(inside: call.name)
        out.member("args", raw: call.arguments.object)
        out.endObject()
        if let signature {
            out.name("thoughtSignature")
            out.string(inside: signature)
        }
        out.endObject()
    }

    // MARK: tools

    private func writeGeminiTools(to out: inout JSONWriter) {
        out.name("tools")
        out.beginArray()
        out.beginObject()
        out.name("functionDeclarations")
        out.beginArray()
        for tool in tools {
            out.beginObject()
            out.member("name", raw: tool.name)
            if let description = tool.description { out.member("description", raw: description) }
            if let schema = tool.schema { out.member("parametersJsonSchema", raw: schema) }
            out.endObject()
        }
        out.endArray()
        out.endObject()
        out.endArray()
        guard let toolChoice else { return }
        out.name("toolConfig")
        out.beginObject()
        out.name("functionCallingConfig")
        out.beginObject()
        switch toolChoice {
        case .auto: out.member("mode", "AUTO")
        case .any: out.member("mode", "ANY")
        case .none: out.member("mode", "NONE")
        case .named(let name):
            out.member("mode", "ANY")
            out.name("allowedFunctionNames")
            out.beginArray()
            out.raw(name)
            out.endArray()
        }
        out.endObject()
        out.endObject()
    }

    // MARK: settings

    private func writeGeminiConfig(to out: inout JSONWriter) {
        var config = JSONWriter(reserving: 256)
        config.beginObject()
        if let outputCap { config.member("maxOutputTokens", raw: outputCap) }
        if let temperature { config.member("temperature", raw: temperature) }
        if let topP { config.member("topP", raw: topP) }
        if let topK { config.member("topK", raw: topK) }
        if let seed { config.member("seed", raw: seed) }
        if let frequencyPenalty { config.member("frequencyPenalty", raw: frequencyPenalty) }
        if let presencePenalty { config.member("presencePenalty", raw: presencePenalty) }
        if let logprobs { config.member("responseLogprobs", raw: logprobs) }
        if let topLogprobs { config.member("logprobs", raw: topLogprobs) }
        config.member("stopSequences", list: stops)
        switch format {
        case .schema(let schema, _, _)?:
            config.member("responseMimeType", "application/json")
            config.member("responseJsonSchema", raw: schema)
        case .object?: config.member("responseMimeType", "application/json")
        case nil: break
        }
        if let effort {
            config.name("thinkingConfig")
            config.beginObject()
            config.member("thinkingBudget", effort.tokens)
            if effort != .off { config.member("includeThoughts", word: "true") }
            config.endObject()
        }
        config.endObject()
        if config.bytes.count > 2 { out.member("generationConfig", raw: config.bytes) }
    }
}

extension Gemini {
    /// Stands for the signature of a thought that another provider had: Google's documents name it for that.
    static let noSignature = "skip_thought_signature_validator"
}

extension Conversation.Piece {
    /// As a part of a turn or an answer.
    fileprivate func writeGemini(to out: inout JSONWriter) {
        switch self {
        case .text(let text), .refusal(let text):
            out.beginObject()
            out.name("text")
            out.string(inside: text)
            out.endObject()
        case .image(let source): source.writeGemini(name: nil, to: &out)
        case .document(let source, let name): source.writeGemini(name: name, to: &out)
        case .thinking, .redacted, .call, .result, .cachePoint: break
        }
    }
}

extension Conversation.Source {
    fileprivate func writeGemini(name: Conversation.JSON?, to out: inout JSONWriter) {
        out.beginObject()
        switch self {
        case .data(let type, let base64):
            out.name("inlineData")
            out.beginObject()
            out.name("mimeType")
            out.string(inside: type)
            if let name { out.member("displayName", raw: name) }
            out.name("data")
            out.string(inside: base64)
        case .url(let url):
            out.name("fileData")
            out.beginObject()
            if let type = Conversation.Source.type(of: url) { out.member("mimeType", type) }
            out.name("fileUri")
            out.string(inside: url)
        }
        out.endObject()
        out.endObject()
    }

    /// What a URL's last letters say it is.
    private static func type(of url: Conversation.JSON) -> String? {
        let path = url.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        guard let point = path.lastIndex(of: .point) else { return nil }
        switch String(decoding: path[point...].dropFirst().map(\.lowercasedASCII), as: UTF8.self) {
        case "png": return "image/png"
        case "jpg", "jpeg": return "image/jpeg"
        case "gif": return "image/gif"
        case "webp": return "image/webp"
        case "pdf": return "application/pdf"
        default: return nil
        }
    }
}

extension Conversation.Effort {
    /// Tokens for thinking; -1 is as many as the model likes.
    fileprivate var tokens: Int64 {
        switch self {
        case .off: 0
        case .low: 1_024
        case .medium: 8_192
        case .high, .most: 24_576
        case .adaptive: -1
        case .budget(let tokens): tokens
        }
    }
}
