// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// Events of a response: each block is an item of the output, and what was in it is said again at its end and at the end
// of all.
extension EventWriter {
    mutating func beginResponse() {
        event("response.created")
        writeResponse(.inProgress)
        event("response.in_progress")
        writeResponse(.inProgress)
    }

    /// The front of an event, up to where its members follow.
    private mutating func event(_ type: StaticString) {
        out.append("event: ")
        out.append(type)
        out.append("\ndata: {\"type\":\"")
        out.append(type)
        out.append("\",\"sequence_number\":")
        out += String(eventCount).utf8
        eventCount += 1
    }

    private mutating func writeResponse(_ status: ResponseObject.Status) {
        let isOver = status != .inProgress
        let response = ResponseObject(
            id: name[...],
            model: model[...],
            created: context.created,
            status: status,
            output: isOver ? blocksText : [],
            usage: isOver ? usage : nil,
            echo: context.echo
        )
        out.append(",\"response\":")
        var json = JSONWriter(reserving: response.output.count + context.echo.count + 512)
        response.write(to: &json)
        out += json.bytes
        out.append("}\n\n")
    }

    // MARK: items

    mutating func beginBlockResponse(_ kind: Block) {
        blockText = []
        event("response.output_item.added")
        out.append(",\"output_index\":")
        writeIndex()
        out.append(",\"item\":")
        var item = JSONWriter(reserving: 256)
        write(item: kind, "in_progress", isWhole: false, to: &item)
        out += item.bytes
        out.append("}\n\n")
        front = Array(#","item_id":""#.utf8)
        front += itemID(kind)
        front.append("\",\"output_index\":")
        front += String(blockCount - 1).utf8
        switch kind {
        case .text:
            event("response.content_part.added")
            out += front
            out.append(",\"content_index\":0,\"part\":")
            writePart()
            out.append("}\n\n")
            back = Array("\",\"logprobs\":[]}\n\n".utf8)
        case .thinking:
            event("response.reasoning_summary_part.added")
            out += front
            out.append(#","summary_index":0,"part":{"type":"summary_text","text":""}}"#)
            out.append("\n\n")
            back = Array("\"}\n\n".utf8)
        case .call: back = Array("\"}\n\n".utf8)
        }
    }

    @inline(__always)
    mutating func pieceResponse(_ kind: EventReader.Text, _ bytes: RawSpan, _ range: Range<Int>) {
        keep(bytes, range)
        guard !hasFailed else { return }
        switch kind {
        case .text: event("response.output_text.delta")
        case .thinking: event("response.reasoning_summary_text.delta")
        case .arguments: event("response.function_call_arguments.delta")
        }
        out += front
        switch kind {
        case .text: out.append(",\"content_index\":0,\"delta\":\"")
        case .thinking: out.append(",\"summary_index\":0,\"delta\":\"")
        case .arguments: out.append(",\"delta\":\"")
        }
        out.append(contentsOf: bytes, in: range)
        out += back
    }

    mutating func endBlockResponse(_ kind: Block) {
        guard !hasFailed else { return }
        switch kind {
        case .text:
            textDone("response.output_text.done", ",\"content_index\":0,\"text\":\"")
            out.append("\",\"logprobs\":[]}\n\n")
            event("response.content_part.done")
            out += front
            out.append(",\"content_index\":0,\"part\":")
            writePart()
            out.append("}\n\n")
        case .thinking:
            textDone("response.reasoning_summary_text.done", ",\"summary_index\":0,\"text\":\"")
            out.append("\"}\n\n")
            event("response.reasoning_summary_part.done")
            out += front
            out.append(#","summary_index":0,"part":{"type":"summary_text","text":""#)
            out += blockText
            out.append("\"}}\n\n")
        case .call:
            if blockText.isEmpty {
                // A tool without arguments is called with an empty object.
                let none = Array("{}".utf8)
                // Safe because: bytes have no padding.
                unsafe pieceResponse(.arguments, none.span.bytes, 0..<2)
            }
            textDone("response.function_call_arguments.done", ",\"arguments\":\"")
            out.append("\",\"name\":\"")
            out += blockCall?.name ?? []
            out.append("\"}\n\n")
        }
        endItem(kind)
    }

    private mutating func textDone(_ type: StaticString, _ name: StaticString) {
        event(type)
        out += front
        out.append(name)
        out += blockText
    }

    private mutating func endItem(_ kind: Block) {
        var item = JSONWriter(reserving: blockText.count + 256)
        write(item: kind, "completed", isWhole: true, to: &item)
        event("response.output_item.done")
        out.append(",\"output_index\":")
        writeIndex()
        out.append(",\"item\":")
        out += item.bytes
        out.append("}\n\n")
        if !blocksText.isEmpty { blocksText.append(.comma) }
        blocksText += item.bytes
        blockText = []
    }

    private mutating func writePart() {
        var part = JSONWriter(reserving: blockText.count + 64)
        ResponseItem.text(blockText[...]).write(to: &part)
        out += part.bytes
    }

    private func itemID(_ kind: Block) -> [UInt8] {
        switch kind {
        case .text: ResponseItem.id("msg", blockCount - 1, of: name[...])
        case .thinking: ResponseItem.id("rs", blockCount - 1, of: name[...])
        case .call: ResponseItem.id("fc", blockCount - 1, of: name[...])
        }
    }

    private func write(item kind: Block, _ status: StaticString, isWhole: Bool, to item: inout JSONWriter) {
        let id = itemID(kind)
        switch kind {
        case .text:
            ResponseItem.writeMessage(isWhole ? [.text(blockText[...])] : [], id: id, status, to: &item)
        case .thinking: ResponseItem.writeReasoning(isWhole ? blockText[...] : nil, id: id, to: &item)
        case .call:
            let call = (blockCall?.id[...] ?? [], blockCall?.name[...] ?? [], blockText[...])
            ResponseItem.writeCall(call, id: id, status, to: &item)
        }
    }

    // MARK: the end

    mutating func endResponse() {
        closeBlock()
        guard !hasFailed else { return }
        let status = ResponseObject.Status(ending, refusalIsSaid: hasRefused)
        event(status == .completed ? "response.completed" : "response.incomplete")
        writeResponse(status)
    }
}
