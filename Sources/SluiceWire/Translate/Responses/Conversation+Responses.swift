// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// A request of the Responses API, read.
extension Conversation {
    mutating func readResponses(_ request: JSONItem) throws(Refusal) {
        for member in request.members {
            let name = member.name
            let value = member.value
            guard try losses.allow(name, at: name, value), !value.isNull else { continue }
            try read(response: name, value)
        }
        // What stands in `instructions` comes first, wherever it stood.
        if let text = request["instructions"]?.inside, !text.isEmpty { system.insert(.text(text), at: 0) }
    }

    private mutating func read(response name: String, _ value: JSONItem) throws(Refusal) {
        switch name {
        case "model": model = value.raw
        case "input": try responseInput(value)
        case "instructions": if value.kind != .string { throw wrongType(name, "a string") }
        case "tools": try responseTools(value, name)
        case "tool_choice": toolChoice = try responseChoice(value)
        case "parallel_tool_calls": allowsParallelCalls = value.raw
        case "max_output_tokens": outputCap = value.raw
        case "temperature": temperature = try heated(value, at: name)
        case "top_p": topP = value.raw
        case "stream": isStream = value.raw
        case "reasoning": try responseReasoning(value)
        case "text": try responseText(value)
        case "user": user = value.raw
        case "safety_identifier": user = user ?? value.raw
        case "service_tier":
            switch value.string {
            case "auto": tier = .auto
            case "default": tier = .standard
            default: _ = try losses.allow("service_tier others", at: name, nil)
            }
        default: break
        }
    }

    private mutating func responseReasoning(_ value: JSONItem) throws(Refusal) {
        guard value.kind == .object else { throw wrongType("reasoning", "an object") }
        for member in value.members {
            guard member.name == "effort" else {
                _ = try losses.allow("reasoning further fields", at: "reasoning.\(member.name)", member.value)
                continue
            }
            switch member.value.string {
            case nil where member.value.isNull: break
            case "none": effort = .off
            case "minimal", "low": effort = .low
            case "medium": effort = .medium
            case "high": effort = .high
            case "xhigh", "max": effort = .most
            default: throw wrongType("reasoning.effort", "none, minimal, low, medium, high or xhigh")
            }
        }
    }

    private mutating func responseText(_ value: JSONItem) throws(Refusal) {
        guard value.kind == .object else { throw wrongType("text", "an object") }
        for member in value.members {
            guard member.name == "format" else {
                _ = try losses.allow("text further fields", at: "text.\(member.name)", member.value)
                continue
            }
            let format = member.value
            switch format["type"]?.string {
            case nil where format.isNull, "text": break
            case "json_schema":
                guard let schema = format["schema"] else { throw wrongType("text.format.schema", "an object") }
                self.format = .schema(schema.raw, name: format.said("name"), strict: format.said("strict"))
            case "json_object":
                if try losses.allow("text.format json_object", at: "text.format", nil) { self.format = .object }
            default: throw wrongType("text.format.type", "text, json_schema or json_object")
            }
        }
    }

    // MARK: tools

    private mutating func responseTools(_ value: JSONItem, _ path: String) throws(Refusal) {
        guard value.kind == .array else { throw wrongType(path, "a list") }
        for (index, element) in value.elements.enumerated() {
            let path = "\(path)[\(index)]"
            let tool = element.value
            guard tool["type"]?.string == "function" else {
                _ = try losses.allow("tools[] others", at: "\(path).type", nil)
                continue
            }
            guard let name = tool["name"], name.kind == .string else { throw wrongType("\(path).name", "a string") }
            tools.append(
                Tool(
                    name: name.raw,
                    description: tool.said("description"),
                    schema: tool.said("parameters"),
                    isStrict: tool.said("strict")
                )
            )
        }
    }

    private mutating func responseChoice(_ value: JSONItem) throws(Refusal) -> ToolChoice? {
        switch value.string {
        case "auto": return .auto
        case "none": return ToolChoice.none
        case "required": return .any
        default: break
        }
        if value["type"]?.string == "function", let name = value["name"], name.kind == .string {
            return .named(name.raw)
        }
        _ = try losses.allow("tool_choice others", at: "tool_choice", nil)
        return nil
    }

    // MARK: items

    private mutating func responseInput(_ value: JSONItem) throws(Refusal) {
        if let text = value.inside {
            if !text.isEmpty { add([.text(text)], as: .user) }
            return
        }
        guard value.kind == .array else { throw wrongType("input", "a string or a list of items") }
        for (index, element) in value.elements.enumerated() {
            try responseItem(element.value, "input[\(index)]")
        }
    }

    private mutating func responseItem(_ item: JSONItem, _ path: String) throws(Refusal) {
        let type = item.said(item: "type")?.string ?? "message"
        switch type {
        case "message": try responseMessage(item, path)
        case "function_call":
            guard let id = item["call_id"]?.inside, let name = item["name"]?.inside,
                let arguments = item["arguments"]?.inside
            else { throw wrongType(path, "a function_call with call_id, name and arguments as strings") }
            add([.call(id: id, name: name, arguments: .text(arguments), signature: nil)], as: .assistant)
        case "custom_tool_call":
            guard let id = item["call_id"]?.inside, let name = item["name"]?.inside, let input = item["input"]?.inside
            else { throw wrongType(path, "a custom_tool_call with call_id, name and input as strings") }
            // Text that is no object goes as one.
            add([.call(id: id, name: name, arguments: .text(input), signature: nil)], as: .assistant)
        case "function_call_output", "custom_tool_call_output":
            guard let id = item["call_id"]?.inside else { throw wrongType("\(path).call_id", "a string") }
            let pieces = try responseContent(item["output"], "\(path).output")
            add([.result(id: id, pieces: pieces, isError: false)], as: .user)
        case "reasoning": _ = try losses.allow("input[] reasoning", at: path, nil)
        case "additional_tools":
            if let tools = item["tools"] { try responseTools(tools, "\(path).tools") }
        case "item_reference": _ = try losses.allow("input[] item_reference", at: path, nil)
        case "compaction", "compaction_summary": _ = try losses.allow("input[] compaction", at: path, nil)
        default: _ = try losses.allow("input[] others", at: "\(path).type", nil)
        }
    }

    private mutating func responseMessage(_ message: JSONItem, _ path: String) throws(Refusal) {
        let pieces = try responseContent(message["content"], "\(path).content")
        switch message["role"]?.string {
        case "system", "developer": system += pieces
        case "user": add(pieces, as: .user)
        case "assistant": add(pieces, as: .assistant)
        default: throw wrongType("\(path).role", "system, developer, user or assistant")
        }
    }

    private mutating func responseContent(_ content: JSONItem?, _ path: String) throws(Refusal) -> [Piece] {
        guard let content, !content.isNull else { return [] }
        if let text = content.inside { return text.isEmpty ? [] : [.text(text)] }
        guard content.kind == .array else { throw wrongType(path, "a string or a list of parts") }
        var pieces: [Piece] = []
        for (index, part) in content.elements.enumerated() {
            if let piece = try responsePart(part.value, "\(path)[\(index)]") { pieces.append(piece) }
        }
        return pieces
    }

    private mutating func responsePart(_ part: JSONItem, _ path: String) throws(Refusal) -> Piece? {
        switch part["type"]?.string {
        case "input_text", "output_text", "text":
            guard let text = part["text"]?.inside else { throw wrongType("\(path).text", "a string") }
            return text.isEmpty ? nil : .text(text)
        case "refusal":
            guard let text = part["refusal"]?.inside else { throw wrongType("\(path).refusal", "a string") }
            return text.isEmpty ? nil : .refusal(text)
        case "input_image":
            if let detail = part["detail"] {
                _ = try losses.allow("input[].content[] input_image.detail", at: "\(path).detail", detail)
            }
            guard let url = part.said(item: "image_url")?.inside else {
                _ = try losses.allow("input[].content[] file_id", at: "\(path).file_id", nil)
                return nil
            }
            let place = "\(path).image_url"
            return try fitting(.image(try responseSource(url, place)), at: place)
        case "input_file": return try responseFile(part, path)
        case "input_audio":
            _ = try losses.allow("input[].content[] input_audio", at: path, nil)
            return nil
        default: throw losses.refusal("\(path).type", "there is no part of this type")
        }
    }

    private mutating func responseFile(_ part: JSONItem, _ path: String) throws(Refusal) -> Piece? {
        let name = part.said("filename")
        if let data = part.said(item: "file_data")?.inside {
            let place = "\(path).file_data"
            return try fitting(.document(try responseSource(data, place), name: name), at: place)
        }
        if let url = part.said(item: "file_url")?.inside {
            guard try losses.allow("input[].content[] input_file.file_url", at: "\(path).file_url", nil) else {
                return nil
            }
            return .document(try responseSource(url, "\(path).file_url"), name: name)
        }
        _ = try losses.allow("input[].content[] file_id", at: "\(path).file_id", nil)
        return nil
    }

    private func responseSource(_ url: JSON, _ path: String) throws(Refusal) -> Source {
        guard let source = Source(url: url) else {
            throw wrongType(path, "a data URL with base64, or one that begins with http")
        }
        return source
    }
}
