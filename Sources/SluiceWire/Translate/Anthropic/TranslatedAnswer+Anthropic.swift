// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

extension TranslatedAnswer {
    /// Reads an answer of Anthropic's dialect; `nil` where it has no content.
    init?(anthropic answer: JSONItem) {
        guard let content = answer["content"], content.kind == .array else { return nil }
        id = answer.said("id")
        model = answer.said("model")
        for block in content.elements {
            if let piece = Conversation.Piece(answer: block.value) { pieces.append(piece) }
        }
        if let reason = answer["stop_reason"]?.inside { finish = Finish(anthropic: reason.span) }
        stop = answer.said("stop_sequence")
        if let counts = answer["usage"] {
            var reading = AnthropicCounts()
            reading.take(counts)
            usage = reading.usage
            tier = counts.said("service_tier")
        }
    }

    /// Writes it in Anthropic's dialect.
    func anthropic(_ context: Translation.Context) -> [UInt8] {
        var out = JSONWriter(reserving: 512)
        out.beginObject()
        out.name("id")
        if let id { out.raw(id) } else { out.string(context.id) }
        out.member("type", "message")
        out.member("role", "assistant")
        if let model { out.member("model", raw: model) }
        out.name("content")
        out.beginArray()
        for piece in pieces { piece.writeAnthropic(to: &out) }
        out.endArray()
        out.member("stop_reason", finish.anthropic.description)
        out.name("stop_sequence")
        if let stop { out.raw(stop) } else { out.word("null") }
        out.name("usage")
        (usage ?? Usage()).writeAnthropic(to: &out)
        out.endObject()
        return out.bytes
    }
}

extension Conversation.Piece {
    /// A block of an answer; `nil` where it is of a kind that only its own dialect has.
    fileprivate init?(answer block: JSONItem) {
        switch block["type"]?.string {
        case "text":
            guard let text = block["text"]?.inside, !text.isEmpty else { return nil }
            self = .text(text)
        case "tool_use":
            guard let name = block["name"]?.inside else { return nil }
            let input = block.said("input") ?? Array("{}".utf8)[...]
            self = .call(id: block["id"]?.inside ?? [], name: name, arguments: .object(input), signature: nil)
        default: self.init(thinking: block)
        }
    }
}
