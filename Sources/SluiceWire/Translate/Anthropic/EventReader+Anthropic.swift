// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension EventReader {
    /// Reads an event; where its one text stands, if it holds nothing else.
    mutating func read(anthropic event: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        let members = event.pick(["type", "delta", "content_block", "message", "usage"])
        guard let type = members[0]?.word else { return nil }
        switch type.count {
        case 19 where type.isWritten("content_block_delta"):
            return members[1].flatMap { read(blockDelta: $0, to: &writer) }
        case 19 where type.isWritten("content_block_start"):
            if let block = members[2] { begin(block, to: &writer) }
        case 18 where type.isWritten("content_block_stop"):
            writer.endBlock()
            block = .other
        case 13 where type.isWritten("message_start"):
            guard let message = members[3]?.pick(["id", "model", "usage"]) else { return nil }
            writer.begin(id: message[0]?.inside, model: message[1]?.inside)
            if let usage = message[2] { take(usage, to: &writer) }
        case 13 where type.isWritten("message_delta"):
            if let delta = members[1]?.pick(["stop_reason", "stop_sequence"]), let reason = delta[0]?.inside {
                writer.finish = Finish(anthropic: Array(reason).span)
                writer.stop = delta[1]?.inside.map { Array($0) }
            }
            if let usage = members[4] { take(usage, to: &writer) }
        case 4 where type.isWritten("ping"): writer.keepAlive()
        case 5 where type.isWritten("error"): writer.fail(event, status: nil)
        default: break
        }
        return nil
    }

    private mutating func take(_ usage: JSONItem, to writer: inout EventWriter) {
        counts.take(usage)
        writer.usage = counts.usage
    }

    private mutating func begin(_ start: JSONItem, to writer: inout EventWriter) {
        let type = start["type"]?.word
        switch type?.count {
        case 4 where type?.isWritten("text") == true:
            block = .text
            if let text = start["text"]?.inside { writer.take(text, as: .text, slot) }
        case 8 where type?.isWritten("thinking") == true:
            block = .thinking
            if let text = start["thinking"]?.inside { writer.take(text, as: .thinking, slot) }
            if let signature = start["signature"]?.inside { writer.sign(signature) }
        case 17 where type?.isWritten("redacted_thinking") == true:
            block = .other
            if let data = start["data"]?.inside { writer.redacted(data) }
        case 8 where type?.isWritten("tool_use") == true:
            guard calls.count < EventReader.mostCalls, let name = start["name"]?.inside else {
                block = .other
                return
            }
            block = .call
            slot = calls.count
            calls.append((Int64(slot), Array(start["id"]?.inside ?? [])))
            writer.call(slot, id: calls[slot].id, name: Array(name))
            // Some providers tell the whole input at once.
            if let input = start["input"], input.kind == .object, input.raw.count > 2 {
                var bytes: [UInt8] = []
                bytes.appendEscaped(input.raw)
                writer.take(bytes[...], as: .arguments, slot)
            }
        default: block = .other
        }
    }

    private func read(blockDelta delta: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        let kind: Text
        let inside: ArraySlice<UInt8>?
        let members = delta.pick(["type", "text", "thinking", "partial_json", "signature"])
        guard let type = members[0]?.word else { return nil }
        switch type.count {
        case 10 where type.isWritten("text_delta"):
            kind = .text
            inside = members[1]?.inside
        case 14 where type.isWritten("thinking_delta"):
            kind = .thinking
            inside = members[2]?.inside
        case 16 where type.isWritten("input_json_delta"):
            guard block == .call else { return nil }
            kind = .arguments
            inside = members[3]?.inside
        case 15 where type.isWritten("signature_delta"):
            if let signature = members[4]?.inside { writer.sign(signature) }
            return nil
        default: return nil
        }
        guard let inside, !inside.isEmpty else { return nil }
        writer.take(inside, as: kind, slot)
        return (kind, inside.indices)
    }
}
