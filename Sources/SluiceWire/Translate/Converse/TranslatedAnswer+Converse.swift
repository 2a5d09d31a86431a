// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

extension TranslatedAnswer {
    /// Reads an answer of Bedrock's Converse; `nil` where it has no content.
    init?(converse answer: JSONItem) {
        guard let content = answer["output"]?["message"]?["content"], content.kind == .array else { return nil }
        for block in content.elements { read(converse: block.value) }
        if let reason = answer["stopReason"]?.inside { finish = Finish(converse: reason.span) }
        if let counts = answer["usage"] { usage = TranslatedUsage.converse(counts) }
    }

    private mutating func read(converse block: JSONItem) {
        let members = block.pick(["text", "toolUse", "reasoningContent", "citationsContent"])
        if let text = members[0]?.inside {
            if !text.isEmpty { pieces.append(.text(text)) }
        } else if let use = members[1], use["type"]?.kind != .string, let name = use["name"]?.inside {
            let input = use.said("input") ?? Array("{}".utf8)[...]
            let id = use["toolUseId"]?.inside ?? []
            pieces.append(.call(id: id, name: name, arguments: .object(input), signature: nil))
        } else if let thought = members[2] {
            if let data = thought["redactedContent"]?.inside {
                pieces.append(.redacted(data))
            } else if let told = thought["reasoningText"], let text = told["text"]?.inside, !text.isEmpty {
                pieces.append(.thinking(text, signature: told["signature"]?.inside))
            }
        } else if let cited = members[3]?["content"] {
            // The text that the citations are of.
            for part in cited.elements {
                if let text = part.value["text"]?.inside, !text.isEmpty { pieces.append(.text(text)) }
            }
        }
    }
}

extension Finish {
    init(converse reason: Span<UInt8>) {
        self =
            if reason.equals("guardrail_intervened") || reason.equals("content_filtered") {
                .refusal
            } else {
                Finish(anthropic: reason)
            }
    }
}

extension TranslatedUsage {
    /// Reads Bedrock's object; `nil` where it holds no count.
    static func converse(_ counts: JSONItem) -> Usage? {
        guard counts.kind == .object else { return nil }
        var cursor = JSONCursor(at: counts.range.lowerBound)
        // Safe because: bytes have no padding.
        return unsafe (try? UsageReading(counts.text.span.bytes, &cursor, depth: 0, .converse))?.usage
    }
}
