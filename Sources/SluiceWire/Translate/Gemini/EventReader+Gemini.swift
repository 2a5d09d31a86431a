// SPDX-License-Identifier: Apache-2.0
import SluiceCore

// Members are looked for in one walk over each object: an event is small, and there is one for every piece.
extension EventReader {
    /// Reads an event, which is an answer as far as it goes; where its one text stands, if it holds nothing else.
    mutating func read(gemini event: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        var candidates, feedback, counts, id, model, error: JSONItem?
        for member in event.members {
            if member.isNamed("candidates") {
                candidates = member.value
            } else if member.isNamed("usageMetadata") {
                counts = member.value
            } else if member.isNamed("responseId") {
                id = member.value
            } else if member.isNamed("modelVersion") {
                model = member.value
            } else if member.isNamed("promptFeedback") {
                feedback = member.value
            } else if member.isNamed("error"), !member.value.isNull {
                error = member.value
            }
        }
        guard error == nil else {
            writer.fail(event, status: nil)
            return nil
        }
        writer.begin(id: id?.inside, model: model?.inside)
        var text: (kind: Text, range: Range<Int>)?
        var each = candidates?.elements
        if let candidate = each?.next()?.value {
            text = read(candidate: candidate, to: &writer)
        } else if feedback?["blockReason"]?.kind == .string {
            writer.finish = .refusal
        }
        // Events of the same form count the same, so that one which is known by its form says nothing new.
        if let counts, let usage = TranslatedUsage.gemini(counts) { writer.usage = usage }
        return text
    }

    private mutating func read(
        candidate: JSONItem,
        to writer: inout EventWriter
    ) -> (kind: Text, range: Range<Int>)? {
        var text: (kind: Text, range: Range<Int>)?
        var content, reason, logprobs: JSONItem?
        for member in candidate.members {
            if member.isNamed("content") {
                content = member.value
            } else if member.isNamed("finishReason") {
                reason = member.value
            } else if member.isNamed("logprobsResult") {
                logprobs = member.value
            }
        }
        let start = writer.out.count
        var count = 0
        if let parts = content?["parts"] {
            for part in parts.elements {
                let piece = read(part: part.value, to: &writer)
                count += 1
                text = count == 1 ? piece : nil
            }
        }
        if let logprobs, logprobs.kind == .object {
            writer.tell(TokenProbability.gemini(logprobs), since: start)
            text = nil
        }
        if let reason = reason?.inside, !reason.elementsEqual(Gemini.noReason.utf8) {
            writer.finish = Finish(gemini: Array(reason).span)
            text = nil
        }
        return text
    }

    private mutating func read(part: JSONItem, to writer: inout EventWriter) -> (kind: Text, range: Range<Int>)? {
        var call, said, signature: JSONItem?
        var isThought = false
        for member in part.members {
            if member.isNamed("text") {
                said = member.value
            } else if member.isNamed("functionCall") {
                call = member.value
            } else if member.isNamed("thought") {
                isThought = member.value.isTrue
            } else if member.isNamed("thoughtSignature") {
                signature = member.value
            }
        }
        if let call, let name = call["name"]?.inside {
            read(call: call, name, signature: signature?.inside ?? [], to: &writer)
            return nil
        }
        guard let text = said?.inside, !text.isEmpty else { return nil }
        let kind: Text = isThought ? .thinking : .text
        writer.take(text, as: kind, slot)
        return (kind, text.indices)
    }

    private mutating func read(
        call: JSONItem,
        _ name: ArraySlice<UInt8>,
        signature: ArraySlice<UInt8>,
        to writer: inout EventWriter
    ) {
        guard calls.count < EventReader.mostCalls else { return }
        slot = calls.count
        let id = call.said(item: "id")?.inside.map { Array($0) } ?? Array("call_\(slot)_".utf8) + writer.name
        calls.append((Int64(slot), id))
        writer.call(slot, id: id, name: Array(name), signature: Array(signature))
        if let arguments = call["args"], arguments.kind == .object, arguments.raw.count > 2 {
            var bytes: [UInt8] = []
            bytes.appendEscaped(arguments.raw)
            writer.take(bytes[...], as: .arguments, slot)
        }
        writer.endBlock()
    }
}

extension Gemini {
    /// Until the end is reached some servers say that there is no reason yet.
    static let noReason = "FINISH_REASON_UNSPECIFIED"
}
