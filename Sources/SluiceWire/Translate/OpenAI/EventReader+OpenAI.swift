// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension EventReader {
    /// Reads a chunk; where its one text stands, if it holds nothing else.
    mutating func read(openAI chunk: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        let members = chunk.pick(["choices", "id", "model", "usage", "error"])
        if let error = members[4], !error.isNull {
            writer.fail(chunk, status: error["code"]?.int.map { Int(clamping: $0) })
            return nil
        }
        var text: (kind: Text, range: Range<Int>)?
        if let choice = members[0].flatMap({ first(of: $0) }) {
            writer.begin(id: members[1]?.inside, model: members[2]?.inside)
            let said = choice.pick(["delta", "error", "finish_reason", "stop_reason", "logprobs"])
            let start = writer.out.count
            if let delta = said[0] { text = read(delta: delta, to: &writer) }
            if let logprobs = said[4], logprobs.kind == .object {
                writer.tell(TokenProbability.openAI(logprobs), since: start)
                text = nil
            }
            if let error = said[1], error.kind == .object {
                writer.fail(choice, status: error["code"]?.int.map { Int(clamping: $0) })
            } else if said[2]?.isWritten("\"error\"") == true {
                writer.fail("The provider ended its answer with an error.")
            }
            if let reason = said[2]?.inside {
                writer.finish = Finish(openAI: Array(reason).span)
                if writer.finish == .end, let word = said[3]?.inside {
                    writer.finish = .stopSequence
                    writer.stop = Array(word)
                }
                text = nil
            }
        }
        if let counts = members[3], !counts.isNull, let usage = TranslatedUsage.openAI(counts) {
            writer.usage = usage
            text = nil
        }
        return text
    }

    /// The first choice, of which there is one in what is translated.
    private func first(of list: JSONItem) -> JSONItem? {
        var choices = list.elements
        while let choice = choices.next()?.value { if choice["index"]?.int ?? 0 == 0 { return choice } }
        return nil
    }

    private mutating func read(delta: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        var texts = 0
        var text: (kind: Text, range: Range<Int>)?
        var hasThought = false
        for member in delta.members {
            let value = member.value
            if member.isNamed("content") {
                guard let inside = value.inside, !inside.isEmpty else { continue }
                writer.take(inside, as: .text, slot)
                text = (.text, inside.indices)
                texts += 1
            } else if member.isNamed("reasoning_content") || member.isNamed("reasoning") {
                // The same reasoning may stand under two names.
                guard let inside = value.inside, !inside.isEmpty, !hasThought else { continue }
                hasThought = true
                writer.take(inside, as: .thinking, slot)
                text = (.thinking, inside.indices)
                texts += 1
            } else if member.isNamed("refusal") {
                guard let inside = value.inside, !inside.isEmpty else { continue }
                writer.take(inside, as: .text, slot)
                writer.hasRefused = true
                texts += 1
            } else if member.isNamed("thinking_blocks") {
                texts += 1
                for block in value.elements { read(thinking: block.value, to: &writer) }
            } else if member.isNamed("tool_calls") {
                var count = 0
                for call in value.elements {
                    let piece = read(call: call.value, to: &writer)
                    count += 1
                    text = count == 1 ? piece : nil
                }
                texts += max(count, 1)
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
