// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// What a version changes in a request, as bytes made once per snapshot: all of them in one text, named by their place.
package final class RewritePlan: Sendable {
    /// All that is ever put into a request.
    let text: [UInt8]
    /// The model's id as a JSON string.
    let model: Range<Int>
    let parameters: [PlannedParameter]
    let systemPrompt: SystemPrompt.Mode?
    /// The version's system prompt as a message; one byte more is the comma behind it.
    let systemMessage: Range<Int>
    let usage: Usage
    /// The same in the words of the Responses API.
    let responses: ResponsePlan

    /// The forms of asking a provider for its usage chunk.
    struct Usage: Sendable {
        var value: Range<Int>
        /// A member and the comma behind it; without that byte in an empty object.
        var member: Range<Int>
        var object: Range<Int>
        /// `,"stream_options":{…}`, to be put after the last member.
        var insertion: Range<Int>
    }

    /// Prepares the changes of a version: its model's id and its settings.
    package init(model: String, settings: VersionSettings) {
        var text = PlanText()
        self.model = text.add { JSONString.append(model, to: &$0) }
        let all = settings.parameters
        parameters = all.map { name, json, isForced in
            // A version that sets both means both.
            let rival = RewritePlan.rival(of: name).flatMap { rival in
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
        usage = Usage(
            value: text.add("true"),
            member: text.add(#""include_usage":true,"#),
            object: text.add(#"{"include_usage":true}"#),
            insertion: text.add(#","stream_options":{"include_usage":true}"#)
        )
        self.text = text.bytes
        responses = ResponsePlan(model: model, settings: settings)
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
