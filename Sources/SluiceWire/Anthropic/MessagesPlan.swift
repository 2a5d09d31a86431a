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

    /// `"anthropic_version":"…"`, in the place of `model` where that and `stream` stand in the path; absent elsewhere.
    let version: Range<Int>?
    /// One byte before it is a comma.
    let takesStreamOut: Bool

    /// What a host has otherwise in a body.
    package struct Envelope: Sendable {
        package var version: String
        /// `stream` stands in the path, and `anthropic-beta` of the caller in the body.
        package var isInPath: Bool

        package init(version: String, isInPath: Bool = true) {
            self.version = version
            self.isInPath = isInPath
        }
    }

    package init(model: String, settings: VersionSettings, envelope: Envelope? = nil) {
        var text = PlanText()
        if envelope != nil { text.add(",") }
        takesStreamOut = envelope?.isInPath == true
        version = envelope.map { text.add("\"anthropic_version\":\"\($0.version)\"") }
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
        if let version = plan.version {
            self.init(of: body, with: plan.text + RequestRewrite.betas(facts))
            try putVersion(version, of: plan, facts, body)
        } else {
            self.init(of: body, with: plan.text)
            put(plan.model, over: facts.model.range)
        }
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

    // MARK: what stands in the path elsewhere

    /// `,"anthropic_beta":[…]`, to be put after the last member; empty where the caller sent none.
    private static func betas(_ facts: CallFacts) -> [UInt8] {
        facts.betas.isEmpty ? [] : Array(#","anthropic_beta":["#.utf8) + facts.betas + [.closeBracket]
    }

    /// Puts the version in the place of `model`, takes `stream` out, and adds the betas.
    private mutating func putVersion(
        _ version: Range<Int>,
        of plan: MessagesPlan,
        _ facts: CallFacts,
        _ body: RawSpan
    ) throws(Refusal) {
        for index in 0..<facts.memberCount {
            let name = facts.member(index).name
            if body.equals("model", in: name), facts.endpoint.operation == .countTokens {
                put(plan.model, over: facts.model.range)
                put((version.lowerBound - 1)..<version.upperBound, over: facts.end..<facts.end)
            } else if body.equals("model", in: name) {
                put(version, over: (name.lowerBound - 1)..<facts.member(index).value.upperBound)
            } else if plan.takesStreamOut, body.equals("stream", in: name) {
                remove(index, of: facts)
            } else if body.equals("anthropic_version", in: name) || body.equals("anthropic_beta", in: name) {
                let text = String(copying: body.extracting(name))
                throw Refusal(
                    .badRequest,
                    "\(text) is no field of the Messages API; send the header \(text == "anthropic_beta" ? "anthropic-beta" : "anthropic-version").",
                    param: text
                )
            }
        }
        let end = plan.text.count
        put(end..<(end + RequestRewrite.betas(facts).count), over: facts.end..<facts.end)
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
