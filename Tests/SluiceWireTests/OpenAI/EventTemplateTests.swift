// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

/// A meter recognises chunks by the form of those before them; what it says must be what reading each alone says.
@Suite("Events of one form")
struct EventTemplateTests {
    static let texts = [
        "a", "", " word", #"\n"#, #"a \"quoted\" word"#, #"\u00e9"#, "é", "🙂", #"{\"usage\":{}}"#, "[DONE]",
        String(repeating: "long ", count: 60), #"\\"#, #"\"}}]}"#,
        // Not JSON strings: the whole chunk is none.
        #"a"b"#, "a\u{1}", #"\x"#, #"\"#, #"","role":"user"#, #""},"finish_reason":"stop""#,
    ]

    static func chunk(_ text: String, _ variant: Int) -> String {
        switch variant {
        case 0...5:
            #"{"id":"c","choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":null}]}"#
        case 6:
            #"{"id":"c","choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":null}],"obfuscation":"\#(text.count)"}"#
        case 7: #"{"id":"c","choices":[{"index":1,"delta":{"content":"\#(text)"},"finish_reason":null}]}"#
        case 8: #"{"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":"\#(text)"}}]}"#
        case 9: #"{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"x":"\#(text)"}]}}]}"#
        case 10: #"{"id":"c","choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":"stop"}]}"#
        default: #"{"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":\#(text.utf8.count)}}"#
        }
    }

    static func meter(_ chunks: [String], keepsText: Bool = false) -> MeterTap {
        let tap = MeterTap(hidesUsage: false, keepsText: keepsText)
        for chunk in chunks { tap.feed("data: \(chunk)\n\n".utf8) }
        return tap
    }

    @Test("a stream of chunks in any order counts what the same chunks count one by one", arguments: 0..<40)
    func sums(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let most = seed % 4 == 0 ? 5 : 11
        let chunks = (0..<200).map { _ in
            Self.chunk(
                Self.texts.randomElement(using: &chance) ?? "",
                Int.random(in: 0...most, using: &chance)
            )
        }
        let whole = Self.meter(chunks)
        let alone = chunks.map { Self.meter([$0]) }
        #expect(whole.passed == Array(chunks.map { "data: \($0)\n\n" }.joined().utf8))
        #expect(whole.events == alone.reduce(0) { $0 + $1.events })
        #expect(whole.malformedEvents == alone.reduce(0) { $0 + $1.malformedEvents })
        #expect(whole.contentEvents == alone.reduce(0) { $0 + $1.contentEvents })
        #expect(whole.contentBytes == alone.reduce(0) { $0 + $1.contentBytes })
        #expect(whole.hasContent == alone.contains { $0.hasContent })
        #expect(whole.hasFinish == alone.contains { $0.hasFinish })
        #expect(whole.usage == Self.usage(of: alone))
    }

    /// The usage stated last, with an estimate of what came after it.
    private static func usage(of alone: [MeterTap]) -> Usage? {
        guard let last = alone.lastIndex(where: { $0.usage != nil }), var usage = alone[last].usage else { return nil }
        let since = alone[(last + 1)...]
        let events = since.reduce(0) { $0 + $1.contentEvents }
        if events > 0 {
            usage.output += Int64(max(events, since.reduce(0) { $0 + $1.contentBytes } / 4))
            usage.isEstimated = true
        }
        return usage.output == 0 && alone.contains { $0.hasContent } ? nil : usage
    }

    @Test("the text of a stream is kept as JSON wrote it, whatever form its chunks have")
    func text() {
        let texts = ["", "one ", #"tw\"o"#, "é", #"\n"#, "three"]
        let tap = Self.meter(
            texts.enumerated().map { Self.chunk($0.element, $0.offset % 2 * 6) },
            keepsText: true
        )
        #expect(tap.isPlain && String(decoding: tap.text, as: UTF8.self) == texts.joined())
        let other = Self.meter(texts.map { Self.chunk($0, 0) } + [Self.chunk("x", 9)], keepsText: true)
        #expect(!other.isPlain)
    }

    @Test(
        "what a meter takes as it is counts and goes on as if it were fed, however the stream is cut",
        arguments: 0..<40
    )
    func asItIs(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var events: [String] = []
        for _ in 0..<100 {
            let text = Self.texts.randomElement(using: &chance) ?? ""
            let chunk = Self.chunk(text, Int.random(in: 0...(seed % 2 == 0 ? 5 : 11), using: &chance))
            let event =
                switch Int.random(in: 0..<(seed % 4 < 2 ? 1 : 12), using: &chance) {
                case 8: ": ping\ndata: \(chunk)\n\n"
                case 9: "data: \(chunk)\r\n\r\n"
                case 10: "data: \(chunk)\r\r"
                case 11: "id: \(events.count)\ndata: \(chunk)\n\n"
                default: "data: \(chunk)\n\n"
                }
            events.append(event)
        }
        let stream = Array(events.joined().utf8)
        var fed = StreamMeter(.openai(.chat), hidesUsage: true, keepsText: true)
        var expected: [UInt8] = []
        fed.feed(stream.span.bytes) { piece in piece.withUnsafeBytes { expected.append(contentsOf: $0) } }

        // Events alone, where they may be taken as they are, and then any pieces.
        var pieces = events.map { Array($0.utf8) }
        if seed % 3 == 2 {
            pieces = []
            var start = 0
            while start < stream.count {
                let end = min(start + Int.random(in: 1...200, using: &chance), stream.count)
                pieces.append(Array(stream[start..<end]))
                start = end
            }
        }
        var meter = StreamMeter(.openai(.chat), hidesUsage: true, keepsText: true)
        var passed: [UInt8] = []
        var taken = 0
        for piece in pieces {
            if meter.takesAsItIs(piece.span.bytes) {
                taken += 1
                passed += piece
            } else {
                meter.feed(piece.span.bytes) { piece in piece.withUnsafeBytes { passed.append(contentsOf: $0) } }
            }
        }
        #expect(passed == expected)
        #expect(meter.events == fed.events && meter.malformedEvents == fed.malformedEvents)
        #expect(meter.contentEvents == fed.contentEvents && meter.contentBytes == fed.contentBytes)
        #expect(meter.text == fed.text && meter.isPlain == fed.isPlain && meter.usage == fed.usage)
        #expect(meter.hasFinish == fed.hasFinish && meter.fault == fed.fault)
        if seed % 12 == 0 { #expect(taken > 50) }
    }
}
