// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension Planner {
    /// What Google's API is asked for, below `/v1beta` or `/v1`; `nil` where the path is of something else.
    func gemini(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply? {
        let path = request.path
        guard let start = ["/v1beta/models", "/v1/models"].first(where: { path.hasPrefix($0) }) else { return nil }
        let rest = path.dropFirst(start.count)
        if request.method == "GET" { return start == "/v1beta/models" ? try models(rest, &entry) : nil }
        guard request.method == "POST", rest.first == "/", let colon = rest.lastIndex(of: ":") else { return nil }
        let model = String(rest[..<colon].dropFirst())
        let verb = rest[colon...].dropFirst()
        guard
            ["generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents"].contains(
                verb
            )
        else { return nil }
        entry.model = model
        guard settings.serves(model) else { throw .unknownModel(model) }
        let body = try object(of: request)
        switch verb {
        case "countTokens": return try counted(body, model, entry)
        case "embedContent", "batchEmbedContents": return try embedded(body, model, isBatch: verb.first == "b", entry)
        default:
            let isStream = verb.first == "s"
            guard !isStream || request.query?.split(separator: "&").contains("alt=sse") == true else {
                throw .badRequest("This server streams with alt=sse only.")
            }
            return try content(body, model, isStream: isStream, &entry)
        }
    }

    private func object(of request: MockRequest) throws(MockFailure) -> JSONObject {
        guard let value = try? JSONValue(parsing: request.body), let object = value.object else {
            throw .badRequest("Invalid JSON payload received.")
        }
        return object
    }

    private func models(_ rest: Substring, _ entry: inout LogEntry) throws(MockFailure) -> Reply {
        func card(_ name: String) -> String {
            "{\"name\":\(MockJSON.quoted("models/\(name)")),\"supportedGenerationMethods\":[\"generateContent\"]}"
        }
        let body: String
        if rest.isEmpty {
            body = "{\"models\":[\(settings.listed.map(card).joined(separator: ","))]}"
        } else {
            let name = String(rest.dropFirst())
            guard settings.serves(name) else { throw .unknownModel(name) }
            body = card(name)
        }
        return Reply(status: 200, type: "application/json", body: body, entry: entry)
    }

    /// The same words as chat would have for the same question.
    private func content(
        _ body: JSONObject,
        _ model: String,
        isStream: Bool,
        _ entry: inout LogEntry
    ) throws(MockFailure) -> Reply {
        let chat = try ChatRequest(Planner.chat(of: body, model))
        let profile = settings.profile(of: model)
        let answer = Answer(to: chat, choice: 0, profile: profile, seed: seed)
        let usage = MockUsage(prompt: TokenCount.messages(chat.messages), profile: profile, text: answer.tokens)
        entry.answerID = answerID("gen-")
        entry.isStream = isStream
        entry.usage = usage
        let form = GeminiForm(id: entry.answerID ?? "", model: model, usage: usage)
        guard isStream else {
            return dress(Draft(whole: form.whole(answer)), model: model, profile: profile, entry: entry)
        }
        var draft = form.stream(answer, chunks: profile.chunks)
        draft.failure = { "data: \(GeminiForm.failure($0))\n\n" }
        return dress(draft, model: model, profile: profile, entry: entry)
    }

    private func counted(_ body: JSONObject, _ model: String, _ entry: LogEntry) throws(MockFailure) -> Reply {
        let inner = body.present("generateContentRequest")?.object ?? body
        let chat = try ChatRequest(Planner.chat(of: inner, model))
        return Reply(
            status: 200,
            type: "application/json",
            body: "{\"totalTokens\":\(TokenCount.messages(chat.messages))}",
            entry: entry
        )
    }

    private func embedded(
        _ body: JSONObject,
        _ model: String,
        isBatch: Bool,
        _ entry: LogEntry
    ) throws(MockFailure) -> Reply {
        let profile = settings.profile(of: model)
        let requests = isBatch ? (body.present("requests")?.array ?? []).compactMap(\.object) : [body]
        guard !requests.isEmpty else { throw .badRequest("requests is empty") }
        let values = requests.map { request in
            let text = Planner.text(request.present("content"))
            let dimensions = request.present("outputDimensionality")?.wholeNumber ?? 768
            let vector = Embedding(
                of: text,
                model: model,
                drift: profile.drift ?? 0,
                dimensions: min(max(dimensions, 1), 8_192),
                seed: seed
            )
            return "{\"values\":\(vector.json)}"
        }
        let whole =
            isBatch ? "{\"embeddings\":[\(values.joined(separator: ","))]}" : "{\"embedding\":\(values[0])}"
        return dress(Draft(whole: whole), model: model, profile: profile, entry: entry)
    }

    /// The same request in the words of chat.
    private static func chat(of body: JSONObject, _ model: String) throws(MockFailure) -> JSONObject {
        guard let contents = body.present("contents")?.array, !contents.isEmpty else {
            throw .badRequest("GenerateContentRequest.contents: contents is not specified")
        }
        var chat = JSONObject()
        chat["model"] = .string(model)
        var messages: [JSONValue] = []
        if let system = body.present("systemInstruction") ?? body.present("system_instruction") {
            messages.append(["role": "system", "content": .string(text(system))])
        }
        for content in contents {
            let parts = content.object?.present("parts")?.array ?? []
            let isTool = parts.contains { $0.object?.present("functionResponse") != nil }
            let role = content.object?.present("role")?.string == "model" ? "assistant" : isTool ? "tool" : "user"
            messages.append(["role": .string(role), "content": .string(text(content))])
        }
        chat["messages"] = .array(messages)
        let config = body.present("generationConfig")?.object ?? body.present("generation_config")?.object
        chat["max_tokens"] = config?["maxOutputTokens"]
        chat["temperature"] = config?["temperature"]
        chat["top_p"] = config?["topP"]
        chat["stop"] = config?["stopSequences"]
        let tools = (body.present("tools")?.array ?? []).flatMap {
            $0.object?.present("functionDeclarations")?.array ?? []
        }
        chat["tools"] = .array(
            tools.map { tool in
                guard var function = tool.object else { return tool }
                function["parameters"] = function.present("parametersJsonSchema") ?? function["parameters"]
                return ["type": "function", "function": .object(function)]
            }
        )
        if config?.present("responseMimeType")?.string == "application/json" {
            let schema = config?.present("responseJsonSchema") ?? config?.present("responseSchema")
            chat["response_format"] =
                schema.map { ["type": "json_schema", "json_schema": ["schema": $0]] } ?? ["type": "json_object"]
        }
        return chat
    }

    private static func text(_ content: JSONValue?) -> String {
        let parts = content?.object?.present("parts")?.array ?? []
        return parts.map { part in
            part.object?.present("text")?.string ?? part.object?.present("functionResponse")?.jsonText ?? ""
        }
        .joined(separator: "\n")
    }
}

/// The JSON of Gemini's answers.
struct GeminiForm {
    let id: String
    let model: String
    let usage: MockUsage

    func whole(_ answer: Answer) -> String {
        let parts = answer.calls.isEmpty ? [part(answer.text)] : answer.calls.map(call)
        return object(parts, finish: answer.finish, usage)
    }

    /// Events with counts that grow; the last one says why it ended, and there is no mark behind it.
    func stream(_ answer: Answer, chunks: Int?) -> Draft {
        var events: [Draft.Event] = []
        var tokens = 0
        let pieces = Answer.regrouped(answer.pieces, into: chunks)
        for piece in pieces.dropLast() {
            tokens += 1
            var seen = usage
            seen.completion = tokens
            seen.reasoning = 0
            let text = object([part(piece)], finish: nil, seen)
            events.append(Draft.Event(text: "data: \(text)\n\n", tokens: 1))
        }
        let last = answer.calls.isEmpty ? [part(pieces.last ?? "")] : answer.calls.map(call)
        let text = object(last, finish: answer.finish, usage)
        return Draft(events: events, ending: "data: \(text)\n\n")
    }

    private func object(_ parts: [String], finish: String?, _ usage: MockUsage) -> String {
        let reason = finish.map { ",\"finishReason\":\"\($0 == "length" ? "MAX_TOKENS" : "STOP")\"" } ?? ""
        return
            "{\"candidates\":[{\"content\":{\"parts\":[\(parts.joined(separator: ","))],\"role\":\"model\"}\(reason),"
            + "\"index\":0}],\"usageMetadata\":\(GeminiForm.json(usage)),\"modelVersion\":\(MockJSON.quoted(model)),"
            + "\"responseId\":\"\(id)\"}"
    }

    private func part(_ text: String) -> String { "{\"text\":\(MockJSON.quoted(text))}" }

    private func call(_ call: Answer.Call) -> String {
        "{\"functionCall\":{\"name\":\(MockJSON.quoted(call.name)),\"args\":\(call.arguments.joined())}}"
    }

    /// Thoughts stand beside the candidates' tokens here.
    static func json(_ usage: MockUsage) -> String {
        let cached = usage.cached > 0 ? ",\"cachedContentTokenCount\":\(usage.cached)" : ""
        let thoughts = usage.reasoning > 0 ? ",\"thoughtsTokenCount\":\(usage.reasoning)" : ""
        return "{\"promptTokenCount\":\(usage.prompt),\"candidatesTokenCount\":\(usage.completion - usage.reasoning)"
            + "\(cached)\(thoughts),\"totalTokenCount\":\(usage.prompt + usage.completion)}"
    }

    static func failure(_ failure: MockFailure) -> String {
        let status =
            switch failure.status {
            case 400: "INVALID_ARGUMENT"
            case 401, 403: "PERMISSION_DENIED"
            case 404: "NOT_FOUND"
            case 429: "RESOURCE_EXHAUSTED"
            case 503: "UNAVAILABLE"
            default: "INTERNAL"
            }
        return
            "{\"error\":{\"code\":\(failure.status),\"message\":\(MockJSON.quoted(failure.message)),\"status\":\"\(status)\"}}"
    }
}
