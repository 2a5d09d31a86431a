// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// What a version changes in a request of Converse: its parameters stand in `inferenceConfig`, its model in the path, and what
/// only its maker knows in `additionalModelRequestFields`.
package final class ConversePlan: Sendable {
    let text: [UInt8]
    private let parameters: [PlannedParameter]
    private let config: MemberGroup?
    private let further: MemberGroup?
    private let systemPrompt: SystemPrompt.Mode?
    /// `,"system":[{"text":"…"}]`, and the places of the list, of the block in it, and of the block with a comma behind.
    private let insertion: Range<Int>
    private let list: Range<Int>
    private let blockComma: Range<Int>

    /// Parameters of chat that have no place here; they are left out.
    private static let unknown: Set<String> = [
        "logit_bias", "logprobs", "response_format", "functions", "function_call", "prediction", "modalities", "audio",
        "web_search_options", "stream_options", "reasoning_effort", "verbosity", "parallel_tool_calls", "tool_choice",
        "tools", "user", "store", "metadata", "service_tier", "n",
    ]
    /// Those that stand at the top level.
    private static let top: Set<String> = [
        "inferenceConfig", "toolConfig", "guardrailConfig", "performanceConfig", "serviceTier", "outputConfig",
        "requestMetadata", "promptVariables", "projectIdentifier", "additionalModelRequestFields",
        "additionalModelResponseFieldPaths",
    ]

    package init(_ settings: VersionSettings) {
        var text = PlanText()
        var flat: [PlannedParameter] = []
        var inner: [MemberGroup.Setting] = []
        var more: [MemberGroup.Setting] = []
        for (name, json, isForced) in settings.parameters where !ConversePlan.unknown.contains(name) {
            if ConversePlan.top.contains(name) {
                flat.append(text.add((name, json), isForced: isForced, rival: ""))
            } else if let own = ConversePlan.name(of: name) {
                guard !inner.contains(where: { $0.name == own }) else { continue }
                let isText = own == "stopSequences" && json.first == .quote
                let value = isText ? [.openBracket] + json + [.closeBracket] : json
                inner.append(MemberGroup.Setting(name: own, json: value, isForced: isForced))
            } else {
                more.append(MemberGroup.Setting(name: name, json: json, isForced: isForced))
            }
        }
        parameters = flat
        config = MemberGroup("inferenceConfig", inner, in: &text)
        further = MemberGroup("additionalModelRequestFields", more, in: &text)
        systemPrompt = settings.systemPrompt?.mode
        let block = text.add { bytes in
            bytes.append(contentsOf: #"{"text":"#.utf8)
            JSONString.append(settings.systemPrompt?.text ?? "", to: &bytes)
            bytes.append(.closeBrace)
        }
        let plain = Array(text.bytes[block])
        blockComma = text.add { $0.append(contentsOf: plain + [.comma]) }
        insertion = text.add { bytes in
            bytes.append(contentsOf: #","system":["#.utf8)
            bytes.append(contentsOf: plain)
            bytes.append(.closeBracket)
        }
        list = insertion.dropFirst(#","system":"#.utf8.count)
        self.text = text.bytes
    }

    /// `nil` for what only some models know.
    private static func name(of name: String) -> String? {
        switch name {
        case "max_tokens", "max_completion_tokens", "maxTokens": "maxTokens"
        case "temperature": "temperature"
        case "top_p", "topP": "topP"
        case "stop", "stop_sequences", "stopSequences": "stopSequences"
        default: nil
        }
    }

    /// Works out what is changed in a request, which the relay wrote.
    func rewrite(_ facts: CallFacts, of body: RawSpan) throws(Refusal) -> RequestRewrite {
        var rewrite = RequestRewrite(of: body, with: text)
        guard facts.endpoint.operation == .chat, facts.memberCount > 0 else { return rewrite }
        for parameter in parameters { try rewrite.set(parameter, in: text, facts, body) }
        try config?.set(&rewrite, in: text, facts, body)
        try further?.set(&rewrite, in: text, facts, body)
        guard let systemPrompt else { return rewrite }
        guard let own = facts.instructions?.range else {
            rewrite.put(insertion, over: facts.end..<facts.end)
            return rewrite
        }
        switch systemPrompt {
        case .default: break
        case .replace: rewrite.put(list, over: own)
        // The relay writes no empty list.
        case .prepend: rewrite.put(blockComma, over: own.lowerBound + 1..<own.lowerBound + 1)
        }
        return rewrite
    }
}
