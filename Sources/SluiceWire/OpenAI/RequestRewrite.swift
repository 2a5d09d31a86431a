// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// One request rewritten for one version: spans replaced, every other byte as it came.
package struct RequestRewrite {
    private var firstEdits = InlineArray<6, PlannedEdit>(repeating: PlannedEdit())
    private var moreEdits: [PlannedEdit] = []
    private var editCount = 0
    /// Bytes of the rewritten body.
    package private(set) var length = 0
    /// The caller did not ask for the usage chunk that the provider will send: the meter must hide it.
    package private(set) var hidesUsage = false

    /// A span of the body, and where its replacement stands in the plan's text.
    private struct PlannedEdit {
        var start: UInt32 = 0
        var end: UInt32 = 0
        var textStart: UInt32 = 0
        var textEnd: UInt32 = 0

        var range: Range<Int> { Int(start)..<Int(end) }
        var text: Range<Int> { Int(textStart)..<Int(textEnd) }
    }

    package struct Edit: Sendable, Equatable {
        package var range: Range<Int>
        package var replacement: [UInt8]
    }

    /// Works out the edits.
    ///
    /// - Parameter injectUsage: ask the provider of a stream for its usage chunk.
    /// - Throws: a `Refusal` of kind `duplicateField` when a parameter that the version sets stands twice in the body
    ///   or hides behind escapes.
    package init(
        _ scan: RequestScan,
        of body: RawSpan,
        by plan: RewritePlan,
        injectUsage: Bool
    ) throws(Refusal) {
        length = body.byteCount
        put(plan.model, over: scan.model.range)
        if scan.isStream, injectUsage, !scan.asksForUsage { askForUsage(scan, plan.usage) }
        if scan.hasEscapedNames, !plan.parameters.isEmpty { try RequestRewrite.refuseHidden(plan, scan, body) }
        for index in plan.parameters.indices { try set(plan.parameters[index], of: plan, scan, body) }
        if let mode = plan.systemPrompt, scan.endpoint == .chatCompletions, let messages = scan.messages {
            setSystemPrompt(mode, plan.systemMessage, scan, messages, body)
        }
    }

    /// The spans that are replaced, in order and apart; an empty range inserts.
    package func edits(by plan: RewritePlan) -> [Edit] {
        (0..<editCount).map { Edit(range: edit($0).range, replacement: Array(plan.text[edit($0).text])) }
    }

    /// Hands out the rewritten body piece by piece, in order; body and plan are those that this was made of.
    package func write(_ body: RawSpan, by plan: RewritePlan, to take: (RawSpan) -> Void) {
        let text = plan.text
        // Safe because: bytes have no padding.
        let replacements = unsafe text.span.bytes
        var position = 0
        for index in 0..<editCount {
            let edit = edit(index)
            if edit.range.lowerBound > position { take(body.extracting(position..<edit.range.lowerBound)) }
            if !edit.text.isEmpty { take(replacements.extracting(edit.text)) }
            position = edit.range.upperBound
        }
        if position < body.byteCount { take(body.extracting(position..<body.byteCount)) }
    }

    /// The rewritten body in one piece.
    package func bytes(of body: RawSpan, by plan: RewritePlan) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        write(body, by: plan) { bytes.append(contentsOf: $0, in: 0..<$0.byteCount) }
        return bytes
    }

    /// A rewritten body without the member that asks for usage, where one was added as a whole; `nil` where none was.
    ///
    /// Only the relay writes it without white space and behind all that the caller sent: the last one is it.
    package static func withoutUsageMember(_ body: RawSpan, by plan: RewritePlan) -> [UInt8]? {
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

    private func edit(_ index: Int) -> PlannedEdit {
        index < firstEdits.count ? firstEdits[index] : moreEdits[index - firstEdits.count]
    }

    private mutating func set(_ edit: PlannedEdit, at index: Int) {
        if index < firstEdits.count { firstEdits[index] = edit } else { moreEdits[index - firstEdits.count] = edit }
    }

    /// Puts some of the plan's text in the place of a span, behind what is inserted there already.
    private mutating func put(_ text: Range<Int>, over range: Range<Int>) {
        let new = PlannedEdit(
            start: UInt32(truncatingIfNeeded: range.lowerBound),
            end: UInt32(truncatingIfNeeded: range.upperBound),
            textStart: UInt32(truncatingIfNeeded: text.lowerBound),
            textEnd: UInt32(truncatingIfNeeded: text.upperBound)
        )
        length += text.count - range.count
        if editCount >= firstEdits.count { moreEdits.append(new) }
        var place = editCount
        editCount += 1
        while place > 0, new.start < edit(place - 1).start {
            set(edit(place - 1), at: place)
            place -= 1
        }
        set(new, at: place)
    }

    private mutating func askForUsage(_ scan: RequestScan, _ usage: RewritePlan.Usage) {
        hidesUsage = true
        if let field = scan.includeUsage {
            put(usage.value, over: field.range)
        } else if let options = scan.streamOptions, options.kind == .object {
            let inside = options.range.lowerBound + 1
            put(scan.streamOptionsIsEmpty ? usage.member.dropLast() : usage.member, over: inside..<inside)
        } else if let options = scan.streamOptions {
            put(usage.object, over: options.range)
        } else {
            put(usage.insertion, over: scan.end..<scan.end)
        }
    }

    /// Refuses a parameter of the version that hides behind escapes; each such name is read once.
    private static func refuseHidden(_ plan: RewritePlan, _ scan: RequestScan, _ body: RawSpan) throws(Refusal) {
        for index in 0..<scan.memberCount where body.holds(0x5C, in: scan.member(index).name) {
            let place = scan.member(index).name
            let name = Array(JSONText.unescaped(body, place).utf8)
            let isNamed = { (parameter: RewritePlan.Parameter) in
                plan.text[parameter.name].elementsEqual(name) || plan.text[parameter.rival].elementsEqual(name)
            }
            guard let parameter = plan.parameters.first(where: isNamed) else { continue }
            throw refusal(parameter, of: plan, at: place, "must be written without escapes")
        }
    }

    private mutating func set(
        _ parameter: RewritePlan.Parameter,
        of plan: RewritePlan,
        _ scan: RequestScan,
        _ body: RawSpan
    ) throws(Refusal) {
        var found: Range<Int>?
        for index in 0..<scan.memberCount {
            let member = scan.member(index)
            guard member.name.count == parameter.name.count,
                body.equals(plan.text, parameter.name, in: member.name)
            else { continue }
            guard found == nil else {
                throw RequestRewrite.refusal(parameter, of: plan, at: member.name, "stands more than once")
            }
            found = member.value
        }
        let hasRival = parameter.rival.isEmpty ? false : try takeRival(of: parameter, of: plan, scan, body)
        if let found {
            if parameter.isForced { put(parameter.json, over: found) }
        } else if parameter.isForced || !hasRival {
            put(parameter.insertion, over: scan.end..<scan.end)
        }
    }

    /// Whether the caller sent a parameter under its other name, which goes where the version sets it.
    private mutating func takeRival(
        of parameter: RewritePlan.Parameter,
        of plan: RewritePlan,
        _ scan: RequestScan,
        _ body: RawSpan
    ) throws(Refusal) -> Bool {
        var found: Int?
        for index in 0..<scan.memberCount {
            let name = scan.member(index).name
            guard name.count == parameter.rival.count, body.equals(plan.text, parameter.rival, in: name) else {
                continue
            }
            guard found == nil else {
                throw RequestRewrite.refusal(
                    parameter,
                    of: plan,
                    at: name,
                    "stands more than once under its other name"
                )
            }
            found = index
        }
        guard let found else { return false }
        if parameter.isForced { remove(found, of: scan) }
        return true
    }

    /// Takes a member out with one of the commas beside it.
    private mutating func remove(_ index: Int, of scan: RequestScan) {
        let member = scan.member(index)
        let start = member.name.lowerBound - 1
        if index + 1 < scan.memberCount {
            put(0..<0, over: start..<(scan.member(index + 1).name.lowerBound - 1))
        } else if index > 0 {
            put(0..<0, over: scan.member(index - 1).value.upperBound..<member.value.upperBound)
        } else {
            put(0..<0, over: start..<member.value.upperBound)
        }
    }

    private mutating func setSystemPrompt(
        _ mode: SystemPrompt.Mode,
        _ message: Range<Int>,
        _ scan: RequestScan,
        _ messages: Range<Int>,
        _ body: RawSpan
    ) {
        if mode == .default, scan.hasSystemMessage { return }
        if mode == .replace, scan.hasSystemMessage {
            replaceSystemMessages(message, messages, body)
            return
        }
        let front = messages.lowerBound + 1
        let text = scan.messagesIsEmpty ? message : message.lowerBound..<(message.upperBound + 1)
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
        of plan: RewritePlan,
        at name: Range<Int>,
        _ what: String
    ) -> Refusal {
        let text = String(decoding: plan.text[parameter.name], as: UTF8.self)
        return Refusal(
            .duplicateField,
            "The field \(text) \(what) (byte \(name.lowerBound)); send it once.",
            param: text
        )
    }
}
