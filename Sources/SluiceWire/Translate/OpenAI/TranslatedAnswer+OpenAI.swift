// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

extension TranslatedAnswer {
    /// Reads an answer of OpenAI's dialect; `nil` where it has no choice.
    init?(openai answer: JSONItem) {
        var choices = answer["choices"]?.elements
        guard let choice = choices?.next()?.value, let message = choice["message"] else { return nil }
        id = answer.said("id")
        model = answer.said("model")
        tier = answer.said("service_tier")
        read(message)
        if let reason = choice["finish_reason"]?.inside { finish = Finish(openAI: reason.span) }
        if finish == .end, let word = choice["stop_reason"], word.kind == .string {
            finish = .stopSequence
            stop = word.raw
        }
        let hasCalls = pieces.contains { if case .call = $0 { true } else { false } }
        if finish == .end, hasCalls { finish = .calls }
        if let refusal = message["refusal"]?.inside, !refusal.isEmpty, finish == .end { finish = .refusal }
        if let logprobs = choice["logprobs"] { probabilities = TokenProbability.openAI(logprobs) }
        if let counts = answer["usage"] { usage = TranslatedUsage.openAI(counts) }
    }

    private mutating func read(_ message: JSONItem) {
        if let blocks = message["thinking_blocks"], blocks.kind == .array {
            for block in blocks.elements {
                if let piece = Conversation.Piece(thinking: block.value) { pieces.append(piece) }
            }
        } else if let text = (message.said(item: "reasoning_content") ?? message["reasoning"])?.inside, !text.isEmpty {
            pieces.append(.thinking(text, signature: nil))
        }
        if let content = message["content"] {
            if let text = content.inside, !text.isEmpty { pieces.append(.text(text)) }
            for part in content.elements {
                guard let text = part.value["text"]?.inside, !text.isEmpty else { continue }
                pieces.append(.text(text))
            }
        }
        if let refusal = message["refusal"]?.inside, !refusal.isEmpty { pieces.append(.refusal(refusal)) }
        guard let calls = message["tool_calls"] else { return }
        for call in calls.elements {
            guard let function = call.value["function"], let name = function["name"]?.inside else { continue }
            let arguments: Conversation.Arguments =
                if let text = function["arguments"]?.inside {
                    .text(text)
                } else {
                    .object(function.said("arguments") ?? Array("{}".utf8)[...])
                }
            pieces.append(
                .call(id: call.value["id"]?.inside ?? [], name: name, arguments: arguments, signature: nil)
            )
        }
    }

    /// Writes it in OpenAI's dialect.
    func openAI(_ context: Translation.Context) -> [UInt8] {
        var out = JSONWriter(reserving: 512)
        out.beginObject()
        out.name("id")
        if let id { out.raw(id) } else { out.string(context.id) }
        out.member("object", "chat.completion")
        out.member("created", context.created)
        if let model { out.member("model", raw: model) }
        out.name("choices")
        out.beginArray()
        out.beginObject()
        out.member("index", word: "0")
        out.name("message")
        writeMessage(to: &out)
        out.name("logprobs")
        if probabilities.isEmpty { out.word("null") } else { probabilities.writeOpenAI(to: &out) }
        out.name("finish_reason")
        out.string(finish.openAI.description)
        out.endObject()
        out.endArray()
        if let usage {
            out.name("usage")
            usage.writeOpenAI(to: &out)
        }
        if let tier {
            out.member(
                "service_tier",
                raw: tier.elementsEqual(#""standard""#.utf8) ? Array(#""default""#.utf8)[...] : tier
            )
        }
        out.endObject()
        return out.bytes
    }

    private func writeMessage(to out: inout JSONWriter) {
        out.beginObject()
        out.member("role", "assistant")
        out.name("content")
        let texts = pieces.compactMap(\.text)
        if texts.isEmpty { out.word("null") } else { out.string(inside: texts.joined()) }
        out.member("refusal", word: "null")
        writeThinking(to: &out)
        var hasCalls = false
        for case .call(let id, let name, let arguments, let signature) in pieces {
            if !hasCalls {
                out.name("tool_calls")
                out.beginArray()
                hasCalls = true
            }
            out.beginObject()
            out.name("id")
            out.string(inside: id)
            out.member("type", "function")
            out.name("function")
            out.beginObject()
            out.name("name")
            out.string(inside: name)
            out.name("arguments")
            out.string(inside: arguments.inside)
            out.endObject()
            if let signature {
                out.name("extra_content")
                out.beginObject()
                out.name("google")
                out.beginObject()
                out.name("thought_signature")
                out.string(inside: signature)
                out.endObject()
                out.endObject()
            }
            out.endObject()
        }
        if hasCalls { out.endArray() }
        out.endObject()
    }

    /// The text as other providers show it, and the blocks as they must come back.
    private func writeThinking(to out: inout JSONWriter) {
        let blocks = pieces.filter(\.isThinking)
        guard !blocks.isEmpty else { return }
        let texts = blocks.compactMap { if case .thinking(let text, _) = $0 { text } else { nil } }
        if !texts.isEmpty {
            out.name("reasoning_content")
            out.string(inside: texts.joined())
        }
        out.name("thinking_blocks")
        out.beginArray()
        for block in blocks { block.writeAnthropic(to: &out) }
        out.endArray()
    }
}

extension Conversation.Piece {
    var isThinking: Bool {
        switch self {
        case .thinking, .redacted: true
        default: false
        }
    }
}
