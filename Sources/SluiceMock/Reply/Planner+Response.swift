// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension Planner {
    /// `/v1/responses`: the same words as chat would have for the same question, in the form of the Responses API.
    func response(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply {
        let object = try body(of: request, &entry)
        try checkKept(object)
        let chat = try ChatRequest(Planner.chat(of: object))
        let profile = settings.profile(of: chat.model)
        let answer = Answer(to: chat, choice: 0, profile: profile, seed: seed)
        let usage = MockUsage(prompt: TokenCount.messages(chat.messages), profile: profile, text: answer.tokens)
        let id = answerID("resp_")
        entry.answerID = id
        entry.isStream = chat.isStream
        entry.usage = usage
        let asksForSealed = object.present("include")?.array?.contains("reasoning.encrypted_content") == true
        let sealed = asksForSealed ? sealMark + id : nil
        let form = ResponseForm(id: id, created: created, model: chat.model, usage: usage, sealed: sealed)
        let change = kept(object, form, answer, chunks: profile.chunks)
        guard chat.isStream else {
            let isLater = object.present("background")?.bool == true
            if isLater { entry.usage = nil }
            let whole = isLater ? form.queued : form.whole(answer)
            var reply = dress(Draft(whole: whole), model: chat.model, profile: profile, entry: entry)
            if reply.status == 200, let change { reply.changes = [change] }
            return reply
        }
        var draft = form.stream(answer, chunks: profile.chunks)
        draft.failure = {
            ResponseForm.event(
                "error",
                "\"code\":\"\($0.type)\",\"message\":\(MockJSON.quoted($0.message)),\"param\":null"
            )
        }
        var reply = dress(draft, model: chat.model, profile: profile, entry: entry)
        if reply.status == 200, let change { reply.changes = [change] }
        return reply
    }

    /// How all begins that this provider has sealed.
    private var sealMark: String { "gAAAAA" + SeededHash.text(seed: seed, "seal") + "." }

    /// What a request names must be kept here, and what it hands back sealed must be sealed here.
    private func checkKept(_ object: JSONObject) throws(MockFailure) {
        for item in object.present("input")?.array ?? [] {
            guard let item = item.object, item.present("type")?.string == "reasoning",
                let sealed = item.present("encrypted_content")?.string, !sealed.hasPrefix(sealMark)
            else { continue }
            throw .badRequest(
                "The encrypted content could not be verified.",
                param: "input",
                code: "invalid_encrypted_content"
            )
        }
        if let id = object.present("previous_response_id")?.string, kept(id) == nil {
            throw .badRequest(
                "Previous response with id '\(id)' not found.",
                param: "previous_response_id",
                code: "previous_response_not_found"
            )
        }
        let conversation = object.present("conversation")
        if let id = conversation?.string ?? conversation?.object?.present("id")?.string {
            _ = try find(id, "Conversation", param: "conversation")
        }
    }

    /// The answer as it is kept, unless the request says that it is not to be.
    private func kept(_ object: JSONObject, _ form: ResponseForm, _ answer: Answer, chunks: Int?) -> KeptChange? {
        guard object.present("store")?.bool != false else { return nil }
        let draft = form.stream(answer, chunks: chunks)
        var items: [JSONValue] = object.present("input")?.array ?? []
        if let text = object.present("input")?.string {
            items = [["type": "message", "role": "user", "content": .string(text)]]
        }
        return .keep(
            Kept(
                id: form.id,
                json: form.whole(answer),
                events: draft.events.map(\.text) + [draft.ending],
                items: items
            )
        )
    }

    /// `/v1/responses/input_tokens`: how many tokens a request would have.
    func countedInput(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply {
        let chat = try ChatRequest(Planner.chat(of: try body(of: request, &entry)))
        let count = TokenCount.messages(chat.messages)
        return Reply(
            status: 200,
            type: "application/json",
            body: "{\"object\":\"response.input_tokens\",\"input_tokens\":\(count)}",
            entry: entry
        )
    }

    /// `/v1/responses/compact`: one item in the place of a conversation.
    func compacted(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply {
        let chat = try ChatRequest(Planner.chat(of: try body(of: request, &entry)))
        let profile = settings.profile(of: chat.model)
        let usage = MockUsage(prompt: TokenCount.messages(chat.messages), profile: profile, text: 4)
        let id = answerID("resp_")
        entry.answerID = id
        entry.usage = usage
        let whole =
            "{\"id\":\"\(id)\",\"object\":\"response.compaction\",\"created_at\":\(created),\"output\":[{\"id\":\"cmp_\(sequence)\","
            + "\"type\":\"compaction\",\"encrypted_content\":\"c2hvcnRlcg==\"}],\"usage\":\(ResponseForm.json(usage))}"
        return dress(Draft(whole: whole), model: chat.model, profile: profile, entry: entry)
    }

    /// The same request in the words of chat.
    private static func chat(of object: JSONObject) throws(MockFailure) -> JSONObject {
        var chat = JSONObject()
        for name in ["model", "stream", "temperature", "top_p", "tool_choice"] { chat[name] = object[name] }
        if let choice = object.present("tool_choice")?.object, let name = choice.present("name") {
            chat["tool_choice"] = ["type": "function", "function": ["name": name]]
        }
        chat["max_tokens"] = object["max_output_tokens"]
        var messages: [JSONValue] = []
        if let text = object.present("instructions")?.string {
            messages.append(["role": "system", "content": .string(text)])
        }
        var tools = object.present("tools")?.array ?? []
        switch object.present("input") {
        case .string(let text)?: messages.append(["role": "user", "content": .string(text)])
        case .array(let items)?:
            for item in items {
                guard let item = item.object else { throw .wrongType("input", expected: "an array of objects") }
                tools += item.present("tools")?.array ?? []
                if let message = message(of: item) { messages.append(message) }
            }
        case nil:
            if object.present("previous_response_id") == nil, object.present("conversation") == nil {
                throw .missing("input")
            }
            messages.append(["role": "user", "content": ""])
        default: throw .wrongType("input", expected: "a string or an array of items")
        }
        chat["messages"] = .array(messages.isEmpty ? [["role": "user", "content": ""]] : messages)
        chat["tools"] = .array(tools.compactMap(tool))
        if let format = object.present("text")?.object?.present("format")?.object {
            chat["response_format"] = form(format)
        }
        return chat
    }

    /// An item of `input` as a message; `nil` where it says nothing.
    private static func message(of item: JSONObject) -> JSONValue? {
        switch item.present("type")?.string ?? "message" {
        case "message":
            guard let role = item.present("role") else { return nil }
            return ["role": role, "content": item.present("content") ?? ""]
        case "function_call_output", "custom_tool_call_output":
            let output = item.present("output")
            return ["role": "tool", "content": .string(output?.string ?? output?.jsonText ?? "")]
        case "function_call":
            return ["role": "assistant", "content": item.present("arguments") ?? ""]
        default: return nil
        }
    }

    /// A function that may be called; other tools are the provider's own, and are not called here.
    private static func tool(_ value: JSONValue) -> JSONValue? {
        guard let tool = value.object, tool.present("type")?.string == "function", tool.present("name") != nil else {
            return nil
        }
        return ["type": "function", "function": .object(tool)]
    }

    private static func form(_ format: JSONObject) -> JSONValue {
        guard format.present("type")?.string == "json_schema" else { return .object(format) }
        return ["type": "json_schema", "json_schema": .object(format)]
    }
}

/// The JSON of answers of the Responses API.
struct ResponseForm {
    let id: String
    let created: Int64
    let model: String
    let usage: MockUsage
    /// The content of an item of reasoning behind all others.
    var sealed: String?

    func whole(_ answer: Answer) -> String {
        response(status: ResponseForm.status(answer), output: items(answer), answer)
    }

    /// One that is made later.
    var queued: String { response(status: "queued", output: [], nil) }

    /// The events of a stream, numbered; the last one says the whole response again.
    func stream(_ answer: Answer, chunks: Int?) -> Draft {
        var events: [Draft.Event] = []
        func add(_ type: String, _ members: String, tokens: Int = 0) {
            let text = ResponseForm.event(type, "\"sequence_number\":\(events.count),\(members)")
            events.append(Draft.Event(text: text, tokens: tokens))
        }
        let begun = "\"response\":\(response(status: "in_progress", output: [], nil))"
        add("response.created", begun)
        add("response.in_progress", begun)
        let items = items(answer)
        if answer.calls.isEmpty {
            let place = "\"item_id\":\"msg_\(id)\",\"output_index\":0,\"content_index\":0"
            let empty = message(text: "", status: "in_progress", content: "")
            add("response.output_item.added", "\"output_index\":0,\"item\":\(empty)")
            add("response.content_part.added", "\(place),\"part\":\(part(""))")
            for piece in Answer.regrouped(answer.pieces, into: chunks) {
                let delta = "\(place),\"delta\":\(MockJSON.quoted(piece)),\"logprobs\":[]"
                add("response.output_text.delta", delta, tokens: 1)
            }
            add("response.output_text.done", "\(place),\"text\":\(MockJSON.quoted(answer.text)),\"logprobs\":[]")
            add("response.content_part.done", "\(place),\"part\":\(part(answer.text))")
            add("response.output_item.done", "\"output_index\":0,\"item\":\(items[0])")
        }
        for (index, call) in answer.calls.enumerated() {
            let place = "\"item_id\":\"fc_\(id)_\(index)\",\"output_index\":\(index)"
            let begun = self.call(call, index, status: "in_progress", arguments: "")
            add("response.output_item.added", "\"output_index\":\(index),\"item\":\(begun)", tokens: 4)
            for piece in Answer.regrouped(call.arguments, into: chunks) {
                let delta = "\(place),\"delta\":\(MockJSON.quoted(piece))"
                add("response.function_call_arguments.delta", delta, tokens: 1)
            }
            let whole =
                "\(place),\"name\":\(MockJSON.quoted(call.name)),\"arguments\":\(MockJSON.quoted(call.arguments.joined()))"
            add("response.function_call_arguments.done", whole)
            add("response.output_item.done", "\"output_index\":\(index),\"item\":\(items[index])")
        }
        if let reasoning = items.last, sealed != nil {
            add("response.output_item.added", "\"output_index\":\(items.count - 1),\"item\":\(reasoning)")
            add("response.output_item.done", "\"output_index\":\(items.count - 1),\"item\":\(reasoning)")
        }
        let status = ResponseForm.status(answer)
        let last = ResponseForm.event(
            "response.\(status)",
            "\"sequence_number\":\(events.count),\"response\":\(response(status: status, output: items, answer))"
        )
        return Draft(events: events, ending: last)
    }

    static func event(_ type: String, _ members: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\",\(members)}\n\n"
    }

    static func json(_ usage: MockUsage) -> String {
        "{\"input_tokens\":\(usage.prompt),\"input_tokens_details\":{\"cached_tokens\":\(usage.cached),\"cache_write_tokens\":0},"
            + "\"output_tokens\":\(usage.completion),\"output_tokens_details\":{\"reasoning_tokens\":\(usage.reasoning)},"
            + "\"total_tokens\":\(usage.prompt + usage.completion)}"
    }

    private static func status(_ answer: Answer) -> String { answer.finish == "length" ? "incomplete" : "completed" }

    private func response(status: String, output: [String], _ answer: Answer?) -> String {
        let why = answer?.finish == "length" ? "{\"reason\":\"max_output_tokens\"}" : "null"
        let numbers = answer == nil ? "" : ",\"usage\":\(ResponseForm.json(usage))"
        return "{\"id\":\"\(id)\",\"object\":\"response\",\"created_at\":\(created),\"status\":\"\(status)\","
            + "\"error\":null,\"incomplete_details\":\(why),\"instructions\":null,\"metadata\":{},"
            + "\"model\":\(MockJSON.quoted(model)),\"output\":[\(output.joined(separator: ","))],"
            + "\"parallel_tool_calls\":true,\"temperature\":1.0,\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":1.0,"
            + "\"service_tier\":\"default\"\(numbers)}"
    }

    private func items(_ answer: Answer) -> [String] {
        var items =
            answer.calls.isEmpty
            ? [message(text: answer.text, status: ResponseForm.status(answer), content: part(answer.text))]
            : answer.calls.enumerated().map { index, call in
                self.call(call, index, status: "completed", arguments: call.arguments.joined())
            }
        if let sealed {
            items.append(
                "{\"id\":\"rs_\(id)\",\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":\(MockJSON.quoted(sealed))}"
            )
        }
        return items
    }

    private func message(text: String, status: String, content: String) -> String {
        "{\"id\":\"msg_\(id)\",\"type\":\"message\",\"status\":\"\(status)\",\"role\":\"assistant\",\"content\":[\(content)]}"
    }

    private func part(_ text: String) -> String {
        "{\"type\":\"output_text\",\"text\":\(MockJSON.quoted(text)),\"annotations\":[],\"logprobs\":[]}"
    }

    private func call(_ call: Answer.Call, _ index: Int, status: String, arguments: String) -> String {
        "{\"id\":\"fc_\(id)_\(index)\",\"type\":\"function_call\",\"status\":\"\(status)\",\"call_id\":\"\(call.id)\","
            + "\"name\":\(MockJSON.quoted(call.name)),\"arguments\":\(MockJSON.quoted(arguments))}"
    }
}
