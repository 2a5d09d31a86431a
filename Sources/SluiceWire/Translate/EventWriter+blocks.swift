// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// Blocks that follow each other without gaps, one open at a time, as all dialects but OpenAI's chat have them: a text, a
// thought, a call. What their beginning, pieces and end look like is the dialect's.
extension EventWriter {
    @inline(__always)
    mutating func takeInBlock(_ bytes: RawSpan, _ range: Range<Int>, as kind: EventReader.Text, _ slot: Int) {
        switch kind {
        case .text: if block != .text { open(.text) }
        case .thinking: if block != .thinking { open(.thinking) }
        case .arguments:
            takeArguments(bytes, range, slot)
            return
        }
        writePiece(kind, bytes, range)
    }

    @inline(__always)
    private mutating func writePiece(_ kind: EventReader.Text, _ bytes: RawSpan, _ range: Range<Int>) {
        switch caller {
        case .openai, .converse: break
        case .anthropic: pieceAnthropic(kind, bytes, range)
        case .gemini: pieceGemini(kind, bytes, range)
        case .responses: pieceResponse(kind, bytes, range)
        }
    }

    private mutating func open(_ kind: Block) {
        closeBlock()
        begin(kind)
    }

    mutating func begin(_ kind: Block) {
        block = kind
        blockCount += 1
        switch caller {
        case .openai, .converse: break
        case .anthropic: beginBlockAnthropic(kind)
        case .gemini: beginBlockGemini(kind)
        case .responses: beginBlockResponse(kind)
        }
    }

    /// Closes the open block, and writes the calls that wait for it.
    mutating func closeBlock() {
        closeOpenBlock()
        while !waiting.isEmpty {
            openCall(waiting.removeFirst())
            closeOpenBlock()
        }
    }

    mutating func closeOpenBlock() {
        guard let open = block else { return }
        switch caller {
        case .openai, .converse: break
        case .anthropic: endBlockAnthropic(open)
        case .gemini: endBlockGemini(open)
        case .responses: endBlockResponse(open)
        }
        signature = []
        thoughtIsKept = true
        blockCall = nil
        block = nil
    }

    /// The number of the open block.
    @inline(__always)
    mutating func writeIndex() {
        let index = blockCount - 1
        if index < 10 { out.append(.digitZero + UInt8(truncatingIfNeeded: index)) } else { out += String(index).utf8 }
    }

    // MARK: calls

    /// A call begins; while the one before is in the middle of its arguments, it waits.
    mutating func callInBlock(_ call: WaitingCall) {
        if case .call = block, !balance.isWhole || !waiting.isEmpty { return waiting.append(call) }
        closeBlock()
        openCall(call)
    }

    private mutating func openCall(_ call: WaitingCall) {
        balance = JSONBalance()
        blockCall = call
        begin(.call(call.slot))
        let bytes = call.arguments
        guard !bytes.isEmpty else { return }
        // Safe because: bytes have no padding.
        unsafe takeArguments(bytes.span.bytes, 0..<bytes.count, call.slot)
    }

    private mutating func takeArguments(_ bytes: RawSpan, _ range: Range<Int>, _ slot: Int) {
        guard block != .call(slot) else {
            writePiece(.arguments, bytes, range)
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

    /// Keeps what is to be said again.
    @inline(__always)
    mutating func keep(_ bytes: RawSpan, _ range: Range<Int>) {
        blockText.append(contentsOf: bytes, in: range)
        if blockText.count + blocksText.count > EventWriter.longestKept {
            fail("The provider's answer is too long to be said again at its end.")
        }
    }

    /// How the answer ended, by what was said and what there was.
    var ending: Finish {
        guard let finish, finish != .end else { return hasRefused ? .refusal : hasCalls ? .calls : .end }
        return finish
    }
}
