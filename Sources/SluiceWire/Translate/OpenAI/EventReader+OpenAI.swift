// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension EventReader {
    /// Reads a chunk; where its one text stands, if it holds nothing else.
    mutating func read(openAI chunk: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        if let error = chunk.said(item: "error") {
            writer.fail(chunk, status: error["code"]?.int.map { Int(clamping: $0) })
            return nil
        }
        var text: (kind: Text, range: Range<Int>)?
        if let choice = first(of: chunk) {
            writer.begin(id: chunk["id"]?.inside, model: chunk["model"]?.inside)
            if let delta = choice["delta"] { text = read(delta: delta, to: &writer) }
            if let error = choice["error"], error.kind == .object {
                writer.fail(choice, status: error["code"]?.int.map { Int(clamping: $0) })
            } else if choice["finish_reason"]?.isWritten("\"error\"") == true {
                writer.fail("The provider ended its answer with an error.")
            }
            if let reason = choice["finish_reason"]?.inside {
                writer.finish = Finish(openAI: Array(reason).span)
                if writer.finish == .end, let word = choice["stop_reason"]?.inside {
                    writer.finish = .stopSequence
                    writer.stop = Array(word)
                }
                text = nil
            }
        }
        if let counts = chunk.said(item: "usage"), let usage = TranslatedUsage.openAI(counts) {
            writer.usage = usage
            text = nil
        }
        return text
    }

    /// The first choice, of which there is one in what is translated.
    private func first(of chunk: JSONItem) -> JSONItem? {
        var choices = chunk["choices"]?.elements
        while let choice = choices?.next()?.value { if choice["index"]?.int ?? 0 == 0 { return choice } }
        return nil
    }

    private mutating func read(delta: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        var texts = 0
        var text: (kind: Text, range: Range<Int>)?
        var hasThought = false
        for member in delta.members {
            let value = member.value
            switch member.name {
            case "reasoning_content", "reasoning":
                // The same reasoning may stand under two names.
                guard let inside = value.inside, !inside.isEmpty, !hasThought else { continue }
                hasThought = true
                writer.take(inside, as: .thinking, slot)
                text = (.thinking, inside.indices)
                texts += 1
            case "content":
                guard let inside = value.inside, !inside.isEmpty else { continue }
                writer.take(inside, as: .text, slot)
                text = (.text, inside.indices)
                texts += 1
            case "refusal":
                guard let inside = value.inside, !inside.isEmpty else { continue }
                writer.take(inside, as: .text, slot)
                writer.hasRefused = true
                texts += 1
            case "thinking_blocks":
                texts += 1
                for block in value.elements { read(thinking: block.value, to: &writer) }
            case "tool_calls":
                var count = 0
                for call in value.elements {
                    let piece = read(call: call.value, to: &writer)
                    count += 1
                    text = count == 1 ? piece : nil
                }
                texts += max(count, 1)
            default: break
            }
        }
        return texts == 1 ? text : nil
    }

    /// Blocks of thinking, whose text came as reasoning before.
    private func read(thinking block: JSONItem, to writer: inout EventWriter) {
        switch Conversation.Piece(thinking: block) {
        case .thinking(_, let signature?) where !signature.isEmpty:
            writer.sign(signature)
            writer.endBlock()
        case .redacted(let data): writer.redacted(data)
        default: break
        }
    }

    private mutating func read(call: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        let id = call["id"]?.inside.flatMap { $0.isEmpty ? nil : Array($0) }
        let function = call["function"]
        let number = call["index"]?.int ?? calls.last?.number ?? 0
        var isNew = false
        if let known = calls.lastIndex(where: { $0.number == number }), id == nil || calls[known].id == id {
            slot = known
        } else {
            guard calls.count < EventReader.mostCalls else { return nil }
            slot = calls.count
            isNew = true
            calls.append((number, id ?? Array("call_\(calls.count)".utf8)))
            writer.call(slot, id: calls[slot].id, name: Array(function?["name"]?.inside ?? []))
        }
        guard let arguments = function?["arguments"] else { return nil }
        if arguments.kind == .object {
            var bytes: [UInt8] = []
            bytes.appendEscaped(arguments.raw)
            writer.take(bytes[...], as: .arguments, slot)
            return nil
        }
        guard let inside = arguments.inside, !inside.isEmpty else { return nil }
        writer.take(inside, as: .arguments, slot)
        return isNew || id != nil ? nil : (.arguments, inside.indices)
    }
}
