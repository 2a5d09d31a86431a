// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

// Events of Gemini's dialect: each is an answer as far as it goes. Calls stand there whole.
extension EventWriter {
    mutating func beginGemini() {
        front = Array("data: {\"candidates\":[{\"content\":{\"parts\":[".utf8)
        back = Array("],\"role\":\"model\"},\"index\":0}],\"modelVersion\":\"".utf8)
        back += model
        back.append("\",\"responseId\":\"")
        back += name
        back.append("\"}\n\n")
    }

    mutating func beginBlockGemini(_ kind: Block) { blockText = [] }

    @inline(__always)
    mutating func pieceGemini(_ kind: EventReader.Text, _ bytes: RawSpan, _ range: Range<Int>) {
        switch kind {
        case .text: text(bytes, range, "\"}")
        case .thinking: text(bytes, range, "\",\"thought\":true}")
        case .arguments: keep(bytes, range)
        }
    }

    @inline(__always)
    private mutating func text(_ bytes: RawSpan, _ range: Range<Int>, _ after: StaticString) {
        out += front
        out.append("{\"text\":\"")
        out.append(contentsOf: bytes, in: range)
        out.append(after)
        out += back
    }

    /// A piece that says nothing.
    mutating func emptyGemini() {
        out += front
        out.append("{\"text\":\"\"}")
        out += back
    }

    mutating func endBlockGemini(_ kind: Block) {
        guard !hasFailed else { return }
        switch kind {
        case .text: break
        case .thinking:
            guard !signature.isEmpty, thoughtIsKept else { return }
            out += front
            out.append("{\"text\":\"\",\"thought\":true,\"thoughtSignature\":\"")
            out += signature
            out.append("\"}")
            out += back
        case .call:
            var json = JSONWriter(reserving: blockText.count + 128)
            GeminiPart.writeCall(
                id: blockCall?.id[...] ?? [],
                name: blockCall?.name[...] ?? [],
                Conversation.Arguments.text(blockText[...]).object,
                to: &json
            )
            out += front
            out += json.bytes
            out += back
            blockText = []
        }
    }

    // MARK: the end

    mutating func endGemini() {
        closeBlock()
        guard !hasFailed else { return }
        out.append(#"data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":""#)
        out.append(ending.gemini)
        out.append(#"","index":0}]"#)
        if let usage {
            out.append(",\"usageMetadata\":")
            var json = JSONWriter(reserving: 128)
            usage.writeGemini(to: &json)
            out += json.bytes
        }
        out.append(",\"modelVersion\":\"")
        out += model
        out.append("\",\"responseId\":\"")
        out += name
        out.append("\"}\n\n")
    }
}
