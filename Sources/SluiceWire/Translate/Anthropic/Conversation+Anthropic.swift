// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// A request of Anthropic's dialect, read.
extension Conversation {
    mutating func readAnthropic(_ request: JSONItem) throws(Refusal) {
        for member in request.members {
            if try readCommon(anthropic: member) { continue }
            let name = member.name
            let value = member.value
            if name == "cache_control" { continue }
            guard try losses.allow(name, at: name, value), !value.isNull else { continue }
            try read(anthropic: name, value)
        }
        try markEnd(request["cache_control"])
    }

    /// Reads what most requests hold and every provider has, without its row; `false` where it is something else.
    private mutating func readCommon(anthropic member: JSONParts.Part) throws(Refusal) -> Bool {
        let value = member.value
        if member.isNamed("model") {
            if !value.isNull { model = value.raw }
        } else if member.isNamed("messages") {
            if !value.isNull { try anthropicMessages(value) }
        } else if member.isNamed("stream") {
            if !value.isNull { isStream = value.raw }
        } else if member.isNamed("max_tokens") {
            if !value.isNull { outputCap = value.raw }
        } else {
            return false
        }
        return true
    }

    private mutating func read(anthropic name: String, _ value: JSONItem) throws(Refusal) {
        switch name {
        case "system": system = try anthropicContent(value, "system")
        case "tools": try anthropicTools(value)
        case "tool_choice": try anthropicChoice(value)
        case "temperature": temperature = value.raw
        case "top_p": topP = value.raw
        case "top_k": topK = value.raw
        case "stop_sequences": stops = value.elements.map(\.value.raw)
        case "thinking": try anthropicThinking(value)
        case "output_config": try anthropicOutput(value)
        case "output_format": try anthropicFormat(value, name)
        case "metadata": user = try anthropicUser(value.said(item: "user_id"))
        case "service_tier": tier = value.string == "standard_only" ? .standard : .auto
        default: break
        }
    }

    private mutating func anthropicUser(_ name: JSONItem?) throws(Refusal) -> JSON? {
        guard let name, losses.provider == .openai || losses.provider == .responses,
            name.string?.utf8.count ?? 0 > 64
        else { return name?.raw }
        _ = try losses.allow("metadata.user_id above 64 bytes", at: "metadata.user_id", nil)
        return nil
    }

    private mutating func anthropicThinking(_ value: JSONItem) throws(Refusal) {
        if let display = value["display"] { _ = try losses.allow("thinking.display", at: "thinking.display", display) }
        switch value["type"]?.string {
        case "adaptive": effort = effort ?? .adaptive
        case "disabled": effort = .off
        case "enabled": effort = effort ?? .budget(value["budget_tokens"]?.int ?? 0)
        default: throw wrongType("thinking.type", "enabled, adaptive or disabled")
        }
    }

    private mutating func anthropicOutput(_ value: JSONItem) throws(Refusal) {
        for member in value.members {
            switch member.name {
            case "effort":
                guard effort != .off else { continue }
                switch member.value.string {
                case "low": effort = .low
                case "medium": effort = .medium
                case "high": effort = .high
                case "xhigh", "max": effort = .most
                default: throw wrongType("output_config.effort", "low, medium, high, xhigh or max")
                }
            case "format": try anthropicFormat(member.value, "output_config.format")
            case let name:
                _ = try losses.allow("output_config further fields", at: "output_config.\(name)", member.value)
            }
        }
    }

    private mutating func anthropicFormat(_ value: JSONItem, _ path: @autoclosure () -> String) throws(Refusal) {
        guard !value.isNull else { return }
        guard value["type"]?.string == "json_schema", let schema = value["schema"] else {
            throw wrongType(path(), "of type json_schema with a schema")
        }
        format = .schema(schema.raw, name: nil, strict: nil)
    }

    // MARK: tools

    private mutating func anthropicTools(_ value: JSONItem) throws(Refusal) {
        guard value.kind == .array else { throw wrongType("tools", "a list") }
        for (index, element) in value.elements.enumerated() {
            func path() -> String { "tools[\(index)]" }
            let type = element.value.said(item: "type")?.string ?? "custom"
            guard type == "custom" else {
                _ = try losses.allow("tools[] others", at: "\(path()).type", nil)
                continue
            }
            guard let name = element.value["name"], name.kind == .string else {
                throw wrongType("\(path()).name", "a string")
            }
            var tool = Tool(name: name.raw)
            for member in element.value.members {
                switch member.name {
                case "name", "type": break
                case "description": tool.description = member.value.isNull ? nil : member.value.raw
                case "input_schema": tool.schema = member.value.raw
                case "strict": tool.isStrict = member.value.isNull ? nil : member.value.raw
                case "cache_control": tool.cachePoint = try cachePoint(member.value, at: path(), isTool: true)
                case let name: _ = try losses.allow("tools[] further fields", at: "\(path()).\(name)", member.value)
                }
            }
            tools.append(tool)
        }
    }

    private mutating func anthropicChoice(_ value: JSONItem) throws(Refusal) {
        if let disables = value["disable_parallel_tool_use"], disables.kind == .bool,
            try losses.allow(
                "tool_choice.disable_parallel_tool_use",
                at: "tool_choice.disable_parallel_tool_use",
                disables
            )
        {
            allowsParallelCalls = Array((disables.isTrue ? "false" : "true").utf8)[...]
        }
        switch value["type"]?.string {
        case "auto": toolChoice = .auto
        case "any": toolChoice = .any
        case "none": toolChoice = ToolChoice.none
        case "tool":
            guard let name = value["name"], name.kind == .string else {
                throw wrongType("tool_choice.name", "a string")
            }
            toolChoice = .named(name.raw)
        default: throw wrongType("tool_choice.type", "auto, any, tool or none")
        }
    }

    // MARK: messages

    private mutating func anthropicMessages(_ value: JSONItem) throws(Refusal) {
        guard value.kind == .array else { throw wrongType("messages", "a list") }
        for (index, element) in value.elements.enumerated() {
            func path() -> String { "messages[\(index)]" }
            let members = element.value.pick(["content", "role"])
            let pieces = try anthropicContent(members[0], "\(path()).content")
            let role = members[1]?.word
            if role?.isWritten("user") == true {
                add(pieces, as: .user)
            } else if role?.isWritten("assistant") == true {
                add(pieces, as: .assistant)
            } else if role?.isWritten("system") == true {
                system += pieces
            } else {
                throw wrongType("\(path()).role", "user or assistant")
            }
        }
    }

    private mutating func anthropicContent(
        _ content: JSONItem?,
        _ path: @autoclosure () -> String
    ) throws(Refusal) -> [Piece] {
        guard let content, !content.isNull else { return [] }
        if let text = content.inside { return text.isEmpty ? [] : [.text(text)] }
        guard content.kind == .array else { throw wrongType(path(), "a string or a list of blocks") }
        var pieces: [Piece] = []
        for (index, block) in content.elements.enumerated() {
            func place() -> String { "\(path())[\(index)]" }
            if let piece = try anthropicBlock(block.value, place()) { pieces.append(piece) }
            if let point = try cachePoint(block.value["cache_control"], at: place()), !pieces.isEmpty {
                pieces.append(point)
            }
        }
        return pieces
    }

    private mutating func anthropicBlock(_ block: JSONItem, _ path: @autoclosure () -> String) throws(Refusal) -> Piece?
    {
        for name in ["citations", "context"] as [StaticString] {
            guard let value = block[name] else { continue }
            _ = try losses.allow(name.description, at: "\(path()).\(name)", value)
        }
        switch block["type"]?.string {
        case "text":
            guard let text = block["text"]?.inside else { throw wrongType("\(path()).text", "a string") }
            return text.isEmpty ? nil : .text(text)
        case "image":
            guard let source = block["source"], let image = Source(anthropic: source) else {
                _ = try losses.allow("messages[].content[] image file", at: "\(path()).source", nil)
                return nil
            }
            return try fitting(.image(image), at: "\(path()).source")
        case "document": return try anthropicDocument(block, path())
        case "thinking", "redacted_thinking":
            let name = block["type"]?.string ?? ""
            return try losses.allow("messages[].content[] \(name)", at: path(), nil) ? Piece(thinking: block) : nil
        case "tool_use":
            guard let id = block["id"]?.inside, let name = block["name"]?.inside, let input = block["input"] else {
                throw wrongType(path(), "a tool_use block with id, name and input")
            }
            return .call(id: id, name: name, arguments: .object(input.raw), signature: nil)
        case "tool_result":
            guard let id = block["tool_use_id"]?.inside else { throw wrongType("\(path()).tool_use_id", "a string") }
            let isError = block["is_error"]
            if let isError {
                _ = try losses.allow("messages[].content[] tool_result.is_error", at: "\(path()).is_error", isError)
            }
            let pieces = try anthropicContent(block["content"], "\(path()).content")
            return .result(id: id, pieces: pieces, isError: isError?.isTrue == true)
        default:
            _ = try losses.allow("messages[].content[] others", at: "\(path()).type", nil)
            return nil
        }
    }

    private mutating func anthropicDocument(_ block: JSONItem, _ path: @autoclosure () -> String) throws(Refusal)
        -> Piece?
    {
        guard let source = block["source"] else { throw wrongType("\(path()).source", "an object") }
        let name = block.said("title")
        switch source["type"]?.string {
        case "base64":
            guard let data = Source(anthropic: source) else { throw wrongType("\(path()).source.data", "a string") }
            return try fitting(.document(data, name: name), at: "\(path()).source")
        case "text":
            guard let text = source["data"]?.inside else { throw wrongType("\(path()).source.data", "a string") }
            return text.isEmpty ? nil : .text(text)
        case let type:
            let row = "messages[].content[] document \(type ?? "")"
            guard try losses.allow(row, at: "\(path()).source", nil), let url = Source(anthropic: source) else {
                return nil
            }
            return .document(url, name: name)
        }
    }
}

extension Conversation.Source {
    /// Reads a `source` with base64 or a URL.
    init?(anthropic source: JSONItem) {
        switch source["type"]?.string {
        case "base64":
            guard let type = source["media_type"]?.inside, let data = source["data"]?.inside else { return nil }
            self = .data(type: type, base64: data)
        case "url":
            guard let url = source["url"]?.inside else { return nil }
            self = .url(url)
        default: return nil
        }
    }
}
