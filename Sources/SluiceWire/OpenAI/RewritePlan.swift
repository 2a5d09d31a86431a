// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What a version changes in a request, as bytes made once per snapshot.
package struct RewritePlan: Sendable {
    /// The model's id as a JSON string.
    let model: [UInt8]
    let parameters: [Parameter]
    let systemPrompt: SystemPrompt.Mode?
    /// The version's system prompt as a message.
    let systemMessage: [UInt8]

    struct Parameter: Sendable {
        var name: [UInt8]
        var json: [UInt8]
        /// `,"name":value`, to be put after the last member.
        var insertion: [UInt8]
        /// Set whatever the caller sent.
        var isForced: Bool
    }

    /// Prepares the changes of a version: its model's id and its settings.
    package init(model: String, settings: VersionSettings) {
        var quoted: [UInt8] = []
        JSONString.append(model, to: &quoted)
        self.model = quoted
        let forced = Set(settings.overrides.map { Array($0.name.utf8) })
        let defaults = settings.defaults.filter { !forced.contains(Array($0.name.utf8)) }
        parameters =
            defaults.map { RewritePlan.parameter($0, isForced: false) }
            + settings.overrides.map { RewritePlan.parameter($0, isForced: true) }
        systemPrompt = settings.systemPrompt?.mode
        var message: [UInt8] = []
        if let text = settings.systemPrompt?.text {
            message.append(contentsOf: #"{"role":"system","content":"#.utf8)
            JSONString.append(text, to: &message)
            message.append(0x7D)
        }
        systemMessage = message
    }

    private static func parameter(_ parameter: (name: String, json: [UInt8]), isForced: Bool) -> Parameter {
        var insertion: [UInt8] = [0x2C]
        JSONString.append(parameter.name, to: &insertion)
        insertion.append(0x3A)
        insertion.append(contentsOf: parameter.json)
        return Parameter(
            name: Array(parameter.name.utf8),
            json: parameter.json,
            insertion: insertion,
            isForced: isForced
        )
    }
}
