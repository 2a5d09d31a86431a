// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// Events of a message.
extension EventWriter {
    mutating func beginAnthropic(id: [UInt8], model: [UInt8]) {
        out.append("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"")
        out += id
        out.append(#"","type":"message","role":"assistant","model":""#)
        out += model
        out.append(
            #"","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}"#
        )
        out.append("\n\n")
    }

    @inline(__always)
    mutating func pieceAnthropic(_ kind: EventReader.Text, _ bytes: RawSpan, _ range: Range<Int>) {
        switch kind {
        case .text: delta(#"{"type":"text_delta","text":""#, bytes, range)
        case .thinking: delta(#"{"type":"thinking_delta","thinking":""#, bytes, range)
        case .arguments: delta(#"{"type":"input_json_delta","partial_json":""#, bytes, range)
        }
    }

    @inline(__always)
    private mutating func delta(_ before: StaticString, _ bytes: RawSpan, _ range: Range<Int>) {
        out.append("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
        writeIndex()
        out.append(",\"delta\":")
        out.append(before)
        out.append(contentsOf: bytes, in: range)
        out.append("\"}}\n\n")
    }

    // MARK: blocks

    mutating func beginBlockAnthropic(_ kind: Block) {
        startBlock()
        switch kind {
        case .text: out.append(#"{"type":"text","text":""}"#)
        case .thinking: out.append(#"{"type":"thinking","thinking":"","signature":""}"#)
        case .call:
            out.append(#"{"type":"tool_use","id":""#)
            out += blockCall?.id ?? []
            out.append(#"","name":""#)
            out += blockCall?.name ?? []
            out.append("\",\"input\":{}}")
        }
        out.append("}\n\n")
    }

    private mutating func startBlock() {
        out.append("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":")
        writeIndex()
        out.append(",\"content_block\":")
    }

    /// A block that is there as a whole.
    mutating func block(with json: [UInt8]) {
        closeBlock()
        blockCount += 1
        startBlock()
        out += json
        out.append("}\n\n")
        stopBlock()
    }

    mutating func endBlockAnthropic(_ kind: Block) {
        if kind == .thinking, !signature.isEmpty, thoughtIsKept {
            let bytes = signature
            // Safe because: bytes have no padding.
            unsafe delta(#"{"type":"signature_delta","signature":""#, bytes.span.bytes, 0..<bytes.count)
        }
        stopBlock()
    }

    private mutating func stopBlock() {
        out.append("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":")
        writeIndex()
        out.append("}\n\n")
    }

    // MARK: the end

    mutating func endAnthropic() {
        closeBlock()
        out.append("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"")
        out.append(ending.anthropic)
        out.append("\",\"stop_sequence\":")
        if let stop {
            out.append(.quote)
            out += stop
            out.append(.quote)
        } else {
            out.append("null")
        }
        out.append("},\"usage\":")
        var json = JSONWriter(reserving: 128)
        (usage ?? Usage()).writeAnthropic(to: &json)
        out += json.bytes
        out.append("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
    }
}
