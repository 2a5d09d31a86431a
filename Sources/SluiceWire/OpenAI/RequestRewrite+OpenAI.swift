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

    /// Refuses a parameter of the version that hides behind escapes; each such name is read once.
    static func refuseHidden(
        _ parameters: [RewritePlan.Parameter],
        in text: [UInt8],
        _ facts: CallFacts,
        _ body: RawSpan
    ) throws(Refusal) {
        guard facts.hasEscapedNames, !parameters.isEmpty else { return }
        for index in 0..<facts.memberCount where body.holds(.backslash, in: facts.member(index).name) {
            let place = facts.member(index).name
            let name = Array(JSONText.unescaped(body, place).utf8)
            let isNamed = { (parameter: RewritePlan.Parameter) in
                text[parameter.name].elementsEqual(name) || text[parameter.rival].elementsEqual(name)
            }
            guard let parameter = parameters.first(where: isNamed) else { continue }
            throw refusal(parameter, in: text, at: place, "must be written without escapes")
        }
    }

    mutating func set(
        _ parameter: RewritePlan.Parameter,
        in text: [UInt8],
        _ facts: CallFacts,
        _ body: RawSpan
    ) throws(Refusal) {
        var found: Range<Int>?
        for index in 0..<facts.memberCount {
            let member = facts.member(index)
            guard member.name.count == parameter.name.count,
                body.equals(text, parameter.name, in: member.name)
            else { continue }
            guard found == nil else {
                throw RequestRewrite.refusal(parameter, in: text, at: member.name, "stands more than once")
            }
            found = member.value
        }
        let hasRival = parameter.rival.isEmpty ? false : try takeRival(of: parameter, in: text, facts, body)
        if let found {
            if parameter.isForced { put(parameter.json, over: found) }
        } else if parameter.isForced || !hasRival {
            put(parameter.insertion, over: facts.end..<facts.end)
        }
    }

    /// Whether the caller sent a parameter under its other name, which goes where the version sets it.
    private mutating func takeRival(
        of parameter: RewritePlan.Parameter,
        in text: [UInt8],
        _ facts: CallFacts,
        _ body: RawSpan
    ) throws(Refusal) -> Bool {
        var found: Int?
        for index in 0..<facts.memberCount {
            let name = facts.member(index).name
            guard name.count == parameter.rival.count, body.equals(text, parameter.rival, in: name) else {
                continue
            }
            guard found == nil else {
                throw RequestRewrite.refusal(
                    parameter,
                    in: text,
                    at: name,
                    "stands more than once under its other name"
                )
            }
            found = index
        }
        guard let found else { return false }
        if parameter.isForced { remove(found, of: facts) }
        return true
    }

    /// Takes a member out with one of the commas beside it.
    private mutating func remove(_ index: Int, of facts: CallFacts) {
        let member = facts.member(index)
        let start = member.name.lowerBound - 1
        if index + 1 < facts.memberCount {
            put(0..<0, over: start..<(facts.member(index + 1).name.lowerBound - 1))
        } else if index > 0 {
            put(0..<0, over: facts.member(index - 1).value.upperBound..<member.value.upperBound)
        } else {
            put(0..<0, over: start..<member.value.upperBound)
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

    private static func refusal(
        _ parameter: RewritePlan.Parameter,
        in text: [UInt8],
        at name: Range<Int>,
        _ what: String
    ) -> Refusal {
        let shown = String(decoding: text[parameter.name], as: UTF8.self)
        return Refusal(
            .duplicateField,
            "The field \(shown) \(what) (byte \(name.lowerBound)); send it once.",
            param: shown
        )
    }
}
