// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// Chunks of a chat completion. All but the deltas is the same in each.
extension EventWriter {
    mutating func beginOpenAI(id: [UInt8], model: [UInt8]) {
        front = Array("data: {\"id\":\"".utf8)
        front += id
        front.append("\",\"object\":\"chat.completion.chunk\",\"created\":")
        front += String(context.created).utf8
        front.append(",\"model\":\"")
        front += model
        front.append("\",\"choices\":[")
        back = Array("},\"logprobs\":null,\"finish_reason\":null}]".utf8)
        if context.asksForUsage { back.append(",\"usage\":null") }
        back.append("}\n\n")
        delta(#""role":"assistant","content":"","refusal":null"#, [], "")
    }

    /// A chunk whose delta is made of three parts.
    @inline(__always)
    mutating func delta(_ before: StaticString, _ inside: [UInt8], _ after: StaticString) {
        // Safe because: bytes have no padding.
        unsafe delta(before, inside.span.bytes, 0..<inside.count, after)
    }

    @inline(__always)
    private mutating func delta(
        _ before: StaticString,
        _ bytes: RawSpan,
        _ range: Range<Int>,
        _ after: StaticString
    ) {
        out += front
        out.append(#"{"index":0,"delta":{"#)
        out.append(before)
        out.append(contentsOf: bytes, in: range)
        out.append(after)
        out += back
    }

    mutating func takeOpenAI(_ bytes: RawSpan, _ range: Range<Int>, as kind: EventReader.Text, _ slot: Int) {
        switch kind {
        case .text: delta(#""content":""#, bytes, range, "\"")
        case .thinking:
            delta(#""reasoning_content":""#, bytes, range, "\"")
            guard thoughtIsKept else { return }
            thinking.append(contentsOf: bytes, in: range)
            if thinking.count > EventWriter.longestKept { thoughtIsKept = false }
        case .arguments:
            hasArguments = true
            arguments(slot, bytes, range)
        }
    }

    private mutating func arguments(_ slot: Int, _ bytes: RawSpan, _ range: Range<Int>) {
        out += front
        out.append(#"{"index":0,"delta":{"tool_calls":[{"index":"#)
        out += String(slot).utf8
        out.append(#","function":{"arguments":""#)
        out.append(contentsOf: bytes, in: range)
        out.append("\"}}]")
        out += back
    }

    mutating func callOpenAI(_ call: WaitingCall) {
        endBlockOpenAI()
        out += front
        out.append(#"{"index":0,"delta":{"tool_calls":[{"index":"#)
        out += String(call.slot).utf8
        out.append(#","id":""#)
        out += call.id
        out.append(#"","type":"function","function":{"name":""#)
        out += call.name
        out.append(#"","arguments":""}"#)
        if !call.signature.isEmpty {
            out.append(#","extra_content":{"google":{"thought_signature":""#)
            out += call.signature
            out.append("\"}}")
        }
        out.append("}]")
        out += back
        block = .call(call.slot)
        hasArguments = false
    }

    mutating func endBlockOpenAI() {
        if case .call(let slot) = block, !hasArguments {
            // A tool without arguments is called with an empty object.
            let none = Array("{}".utf8)
            // Safe because: bytes have no padding.
            unsafe arguments(slot, none.span.bytes, 0..<2)
        }
        block = nil
        guard !signature.isEmpty || !thinking.isEmpty else { return }
        if thoughtIsKept, !signature.isEmpty {
            begin()
            var json = JSONWriter(reserving: thinking.count + signature.count + 64)
            Conversation.Piece.thinking(thinking[...], signature: signature[...]).writeAnthropic(to: &json)
            delta("\"thinking_blocks\":[", json.bytes, "]")
        }
        thinking = []
        signature = []
        thoughtIsKept = true
    }

    mutating func endOpenAI() {
        endBlockOpenAI()
        out += front
        out.append(#"{"index":0,"delta":{},"logprobs":null,"finish_reason":""#)
        out.append(ending.openAI)
        out.append(context.asksForUsage ? "\"}],\"usage\":null}\n\n" : "\"}]}\n\n")
        if context.asksForUsage, let usage {
            var json = JSONWriter(reserving: 256)
            usage.writeOpenAI(to: &json)
            out += front
            out.append("],\"usage\":")
            out += json.bytes
            out.append("}\n\n")
        }
        out.append("data: [DONE]\n\n")
    }
}
