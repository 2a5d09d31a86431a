// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What the simulated provider reads of a chat completion request.
struct ChatRequest {
    var model: String
    var messages: [Message]
    var tools: [Tool] = []
    var toolChoice = ToolChoice.automatic
    var answer = AnswerForm.text
    var limits: AnswerLimits
    var isStream: Bool
    var includesUsage: Bool

    struct Message {
        var role: String
        var text: String
        /// Other parts: images, audio, files.
        var otherParts = 0
    }

    struct Tool {
        var name: String
        var parameters: JSONValue?
    }

    enum ToolChoice: Equatable {
        case automatic, none, required
        case function(String)
    }

    /// The form asked for by `response_format`.
    enum AnswerForm {
        case text, anyJSON
        case schema(JSONValue)
    }

    init(_ body: JSONObject) throws(MockFailure) {
        model = try body.requiredModel()
        guard let list = body.present("messages") else { throw .missing("messages") }
        guard let elements = list.array else { throw .wrongType("messages", expected: "an array of objects") }
        guard !elements.isEmpty else {
            throw .badRequest("Invalid 'messages': empty array.", param: "messages", code: "empty_array")
        }
        messages = []
        for (index, element) in elements.enumerated() { messages.append(try Message(element, index: index)) }
        limits = try AnswerLimits(body)
        (isStream, includesUsage) = try body.streaming()
        tools = try ChatRequest.tools(body)
        toolChoice = try ChatRequest.choice(body, tools)
        answer = try ChatRequest.form(body)
    }

    /// Of another dialect.
    init(
        model: String,
        messages: [Message],
        tools: [Tool],
        toolChoice: ToolChoice,
        answer: AnswerForm,
        limits: AnswerLimits,
        isStream: Bool
    ) {
        self.model = model
        self.messages = messages
        self.tools = tools
        self.toolChoice = toolChoice
        self.answer = answer
        self.limits = limits
        self.isStream = isStream
        includesUsage = true
    }

    /// The text the answer takes up: the last user message, or the last message of all.
    var question: String { (messages.last { $0.role == "user" } ?? messages.last)?.text ?? "" }

    /// The tools the answer calls; none where it is a text.
    var calledTools: [Tool] {
        switch toolChoice {
        case .none: return []
        case .function(let name): return tools.filter { $0.name == name }
        case .automatic where messages.last?.role == "tool": return []
        case .automatic, .required:
            let named = tools.filter { question.contains($0.name) }
            return named.isEmpty ? Array(tools.prefix(1)) : named
        }
    }

    private static func tools(_ body: JSONObject) throws(MockFailure) -> [Tool] {
        guard let value = body.present("tools") else { return [] }
        guard let list = value.array else { throw .wrongType("tools", expected: "an array of objects") }
        var tools: [Tool] = []
        for (index, element) in list.enumerated() {
            guard let function = element.object?.present("function")?.object else { continue }
            guard let name = function.present("name")?.string, !name.isEmpty else {
                throw .missing("tools[\(index)].function.name")
            }
            tools.append(Tool(name: name, parameters: function.present("parameters")))
        }
        return tools
    }

    private static func choice(_ body: JSONObject, _ tools: [Tool]) throws(MockFailure) -> ToolChoice {
        guard let value = body.present("tool_choice") else { return .automatic }
        switch value.string {
        case "none": return .none
        case "auto": return .automatic
        case "required": return .required
        default: break
        }
        guard let name = value.object?.present("function")?.object?.present("name")?.string else {
            throw .wrongType("tool_choice", expected: "none, auto, required or a function")
        }
        guard tools.contains(where: { $0.name == name }) else {
            throw .badRequest("Tool choice '\(name)' not found in 'tools' parameter.", param: "tool_choice")
        }
        return .function(name)
    }

    private static func form(_ body: JSONObject) throws(MockFailure) -> AnswerForm {
        guard let format = body.present("response_format") else { return .text }
        switch format.object?.present("type")?.string {
        case "text": return .text
        case "json_object": return .anyJSON
        case "json_schema":
            guard let schema = format.object?.present("json_schema")?.object?.present("schema") else {
                throw .missing("response_format.json_schema.schema")
            }
            return .schema(schema)
        default: throw .wrongType("response_format", expected: "text, json_object or json_schema")
        }
    }
}

extension ChatRequest.Message {
    fileprivate init(_ value: JSONValue, index: Int) throws(MockFailure) {
        guard let object = value.object else { throw .wrongType("messages[\(index)]", expected: "an object") }
        guard let role = object.present("role")?.string else { throw .missing("messages[\(index)].role") }
        guard ["system", "developer", "user", "assistant", "tool", "function"].contains(role) else {
            throw .badRequest("Invalid value: '\(role)'.", param: "messages[\(index)].role", code: "invalid_value")
        }
        self.role = role
        text = ""
        switch object.present("content") {
        case .string(let content)?: text = content
        case .array(let parts)?:
            let texts = parts.compactMap { $0.object?.present("text")?.string }
            text = texts.joined(separator: "\n")
            otherParts = parts.count - texts.count
        case nil where role == "assistant": break
        case nil: throw .missing("messages[\(index)].content")
        default: throw .wrongType("messages[\(index)].content", expected: "a string or an array of parts")
        }
    }
}
