// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceWire
import Testing

@Suite("End of a stream, and what does not belong to it")
struct StreamEndTests {
    private func read(_ text: String, hidesUsage: Bool = true, secrets: SecretBlank? = nil) -> MeterTap {
        let tap = MeterTap(hidesUsage: hidesUsage, secrets: secrets)
        tap.feed([UInt8](text))
        tap.finish()
        return tap
    }

    @Test(
        "a last event without its blank line gets it, in the form of the stream",
        arguments: [
            ("data: \(Chunk.stop)", "data: \(Chunk.stop)\n\n"), ("data: \(Chunk.stop)\n", "data: \(Chunk.stop)\n\n"),
            ("data: \(Chunk.stop)\r\n", "data: \(Chunk.stop)\r\n\r\n"),
            ("data: \(Chunk.stop)\r", "data: \(Chunk.stop)\r\r"),
        ]
    )
    func lastEvent(text: String, expected: String) {
        let tap = read(text)
        #expect(tap.passed.text == expected && tap.fault == nil)
    }

    @Test(
        "[DONE] without its blank line gets it",
        arguments: [
            ("data: [DONE]", "data: [DONE]\n\n"), ("data: [DONE]\n", "data: [DONE]\n\n"),
            ("data: [DONE]\r\n", "data: [DONE]\r\n\r\n"), ("data: [DONE]\r\n\r", "data: [DONE]\r\n\r\n"),
            ("data: [DONE]\r\n\r\n", "data: [DONE]\r\n\r\n"),
        ]
    )
    func done(text: String, expected: String) {
        let end = text.contains("\r") ? "\r\n\r\n" : "\n\n"
        let stream = [UInt8]("data: \(Chunk.stop)\(end)\(text)")
        for cut in 0...stream.count {
            let tap = MeterTap.read(stream, cutAt: cut)
            #expect(tap.terminal.text == expected && tap.fault == nil, "cut at \(cut)")
        }
    }

    @Test("a usage chunk that holds what no chunk before it held goes on")
    func extras() {
        let more = Chunk.usage.dropLast() + #","citations":["https://a.example"]}"#
        let none = Chunk.usage.dropLast() + #","citations":[],"service_tier":"x","time_info":{"a":1}}"#
        #expect(read("data: \(more)\n\n").passed.text == "data: \(more)\n\n")
        #expect(read("data: \(none)\n\n").passed.text.isEmpty)
        #expect(read("data: \(more)\n\n").usage == Chunk.seen)
        // The caller has them already, and libraries do not look for a chunk without choices.
        let cited = Chunk.text.dropLast() + #","citations":["https://a.example"]}"#
        #expect(read("data: \(cited)\n\ndata: \(more)\n\n").passed.text == "data: \(cited)\n\n")
    }

    @Test("secrets are taken out of errors and of what cannot be read, at every cut, and out of nothing else")
    func secrets() {
        let secret = "up-secret-key-0123456789"
        let blank = SecretBlank([secret])
        let text = #"{"choices":[{"index":0,"delta":{"content":"\#(secret)"}}]}"#
        let error = #"{"error":{"message":"bad key \#(secret)","code":401}}"#
        let stream = [UInt8]("data: \(text)\n\ndata: \(error)\n\ndata: bad \(secret)\n\n")
        let shown =
            "data: \(text)\n\ndata: " + #"{"error":{"message":"bad key [redacted]","code":401}}"#
            + "\n\ndata: bad [redacted]\n\n"
        for cut in 0...stream.count {
            let tap = MeterTap(secrets: blank)
            tap.feed(stream[..<cut])
            tap.feed(stream[cut...])
            tap.finish()
            #expect(tap.passed.text == shown, "cut at \(cut)")
        }
        let unended = read("data: \(text)\n\ndata: \(error)", secrets: blank)
        #expect(!unended.passed.text.contains("bad key up-") && unended.passed.text.hasSuffix("\n\n"))
    }

    @Test(
        "an error too long to be held tells no secret either, wherever it is cut",
        arguments: [
            (#"{"error":{"message":"(pad) bad key (key) (rest)"}}"#, 65_536),
            (#"{"message":"(pad) bad key (key) (rest)","error":{}}"#, 65_536),
            (#"no JSON (pad) bad key (key) (rest)"#, 65_536),
            (#"{"error":{"message":"(pad)(key)(rest)"}}"#, 65_536),
            (#"{"error":{"message":"(pad) bad key up-secret****6789 (rest)"}}"#, 65_536),
            (#"{"error":{"message":"(pad) bad key (key) (rest)"}}"#, 1_100_000),
        ]
    )
    func longError(form: String, size: Int) {
        let blank = SecretBlank([StreamEndTests.secret])
        // The meter hands out pieces at 64 KiB, and then as they come: the secret stands on each side of such places.
        for shift in stride(from: 0, through: 60, by: size > 100_000 ? 30 : 12) {
            let pad = String(repeating: "a b ", count: (size - shift) / 4)
            let event =
                form.replacing("(pad)", with: pad + String(repeating: ".", count: shift % 4))
                .replacing("(key)", with: StreamEndTests.secret).replacing("(rest)", with: "c d")
            let tap = MeterTap(secrets: blank)
            for piece in [UInt8]("data: \(event)\n\ndata: \(Chunk.text)\n\n").chunks(of: 13_107) { tap.feed(piece) }
            tap.finish()
            let shown = tap.passed.text
            #expect(!shown.contains("up-secret") && !shown.contains("3456789"), "shifted by \(shift)")
            #expect(shown.contains("[redacted]") && shown.contains(" d"), "shifted by \(shift)")
            #expect(shown.hasSuffix("data: \(Chunk.text)\n\n"))
        }
    }

    @Test(
        "content too long to be held goes on untouched, whatever it holds",
        arguments: [
            (AnswerMetering.openai(.chat), #"data: {"choices":[{"index":0,"delta":{"content":"(text)"}}]}"#),
            (.responses, #"data: {"type":"response.output_text.delta","delta":"(text)"}"#),
            (.anthropic(.chat), #"data: {"type":"content_block_delta","index":0,"delta":{"text":"(text)"}}"#),
        ]
    )
    func longContent(metering: AnswerMetering, form: String) {
        let text = String(repeating: "a b \(StreamEndTests.secret) ", count: 60_000)
        let event = form.replacing("(text)", with: text) + "\n\n"
        let tap = MeterTap(metering, secrets: SecretBlank([StreamEndTests.secret]))
        for piece in [UInt8](event).chunks(of: 13_107) { tap.feed(piece) }
        #expect(tap.passed.text == event)
    }

    private static let secret = "up-secret-key-0123456789"
}

extension [UInt8] {
    fileprivate func chunks(of size: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
