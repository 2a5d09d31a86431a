// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// What a version changes in a request to the Messages API, made once per snapshot.
package final class MessagesPlan: Sendable {
    let text: [UInt8]
    /// The model's id as a JSON string.
    let model: Range<Int>
    /// Their names and values are the dialect's own.
    let parameters: [PlannedParameter]
    /// The version's system prompt, and how it goes beside a caller's; absent where the version has none.
    let system: (mode: SystemPrompt.Mode, block: PromptBlock)?

    package init(model: String, settings: VersionSettings) {
        var text = PlanText()
        self.model = text.add { JSONString.append(model, to: &$0) }
        parameters = settings.parameters.map { name, json, isForced in
            text.add((name, json), isForced: isForced, rival: "")
        }
        system = settings.systemPrompt.map { ($0.mode, PromptBlock($0.text, in: &text)) }
        self.text = text.bytes
    }

    /// Parameters that a request to count tokens may have; it is refused with any other.
    static let counted: Set<String> = [
        "cache_control", "context_management", "output_config", "thinking", "tool_choice", "tools",
    ]
}

extension RequestRewrite {
    /// Works out the edits.
    ///
    /// - Throws: a `Refusal` of kind `duplicateField` when a parameter that the version sets stands twice in the body
    ///   or hides behind escapes.
    init(_ facts: CallFacts, of body: RawSpan, by plan: MessagesPlan) throws(Refusal) {
        self.init(of: body, with: plan.text)
        put(plan.model, over: facts.model.range)
        try RequestRewrite.refuseHidden(plan.parameters, in: plan.text, facts, body)
        for parameter in plan.parameters {
            if facts.endpoint.operation == .countTokens {
                let name = String(decoding: plan.text[parameter.name], as: UTF8.self)
                guard MessagesPlan.counted.contains(name) else { continue }
            }
            try set(parameter, in: plan.text, facts, body)
        }
        if let (mode, block) = plan.system { setSystem(mode, block, facts, body) }
    }

    // MARK: the system prompt

    private mutating func setSystem(
        _ mode: SystemPrompt.Mode,
        _ block: PromptBlock,
        _ facts: CallFacts,
        _ body: RawSpan
    ) {
        guard let system = RequestRewrite.system(facts, body) else {
            put(block.insertion, over: facts.end..<facts.end)
            return
        }
        guard facts.hasSystemMessage else {
            put(block.text, over: system)
            return
        }
        if mode == .default { return }
        if body.byte(system.lowerBound) == .quote {
            setText(mode, block, system, body)
        } else {
            setBlocks(mode, block, system, body)
        }
    }

    /// Where the caller's `system` stands.
    private static func system(_ facts: CallFacts, _ body: RawSpan) -> Range<Int>? {
        for index in 0..<facts.memberCount where body.equals("system", in: facts.member(index).name) {
            return facts.member(index).value
        }
        return nil
    }

    /// Beside, or in the place of, a text.
    private mutating func setText(
        _ mode: SystemPrompt.Mode,
        _ block: PromptBlock,
        _ system: Range<Int>,
        _ body: RawSpan
    ) {
        let (start, end) = (system.lowerBound, system.upperBound)
        let mustStandFirst = SystemBlocks.mustStandFirst(body, at: start)
        if mode == .replace, !mustStandFirst {
            put(block.text, over: system)
            return
        }
        put(block.open, over: start..<start)
        if !mustStandFirst { put(block.blockComma, over: start..<start) }
        put(block.textOpen, over: start..<start)
        put(block.textClose, over: end..<end)
        if mustStandFirst { put(block.commaBlock, over: end..<end) }
        put(block.close, over: end..<end)
    }

    /// Among blocks: behind those that must stand first.
    private mutating func setBlocks(
        _ mode: SystemPrompt.Mode,
        _ block: PromptBlock,
        _ system: Range<Int>,
        _ body: RawSpan
    ) {
        var cursor = JSONCursor(at: system.lowerBound)
        // The pass has checked the text, so this cannot fail.
        guard let blocks = try? SystemBlocks(body, &cursor) else { return }
        let front = blocks.frontEnd ?? system.lowerBound + 1
        if mode == .replace {
            put(blocks.frontEnd == nil ? block.block : block.commaBlock, over: front..<(system.upperBound - 1))
        } else if blocks.frontEnd != nil {
            put(block.commaBlock, over: front..<front)
        } else {
            put(blocks.hasMore ? block.blockComma : block.block, over: front..<front)
        }
    }
}
