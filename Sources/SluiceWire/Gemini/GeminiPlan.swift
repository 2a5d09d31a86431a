// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// What a version changes in a request to Gemini: its parameters stand in `generationConfig`, its model in the path.
package final class GeminiPlan: Sendable {
    let text: [UInt8]
    /// `"models/…"`, for bodies that name the model, too.
    private let model: Range<Int>
    private let parameters: [PlannedParameter]
    private let config: MemberGroup?
    private let systemPrompt: SystemPrompt.Mode?
    /// `,"systemInstruction":{"parts":[{"text":"…"}]}`, and the places of the object and of the part in it.
    private let insertion: Range<Int>
    private let instruction: Range<Int>
    private let part: Range<Int>
    /// The part and the comma behind it.
    private let partComma: Range<Int>

    /// Parameters of chat that have no place here; they are left out.
    private static let unknown: Set<String> = [
        "logit_bias", "logprobs", "response_format", "functions", "function_call", "prediction", "modalities", "audio",
        "web_search_options", "stream_options", "reasoning_effort", "verbosity", "parallel_tool_calls", "tool_choice",
        "user", "store", "metadata", "service_tier",
    ]
    /// Those that stand at the top level.
    private static let top: Set<String> = ["safetySettings", "tools", "toolConfig", "labels", "generationConfig"]

    package init(model: String, settings: VersionSettings) {
        var text = PlanText()
        self.model = text.add { JSONString.append("models/\(model)", to: &$0) }
        let all = settings.parameters
        var flat: [PlannedParameter] = []
        var inner: [MemberGroup.Setting] = []
        for (name, json, isForced) in all where !GeminiPlan.unknown.contains(name) {
            if GeminiPlan.top.contains(name) {
                flat.append(text.add((name, json), isForced: isForced, rival: ""))
                continue
            }
            let own = GeminiPlan.name(of: name)
            // A version that says the same in two spellings means its own one.
            guard own == name || !all.contains(where: { $0.name == own }), !inner.contains(where: { $0.name == own })
            else { continue }
            let isText = own == "stopSequences" && json.first == .quote
            inner.append(
                MemberGroup.Setting(
                    name: own,
                    alias: GeminiPlan.snake(own),
                    json: isText ? [.openBracket] + json + [.closeBracket] : json,
                    isForced: isForced
                )
            )
        }
        parameters = flat
        config = MemberGroup("generationConfig", alias: "generation_config", inner, in: &text)
        systemPrompt = settings.systemPrompt?.mode
        let start = text.add(#","systemInstruction":{"parts":["#).lowerBound
        part = text.add { bytes in
            bytes.append(contentsOf: #"{"text":"#.utf8)
            JSONString.append(settings.systemPrompt?.text ?? "", to: &bytes)
            bytes.append(.closeBrace)
        }
        insertion = start..<text.add("]}").upperBound
        instruction = insertion.dropFirst(#","systemInstruction":"#.utf8.count)
        let plain = Array(text.bytes[part])
        partComma = text.add { $0.append(contentsOf: plain + [.comma]) }
        self.text = text.bytes
    }

    private static func name(of name: String) -> String {
        switch name {
        case "max_tokens", "max_completion_tokens": "maxOutputTokens"
        case "stop": "stopSequences"
        case "n": "candidateCount"
        default: camel(name)
        }
    }

    /// `top_p` as `topP`.
    private static func camel(_ name: String) -> String {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        guard words.count > 1, words.allSatisfy({ !$0.isEmpty }) else { return name }
        return words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
    }

    /// `topP` as `top_p`, by which it is known, too.
    private static func snake(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }

    /// Works out what is changed in a request: settings where something is generated, and the model wherever it stands.
    func rewrite(_ facts: CallFacts, of body: RawSpan) throws(Refusal) -> RequestRewrite {
        var rewrite = RequestRewrite(of: body, with: text)
        setModels(facts, body, &rewrite)
        guard facts.endpoint.operation == .chat, facts.memberCount > 0 else { return rewrite }
        try RequestRewrite.refuseHidden(parameters, in: text, facts, body)
        for parameter in parameters { try rewrite.set(parameter, in: text, facts, body) }
        try config?.set(&rewrite, in: text, facts, body)
        if let systemPrompt { setPrompt(systemPrompt, facts, body, &rewrite) }
        return rewrite
    }

    /// Puts the provider's model where a body names one: at its top, in each of several requests, or in the one counted.
    private func setModels(_ facts: CallFacts, _ body: RawSpan, _ rewrite: inout RequestRewrite) {
        for index in 0..<facts.memberCount {
            let member = facts.member(index)
            if body.equals("model", in: member.name) {
                rewrite.put(model, over: member.value)
            } else if body.equals("requests", in: member.name) {
                var cursor = JSONCursor(at: member.value.lowerBound)
                guard body.byte(member.value.lowerBound) == .openBracket,
                    (try? cursor.enter(body, closing: .closeBracket)) == true
                else { continue }
                // The pass has checked the text, so that the walk cannot fail.
                repeat {
                    try? setModel(body, &cursor, &rewrite)
                } while (try? cursor.next(body, closing: .closeBracket)) == true
            } else if body.equals("generateContentRequest", in: member.name)
                || body.equals("generate_content_request", in: member.name)
            {
                var cursor = JSONCursor(at: member.value.lowerBound)
                try? setModel(body, &cursor, &rewrite)
            }
        }
    }

    private func setModel(
        _ body: RawSpan,
        _ cursor: inout JSONCursor,
        _ rewrite: inout RequestRewrite
    ) throws(JSONFault) {
        guard try cursor.peek(body) == .openBrace else { return try cursor.skipValue(body, depth: 2) }
        guard try cursor.enter(body, closing: .closeBrace) else { return }
        repeat {
            let name = try cursor.name(body)
            _ = try cursor.peek(body)
            let start = cursor.position
            try cursor.skipValue(body, depth: 3)
            if BodyReading.isNamed("model", name, body) { rewrite.put(model, over: start..<cursor.position) }
        } while try cursor.next(body, closing: .closeBrace)
    }

    private func setPrompt(
        _ mode: SystemPrompt.Mode,
        _ facts: CallFacts,
        _ body: RawSpan,
        _ rewrite: inout RequestRewrite
    ) {
        guard let own = facts.instructions else {
            let isNull = (0..<facts.memberCount).first { index in
                let name = facts.member(index).name
                return body.equals("systemInstruction", in: name) || body.equals("system_instruction", in: name)
            }
            if let isNull {
                rewrite.put(instruction, over: facts.member(isNull).value)
            } else {
                rewrite.put(insertion, over: facts.end..<facts.end)
            }
            return
        }
        switch mode {
        case .default: return
        case .replace: rewrite.put(instruction, over: own.range)
        case .prepend:
            guard let front = GeminiPlan.front(of: own.range, body) else {
                rewrite.put(instruction, over: own.range)
                return
            }
            rewrite.put(front.isEmpty ? part : partComma, over: front.place..<front.place)
        }
    }

    /// Where the parts of an instruction begin; `nil` where it has no list of them.
    private static func front(of instruction: Range<Int>, _ body: RawSpan) -> (place: Int, isEmpty: Bool)? {
        var cursor = JSONCursor(at: instruction.lowerBound)
        guard body.byte(instruction.lowerBound) == .openBrace,
            (try? cursor.enter(body, closing: .closeBrace)) == true
        else { return nil }
        do throws(JSONFault) {
            repeat {
                let name = try cursor.name(body)
                let first = try cursor.peek(body)
                let start = cursor.position
                try cursor.skipValue(body, depth: 2)
                guard first == .openBracket, BodyReading.isNamed("parts", name, body) else { continue }
                return (start + 1, !EventReading.holdsAnything(body, start + 1..<cursor.position - 1))
            } while try cursor.next(body, closing: .closeBrace)
        } catch {
            return nil
        }
        return nil
    }
}
