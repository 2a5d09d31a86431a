// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Between Bedrock's Converse and the Messages API, which the mock answers in.
enum ConverseForm {
    /// The request as the Messages API would get it; `nil` where it is none.
    static func messages(_ bytes: [UInt8], verb: Substring, model: String) -> [UInt8]? {
        guard var body = (try? JSONValue(parsing: bytes))?.object else { return nil }
        if verb == "count-tokens" {
            guard let inner = body["input"]?.object?["converse"]?.object else { return nil }
            body = inner
        }
        // What stands in the path elsewhere has no place here.
        guard body["model"] == nil, body["stream"] == nil, let turns = body["messages"]?.array else { return nil }
        var messages: [JSONValue] = []
        for turn in turns {
            guard let turn = turn.object, let role = turn["role"], let content = turn["content"]?.array else {
                return nil
            }
            var blocks: [JSONValue] = []
            for part in content {
                guard let block = block(part) else { return nil }
                blocks.append(block)
            }
            messages.append(object([("role", role), ("content", .array(blocks))]))
        }
        var members: [(String, JSONValue)] = [("model", .string(model)), ("messages", .array(messages))]
        if let system = body["system"]?.array {
            members.append(
                (
                    "system",
                    .array(system.map { object([("type", .string("text")), ("text", $0.object?["text"] ?? .null)]) })
                )
            )
        }
        if let tools = body["toolConfig"]?.object?["tools"]?.array {
            members.append(("tools", .array(tools.map(tool))))
            let choice = body["toolConfig"]?.object?["toolChoice"]?.object
            if choice?["any"] != nil { members.append(("tool_choice", object([("type", .string("any"))]))) }
            if let name = choice?["tool"]?.object?["name"] {
                members.append(("tool_choice", object([("type", .string("tool")), ("name", name)])))
            }
        }
        if verb != "count-tokens" {
            let config = body["inferenceConfig"]?.object
            members.append(("max_tokens", config?["maxTokens"] ?? .integer("4096")))
            if let value = config?["temperature"] { members.append(("temperature", value)) }
            if let value = config?["topP"] { members.append(("top_p", value)) }
            if let value = config?["stopSequences"] { members.append(("stop_sequences", value)) }
            members.append(("stream", .bool(verb == "converse-stream")))
        }
        return object(members).json
    }

    private static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        var object = JSONObject()
        for (name, value) in members { object[name] = value }
        return .object(object)
    }

    private static func tool(_ tool: JSONValue) -> JSONValue {
        let spec = tool.object?["toolSpec"]?.object
        return object([
            ("name", spec?["name"] ?? .null), ("description", spec?["description"] ?? .string("")),
            ("input_schema", spec?["inputSchema"]?.object?["json"] ?? .null),
        ])
    }

    private static func block(_ part: JSONValue) -> JSONValue? {
        guard let part = part.object else { return nil }
        if let text = part["text"] { return object([("type", .string("text")), ("text", text)]) }
        for (kind, prefix) in [("image", "image/"), ("document", "application/")] {
            guard let media = part[kind]?.object else { continue }
            guard let format = media["format"]?.string, let data = media["source"]?.object?["bytes"] else { return nil }
            let source = object([
                ("type", .string("base64")), ("media_type", .string(prefix + format)), ("data", data),
            ])
            return object([("type", .string(kind)), ("source", source)])
        }
        if let use = part["toolUse"]?.object {
            return object([
                ("type", .string("tool_use")), ("id", use["toolUseId"] ?? .null), ("name", use["name"] ?? .null),
                ("input", use["input"] ?? .null),
            ])
        }
        guard let result = part["toolResult"]?.object else { return nil }
        let content = (result["content"]?.array ?? []).compactMap(block)
        return object([
            ("type", .string("tool_result")), ("tool_use_id", result["toolUseId"] ?? .null),
            ("content", .array(content)),
        ])
    }

    // MARK: answers

    /// A whole answer of the Messages API, or a count, in Converse's form; `nil` where it is neither.
    static func answer(_ bytes: [UInt8]) -> [UInt8]? {
        guard let body = (try? JSONValue(parsing: bytes))?.object else { return nil }
        if let count = body["input_tokens"] { return object([("inputTokens", count)]).json }
        guard let content = body["content"]?.array else { return nil }
        let message = object([("role", .string("assistant")), ("content", .array(content.compactMap(said)))])
        return object([
            ("output", object([("message", message)])), ("stopReason", body["stop_reason"] ?? .null),
            ("usage", usage(body["usage"]?.object)), ("metrics", object([("latencyMs", .integer("1"))])),
        ]).json
    }

    private static func said(_ block: JSONValue) -> JSONValue? {
        guard let block = block.object else { return nil }
        switch block["type"]?.string {
        case "text": return object([("text", block["text"] ?? .null)])
        case "tool_use":
            let use = object([
                ("toolUseId", block["id"] ?? .null), ("name", block["name"] ?? .null),
                ("input", block["input"] ?? .null),
            ])
            return object([("toolUse", use)])
        case "thinking":
            let text = object([("text", block["thinking"] ?? .null), ("signature", block["signature"] ?? .null)])
            return object([("reasoningContent", object([("reasoningText", text)]))])
        default: return nil
        }
    }

    private static func usage(_ counts: JSONObject?) -> JSONValue {
        let input = counts?["input_tokens"]?.int ?? 0
        let output = counts?["output_tokens"]?.int ?? 0
        let cached = counts?["cache_read_input_tokens"]?.int ?? 0
        return object([
            ("inputTokens", .integer("\(input)")), ("outputTokens", .integer("\(output)")),
            ("totalTokens", .integer("\(input + cached + output)")),
            ("cacheReadInputTokens", .integer("\(cached)")), ("cacheWriteInputTokens", .integer("0")),
        ])
    }

    /// An event of the Messages API as events of Converse's, by name.
    static func events(_ bytes: [UInt8]) -> [(name: String, payload: String)] {
        guard let event = (try? JSONValue(parsing: bytes))?.object else { return [] }
        let index = ("contentBlockIndex", event["index"] ?? .integer("0"))
        func one(_ name: String, _ members: [(String, JSONValue)]) -> [(name: String, payload: String)] {
            [(name, object(members + [("p", .string("abcdefgh"))]).jsonText)]
        }
        switch event["type"]?.string {
        case "message_start": return one("messageStart", [("role", .string("assistant"))])
        case "content_block_start":
            guard let block = event["content_block"]?.object, block["type"]?.string == "tool_use" else { return [] }
            let use = object([("toolUseId", block["id"] ?? .null), ("name", block["name"] ?? .null)])
            return one("contentBlockStart", [index, ("start", object([("toolUse", use)]))])
        case "content_block_delta":
            guard let delta = event["delta"]?.object else { return [] }
            let said: JSONValue
            if let text = delta["text"] {
                said = object([("text", text)])
            } else if let json = delta["partial_json"] {
                said = object([("toolUse", object([("input", json)]))])
            } else if let thought = delta["thinking"] {
                said = object([("reasoningContent", object([("text", thought)]))])
            } else {
                said = object([("reasoningContent", object([("signature", delta["signature"] ?? .null)]))])
            }
            return one("contentBlockDelta", [index, ("delta", said)])
        case "content_block_stop": return one("contentBlockStop", [index])
        case "message_delta":
            let reason = event["delta"]?.object?["stop_reason"] ?? .null
            return one("messageStop", [("stopReason", reason)])
                + one(
                    "metadata",
                    [("usage", usage(event["usage"]?.object)), ("metrics", object([("latencyMs", .integer("1"))]))]
                )
        default: return []
        }
    }
}
