// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A request to the Messages API, as far as the answer follows from it.
struct MessagesRequest {
    /// What is asked, in the words that answers follow from.
    var chat: ChatRequest
    /// The model may think before it answers.
    var thinks: Bool

    /// Versions of the API from this one on refuse what sets the chances of words.
    private static let withoutSampling = "2026-10-21"

    /// - Parameter counts: only tokens are asked for, and there is no cap on them.
    init(_ body: JSONObject, version: String?, counts: Bool = false) throws(MockFailure) {
        guard let version else { throw .badRequest("anthropic-version: header is required") }
        let model = try body.requiredModel()
        var limits = AnswerLimits()
        if !counts {
            guard let cap = body.present("max_tokens") else { throw .badRequest("max_tokens: Field required") }
            guard let number = cap.wholeNumber, number >= 1 else {
                throw .badRequest("max_tokens: Input should be greater than or equal to 1")
            }
            limits.tokens = number
        }
        try MessagesRequest.checkSampling(body, version: version, counts: counts)
        limits.stop = body.present("stop_sequences")?.array?.compactMap(\.string).filter { !$0.isEmpty } ?? []
        guard let list = body.present("messages")?.array else { throw .badRequest("messages: Field required") }
        guard !list.isEmpty else { throw .badRequest("messages: at least one message is required") }
        var messages = try MessagesRequest.system(body)
        for (index, element) in list.enumerated() { messages.append(try MessagesRequest.message(element, index)) }
        let tools = try MessagesRequest.tools(body)
        chat = ChatRequest(
            model: model,
            messages: messages,
            tools: tools,
            toolChoice: try MessagesRequest.choice(body, tools),
            answer: MessagesRequest.form(body),
            limits: limits,
            isStream: !counts && body.present("stream")?.bool == true
        )
        let thinking = body.present("thinking")?.object?.present("type")?.string
        thinks = thinking == "enabled" || thinking == "adaptive"
    }

    private static func checkSampling(_ body: JSONObject, version: String, counts: Bool) throws(MockFailure) {
        for name in ["temperature", "top_p", "top_k"] {
            guard let value = body.present(name) else { continue }
            if counts { throw .badRequest("\(name): Extra inputs are not permitted") }
            guard version < withoutSampling else {
                throw .badRequest("\(name): is not supported with anthropic-version \(version)")
            }
            guard let number = value.number, number >= 0, name == "top_k" || number <= 1 else {
                throw .badRequest("\(name): range: 0..1")
            }
        }
        if counts, body.present("max_tokens") != nil {
            throw .badRequest("max_tokens: Extra inputs are not permitted")
        }
    }

    private static func system(_ body: JSONObject) throws(MockFailure) -> [ChatRequest.Message] {
        switch body.present("system") {
        case nil: return []
        case .string(let text)?: return [ChatRequest.Message(role: "system", text: text)]
        case .array(let blocks)?:
            let texts = blocks.compactMap { $0.object?.present("text")?.string }
            guard texts.count == blocks.count else {
                throw .badRequest("system: Input should be a list of text blocks")
            }
            return [ChatRequest.Message(role: "system", text: texts.joined(separator: "\n"))]
        default: throw .badRequest("system: Input should be a valid string or list")
        }
    }

    private static func message(_ value: JSONValue, _ index: Int) throws(MockFailure) -> ChatRequest.Message {
        guard let object = value.object else { throw .badRequest("messages.\(index): Input should be an object") }
        // Agents put words of the system between messages, too.
        guard let role = object.present("role")?.string, ["user", "assistant", "system"].contains(role) else {
            throw .badRequest("messages.\(index).role: Input should be 'user', 'assistant' or 'system'")
        }
        switch object.present("content") {
        case .string(let text)?: return ChatRequest.Message(role: role, text: text)
        case .array(let blocks)?:
            var message = ChatRequest.Message(role: role, text: "")
            var texts: [String] = []
            for block in blocks {
                switch block.object?.present("type")?.string {
                case "text"?: texts.append(block.object?.present("text")?.string ?? "")
                case "tool_result"?:
                    message.role = "tool"
                    texts.append(block.object?.present("content")?.string ?? "")
                case nil: throw .badRequest("messages.\(index).content: Input should have a type")
                default: message.otherParts += 1
                }
            }
            message.text = texts.joined(separator: "\n")
            return message
        default: throw .badRequest("messages.\(index).content: Field required")
        }
    }

    private static func tools(_ body: JSONObject) throws(MockFailure) -> [ChatRequest.Tool] {
        guard let value = body.present("tools") else { return [] }
        guard let list = value.array else { throw .badRequest("tools: Input should be a valid list") }
        var tools: [ChatRequest.Tool] = []
        for (index, element) in list.enumerated() {
            guard let name = element.object?.present("name")?.string, !name.isEmpty else {
                throw .badRequest("tools.\(index).name: Field required")
            }
            // Those that the provider runs itself have no schema.
            guard let schema = element.object?.present("input_schema") else { continue }
            tools.append(ChatRequest.Tool(name: name, parameters: schema))
        }
        return tools
    }

    private static func choice(
        _ body: JSONObject,
        _ tools: [ChatRequest.Tool]
    ) throws(MockFailure) -> ChatRequest.ToolChoice {
        let choice = body.present("tool_choice")?.object
        switch choice?.present("type")?.string {
        case nil, "auto"?: return .automatic
        case "any"?: return .required
        case "none"?: return .none
        case "tool"?:
            guard let name = choice?.present("name")?.string, tools.contains(where: { $0.name == name }) else {
                throw .badRequest("tool_choice: Tool not found in provided tools")
            }
            return .function(name)
        default: throw .badRequest("tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'")
        }
    }

    private static func form(_ body: JSONObject) -> ChatRequest.AnswerForm {
        let format = body.present("output_config")?.object?.present("format") ?? body.present("output_format")
        guard let schema = format?.object?.present("schema") else { return .text }
        return .schema(schema)
    }
}
