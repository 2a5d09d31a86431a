// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// What a version changes in a request of the Responses API, whose parameters have names and places of their own.
final class ResponsePlan: Sendable {
    let text: [UInt8]
    /// The model's id as a JSON string.
    let model: Range<Int>
    let parameters: [PlannedParameter]
    /// What is set inside `reasoning` and `text`.
    let groups: [MemberGroup]
    let systemPrompt: SystemPrompt.Mode?
    /// The system prompt as JSON wrote it, without quotes, and two line ends behind it.
    private let prompt: Range<Int>
    /// The system prompt with its quotes.
    private let instructions: Range<Int>
    /// `,"instructions":"…"`, to be put after the last member.
    private let insertion: Range<Int>

    /// Parameters of chat that the Responses API has no place for; they are left out.
    static let unknown: Set<String> = [
        "frequency_penalty", "presence_penalty", "stop", "n", "seed", "logit_bias", "logprobs", "response_format",
        "functions", "function_call", "prediction", "modalities", "audio", "web_search_options", "stream_options",
    ]

    init(model: String, settings: VersionSettings) {
        var text = PlanText()
        self.model = text.add { JSONString.append(model, to: &$0) }
        let all = settings.parameters
        var flat: [PlannedParameter] = []
        var nested: [String: [MemberGroup.Setting]] = [:]
        for (name, json, isForced) in all {
            if let (object, member) = ResponsePlan.place(of: name) {
                // A version that sets the whole object means that.
                guard !all.contains(where: { $0.name == object }) else { continue }
                nested[object, default: []].append(MemberGroup.Setting(name: member, json: json, isForced: isForced))
            } else if !ResponsePlan.unknown.contains(name) {
                let own = ResponsePlan.cap(name) ?? name
                guard own == name || !all.contains(where: { $0.name == own }),
                    name != "max_tokens" || !all.contains(where: { $0.name == "max_completion_tokens" })
                else { continue }
                flat.append(text.add((own, json), isForced: isForced, rival: ""))
            }
        }
        parameters = flat
        groups = nested.keys.sorted().compactMap { MemberGroup($0, nested[$0] ?? [], in: &text) }
        systemPrompt = settings.systemPrompt?.mode
        let shown = settings.systemPrompt?.text ?? ""
        insertion = text.add { bytes in
            bytes.append(contentsOf: #","instructions":"#.utf8)
            JSONString.append(shown, to: &bytes)
        }
        instructions = insertion.dropFirst(#","instructions":"#.utf8.count)
        prompt = text.add { bytes in
            var quoted: [UInt8] = []
            JSONString.append(shown, to: &quoted)
            bytes.append(contentsOf: quoted.dropFirst().dropLast())
            bytes.append(contentsOf: #"\n\n"#.utf8)
        }
        self.text = text.bytes
    }

    private static func cap(_ name: String) -> String? {
        name == "max_tokens" || name == "max_completion_tokens" ? "max_output_tokens" : nil
    }

    /// The object and the member in it that a parameter of chat has here.
    private static func place(of name: String) -> (object: String, member: String)? {
        switch name {
        case "reasoning_effort": ("reasoning", "effort")
        case "verbosity": ("text", "verbosity")
        default: nil
        }
    }

    /// Works out what is changed in a request, or in one that asks for a count; of one to be compacted only the model is.
    func rewrite(_ facts: CallFacts, of body: RawSpan) throws(Refusal) -> RequestRewrite {
        var rewrite = RequestRewrite(of: body, with: text)
        rewrite.put(model, over: facts.model.range)
        let operation = facts.endpoint.operation
        if operation == .responses {
            try RequestRewrite.refuseHidden(parameters, in: text, facts, body)
            for parameter in parameters { try rewrite.set(parameter, in: text, facts, body) }
            for group in groups { try group.set(&rewrite, in: text, facts, body) }
        }
        if operation != .compact, let systemPrompt { setPrompt(systemPrompt, facts, body, &rewrite) }
        return rewrite
    }

    /// Sets `instructions`; system messages inside of `input` stay where they are.
    private func setPrompt(
        _ mode: SystemPrompt.Mode,
        _ facts: CallFacts,
        _ body: RawSpan,
        _ rewrite: inout RequestRewrite
    ) {
        let isThere = facts.instructions.map { $0.kind == .string && $0.range.count > 2 } ?? false
        if mode == .default, isThere || facts.hasSystemMessage { return }
        if mode == .prepend, isThere, let field = facts.instructions {
            let front = field.range.lowerBound + 1
            rewrite.put(prompt, over: front..<front)
        } else if let field = facts.instructions {
            rewrite.put(instructions, over: field.range)
        } else {
            rewrite.put(insertion, over: facts.end..<facts.end)
        }
    }
}
