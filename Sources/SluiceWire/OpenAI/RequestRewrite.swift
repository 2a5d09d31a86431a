// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// One request rewritten for one version: spans replaced, every other byte as it came.
package struct RequestRewrite: Sendable {
    /// The spans to replace, in order and apart; an empty range inserts.
    package private(set) var edits: [Edit] = []
    /// Bytes of the rewritten body.
    package private(set) var length = 0
    /// The caller did not ask for the usage chunk that the provider will send: the meter must hide it.
    package private(set) var hidesUsage = false

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
        edits.reserveCapacity(plan.parameters.count + 3)
        edits.append(Edit(range: scan.model.range, replacement: plan.model))
        if scan.isStream, injectUsage, !scan.asksForUsage { askForUsage(scan) }
        if scan.hasEscapedNames, !plan.parameters.isEmpty { try RequestRewrite.refuseHidden(plan, scan, body) }
        for parameter in plan.parameters { try set(parameter, scan, body) }
        if let mode = plan.systemPrompt, scan.endpoint == .chatCompletions, let messages = scan.messages {
            setSystemPrompt(mode, plan.systemMessage, scan, messages, body)
        }
        sort()
        length = edits.reduce(body.byteCount) { $0 + $1.replacement.count - $1.range.count }
    }

    /// Hands out the rewritten body piece by piece, in order.
    package func write(_ body: RawSpan, to take: (RawSpan) -> Void) {
        var position = 0
        for edit in edits {
            if edit.range.lowerBound > position { take(body.extracting(position..<edit.range.lowerBound)) }
            // Safe because: bytes have no padding.
            if !edit.replacement.isEmpty { unsafe take(edit.replacement.span.bytes) }
            position = edit.range.upperBound
        }
        if position < body.byteCount { take(body.extracting(position..<body.byteCount)) }
    }

    /// The rewritten body in one piece.
    package func bytes(of body: RawSpan) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        write(body) { bytes.append(contentsOf: $0, in: 0..<$0.byteCount) }
        return bytes
    }

    // MARK: Edits

    private mutating func askForUsage(_ scan: RequestScan) {
        hidesUsage = true
        if let field = scan.includeUsage {
            edits.append(Edit(range: field.range, replacement: Array("true".utf8)))
        } else if let options = scan.streamOptions, options.kind == .object {
            let inside = options.range.lowerBound + 1
            let member = scan.streamOptionsIsEmpty ? #""include_usage":true"# : #""include_usage":true,"#
            edits.append(Edit(range: inside..<inside, replacement: Array(member.utf8)))
        } else if let options = scan.streamOptions {
            edits.append(Edit(range: options.range, replacement: Array(#"{"include_usage":true}"#.utf8)))
        } else {
            let member = #","stream_options":{"include_usage":true}"#
            edits.append(Edit(range: scan.end..<scan.end, replacement: Array(member.utf8)))
        }
    }

    /// Refuses a parameter of the version that hides behind escapes; each such name is read once.
    private static func refuseHidden(_ plan: RewritePlan, _ scan: RequestScan, _ body: RawSpan) throws(Refusal) {
        for member in scan.members where body.copy(member.name).contains(0x5C) {
            let name = Array(JSONText.unescaped(body, member.name).utf8)
            guard let parameter = plan.parameters.first(where: { $0.name == name }) else { continue }
            throw refusal(parameter, at: member.name, "must be written without escapes")
        }
    }

    private mutating func set(
        _ parameter: RewritePlan.Parameter,
        _ scan: RequestScan,
        _ body: RawSpan
    ) throws(Refusal) {
        var found: Range<Int>?
        for member in scan.members {
            guard body.equals(parameter.name, in: member.name) else { continue }
            guard found == nil else {
                throw RequestRewrite.refusal(parameter, at: member.name, "stands more than once")
            }
            found = member.value
        }
        if let found {
            if parameter.isForced { edits.append(Edit(range: found, replacement: parameter.json)) }
        } else {
            edits.append(Edit(range: scan.end..<scan.end, replacement: parameter.insertion))
        }
    }

    private mutating func setSystemPrompt(
        _ mode: SystemPrompt.Mode,
        _ message: [UInt8],
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
        edits.append(Edit(range: front..<front, replacement: scan.messagesIsEmpty ? message : message + [0x2C]))
    }

    /// Puts the message in the place of the first system message and takes the others out, with the comma before.
    private mutating func replaceSystemMessages(_ message: [UInt8], _ messages: Range<Int>, _ body: RawSpan) {
        var walk = MessageWalk(JSONCursor(at: messages.lowerBound))
        var isFirst = true
        var end = messages.lowerBound
        // The scan has checked the text, so the walk cannot fail.
        while let element = try? walk.next(body, depth: 2) {
            if element.role == .system {
                let range = isFirst ? element.range : end..<element.range.upperBound
                edits.append(Edit(range: range, replacement: isFirst ? message : []))
                isFirst = false
            }
            end = element.range.upperBound
        }
    }

    /// Sorts by place and keeps the order of insertions at one place.
    private mutating func sort() {
        for index in edits.indices.dropFirst() {
            var place = index
            while place > 0, edits[place].range.lowerBound < edits[place - 1].range.lowerBound {
                edits.swapAt(place, place - 1)
                place -= 1
            }
        }
    }

    private static func refusal(_ parameter: RewritePlan.Parameter, at name: Range<Int>, _ what: String) -> Refusal {
        let text = String(decoding: parameter.name, as: UTF8.self)
        return Refusal(
            .duplicateField,
            "The field \(text) \(what) (byte \(name.lowerBound)); send it once.",
            param: text
        )
    }
}
