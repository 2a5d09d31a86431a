// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

extension RequestRewrite {
    /// Works out the edits.
    ///
    /// - Parameter injectUsage: ask the provider of a stream for its usage chunk.
    /// - Throws: a `Refusal` of kind `duplicateField` when a parameter that the version sets stands twice in the body
    ///   or hides behind escapes.
    init(
        _ facts: CallFacts,
        of body: RawSpan,
        by plan: RewritePlan,
        injectUsage: Bool
    ) throws(Refusal) {
        self.init(of: body, with: plan.text)
        put(plan.model, over: facts.model.range)
        if facts.isStream, injectUsage, !facts.asksForUsage { askForUsage(facts, plan.usage) }
        try RequestRewrite.refuseHidden(plan.parameters, in: plan.text, facts, body)
        for index in plan.parameters.indices { try set(plan.parameters[index], in: plan.text, facts, body) }
        if let mode = plan.systemPrompt, facts.endpoint.operation == .chat, let messages = facts.messages {
            setSystemPrompt(mode, plan.systemMessage, facts, messages, body)
        }
    }

    /// A rewritten body without the member that asks for usage, where one was added as a whole; `nil` where none was.
    ///
    /// Only the relay writes it without white space and behind all that the caller sent: the last one is it.
    static func withoutUsageMember(_ body: RawSpan, by plan: RewritePlan) -> [UInt8]? {
        let place = plan.usage.insertion
        var start = body.byteCount - place.count
        while start >= 0 {
            if body.equals(plan.text, place, in: start..<(start + place.count)) {
                var bytes = body.copy(0..<start)
                bytes.append(contentsOf: body, in: (start + place.count)..<body.byteCount)
                return bytes
            }
            start -= 1
        }
        return nil
    }

    // MARK: Edits

    private mutating func askForUsage(_ facts: CallFacts, _ usage: RewritePlan.Usage) {
        hidesUsage = true
        if let field = facts.includeUsage {
            put(usage.value, over: field.range)
        } else if let options = facts.streamOptions, options.kind == .object {
            let inside = options.range.lowerBound + 1
            put(facts.streamOptionsIsEmpty ? usage.member.dropLast() : usage.member, over: inside..<inside)
        } else if let options = facts.streamOptions {
            put(usage.object, over: options.range)
        } else {
            put(usage.insertion, over: facts.end..<facts.end)
        }
    }

    private mutating func setSystemPrompt(
        _ mode: SystemPrompt.Mode,
        _ message: Range<Int>,
        _ facts: CallFacts,
        _ messages: Range<Int>,
        _ body: RawSpan
    ) {
        if mode == .default, facts.hasSystemMessage { return }
        if mode == .replace, facts.hasSystemMessage {
            replaceSystemMessages(message, messages, body)
            return
        }
        let front = messages.lowerBound + 1
        let text = facts.messagesIsEmpty ? message : message.lowerBound..<(message.upperBound + 1)
        put(text, over: front..<front)
    }

    /// Puts the message in the place of the first system message and takes the others out, with the comma before.
    private mutating func replaceSystemMessages(_ message: Range<Int>, _ messages: Range<Int>, _ body: RawSpan) {
        var walk = MessageWalk(JSONCursor(at: messages.lowerBound))
        var isFirst = true
        var end = messages.lowerBound
        // The scan has checked the text, so the walk cannot fail.
        while let element = try? walk.next(body, depth: 2) {
            if element.role == .system {
                let range = isFirst ? element.range : end..<element.range.upperBound
                put(isFirst ? message : 0..<0, over: range)
                isFirst = false
            }
            end = element.range.upperBound
        }
    }
}
