// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension EventReader {
    /// Reads an event; where its one text stands, if it holds nothing else.
    mutating func read(responses event: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        let members = event.pick(["type", "delta", "output_index", "item", "response", "arguments"])
        guard let type = members[0]?.string else { return nil }
        switch type {
        case "response.output_text.delta": return take(members[1], as: .text, to: &writer)
        case "response.refusal.delta":
            writer.hasRefused = true
            return take(members[1], as: .text, to: &writer)
        case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
            return take(members[1], as: .thinking, to: &writer)
        case "response.function_call_arguments.delta":
            guard find(members[2], in: calls) else { return nil }
            hasArguments = true
            return take(members[1], as: .arguments, to: &writer)
        case "response.output_item.added": begin(item: members[3], members[2]?.int ?? 0, to: &writer)
        case "response.output_item.done": end(item: members[3], members[2], to: &writer)
        case "response.created", "response.in_progress": begin(response: members[4], to: &writer)
        case "response.completed", "response.incomplete": end(response: members[4], to: &writer)
        case "response.failed", "response.cancelled": writer.fail(members[4] ?? event, status: nil)
        case "error": writer.fail(event, status: nil)
        default: break
        }
        return nil
    }

    private mutating func find(_ number: JSONItem?, in calls: [(number: Int64, id: [UInt8])]) -> Bool {
        guard let number = number?.int, let known = calls.lastIndex(where: { $0.number == number }) else {
            return false
        }
        slot = known
        return true
    }

    private func take(
        _ delta: JSONItem?,
        as kind: Text,
        to writer: inout EventWriter
    ) -> (kind: Text, range: Range<Int>)? {
        guard let inside = delta?.inside, !inside.isEmpty else { return nil }
        writer.take(inside, as: kind, slot)
        return (kind, inside.indices)
    }

    private func begin(response: JSONItem?, to writer: inout EventWriter) {
        writer.begin(id: response?["id"]?.inside, model: response?["model"]?.inside)
    }

    private mutating func begin(item: JSONItem?, _ number: Int64, to writer: inout EventWriter) {
        guard let item, item["type"]?.string == "function_call", calls.count < EventReader.mostCalls,
            let name = item["name"]?.inside
        else { return }
        slot = calls.count
        hasArguments = false
        calls.append((number, Array(item["call_id"]?.inside ?? [])))
        writer.call(slot, id: calls[slot].id, name: Array(name))
    }

    /// An item is whole; of a call whose arguments came in no pieces they stand in it.
    private mutating func end(item: JSONItem?, _ number: JSONItem?, to writer: inout EventWriter) {
        let isCall = item?["type"]?.string == "function_call"
        if isCall, !hasArguments, find(number, in: calls), let arguments = item?["arguments"]?.inside {
            writer.take(arguments, as: .arguments, slot)
        }
        // Calls end where the next one begins, or all of it does: pieces of several may come in turns.
        if !isCall { writer.endBlock() }
    }

    private func end(response: JSONItem?, to writer: inout EventWriter) {
        guard let response else { return }
        begin(response: response, to: &writer)
        writer.finish = Finish(response: response)
        if let counts = response["usage"], let usage = TranslatedUsage.openAI(counts) { writer.usage = usage }
    }
}
