// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// A request of Gemini's dialect, read. Members may be spelled in either of the two ways that Google reads.
extension Conversation {
    mutating func readGemini(_ request: JSONItem, _ path: Translation.Path?) throws(Refusal) {
        if let path {
            var name: [UInt8] = []
            JSONString.append(path.model, to: &name)
            model = name[...]
            if path.isStream { isStream = Array("true".utf8)[...] }
        }
        for member in request.members {
            let name = member.name
            let field = Gemini.camel(name)
            let value = member.value
            guard try losses.allow(field, at: name, value), !value.isNull else { continue }
            switch field {
            case "contents": try geminiContents(value, name)
            case "systemInstruction": system = try geminiSystem(value, name)
            case "generationConfig": try geminiConfig(value, name)
            case "tools": try geminiTools(value)
            case "toolConfig": try geminiChoice(value, name)
            default: break
            }
        }
    }

    private mutating func geminiSystem(_ value: JSONItem, _ path: String) throws(Refusal) -> [Piece] {
        if let text = value.inside { return text.isEmpty ? [] : [.text(text)] }
        var calls = GeminiCalls()
        return try geminiParts(value, path, &calls)
    }

    // MARK: settings

    private mutating func geminiConfig(_ value: JSONItem, _ path: String) throws(Refusal) {
        guard value.kind == .object else { throw wrongType(path, "an object") }
        var isJSON = false
        for member in value.members {
            let name = Gemini.camel(member.name)
            let path = "\(path).\(member.name)"
            let value = member.value
            guard try losses.allow("generationConfig.\(name)", at: path, value), !value.isNull else { continue }
            switch name {
            case "maxOutputTokens": outputCap = value.raw
            case "temperature": temperature = try heated(value, at: path)
            case "topP": topP = value.raw
            case "topK": topK = value.raw
            case "seed": seed = value.raw
            case "presencePenalty": presencePenalty = value.raw
            case "frequencyPenalty": frequencyPenalty = value.raw
            case "responseLogprobs": logprobs = value.isWritten("false") ? nil : value.raw
            case "logprobs": topLogprobs = value.int == 0 ? nil : value.raw
            case "stopSequences": stops = value.elements.map(\.value.raw)
            case "thinkingConfig": try geminiThinking(value, path)
            case "responseMimeType":
                switch value.string {
                case "text/plain": break
                case "application/json": isJSON = true
                default: _ = try losses.allow("generationConfig.responseMimeType others", at: path, nil)
                }
            case "responseSchema": format = .schema(GeminiSchema.standard(value), name: nil, strict: nil)
            case "responseJsonSchema": format = .schema(value.raw, name: nil, strict: nil)
            default: break
            }
        }
        guard isJSON, format == nil else { return }
        if try losses.allow("generationConfig.responseMimeType alone", at: "\(path).responseMimeType", nil) {
            format = .object
        }
    }

    private mutating func geminiThinking(_ value: JSONItem, _ path: String) throws(Refusal) {
        for member in value.members {
            switch Gemini.camel(member.name) {
            case "thinkingBudget":
                switch member.value.int {
                case 0: effort = .off
                case -1: effort = .adaptive
                case let tokens?: effort = .budget(tokens)
                case nil: if !member.value.isNull { throw wrongType("\(path).\(member.name)", "a number") }
                }
            case "thinkingLevel":
                switch member.value.string?.lowercased() {
                case "minimal", "low": effort = .low
                case "medium": effort = .medium
                case "high": effort = .high
                default: break
                }
            default: break
            }
        }
    }

    // MARK: tools

    private mutating func geminiTools(_ value: JSONItem) throws(Refusal) {
        guard value.kind == .array else { throw wrongType("tools", "a list") }
        for (index, element) in value.elements.enumerated() {
            for member in element.value.members {
                let path = "tools[\(index)].\(member.name)"
                guard Gemini.camel(member.name) == "functionDeclarations" else {
                    if !member.value.isNull { _ = try losses.allow("tools[] others", at: path, nil) }
                    continue
                }
                for (index, function) in member.value.elements.enumerated() {
                    try geminiFunction(function.value, "\(path)[\(index)]")
                }
            }
        }
    }

    private mutating func geminiFunction(_ function: JSONItem, _ path: String) throws(Refusal) {
        guard let name = function["name"], name.kind == .string else { throw wrongType("\(path).name", "a string") }
        var tool = Tool(name: name.raw)
        for member in function.members {
            switch Gemini.camel(member.name) {
            case "name": break
            case "description": tool.description = member.value.isNull ? nil : member.value.raw
            case "parameters": if !member.value.isNull { tool.schema = GeminiSchema.standard(member.value) }
            case "parametersJsonSchema": if !member.value.isNull { tool.schema = member.value.raw }
            default: _ = try losses.allow("tools[] further fields", at: "\(path).\(member.name)", member.value)
            }
        }
        tools.append(tool)
    }

    private mutating func geminiChoice(_ value: JSONItem, _ path: String) throws(Refusal) {
        for member in value.members {
            let place = "\(path).\(member.name)"
            guard Gemini.camel(member.name) == "functionCallingConfig" else {
                _ = try losses.allow("toolConfig further fields", at: place, member.value)
                continue
            }
            let config = member.value
            let names =
                (config["allowedFunctionNames"] ?? config["allowed_function_names"])?.elements.map(\.value) ?? []
            if names.count > 1 {
                _ = try losses.allow("toolConfig allowedFunctionNames", at: "\(place).allowedFunctionNames", nil)
            }
            switch config["mode"]?.string {
            case "AUTO", "VALIDATED", "MODE_UNSPECIFIED", nil: toolChoice = .auto
            case "ANY": toolChoice = names.first.map { .named($0.raw) } ?? .any
            case "NONE": toolChoice = ToolChoice.none
            default: throw wrongType("\(place).mode", "AUTO, ANY, VALIDATED or NONE")
            }
        }
    }

    // MARK: contents

    private mutating func geminiContents(_ value: JSONItem, _ path: String) throws(Refusal) {
        guard value.kind == .array else { throw wrongType(path, "a list") }
        var calls = GeminiCalls()
        for (index, element) in value.elements.enumerated() {
            let path = "\(path)[\(index)]"
            let pieces = try geminiParts(element.value, path, &calls)
            switch element.value["role"]?.string {
            case "user", "function", nil: add(pieces, as: .user)
            case "model": add(pieces, as: .assistant)
            default: throw wrongType("\(path).role", "user or model")
            }
        }
    }

    private mutating func geminiParts(
        _ content: JSONItem,
        _ path: String,
        _ calls: inout GeminiCalls
    ) throws(Refusal) -> [Piece] {
        guard let parts = content["parts"], parts.kind == .array else { throw wrongType("\(path).parts", "a list") }
        var pieces: [Piece] = []
        for (index, part) in parts.elements.enumerated() {
            if let piece = try geminiPart(part.value, "\(path).parts[\(index)]", &calls) { pieces.append(piece) }
        }
        return pieces
    }

    private mutating func geminiPart(
        _ part: JSONItem,
        _ path: String,
        _ calls: inout GeminiCalls
    ) throws(Refusal) -> Piece? {
        let isThought = part["thought"]?.isTrue == true
        let signature = (part["thoughtSignature"] ?? part["thought_signature"])?.inside
        for member in part.members where !member.value.isNull {
            let place = "\(path).\(member.name)"
            switch Gemini.camel(member.name) {
            case "text":
                guard let text = member.value.inside else { throw wrongType(place, "a string") }
                if isThought {
                    guard try losses.allow("contents[].parts[] thought", at: path, nil) else { return nil }
                    return signature.map { .thinking(text, signature: $0) }
                }
                return text.isEmpty ? nil : .text(text)
            case "inlineData": return try geminiData(member.value, place)
            case "fileData": return try geminiFile(member.value, place)
            case "functionCall":
                guard let name = member.value["name"]?.inside else { throw wrongType("\(place).name", "a string") }
                let arguments = member.value.said("args") ?? Array("{}".utf8)[...]
                let id = calls.add(name, id: member.value["id"]?.inside)
                return .call(id: id, name: name, arguments: .object(arguments), signature: signature)
            case "functionResponse": return try geminiResult(member.value, place, &calls)
            case "thought", "thoughtSignature", "partMetadata", "mediaResolution", "videoMetadata": continue
            default: _ = try losses.allow("contents[].parts[] others", at: place, nil)
            }
        }
        return nil
    }

    private mutating func geminiData(_ blob: JSONItem, _ path: String) throws(Refusal) -> Piece? {
        guard let type = (blob["mimeType"] ?? blob["mime_type"])?.inside, let data = blob["data"]?.inside else {
            throw wrongType(path, "an object with mimeType and data")
        }
        let source = Source.data(type: type, base64: data.contains { $0 == .minus || $0 == 0x5F } ? data.base64 : data)
        let name = blob.said("displayName") ?? blob.said("display_name")
        return try geminiMedia(source, type, name, path)
    }

    private mutating func geminiFile(_ file: JSONItem, _ path: String) throws(Refusal) -> Piece? {
        guard let uri = (file["fileUri"] ?? file["file_uri"])?.inside, let source = Source(url: uri),
            case .url(let url) = source, !url.starts(with: Gemini.files.utf8)
        else {
            _ = try losses.allow("contents[].parts[] fileData", at: path, nil)
            return nil
        }
        let type = (file["mimeType"] ?? file["mime_type"])?.inside ?? Array("image/*".utf8)[...]
        return try geminiMedia(source, type, nil, path)
    }

    private mutating func geminiMedia(
        _ source: Source,
        _ type: JSON,
        _ name: JSON?,
        _ path: String
    ) throws(Refusal) -> Piece? {
        if type.starts(with: "image/".utf8) { return try fitting(.image(source), at: path) }
        guard type.starts(with: "text/".utf8) || type.elementsEqual("application/pdf".utf8) else {
            _ = try losses.allow("contents[].parts[] sound and film", at: path, nil)
            return nil
        }
        if case .url = source { _ = try losses.allow("contents[].parts[] document url", at: path, nil) }
        return try fitting(.document(source, name: name), at: path)
    }

    private mutating func geminiResult(
        _ result: JSONItem,
        _ path: String,
        _ calls: inout GeminiCalls
    ) throws(Refusal) -> Piece {
        guard let name = result["name"]?.inside else { throw wrongType("\(path).name", "a string") }
        let id = calls.answer(name, id: result["id"]?.inside)
        guard let response = result.said(item: "response") else { return .result(id: id, pieces: [], isError: false) }
        // What the relay and Google's libraries wrap a text in.
        var members = response.members
        if let only = members.next(), members.next() == nil, let text = only.value.inside,
            ["output", "result", "error"].contains(only.name)
        {
            return .result(id: id, pieces: text.isEmpty ? [] : [.text(text)], isError: only.name == "error")
        }
        var text: [UInt8] = []
        text.appendEscaped(response.raw)
        return .result(id: id, pieces: [.text(text[...])], isError: false)
    }
}

/// Calls of a conversation whose ids may be left out: results belong to the first call of their name that has none yet.
struct GeminiCalls {
    private var open: [(name: ArraySlice<UInt8>, id: ArraySlice<UInt8>)] = []
    private var count = 0

    /// Calls that wait for their result.
    private static let most = 1_024

    mutating func add(_ name: ArraySlice<UInt8>, id: ArraySlice<UInt8>?) -> ArraySlice<UInt8> {
        let id = id ?? Array("call_\(count)".utf8)[...]
        count += 1
        if open.count < GeminiCalls.most { open.append((name, id)) }
        return id
    }

    mutating func answer(_ name: ArraySlice<UInt8>, id: ArraySlice<UInt8>?) -> ArraySlice<UInt8> {
        guard let place = open.firstIndex(where: { id.map($0.id.elementsEqual) ?? $0.name.elementsEqual(name) }) else {
            return id ?? Array("call_\(count)".utf8)[...]
        }
        return open.remove(at: place).id
    }
}

extension Gemini {
    /// Where files are kept that only Google can read.
    fileprivate static let files = "https://generativelanguage.googleapis.com/"

    /// A member's name in the one of its two spellings that the tables have.
    static func camel(_ name: String) -> String {
        guard name.utf8.contains(UInt8(ascii: "_")) else { return name }
        let words = name.split(separator: "_")
        return words.dropFirst().reduce(words.first.map(String.init) ?? "") {
            $0 + $1.prefix(1).uppercased() + $1.dropFirst()
        }
    }
}

extension ArraySlice<UInt8> {
    /// Base64 in the letters for URLs, in the usual ones.
    fileprivate var base64: ArraySlice<UInt8> {
        map { $0 == .minus ? UInt8(ascii: "+") : $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0 }[...]
    }
}
