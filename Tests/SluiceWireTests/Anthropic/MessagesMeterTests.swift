// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

/// Events of the Messages API, written down anew.
enum MessageEvents {
    static func event(_ name: String, _ members: String = "") -> String {
        let rest = members.isEmpty ? "" : ",\(members)"
        return "event: \(name)\ndata: {\"type\":\"\(name)\"\(rest)}\n\n"
    }

    static func start(_ usage: String = #"{"input_tokens":12,"output_tokens":1}"#) -> String {
        event(
            "message_start",
            #""message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"#
                + #""stop_reason":null,"stop_sequence":null,"usage":\#(usage)}"#
        )
    }

    static func block(_ index: Int = 0, _ block: String = #"{"type":"text","text":""}"#) -> String {
        event("content_block_start", #""index":\#(index),"content_block":\#(block)"#)
    }

    static func delta(_ index: Int = 0, _ delta: String) -> String {
        event("content_block_delta", #""index":\#(index),"delta":\#(delta)"#)
    }

    static func text(_ text: String) -> String { delta(0, #"{"type":"text_delta","text":"\#(text)"}"#) }

    static func end(_ usage: String = #"{"output_tokens":7}"#, reason: String = "end_turn") -> String {
        event("content_block_stop", #""index":0"#)
            + event("message_delta", #""delta":{"stop_reason":"\#(reason)","stop_sequence":null},"usage":\#(usage)"#)
    }

    static let ping = event("ping")
    static let stop = event("message_stop")
    static let failure =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
    static let whole = start() + block() + ping + text("Hel") + text("lo 😀") + end()
}

@Suite("Meter of the Messages API")
struct MessagesMeterTests {
    private func read(_ text: String, cutAt cut: Int? = nil) -> MeterTap {
        let stream = [UInt8](text)
        return MeterTap.read(stream, cutAt: cut ?? stream.count, hidesUsage: false, .anthropic(.chat))
    }

    private func usage(_ text: String) -> Usage? { read(text).usage }

    static let streams = [
        MessageEvents.whole,
        MessageEvents.whole.replacing("\n", with: "\r\n"),
        MessageEvents.whole.replacing("\n", with: "\r"),
        MessageEvents.whole.replacing(#"":"#, with: #"": "#),
        MessageEvents.start() + MessageEvents.event("new_thing", #""x":[1]"#) + MessageEvents.text("a")
            + MessageEvents.start() + MessageEvents.end(),
        MessageEvents.start() + MessageEvents.block(0, #"{"type":"thinking","thinking":"","signature":""}"#)
            + MessageEvents.delta(0, #"{"type":"thinking_delta","thinking":"Hm"}"#)
            + MessageEvents.delta(0, #"{"type":"signature_delta","signature":"EqQB"}"#)
            + MessageEvents.block(1, #"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#)
            + MessageEvents.delta(1, #"{"type":"input_json_delta","partial_json":""}"#)
            + MessageEvents.delta(1, #"{"type":"input_json_delta","partial_json":"{\"a\": 1}"}"#)
            + MessageEvents.end(reason: "tool_use"),
    ]

    @Test("a stream cut at every byte passes unchanged, and its last event is kept back", arguments: streams)
    func cutAnywhere(text: String) {
        let stop =
            text.contains("\r\n")
            ? MessageEvents.stop.replacing("\n", with: "\r\n")
            : text.contains("\r") ? MessageEvents.stop.replacing("\n", with: "\r") : MessageEvents.stop
        let stream = [UInt8](text + stop)
        for cut in 0...stream.count {
            let tap = MeterTap.read(stream, cutAt: cut, hidesUsage: false, .anthropic(.chat))
            #expect(tap.passed.text == text, "cut at \(cut)")
            #expect(tap.terminal.text == stop, "cut at \(cut)")
            #expect(tap.isComplete && tap.hasTerminal && tap.fault == nil, "cut at \(cut)")
            #expect(tap.usage == Usage(freshInput: 12, output: 7), "cut at \(cut)")
        }
    }

    @Test("a stream that ends at any byte before its finish is no whole one")
    func endsAnywhere() {
        let finish = [UInt8](MessageEvents.end()).count
        let stream = [UInt8](MessageEvents.whole)
        for end in 0..<(stream.count - finish) {
            let tap = read(String(decoding: stream[..<end], as: UTF8.self))
            #expect(!tap.isComplete && tap.fault != nil, "ends at \(end)")
            #expect(tap.terminal.isEmpty && !tap.passed.text.contains("message_stop"), "ends at \(end)")
        }
    }

    @Test("content begins with text, a tool or a signature, and not with frames or pings")
    func content() {
        let frame = MessageEvents.start() + MessageEvents.ping + MessageEvents.block()
        #expect(!read(frame).hasContent)
        #expect(!read(frame + MessageEvents.text("")).hasContent)
        #expect(read(frame + MessageEvents.text("a")).hasContent)
        let tool = MessageEvents.block(0, #"{"type":"tool_use","id":"t","name":"f","input":{}}"#)
        #expect(read(MessageEvents.start() + tool).hasContent)
        let thinking = MessageEvents.block(0, #"{"type":"thinking","thinking":"","signature":""}"#)
        #expect(!read(MessageEvents.start() + thinking).hasContent)
        for delta in [
            #"{"type":"signature_delta","signature":"Eq"}"#, #"{"type":"thinking_delta","thinking":"x"}"#,
            #"{"type":"citations_delta","citation":{"type":"char_location"}}"#, #"{"type":"new_delta","new":"x"}"#,
            #"{"type":"input_json_delta","partial_json":"{"}"#,
        ] {
            #expect(read(MessageEvents.start() + thinking + MessageEvents.delta(0, delta)).hasContent, "\(delta)")
        }
        let search = MessageEvents.block(
            0,
            #"{"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"web_search_result"}]}"#
        )
        #expect(read(MessageEvents.start() + search).hasContent)
        let found = read(MessageEvents.whole)
        #expect(found.contentEvents == 2 && found.contentBytes == 3 + [UInt8]("lo 😀").count)
    }

    @Test("an error event ends the stream for good, whatever stands behind it")
    func failure() {
        let tap = read(MessageEvents.start() + MessageEvents.text("a") + MessageEvents.failure + MessageEvents.stop)
        #expect(tap.passed.text.hasSuffix(MessageEvents.failure))
        #expect(tap.terminal.isEmpty && !tap.isComplete)
        #expect(tap.failure == AnswerFault(errorClass: .errorInStream, isRetryable: true))
        let early = read(MessageEvents.failure.replacing("overloaded_error", with: "rate_limit_error"))
        #expect(early.fault == .quota && !early.hasContent)
    }

    @Test("a refusal is an end like any other")
    func refused() {
        let empty = read(MessageEvents.start() + MessageEvents.end(reason: "refusal") + MessageEvents.stop)
        #expect(empty.isComplete && empty.fault == nil && empty.hasFinish)
    }

    @Test("text is kept to be gone on with only while there is nothing else")
    func plain() {
        func kept(_ text: String) -> String? {
            var meter = StreamMeter(.anthropic(.chat), hidesUsage: false, keepsText: true)
            let bytes = [UInt8](text)
            meter.feed(bytes.span.bytes) { _ in }
            return meter.isPlain ? meter.text.text : nil
        }
        #expect(kept(MessageEvents.whole) == "Hello 😀")
        #expect(kept(MessageEvents.whole + MessageEvents.block(1)) == nil)
        #expect(kept(MessageEvents.start() + MessageEvents.delta(0, #"{"thinking":"x"}"#)) == nil)
    }
}

@Suite("Usage of the Messages API")
struct MessagesUsageTests {
    private func usage(start: String, end: String) -> Usage? {
        let text = MessageEvents.start(start) + MessageEvents.text("a") + MessageEvents.end(end) + MessageEvents.stop
        let stream = [UInt8](text)
        return MeterTap.read(stream, cutAt: stream.count, hidesUsage: false, .anthropic(.chat)).usage
    }

    @Test("cached and written tokens stand beside the input's count")
    func parts() {
        let start =
            #"{"input_tokens":3,"cache_read_input_tokens":100,"cache_creation_input_tokens":30,"#
            + #""cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":1,"#
            + #""service_tier":"standard","inference_geo":"global"}"#
        let wanted = Usage(freshInput: 3, cachedInput: 100, cacheWrite5m: 10, cacheWrite1h: 20, output: 7)
        #expect(usage(start: start, end: #"{"output_tokens":7}"#) == wanted)
        // What is told again takes the place of what was told; what is told as nothing was not told.
        let again =
            #"{"input_tokens":4,"cache_read_input_tokens":99,"cache_creation_input_tokens":30,"output_tokens":7}"#
        var other = wanted
        (other.freshInput, other.cachedInput) = (4, 99)
        #expect(usage(start: start, end: again) == other)
        #expect(usage(start: start, end: #"{"input_tokens":0,"output_tokens":7}"#) == wanted)
        #expect(
            usage(start: #"{"input_tokens":0,"output_tokens":0}"#, end: #"{"input_tokens":9,"output_tokens":7}"#)
                == Usage(freshInput: 9, output: 7)
        )
    }

    @Test("writes that no part accounts for are counted, and marked")
    func written() {
        let lost =
            #"{"input_tokens":3,"cache_creation_input_tokens":30,"#
            + #""cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1}"#
        #expect(
            usage(start: lost, end: #"{"output_tokens":7}"#)
                == Usage(freshInput: 3, cacheWrite5m: 30, output: 7, isInconsistent: true)
        )
        let bare = #"{"input_tokens":3,"cache_creation_input_tokens":30,"output_tokens":1}"#
        #expect(usage(start: bare, end: #"{"output_tokens":7}"#) == Usage(freshInput: 3, cacheWrite5m: 30, output: 7))
    }

    @Test(
        "tier, speed and place with prices of their own, and searches, are marked",
        arguments: [
            (#""service_tier":"priority""#, true), (#""service_tier":"batch""#, true),
            (#""service_tier":"standard""#, false),
            (#""speed":"fast""#, true), (#""speed":"standard""#, false), (#""inference_geo":"us""#, true),
            (#""inference_geo":"not_available""#, false), (#""inference_geo":null"#, false),
            (#""server_tool_use":{"web_search_requests":1}"#, true),
            (#""server_tool_use":{"web_search_requests":0,"web_fetch_requests":2}"#, false),
        ]
    )
    func otherPrices(member: String, isOther: Bool) {
        let start = #"{"input_tokens":3,"output_tokens":1,\#(member)}"#
        #expect(usage(start: start, end: #"{"output_tokens":7}"#)?.needsFurtherRates == isOther)
        let body = [UInt8](#"{"type":"message","content":[{"type":"text","text":"a"}],"usage":\#(start)}"#)
        var meter = WholeMeter(.anthropic(.chat))
        meter.feed(body.span.bytes)
        #expect(meter.usage?.needsFurtherRates == isOther)
    }

    @Test("thinking is a view on the output")
    func thinking() {
        let end = #"{"output_tokens":7,"output_tokens_details":{"thinking_tokens":5}}"#
        let wanted = Usage(freshInput: 12, output: 7, reasoning: 5)
        #expect(usage(start: #"{"input_tokens":12,"output_tokens":1}"#, end: end) == wanted)
    }

    @Test("of a stream that broke off, what came after the last word is estimated")
    func estimated() {
        let text = MessageEvents.start() + MessageEvents.text("abcd") + MessageEvents.text("efghijklmnop")
        let tap = MeterTap(.anthropic(.chat), hidesUsage: false)
        tap.feed([UInt8](text))
        tap.finish()
        #expect(tap.fault == .truncated)
        #expect(tap.seenUsage(requestBytes: 400) == Usage(freshInput: 12, output: 1 + 4, isEstimated: true))
    }

    @Test("what a stream says that it begins with is none on the whole, where it ends there or with an error")
    func begunOnly() {
        func read(_ text: String) -> MeterTap {
            MeterTap.read([UInt8](text), cutAt: text.utf8.count, hidesUsage: false, .anthropic(.chat))
        }
        for text in [MessageEvents.start(), MessageEvents.start() + MessageEvents.failure] {
            let seen = read(text).seenUsage(requestBytes: 4)
            #expect(seen == Usage(freshInput: 12, output: 1, isEstimated: true))
        }
        let whole = MessageEvents.start() + MessageEvents.text("a") + MessageEvents.end()
        #expect(read(whole).usage?.isEstimated == false)
    }
}

@Suite("Whole answers of the Messages API")
struct MessagesWholeTests {
    private func meter(_ text: String, cutAt cut: Int, _ operation: Operation = .chat) -> WholeMeter {
        let bytes = [UInt8](text)
        var meter = WholeMeter(.anthropic(operation))
        for piece in [Array(bytes[..<cut]), Array(bytes[cut...])] { meter.feed(piece.span.bytes) }
        return meter
    }

    @Test("usage and fault, cut at every byte")
    func whole() {
        let text =
            #"{"id":"msg_1","type":"message","content":[{"type":"text","text":"\"usage\":{}"}],"stop_reason":"end_turn","#
            + #""usage":{"input_tokens":3,"cache_read_input_tokens":5,"output_tokens":2}}"#
        for cut in 0...text.utf8.count {
            let meter = meter(text, cutAt: cut)
            #expect(meter.fault == nil && meter.hasAnswers, "cut at \(cut)")
            #expect(meter.usage == Usage(freshInput: 3, cachedInput: 5, output: 2), "cut at \(cut)")
        }
    }

    @Test(
        "an empty message that says why it ended is an answer; an error is none",
        arguments: [
            (#"{"type":"message","content":[],"stop_reason":"refusal"}"#, ErrorClass?.none),
            (#"{"type":"message","content":[],"stop_reason":"end_turn"}"#, nil),
            (#"{"type":"message","content":[],"stop_reason":null}"#, .empty),
            (#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#, .errorInStream),
            (#"{"type":"message","content":[{"type":"text""#, .truncated), ("{}", .empty), ("", .empty),
        ]
    )
    func faults(text: String, fault: ErrorClass?) {
        for cut in 0...text.utf8.count { #expect(meter(text, cutAt: cut).fault == fault, "cut at \(cut)") }
    }

    @Test("a count of tokens is an answer, and no usage")
    func counted() {
        let meter = meter(#"{"input_tokens":14}"#, cutAt: 3, .countTokens)
        #expect(meter.fault == nil && meter.usage == nil)
        #expect(self.meter("{}", cutAt: 1, .countTokens).fault == .empty)
    }

    @Test("damaged streams and answers do no harm")
    func damaged() {
        var random = SeededGenerator(seed: 16)
        let samples = MessagesMeterTests.streams.map { [UInt8]($0 + MessageEvents.stop) }
        for _ in 0..<2_000 {
            guard let sample = samples.randomElement(using: &random) else { return }
            let bytes = sample.damaged(&random)
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let split = MeterTap.read(bytes, cutAt: cut, hidesUsage: false, .anthropic(.chat))
            let whole = MeterTap.read(bytes, cutAt: bytes.count, hidesUsage: false, .anthropic(.chat))
            #expect(split.passed + split.terminal == whole.passed + whole.terminal)
            #expect(split.usage == whole.usage && split.fault == whole.fault)
        }
    }
}
