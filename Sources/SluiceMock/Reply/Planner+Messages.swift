// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension Planner {
    /// `POST /v1/messages`.
    func messages(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply {
        let asked = try MessagesRequest(try body(of: request, &entry), version: request.anthropicVersion)
        let chat = asked.chat
        let profile = settings.profile(of: chat.model)
        let answer = Answer(to: chat, choice: 0, profile: profile, seed: seed)
        let usage = MockUsage(prompt: TokenCount.messages(chat.messages), profile: profile, text: answer.tokens)
        let id = answerID("msg_")
        entry.answerID = id
        entry.isStream = chat.isStream
        entry.usage = usage
        let form = MessageForm(id: id, model: chat.model, usage: usage, thinks: asked.thinks)
        var draft = Draft(whole: form.whole(answer))
        if chat.isStream {
            draft = Draft(
                events: form.events(answer, chunks: profile.chunks),
                ending: MessageForm.event("message_stop")
            )
            draft.failure = { _ in MessageForm.failure }
        }
        return served(dress(draft, model: chat.model, profile: profile, entry: entry))
    }

    /// `POST /v1/messages/count_tokens`.
    func countTokens(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply {
        let asked = try MessagesRequest(try body(of: request, &entry), version: request.anthropicVersion, counts: true)
        let profile = settings.profile(of: asked.chat.model)
        let count = profile.promptTokens ?? TokenCount.messages(asked.chat.messages)
        let draft = Draft(whole: "{\"input_tokens\":\(count)}")
        return served(dress(draft, model: asked.chat.model, profile: profile, entry: entry))
    }

    /// The answer with the fields that a provider of this dialect sends.
    private func served(_ reply: Reply) -> Reply {
        guard reply.status > 0, !reply.isRaw else { return reply }
        var reply = reply
        reply.headers += [
            ("request-id", "req_\(SeededHash.text(seed: seed, "request\(sequence)"))"),
            ("anthropic-organization-id", "org_simulated"),
            ("anthropic-ratelimit-requests-limit", "1000"),
            ("anthropic-ratelimit-requests-remaining", "999"),
        ]
        return reply
    }

    /// The list of models for callers of this dialect.
    func messagesModels(_ entry: LogEntry) -> Reply {
        let names = settings.listed
        let list = names.map(Planner.messagesCard).joined(separator: ",")
        let ends = [names.first, names.last].map { $0.map(MockJSON.quoted) ?? "null" }
        return Reply(
            status: 200,
            type: "application/json",
            body: "{\"data\":[\(list)],\"has_more\":false,\"first_id\":\(ends[0]),\"last_id\":\(ends[1])}",
            entry: entry
        )
    }

    static func messagesCard(_ name: String) -> String {
        let text = MockJSON.quoted(name)
        return "{\"type\":\"model\",\"id\":\(text),\"display_name\":\(text),\"created_at\":\"2026-01-01T00:00:00Z\"}"
    }
}

/// The JSON of answers of the Messages API.
struct MessageForm {
    let id: String
    let model: String
    let usage: MockUsage
    let thinks: Bool

    private static let thought = "The question is plain. "
    private static let signature = "EqQBCkgSimulated"

    func whole(_ answer: Answer) -> String {
        var blocks: [String] = []
        if showsThinking {
            blocks.append(
                "{\"type\":\"thinking\",\"thinking\":\(MockJSON.quoted(MessageForm.thought)),"
                    + "\"signature\":\"\(MessageForm.signature)\"}"
            )
        }
        if answer.calls.isEmpty { blocks.append("{\"type\":\"text\",\"text\":\(MockJSON.quoted(answer.text))}") }
        for call in answer.calls {
            blocks.append(
                "{\"type\":\"tool_use\",\"id\":\"\(MessageForm.id(of: call))\",\"name\":\(MockJSON.quoted(call.name)),"
                    + "\"input\":\(call.arguments.joined())}"
            )
        }
        return "{\(head),\"content\":[\(blocks.joined(separator: ","))],\"stop_reason\":\"\(reason(of: answer))\","
            + "\"stop_sequence\":null,\"usage\":\(counts(output: usage.completion, isWhole: true))}"
    }

    /// The events of a stream but the last: the message, its blocks piece by piece, why it ended.
    func events(_ answer: Answer, chunks: Int?) -> [Draft.Event] {
        var events = [
            Draft.Event(
                text: MessageForm.event(
                    "message_start",
                    "\"message\":{\(head),\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"
                        + "\"usage\":\(counts(output: 1, isWhole: true))}"
                ),
                tokens: 0
            )
        ]
        var index = 0
        func add(_ block: String, _ deltas: [String], tokens: Int = 0) {
            let start = "\"index\":\(index),\"content_block\":\(block)"
            events.append(Draft.Event(text: MessageForm.event("content_block_start", start), tokens: tokens))
            if index == 0 { events.append(Draft.Event(text: MessageForm.event("ping"), tokens: 0)) }
            for delta in deltas {
                let text = MessageForm.event("content_block_delta", "\"index\":\(index),\"delta\":\(delta)")
                events.append(Draft.Event(text: text, tokens: delta.contains("signature_delta") ? 0 : 1))
            }
            events.append(Draft.Event(text: MessageForm.event("content_block_stop", "\"index\":\(index)"), tokens: 0))
            index += 1
        }
        if showsThinking {
            add(
                "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}",
                [
                    "{\"type\":\"thinking_delta\",\"thinking\":\(MockJSON.quoted(MessageForm.thought))}",
                    "{\"type\":\"signature_delta\",\"signature\":\"\(MessageForm.signature)\"}",
                ]
            )
        }
        if answer.calls.isEmpty {
            add(
                "{\"type\":\"text\",\"text\":\"\"}",
                Answer.regrouped(answer.pieces, into: chunks).map {
                    "{\"type\":\"text_delta\",\"text\":\(MockJSON.quoted($0))}"
                }
            )
        }
        for call in answer.calls {
            let id = MessageForm.id(of: call)
            add(
                "{\"type\":\"tool_use\",\"id\":\"\(id)\",\"name\":\(MockJSON.quoted(call.name)),\"input\":{}}",
                ([""] + Answer.regrouped(call.arguments, into: chunks)).map {
                    "{\"type\":\"input_json_delta\",\"partial_json\":\(MockJSON.quoted($0))}"
                },
                tokens: 4
            )
        }
        let end =
            "\"delta\":{\"stop_reason\":\"\(reason(of: answer))\",\"stop_sequence\":null},"
            + "\"usage\":\(counts(output: usage.completion, isWhole: false))"
        events.append(Draft.Event(text: MessageForm.event("message_delta", end), tokens: 0))
        return events
    }

    static func event(_ name: String, _ members: String = "") -> String {
        let rest = members.isEmpty ? "" : ",\(members)"
        return "event: \(name)\ndata: {\"type\":\"\(name)\"\(rest)}\n\n"
    }

    /// What breaks a stream off from inside.
    static let failure =
        "event: error\ndata: "
        + MockFailure(status: 529, message: "Overloaded", type: "overloaded_error").messagesJSON + "\n\n"

    private var showsThinking: Bool { thinks && usage.reasoning > 0 }

    private var head: String {
        "\"id\":\"\(id)\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\(MockJSON.quoted(model))"
    }

    /// Cached tokens stand beside the input's count.
    private func counts(output: Int, isWhole: Bool) -> String {
        let details =
            usage.reasoning > 0 && output > 1
            ? ",\"output_tokens_details\":{\"thinking_tokens\":\(usage.reasoning)}" : ""
        let rest =
            isWhole
            ? ",\"cache_creation\":{\"ephemeral_5m_input_tokens\":0,\"ephemeral_1h_input_tokens\":0},"
                + "\"service_tier\":\"standard\",\"inference_geo\":\"global\"" : ""
        return "{\"input_tokens\":\(usage.prompt - usage.cached),\"cache_creation_input_tokens\":0,"
            + "\"cache_read_input_tokens\":\(usage.cached),\"output_tokens\":\(output)\(details)\(rest)}"
    }

    private func reason(of answer: Answer) -> String {
        switch answer.finish {
        case "tool_calls": "tool_use"
        case "length": "max_tokens"
        default: "end_turn"
        }
    }

    private static func id(of call: Answer.Call) -> String { "toolu_\(call.id.dropFirst(5))" }
}
