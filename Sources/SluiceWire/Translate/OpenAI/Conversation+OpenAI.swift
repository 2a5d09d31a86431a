// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// A request of OpenAI's dialect, read.
extension Conversation {
    mutating func readOpenAI(_ request: JSONItem) throws(Refusal) {
        for member in request.members {
            if try readCommon(openAI: member) { continue }
            let name = member.name
            let value = member.value
            if name == "cache_control" { continue }
            guard try losses.allow(name, at: name, value), !value.isNull else { continue }
            try read(openAI: name, value)
        }
        try markEnd(request["cache_control"])
    }

    /// Reads what most requests hold and every provider has, without its row; `false` where it is something else.
    private mutating func readCommon(openAI member: JSONParts.Part) throws(Refusal) -> Bool {
        let value = member.value
        if member.isNamed("model") {
            if !value.isNull { model = value.raw }
        } else if member.isNamed("messages") {
            if !value.isNull { try openAIMessages(value) }
        } else if member.isNamed("stream") {
            if !value.isNull { isStream = value.raw }
        } else if member.isNamed("max_tokens") {
            if !value.isNull { outputCap = outputCap ?? value.raw }
        } else {
            return false
        }
        return true
    }

    private mutating func read(openAI name: String, _ value: JSONItem) throws(Refusal) {
        switch name {
        case "tools": try openAITools(value)
        case "tool_choice": toolChoice = try openAIChoice(value)
        case "parallel_tool_calls": allowsParallelCalls = value.raw
        case "max_completion_tokens": outputCap = value.raw
        case "temperature": temperature = try heated(value, at: name)
        case "top_p": topP = value.raw
        case "top_k": topK = value.raw
        case "seed": seed = value.raw
        case "frequency_penalty": frequencyPenalty = value.raw
        case "presence_penalty": presencePenalty = value.raw
        case "logprobs": logprobs = value.isWritten("false") ? nil : value.raw
        case "top_logprobs": topLogprobs = value.int == 0 ? nil : value.raw
        case "stop": stops = value.kind == .array ? value.elements.map(\.value.raw) : [value.raw]
        case "stream_options": asksForUsage = value["include_usage"]?.isTrue == true
        case "reasoning_effort": effort = try openAIEffort(value)
        case "response_format": format = try openAIFormat(value)
        case "user": user = value.raw
        case "safety_identifier": user = user ?? value.raw
        case "service_tier": tier = try openAITier(value)
        default: break
        }
    }

    private func openAIEffort(_ value: JSONItem) throws(Refusal) -> Effort {
        switch value.string {
        case "none": .off
        case "minimal", "low": .low
        case "medium": .medium
        case "high": .high
        case "xhigh", "max": .most
        default: throw wrongType("reasoning_effort", "none, minimal, low, medium, high or xhigh")
        }
    }

    private mutating func openAIFormat(_ value: JSONItem) throws(Refusal) -> Format? {
        switch value["type"]?.string {
        case "text": return nil
        case "json_schema":
            guard let inner = value["json_schema"], let schema = inner["schema"] else {
                throw wrongType("response_format.json_schema", "an object with a schema")
            }
            return .schema(schema.raw, name: inner["name"]?.raw, strict: inner["strict"]?.raw)
        default:
            let isSaid = try losses.allow("response_format json_object", at: "response_format", nil)
            return isSaid ? .object : nil
        }
    }

    private mutating func openAITier(_ value: JSONItem) throws(Refusal) -> Tier? {
        switch value.string {
        case "auto": return .auto
        case "default": return .standard
        default:
            _ = try losses.allow("service_tier others", at: "service_tier", nil)
            return nil
        }
    }

    // MARK: tools

    private mutating func openAITools(_ value: JSONItem) throws(Refusal) {
        guard value.kind == .array else { throw wrongType("tools", "a list") }
        for (index, element) in value.elements.enumerated() {
            func path() -> String { "tools[\(index)]" }
            guard element.value["type"]?.string == "function" else {
                _ = try losses.allow("tools[] custom", at: "\(path()).type", nil)
                continue
            }
            guard let function = element.value["function"], let name = function["name"], name.kind == .string else {
                throw wrongType("\(path()).function", "an object with a name")
            }
            var tool = Tool(name: name.raw)
            tool.description = function.said("description")
            tool.schema = function.said("parameters")
            tool.isStrict = function.said("strict")
            tool.cachePoint = try cachePoint(element.value["cache_control"], at: path(), isTool: true)
            tools.append(tool)
        }
    }

    private mutating func openAIChoice(_ value: JSONItem) throws(Refusal) -> ToolChoice? {
        switch value.string {
        case "auto": return .auto
        case "none": return ToolChoice.none
        case "required": return .any
        default: break
        }
        if value["type"]?.string == "function", let name = value["function"]?["name"] { return .named(name.raw) }
        _ = try losses.allow("tool_choice allowed_tools", at: "tool_choice", nil)
        return nil
    }

    // MARK: messages

    private mutating func openAIMessages(_ value: JSONItem) throws(Refusal) {
        guard value.kind == .array else { throw wrongType("messages", "a list") }
        for (index, element) in value.elements.enumerated() {
            try openAIMessage(element.value, "messages[\(index)]")
        }
    }

    private mutating func openAIMessage(_ message: JSONItem, _ path: @autoclosure () -> String) throws(Refusal) {
        let members = message.pick(["role", "content", "name"])
        if let name = members[2] { _ = try losses.allow("messages[].name", at: "\(path()).name", name) }
        let role = members[0]?.word
        if role?.isWritten("user") == true {
            return add(try openAIContent(members[1], path()), as: .user)
        }
        if role?.isWritten("assistant") == true { return add(try openAIAnswer(message, path()), as: .assistant) }
        switch members[0]?.string {
        case "system", "developer": system += try openAIContent(members[1], path())
        case "tool":
            guard let id = message["tool_call_id"]?.inside else {
                throw wrongType("\(path()).tool_call_id", "a string")
            }
            let pieces = try openAIContent(message["content"], path())
            add([.result(id: id, pieces: pieces, isError: false)], as: .user)
        case "function": _ = try losses.allow("messages[] function", at: "\(path()).role", nil)
        default: throw wrongType("\(path()).role", "system, developer, user, assistant or tool")
        }
    }

    private mutating func openAIAnswer(_ message: JSONItem, _ path: @autoclosure () -> String) throws(Refusal)
        -> [Piece]
    {
        for name in ["function_call", "audio"] as [StaticString] {
            guard let value = message[name] else { continue }
            _ = try losses.allow("messages[].\(name)", at: "\(path()).\(name)", value)
        }
        var pieces: [Piece] = []
        if let blocks = message["thinking_blocks"], blocks.kind == .array {
            if losses.provider == .converse || losses.provider == .responses {
                _ = try losses.allow("messages[].thinking_blocks", at: "\(path()).thinking_blocks", blocks)
            }
            for block in blocks.elements { if let piece = Piece(thinking: block.value) { pieces.append(piece) } }
        } else if let reasoning = message["reasoning_content"] {
            _ = try losses.allow("messages[].reasoning_content alone", at: "\(path()).reasoning_content", reasoning)
        }
        pieces += try openAIContent(message["content"], path())
        if let refusal = message["refusal"]?.inside, !refusal.isEmpty { pieces.append(.refusal(refusal)) }
        guard let calls = message.said(item: "tool_calls") else { return pieces }
        for (index, call) in calls.elements.enumerated() {
            func place() -> String { "\(path()).tool_calls[\(index)]" }
            guard let function = call.value["function"] else {
                _ = try losses.allow("messages[].tool_calls custom", at: place(), nil)
                continue
            }
            guard let id = call.value["id"]?.inside, let name = function["name"]?.inside,
                let arguments = function["arguments"]?.inside
            else { throw wrongType(place(), "an object with an id, and a function with name and arguments as strings") }
            let signature = call.value["extra_content"]?["google"]?["thought_signature"]?.inside
            pieces.append(.call(id: id, name: name, arguments: .text(arguments), signature: signature))
        }
        return pieces
    }

    private mutating func openAIContent(
        _ content: JSONItem?,
        _ path: @autoclosure () -> String
    ) throws(Refusal) -> [Piece] {
        guard let content, !content.isNull else { return [] }
        if let text = content.inside { return text.isEmpty ? [] : [.text(text)] }
        guard content.kind == .array else { throw wrongType("\(path()).content", "a string or a list of parts") }
        var pieces: [Piece] = []
        for (index, part) in content.elements.enumerated() {
            func place() -> String { "\(path()).content[\(index)]" }
            if let piece = try openAIPart(part.value, place()) { pieces.append(piece) }
            if let point = try cachePoint(part.value["cache_control"], at: place()), !pieces.isEmpty {
                pieces.append(point)
            }
        }
        return pieces
    }

    private mutating func openAIPart(_ part: JSONItem, _ path: @autoclosure () -> String) throws(Refusal) -> Piece? {
        switch part["type"]?.string {
        case "text":
            guard let text = part["text"]?.inside else { throw wrongType("\(path()).text", "a string") }
            return text.isEmpty ? nil : .text(text)
        case "refusal":
            guard let text = part["refusal"]?.inside else { throw wrongType("\(path()).refusal", "a string") }
            return text.isEmpty ? nil : .refusal(text)
        case "image_url":
            guard let image = part["image_url"], let url = image["url"]?.inside else {
                throw wrongType("\(path()).image_url.url", "a string")
            }
            if let detail = image["detail"] {
                _ = try losses.allow("messages[].content[] image_url.detail", at: "\(path()).image_url.detail", detail)
            }
            func place() -> String { "\(path()).image_url.url" }
            return try fitting(.image(try source(url, place())), at: place())
        case "file": return try openAIFile(part["file"], "\(path()).file")
        case "input_audio":
            _ = try losses.allow("messages[].content[] input_audio", at: "\(path()).input_audio", nil)
            return nil
        default: throw losses.refusal("\(path()).type", "there is no part of this type")
        }
    }

    private mutating func openAIFile(_ file: JSONItem?, _ path: @autoclosure () -> String) throws(Refusal) -> Piece? {
        guard let file else { throw wrongType(path(), "an object") }
        guard let data = file["file_data"]?.inside else {
            _ = try losses.allow("messages[].content[] file_id", at: "\(path()).file_id", nil)
            return nil
        }
        func place() -> String { "\(path()).file_data" }
        return try fitting(.document(try source(data, place()), name: file.said("filename")), at: place())
    }

    /// A data URL, or one of the network.
    private func source(_ url: JSON, _ path: @autoclosure () -> String) throws(Refusal) -> Source {
        guard let source = Source(url: url) else {
            throw wrongType(path(), "a data URL with base64, or one that begins with http")
        }
        return source
    }
}

extension JSONItem {
    /// A member that is there and not null.
    func said(item name: StaticString) -> JSONItem? {
        guard let value = self[name], !value.isNull else { return nil }
        return value
    }

    func said(_ name: StaticString) -> ArraySlice<UInt8>? { said(item: name)?.raw }
}

extension Conversation.Source {
    /// Reads the inside of a JSON string.
    init?(url inside: Conversation.JSON) {
        var url = inside
        if url.contains(.backslash) {
            let raw = Array(inside)
            // Safe because: bytes have no padding.
            let text = unsafe JSONText.unescaped(raw.span.bytes, 0..<raw.count)
            var bytes: [UInt8] = []
            bytes.appendEscaped(text.utf8)
            url = bytes[...]
        }
        if url.starts(with: "http://".utf8) || url.starts(with: "https://".utf8) {
            self = .url(url)
            return
        }
        guard url.starts(with: "data:".utf8), let comma = url.firstIndex(of: .comma) else { return nil }
        let head = url[(url.startIndex + 5)..<comma].split(separator: UInt8(ascii: ";"))
        guard let type = head.first, head.last?.elementsEqual("base64".utf8) == true, head.count > 1 else { return nil }
        self = .data(type: type, base64: url[(comma + 1)...])
    }
}

extension Conversation.Piece {
    /// A block of thinking as Anthropic's answers hold it.
    init?(thinking block: JSONItem) {
        switch block["type"]?.string {
        case "thinking":
            guard let text = block["thinking"]?.inside else { return nil }
            self = .thinking(text, signature: block["signature"]?.inside)
        case "redacted_thinking":
            guard let data = block["data"]?.inside else { return nil }
            self = .redacted(data)
        default: return nil
        }
    }
}
