// SPDX-License-Identifier: Apache-2.0

extension Planner {
    func chat(_ request: MockRequest, _ entry: inout LogEntry) throws(MockFailure) -> Reply {
        let chat = try ChatRequest(try body(of: request, &entry))
        let profile = settings.profile(of: chat.model)
        var answers = (0..<chat.limits.choices).map {
            Answer(to: chat, choice: $0, profile: profile, seed: seed)
        }
        // One that counts requests is asked once, where the answer is sent.
        let isCounted = if case .flaky? = Fault(model: chat.model) { true } else { false }
        if !isCounted, case .worse(let flaw)? = fault(model: chat.model, profile: profile) {
            for index in answers.indices { answers[index].spoil(flaw) }
        }
        let tokens = answers.reduce(0) { $0 + $1.tokens }
        let usage = MockUsage(prompt: TokenCount.messages(chat.messages), profile: profile, text: tokens)
        let id = answerID("chatcmpl-")
        entry.answerID = id
        entry.isStream = chat.isStream
        entry.usage = usage
        let form = ChatForm(id: id, created: created, model: chat.model, drift: profile.drift ?? 0, seed: seed)
        let draft =
            chat.isStream
            ? Draft(
                events: form.events(answers, usage: chat.includesUsage ? usage : nil, chunks: profile.chunks),
                ending: "data: [DONE]\n\n"
            )
            : Draft(whole: form.whole(answers, usage: usage))
        return dress(draft, model: chat.model, profile: profile, entry: entry)
    }
}

/// The JSON of chat answers.
struct ChatForm {
    let id: String
    let created: Int64
    let model: String
    let drift: Int
    let seed: UInt64

    func whole(_ answers: [Answer], usage: MockUsage) -> String {
        let choices = answers.enumerated().map { index, answer in
            let refusal = answer.refusal.map { MockJSON.quoted($0) } ?? "null"
            let content = answer.calls.isEmpty && answer.refusal == nil ? MockJSON.quoted(answer.text) : "null"
            let calls = answer.calls.map { call in
                "{\"id\":\"\(call.id)\",\"type\":\"function\",\"function\":{\"name\":\(MockJSON.quoted(call.name)),"
                    + "\"arguments\":\(MockJSON.quoted(call.arguments.joined()))}}"
            }
            let callText = calls.isEmpty ? "" : ",\"tool_calls\":[\(calls.joined(separator: ","))]"
            return "{\"index\":\(index),\"message\":{\"role\":\"assistant\",\"content\":\(content)\(callText),"
                + "\"refusal\":\(refusal),\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"\(answer.finish)\"}"
        }
        return "{\"id\":\"\(id)\",\"object\":\"chat.completion\",\(common),"
            + "\"choices\":[\(choices.joined(separator: ","))],\"usage\":\(usage.json),\"service_tier\":\"default\"}"
    }

    /// The events of a stream: role, pieces, finish, and the chunk of usage where it was asked for.
    func events(_ answers: [Answer], usage: MockUsage?, chunks: Int?) -> [Draft.Event] {
        let tail = usage == nil ? "" : ",\"usage\":null"
        func chunk(_ index: Int, _ delta: String, finish: String? = nil, tokens: Int = 0) -> Draft.Event {
            let finish = finish.map { "\"\($0)\"" } ?? "null"
            return Draft.Event(
                text: "data: {\"id\":\"\(id)\",\"object\":\"chat.completion.chunk\",\(common),"
                    + "\"choices\":[{\"index\":\(index),\"delta\":\(delta),\"logprobs\":null,"
                    + "\"finish_reason\":\(finish)}]\(tail)}\n\n",
                tokens: tokens
            )
        }
        var events: [Draft.Event] = []
        for (index, answer) in answers.enumerated() {
            let content = answer.calls.isEmpty ? "\"\"" : "null"
            events.append(chunk(index, "{\"role\":\"assistant\",\"content\":\(content),\"refusal\":null}"))
            if let refusal = answer.refusal {
                events.append(chunk(index, "{\"refusal\":\(MockJSON.quoted(refusal))}", tokens: 8))
            }
            for piece in Answer.regrouped(answer.pieces, into: chunks) {
                events.append(chunk(index, "{\"content\":\(MockJSON.quoted(piece))}", tokens: 1))
            }
            for (index, call) in answer.calls.enumerated() {
                let start =
                    "{\"tool_calls\":[{\"index\":\(index),\"id\":\"\(call.id)\",\"type\":\"function\","
                    + "\"function\":{\"name\":\(MockJSON.quoted(call.name)),\"arguments\":\"\"}}]}"
                events.append(chunk(index, start, tokens: 4))
                for piece in Answer.regrouped(call.arguments, into: chunks) {
                    let delta =
                        "{\"tool_calls\":[{\"index\":\(index),\"function\":{\"arguments\":\(MockJSON.quoted(piece))}}]}"
                    events.append(chunk(index, delta, tokens: 1))
                }
            }
            events.append(chunk(index, "{}", finish: answer.finish))
        }
        if let usage {
            events.append(
                Draft.Event(
                    text: "data: {\"id\":\"\(id)\",\"object\":\"chat.completion.chunk\",\(common),\"choices\":[],"
                        + "\"usage\":\(usage.json)}\n\n",
                    tokens: 0
                )
            )
        }
        return events
    }

    private var common: String {
        "\"created\":\(created),\"model\":\(MockJSON.quoted(model)),"
            + "\"system_fingerprint\":\"fp_\(SeededHash.text(seed: seed, "\(model) \(drift)").prefix(10))\""
    }
}
