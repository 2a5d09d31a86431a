// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension EventReader {
    /// Reads an event, which its members name; where its one text stands, if it holds nothing else.
    mutating func read(converse event: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        let members = event.pick(["contentBlockIndex", "delta", "start", "stopReason", "usage", "role", "error"])
        let number = members[0]?.int ?? 0
        if let delta = members[1] { return read(converseDelta: delta, number, to: &writer) }
        if let start = members[2] {
            begin(converse: start, number, to: &writer)
        } else if let reason = members[3]?.inside {
            writer.begin()
            writer.finish = Finish(converse: Array(reason).span)
        } else if let counts = members[4] {
            writer.usage = TranslatedUsage.converse(counts)
        } else if let error = members[6], error.kind == .object {
            writer.fail(event, status: nil)
        } else if members[5] != nil {
            writer.begin()
        } else if members[0] != nil {
            writer.endBlock()
            block = .other
        }
        return nil
    }

    private mutating func begin(converse start: JSONItem, _ number: Int64, to writer: inout EventWriter) {
        // What the provider's own tools are called with is no call of the caller's.
        guard let use = start["toolUse"], use["type"]?.kind != .string, calls.count < EventReader.mostCalls,
            let name = use["name"]?.inside
        else {
            block = .other
            return
        }
        block = .call
        slot = calls.count
        let id = use["toolUseId"]?.inside.map { Array($0) } ?? Array("call_\(slot)".utf8)
        calls.append((number, id))
        writer.call(slot, id: id, name: Array(name))
    }

    private mutating func read(
        converseDelta delta: JSONItem,
        _ number: Int64,
        to writer: inout EventWriter
    ) -> (kind: Text, range: Range<Int>)? {
        let kind: Text
        let inside: ArraySlice<UInt8>?
        let members = delta.pick(["text", "toolUse", "reasoningContent"])
        if let text = members[0] {
            (kind, inside) = (.text, text.inside)
        } else if let use = members[1] {
            guard let known = calls.lastIndex(where: { $0.number == number }) else { return nil }
            slot = known
            (kind, inside) = (.arguments, use["input"]?.inside)
        } else if let thought = members[2] {
            let said = thought.pick(["text", "signature", "redactedContent"])
            if let signature = said[1]?.inside { writer.sign(signature) }
            if let data = said[2]?.inside { writer.redacted(data) }
            (kind, inside) = (.thinking, said[0]?.inside)
        } else {
            return nil
        }
        guard let inside, !inside.isEmpty else { return nil }
        writer.take(inside, as: kind, slot)
        return (kind, inside.indices)
    }
}
