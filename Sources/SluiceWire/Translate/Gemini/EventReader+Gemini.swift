// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension EventReader {
    /// Reads an event, which is an answer as far as it goes; where its one text stands, if it holds nothing else.
    mutating func read(gemini event: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        if event.said(item: "error") != nil {
            writer.fail(event, status: nil)
            return nil
        }
        writer.begin(id: event["responseId"]?.inside, model: event["modelVersion"]?.inside)
        var text: (kind: Text, range: Range<Int>)?
        var candidates = event["candidates"]?.elements
        if let candidate = candidates?.next()?.value {
            var count = 0
            if let parts = candidate["content"]?["parts"] {
                for part in parts.elements {
                    let piece = read(part: part.value, to: &writer)
                    count += 1
                    text = count == 1 ? piece : nil
                }
            }
            if let reason = candidate["finishReason"]?.inside, !reason.elementsEqual(Gemini.noReason.utf8) {
                writer.finish = Finish(gemini: Array(reason).span)
                text = nil
            }
        } else if event["promptFeedback"]?["blockReason"]?.kind == .string {
            writer.finish = .refusal
        }
        // Events of the same form count the same, so that one which is known by its form says nothing new.
        if let counts = event["usageMetadata"], let usage = TranslatedUsage.gemini(counts) { writer.usage = usage }
        return text
    }

    private mutating func read(part: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        if let call = part["functionCall"], let name = call["name"]?.inside {
            guard calls.count < EventReader.mostCalls else { return nil }
            slot = calls.count
            let id = call.said(item: "id")?.inside.map { Array($0) } ?? Array("call_\(slot)_".utf8) + writer.name
            calls.append((Int64(slot), id))
            let signature = Array(part["thoughtSignature"]?.inside ?? [])
            writer.call(slot, id: id, name: Array(name), signature: signature)
            if let arguments = call["args"], arguments.kind == .object, arguments.raw.count > 2 {
                var bytes: [UInt8] = []
                bytes.appendEscaped(arguments.raw)
                writer.take(bytes[...], as: .arguments, slot)
            }
            writer.endBlock()
            return nil
        }
        guard let text = part["text"]?.inside, !text.isEmpty else { return nil }
        let kind: Text = part["thought"]?.isTrue == true ? .thinking : .text
        writer.take(text, as: kind, slot)
        return (kind, text.indices)
    }
}

extension Gemini {
    /// Until the end is reached some servers say that there is no reason yet.
    static let noReason = "FINISH_REASON_UNSPECIFIED"
}
