// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// A request of Bedrock's Converse, written; the model, and whether the answer is streamed, stand in the path.
extension Conversation {
    func writeConverse(to out: inout JSONWriter) {
        out.beginObject()
        writeConverseMessages(to: &out)
        if !system.isEmpty {
            out.name("system")
            out.beginArray()
            for piece in system {
                if let text = piece.text {
                    Conversation.write(text: text, to: &out)
                } else {
                    piece.writeCachePoint(to: &out)
                }
            }
            out.endArray()
        }
        writeConverseConfig(to: &out)
        if !tools.isEmpty, toolChoice?.isNone != true { writeConverseTools(to: &out) }
        if case .schema(let schema, let name, _) = format { write(converseSchema: schema, name, to: &out) }
        if tier == .standard { out.member("serviceTier", word: #"{"type":"default"}"#) }
        out.endObject()
    }

    // MARK: what does not fit

    /// Asks for what Converse has otherwise, once all of the request was read.
    mutating func fitConverse() throws(Refusal) {
        if toolChoice?.isNone == true, !tools.isEmpty, hasCalls {
            let name = losses.caller == .gemini ? "toolConfig" : "tool_choice"
            _ = try losses.allow("tool_choice none behind calls", at: name, nil)
        }
        if effort != nil {
            let name = losses.caller == .anthropic ? "output_config.effort" : "reasoning.effort"
            _ = try losses.allow(name, at: name, nil)
        }
    }

    private var hasCalls: Bool {
        turns.contains { turn in
            turn.pieces.contains { piece in
                switch piece {
                case .call, .result: true
                default: false
                }
            }
        }
    }

    /// A picture or a document, where the provider takes it like this.
    func fitting(_ piece: Piece, at path: @autoclosure () -> String) throws(Refusal) -> Piece {
        guard losses.provider == .converse else { return piece }
        var losses = losses
        let isImage: Bool
        let source: Source
        switch piece {
        case .image(let image): (isImage, source) = (true, image)
        case .document(let document, _): (isImage, source) = (false, document)
        default: return piece
        }
        guard case .data(let type, _) = source else {
            _ = try losses.allow("pictures and documents by URL", at: path(), nil)
            return piece
        }
        guard (isImage ? Converse.pictures : Converse.documents)[String(decoding: type, as: UTF8.self)] == nil else {
            return piece
        }
        _ = try losses.allow(isImage ? "pictures of other kinds" : "documents of other kinds", at: path(), nil)
        return piece
    }

    // MARK: messages

    private func writeConverseMessages(to out: inout JSONWriter) {
        var documents = 0
        out.name("messages")
        out.beginArray()
        for turn in turns {
            out.beginObject()
            out.member("role", turn.role == .user ? "user" : "assistant")
            out.name("content")
            out.beginArray()
            for piece in turn.pieces { piece.writeConverse(&documents, to: &out) }
            out.endArray()
            out.endObject()
        }
        out.endArray()
    }

    fileprivate static func write(text: JSON, to out: inout JSONWriter) {
        out.beginObject()
        out.name("text")
        out.string(inside: text)
        out.endObject()
    }

    // MARK: tools

    private func writeConverseTools(to out: inout JSONWriter) {
        out.name("toolConfig")
        out.beginObject()
        out.name("tools")
        out.beginArray()
        for tool in tools {
            out.beginObject()
            out.name("toolSpec")
            out.beginObject()
            out.member("name", raw: tool.name)
            if let description = tool.description, description.count > 2 {
                out.member("description", raw: description)
            }
            out.name("inputSchema")
            out.beginObject()
            out.member("json", raw: tool.schema ?? Array(#"{"type":"object","properties":{}}"#.utf8)[...])
            out.endObject()
            if let isStrict = tool.isStrict { out.member("strict", raw: isStrict) }
            out.endObject()
            out.endObject()
            tool.cachePoint?.writeCachePoint(to: &out)
        }
        out.endArray()
        switch toolChoice {
        case .auto?: out.member("toolChoice", word: #"{"auto":{}}"#)
        case .any?: out.member("toolChoice", word: #"{"any":{}}"#)
        case .named(let name)?:
            out.name("toolChoice")
            out.beginObject()
            out.name("tool")
            out.beginObject()
            out.member("name", raw: name)
            out.endObject()
            out.endObject()
        case ToolChoice.none?, nil: break
        }
        out.endObject()
    }

    // MARK: settings

    private func writeConverseConfig(to out: inout JSONWriter) {
        var config = JSONWriter(reserving: 128)
        config.beginObject()
        if let outputCap { config.member("maxTokens", raw: outputCap) }
        if let temperature { config.member("temperature", raw: temperature) }
        if let topP { config.member("topP", raw: topP) }
        config.member("stopSequences", list: stops)
        config.endObject()
        if config.bytes.count > 2 { out.member("inferenceConfig", raw: config.bytes) }
    }

    /// The schema stands there as a text.
    private func write(converseSchema schema: JSON, _ name: JSON?, to out: inout JSONWriter) {
        out.name("outputConfig")
        out.beginObject()
        out.name("textFormat")
        out.beginObject()
        out.member("type", "json_schema")
        out.name("structure")
        out.beginObject()
        out.name("jsonSchema")
        out.beginObject()
        out.name("schema")
        out.string(inside: Arguments.object(schema).inside)
        if let name { out.member("name", raw: name) }
        out.endObject()
        out.endObject()
        out.endObject()
        out.endObject()
    }
}

extension Converse {
    /// Where a model takes marks of what it is to keep in a cache; those of most makers refuse a request that has one.
    static func caching(of model: String) -> Conversation.Caching {
        if model.contains("anthropic.") || model.contains("claude") { return .all }
        return model.contains("amazon.nova") ? .texts : .none
    }

    /// What Converse calls a picture of a type.
    static let pictures: [String: String] = [
        "image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/gif": "gif", "image/webp": "webp",
    ]
    /// What it calls a document.
    static let documents: [String: String] = [
        "application/pdf": "pdf", "text/plain": "txt", "text/markdown": "md", "text/csv": "csv", "text/html": "html",
        "application/msword": "doc", "application/vnd.ms-excel": "xls",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    ]

    /// A name of a document in the letters that are allowed, and told from the names before it.
    static func documentName(_ title: Conversation.JSON?, _ number: Int) -> String {
        var name = ""
        if let title, let text = JSONItem(checking: Array(title))?.string {
            // Without the ending, which the format says.
            let stem = text.lastIndex(of: ".").map { text[..<$0] } ?? text[...]
            for scalar in (stem.isEmpty ? text[...] : stem).unicodeScalars.prefix(120) {
                let isAllowed =
                    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                    || "-()[]".unicodeScalars.contains(scalar)
                let letter: Character = isAllowed ? Character(scalar) : scalar == " " ? " " : "-"
                // Blanks in a row are refused.
                if letter != " " || (name.last != " " && !name.isEmpty) { name.append(letter) }
            }
        }
        if name.isEmpty { name = "document" }
        return number == 1 ? name : "\(name)-\(number)"
    }
}

extension Conversation.ToolChoice {
    fileprivate var isNone: Bool { if case .none = self { true } else { false } }
}

extension Conversation.Piece {
    /// Nothing unless it is a mark of what is to be kept.
    fileprivate func writeCachePoint(to out: inout JSONWriter) {
        guard case .cachePoint(let isLong) = self else { return }
        out.word(
            isLong ? #"{"cachePoint":{"type":"default","ttl":"1h"}}"# : #"{"cachePoint":{"type":"default"}}"#
        )
    }

    /// As a block of a message.
    fileprivate func writeConverse(_ documents: inout Int, to out: inout JSONWriter) {
        switch self {
        case .text(let text), .refusal(let text): Conversation.write(text: text, to: &out)
        case .image(let source): source.writeConverse("image", Converse.pictures, name: nil, to: &out)
        case .document(let source, let name):
            documents += 1
            let name = Converse.documentName(name, documents)
            source.writeConverse("document", Converse.documents, name: name, to: &out)
        case .call(let id, let name, let arguments, _):
            out.beginObject()
            out.name("toolUse")
            out.beginObject()
            out.name("toolUseId")
            out.string(inside: id.callID)
            out.name("name")
            out.string(inside: name)
            out.member("input", raw: arguments.object)
            out.endObject()
            out.endObject()
        case .result(let id, let pieces, let isError):
            out.beginObject()
            out.name("toolResult")
            out.beginObject()
            out.name("toolUseId")
            out.string(inside: id.callID)
            out.name("content")
            out.beginArray()
            for piece in pieces {
                if case .cachePoint = piece { continue }
                piece.writeConverse(&documents, to: &out)
            }
            out.endArray()
            if isError { out.member("status", "error") }
            out.endObject()
            out.endObject()
            // None stands inside of a result.
            for piece in pieces.suffix(1) { piece.writeCachePoint(to: &out) }
        case .cachePoint: writeCachePoint(to: &out)
        // Another provider's thinking, which the table leaves out.
        case .thinking, .redacted: break
        }
    }
}

extension Conversation.Source {
    fileprivate func writeConverse(
        _ kind: StaticString,
        _ formats: [String: String],
        name: String?,
        to out: inout JSONWriter
    ) {
        guard case .data(let type, let base64) = self else { return }
        out.beginObject()
        out.name(kind)
        out.beginObject()
        out.member("format", formats[String(decoding: type, as: UTF8.self)] ?? "")
        if let name { out.member("name", name) }
        out.name("source")
        out.beginObject()
        out.name("bytes")
        out.string(inside: base64)
        out.endObject()
        out.endObject()
        out.endObject()
    }
}
