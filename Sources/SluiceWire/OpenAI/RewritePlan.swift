// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// What a version changes in a request, as bytes made once per snapshot: all of them in one text, named by their place.
package final class RewritePlan: Sendable {
    /// All that is ever put into a request.
    let text: [UInt8]
    /// The model's id as a JSON string.
    let model: Range<Int>
    let parameters: [Parameter]
    let systemPrompt: SystemPrompt.Mode?
    /// The version's system prompt as a message; one byte more is the comma behind it.
    let systemMessage: Range<Int>
    /// The same where a dialect has blocks of text in the place of messages.
    let systemBlock: SystemBlock?
    let usage: Usage
    /// The same in the words of the Responses API.
    let responses: ResponsePlan

    struct Parameter: Sendable {
        var name: Range<Int>
        var json: Range<Int>
        /// `,"name":value`, to be put after the last member.
        var insertion: Range<Int>
        /// Set whatever the caller sent.
        var isForced: Bool
        /// Another name for the same, which must not stand beside it; empty where there is none.
        var rival: Range<Int>
    }

    /// The forms of asking a provider for its usage chunk.
    struct Usage: Sendable {
        var value: Range<Int>
        /// A member and the comma behind it; without that byte in an empty object.
        var member: Range<Int>
        var object: Range<Int>
        /// `,"stream_options":{…}`, to be put after the last member.
        var insertion: Range<Int>
    }

    /// The version's system prompt in all the forms in which it is put among a caller's blocks.
    struct SystemBlock: Sendable {
        /// `"…"`.
        var text: Range<Int>
        /// `,"system":"…"`, to be put after the last member.
        var insertion: Range<Int>
        /// `{"type":"text","text":"…"}`, alone and with a comma before or behind it.
        var block: Range<Int>
        var commaBlock: Range<Int>
        var blockComma: Range<Int>
        /// What makes a block of the caller's own text, and a list of blocks.
        var open: Range<Int>
        var textOpen: Range<Int>
        var textClose: Range<Int>
        var close: Range<Int>
    }

    /// Where a dialect has its system prompt.
    enum System: Sendable { case message, block }

    /// Prepares the changes of a version: its model's id and its settings.
    package convenience init(model: String, settings: VersionSettings) {
        self.init(model: model, settings: settings, system: .message)
    }

    init(model: String, settings: VersionSettings, system: System) {
        var text = PlanText()
        self.model = text.add { JSONString.append(model, to: &$0) }
        let all = RewritePlan.merged(settings)
        parameters = all.map { name, json, isForced in
            // A version that sets both means both.
            let rival = (system == .message ? RewritePlan.rival(of: name) : nil).flatMap { rival in
                all.contains { $0.name == rival } ? nil : rival
            }
            return text.add((name, json), isForced: isForced, rival: rival ?? "")
        }
        systemPrompt = settings.systemPrompt?.mode
        systemMessage = text.add { bytes in
            guard let text = settings.systemPrompt?.text else { return }
            bytes.append(contentsOf: #"{"role":"system","content":"#.utf8)
            JSONString.append(text, to: &bytes)
            bytes.append(.closeBrace)
        }
        text.add(",")
        systemBlock = system == .block ? settings.systemPrompt.map { text.addBlock($0.text) } : nil
        usage = Usage(
            value: text.add("true"),
            member: text.add(#""include_usage":true,"#),
            object: text.add(#"{"include_usage":true}"#),
            insertion: text.add(#","stream_options":{"include_usage":true}"#)
        )
        self.text = text.bytes
        responses = ResponsePlan(model: model, settings: settings)
    }

    /// All parameters of a version, each once: those set where the caller sent none, then those set whatever he sent.
    static func merged(_ settings: VersionSettings) -> [(name: String, json: [UInt8], isForced: Bool)] {
        let forced = Set(settings.overrides.map { Array($0.name.utf8) })
        let defaults = settings.defaults.filter { !forced.contains(Array($0.name.utf8)) }
        return defaults.map { ($0.name, $0.json, false) } + settings.overrides.map { ($0.name, $0.json, true) }
    }

    /// The other name of the same parameter.
    private static func rival(of name: String) -> String? {
        switch name {
        case "max_tokens": "max_completion_tokens"
        case "max_completion_tokens": "max_tokens"
        default: nil
        }
    }
}

/// The text of a plan while it is put together.
struct PlanText {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ append: (inout [UInt8]) -> Void) -> Range<Int> {
        let start = bytes.count
        append(&bytes)
        return start..<bytes.count
    }

    @discardableResult
    mutating func add(_ literal: String) -> Range<Int> { add { $0.append(contentsOf: literal.utf8) } }

    mutating func addBlock(_ prompt: String) -> RewritePlan.SystemBlock {
        let insertion = add { bytes in
            bytes.append(contentsOf: #","system":"#.utf8)
            JSONString.append(prompt, to: &bytes)
        }
        let all = add { bytes in
            bytes.append(contentsOf: #",{"type":"text","text":"#.utf8)
            JSONString.append(prompt, to: &bytes)
            bytes.append(contentsOf: "},".utf8)
        }
        return RewritePlan.SystemBlock(
            text: insertion.lowerBound + 10..<insertion.upperBound,
            insertion: insertion,
            block: all.lowerBound + 1..<all.upperBound - 1,
            commaBlock: all.lowerBound..<all.upperBound - 1,
            blockComma: all.lowerBound + 1..<all.upperBound,
            open: add("["),
            textOpen: add(#"{"type":"text","text":"#),
            textClose: add("}"),
            close: add("]")
        )
    }

    mutating func add(
        _ parameter: (name: String, json: [UInt8]),
        isForced: Bool,
        rival: String
    ) -> RewritePlan.Parameter {
        let name = add(parameter.name)
        let rival = add(rival)
        let insertion = add { bytes in
            bytes.append(.comma)
            JSONString.append(parameter.name, to: &bytes)
            bytes.append(.colon)
            bytes.append(contentsOf: parameter.json)
        }
        let json = (insertion.upperBound - parameter.json.count)..<insertion.upperBound
        return RewritePlan.Parameter(name: name, json: json, insertion: insertion, isForced: isForced, rival: rival)
    }
}
