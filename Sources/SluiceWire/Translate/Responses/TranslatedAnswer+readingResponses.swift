// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

extension TranslatedAnswer {
    /// Reads a response of the Responses API; `nil` where it has no output.
    init?(responses answer: JSONItem) {
        guard let output = answer["output"], output.kind == .array else { return nil }
        id = answer.said("id")
        model = answer.said("model")
        for item in output.elements { read(item: item.value) }
        finish = Finish(response: answer)
        let hasCalls = pieces.contains { if case .call = $0 { true } else { false } }
        let hasRefused = pieces.contains { if case .refusal = $0 { true } else { false } }
        if finish == .end { finish = hasRefused ? .refusal : hasCalls ? .calls : .end }
        if let counts = answer["usage"] { usage = TranslatedUsage.openAI(counts) }
        tier = answer.said("service_tier")
    }

    private mutating func read(item: JSONItem) {
        switch item["type"]?.string {
        case "message":
            for part in item["content"]?.elements ?? item.elements {
                let said = part.value.pick(["text", "refusal"])
                if let text = said[0]?.inside, !text.isEmpty {
                    pieces.append(.text(text))
                } else if let text = said[1]?.inside, !text.isEmpty {
                    pieces.append(.refusal(text))
                }
            }
        case "reasoning":
            for name in ["summary", "content"] as [StaticString] {
                for part in item[name]?.elements ?? item.elements {
                    guard let text = part.value["text"]?.inside, !text.isEmpty else { continue }
                    pieces.append(.thinking(text, signature: nil))
                }
            }
        case "function_call":
            guard let name = item["name"]?.inside else { return }
            let arguments = item["arguments"]?.inside ?? Array("{}".utf8)[...]
            let id = item["call_id"]?.inside ?? []
            pieces.append(.call(id: id, name: name, arguments: .text(arguments), signature: nil))
        // What the provider's own tools did is no part of the answer.
        default: break
        }
    }
}

extension Finish {
    /// How a response ended, by its status.
    init(response: JSONItem) {
        switch response["incomplete_details"]?["reason"]?.string {
        case "max_output_tokens"?: self = .length
        case "content_filter"?: self = .refusal
        default: self = .end
        }
    }
}
