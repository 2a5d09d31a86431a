// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// Events of a message. Blocks follow each other without gaps, one open at a time.
extension EventWriter {
    mutating func beginAnthropic(id: [UInt8], model: ArraySlice<UInt8>) {
        out.append("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"")
        out += id
        out.append(#"","type":"message","role":"assistant","model":""#)
        out += model
        out.append(
            #"","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}}"#
        )
        out.append("\n\n")
    }

    mutating func takeAnthropic(_ bytes: RawSpan, _ range: Range<Int>, as kind: EventReader.Text, _ slot: Int) {
        switch kind {
        case .text:
            if block != .text { open(.text, #"{"type":"text","text":""}"#) }
            delta(#"{"type":"text_delta","text":""#, bytes, range)
        case .thinking:
            if block != .thinking { open(.thinking, #"{"type":"thinking","thinking":"","signature":""}"#) }
            delta(#"{"type":"thinking_delta","thinking":""#, bytes, range)
        case .arguments: takeArguments(bytes, range, slot)
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

    /// The number of the open block.
    @inline(__always)
    private mutating func writeIndex() {
        let index = blockCount - 1
        if index < 10 { out.append(.digitZero + UInt8(truncatingIfNeeded: index)) } else { out += String(index).utf8 }
    }

    // MARK: blocks

    private mutating func open(_ kind: Block, _ start: StaticString) {
        closeBlock()
        begin(block: kind)
        out.append(start)
        out.append("}\n\n")
    }

    /// A block that is there as a whole.
    mutating func block(with json: [UInt8]) {
        closeBlock()
        begin(block: .text)
        out += json
        out.append("}\n\n")
        closeOpenBlock()
    }

    private mutating func begin(block kind: Block) {
        block = kind
        blockCount += 1
        out.append("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":")
        writeIndex()
        out.append(",\"content_block\":")
    }

    /// Closes the open block, and writes the calls that wait for it.
    mutating func closeBlock() {
        closeOpenBlock()
        while !waiting.isEmpty {
            openCall(waiting.removeFirst())
            closeOpenBlock()
        }
    }

    private mutating func closeOpenBlock() {
        guard let open = block else { return }
        if open == .thinking, !signature.isEmpty, thoughtIsKept {
            let bytes = signature
            // Safe because: bytes have no padding.
            unsafe delta(#"{"type":"signature_delta","signature":""#, bytes.span.bytes, 0..<bytes.count)
        }
        signature = []
        thoughtIsKept = true
        block = nil
        out.append("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":")
        writeIndex()
        out.append("}\n\n")
    }

    // MARK: calls

    /// A call begins; while the one before is in the middle of its arguments, it waits.
    mutating func callAnthropic(_ call: WaitingCall) {
        if case .call = block, !balance.isWhole || !waiting.isEmpty { return waiting.append(call) }
        closeBlock()
        openCall(call)
    }

    private mutating func openCall(_ call: WaitingCall) {
        begin(block: .call(call.slot))
        balance = JSONBalance()
        out.append(#"{"type":"tool_use","id":""#)
        out += call.id
        out.append(#"","name":""#)
        out += call.name
        out.append("\",\"input\":{}}}\n\n")
        let bytes = call.arguments
        guard !bytes.isEmpty else { return }
        // Safe because: bytes have no padding.
        unsafe takeArguments(bytes.span.bytes, 0..<bytes.count, call.slot)
    }

    private mutating func takeArguments(_ bytes: RawSpan, _ range: Range<Int>, _ slot: Int) {
        guard block != .call(slot) else {
            delta(#"{"type":"input_json_delta","partial_json":""#, bytes, range)
            balance.take(bytes, range)
            if balance.isWhole, let next = waiting.first {
                waiting.removeFirst()
                closeOpenBlock()
                openCall(next)
            }
            return
        }
        guard let index = waiting.firstIndex(where: { $0.slot == slot }) else { return }
        waiting[index].arguments.append(contentsOf: bytes, in: range)
        if waiting.reduce(0, { $0 + $1.arguments.count }) > EventWriter.longestKept {
            fail("The provider's calls of tools are too long to be put in order.")
        }
    }

    // MARK: the end

    mutating func endAnthropic() {
        closeBlock()
        var reason = finish ?? .end
        if reason == .end { reason = hasRefused ? .refusal : hasCalls ? .calls : .end }
        out.append("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"")
        out.append(reason.anthropic)
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
