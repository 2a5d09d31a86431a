// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension EventReader {
    /// Reads an event; where its one text stands, if it holds nothing else.
    mutating func read(anthropic event: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        switch event["type"]?.string {
        case "content_block_delta": return event["delta"].flatMap { read(blockDelta: $0, to: &writer) }
        case "content_block_start": if let block = event["content_block"] { begin(block, to: &writer) }
        case "content_block_stop":
            writer.endBlock()
            block = .other
        case "message_start":
            guard let message = event["message"] else { return nil }
            writer.begin(id: message["id"]?.inside, model: message["model"]?.inside)
            if let usage = message["usage"] { take(usage, to: &writer) }
        case "message_delta":
            if let reason = event["delta"]?["stop_reason"]?.inside {
                writer.finish = Finish(anthropic: Array(reason).span)
                writer.stop = event["delta"]?["stop_sequence"]?.inside.map { Array($0) }
            }
            if let usage = event["usage"] { take(usage, to: &writer) }
        case "ping": writer.keepAlive()
        case "error": writer.fail(event, status: nil)
        default: break
        }
        return nil
    }

    private mutating func take(_ usage: JSONItem, to writer: inout EventWriter) {
        counts.take(usage)
        writer.usage = counts.usage
    }

    private mutating func begin(_ start: JSONItem, to writer: inout EventWriter) {
        switch start["type"]?.string {
        case "text":
            block = .text
            if let text = start["text"]?.inside { writer.take(text, as: .text, slot) }
        case "thinking":
            block = .thinking
            if let text = start["thinking"]?.inside { writer.take(text, as: .thinking, slot) }
            if let signature = start["signature"]?.inside { writer.sign(signature) }
        case "redacted_thinking":
            block = .other
            if let data = start["data"]?.inside { writer.redacted(data) }
        case "tool_use":
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
        switch delta["type"]?.string {
        case "text_delta":
            kind = .text
            inside = delta["text"]?.inside
        case "thinking_delta":
            kind = .thinking
            inside = delta["thinking"]?.inside
        case "input_json_delta":
            guard block == .call else { return nil }
            kind = .arguments
            inside = delta["partial_json"]?.inside
        case "signature_delta":
            if let signature = delta["signature"]?.inside { writer.sign(signature) }
            return nil
        default: return nil
        }
        guard let inside, !inside.isEmpty else { return nil }
        writer.take(inside, as: kind, slot)
        return (kind, inside.indices)
    }
}
