// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceWire

@Suite("Marks of answers")
struct AnswerMarksTests {
    /// What a stream of these events shows.
    private func marks(
        _ metering: AnswerMetering,
        _ events: [String],
        expectsJSON: Bool = false
    ) -> AnswerMarks? {
        var meter = StreamMeter(metering, hidesUsage: false, keepsText: expectsJSON, watchesCalls: true)
        let text = [UInt8](events.map { "data: \($0)\n\n" }.joined())
        meter.feed(text.span.bytes) { _ in }
        meter.finish { _ in }
        return meter.marks(expectsJSON: expectsJSON)
    }

    private func whole(_ metering: AnswerMetering, _ body: String, expectsJSON: Bool = false) -> AnswerMarks? {
        let body = [UInt8](body)
        return metering.marks(ofWhole: body.span.bytes, expectsJSON: expectsJSON)
    }

    private func chunk(_ delta: String, _ finish: String? = nil) -> String {
        #"{"choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish.map { "\"\($0)\"" } ?? "null")}]}"#
    }

    private func message(_ message: String, _ finish: String) -> String {
        #"{"choices":[{"index":0,"message":\#(message),"finish_reason":"\#(finish)"}],"usage":null}"#
    }

    @Test(
        "reasons of all dialects are told",
        arguments: [
            ("stop", AnswerMarks()), ("length", AnswerMarks.cutAtLength), ("content_filter", AnswerMarks.filtered),
            ("tool_calls", AnswerMarks()),
        ]
    )
    func openAI(reason: String, shown: AnswerMarks) {
        #expect(marks(.openai(.chat), [chunk(#"{"content":"a"}"#), chunk("{}", reason), "[DONE]"]) == shown)
        #expect(whole(.openai(.chat), message(#"{"content":"a"}"#, reason)) == shown)
    }

    @Test(
        "Anthropic's and Gemini's reasons are told",
        arguments: [
            ("max_tokens", "MAX_TOKENS", AnswerMarks.cutAtLength), ("refusal", "SAFETY", AnswerMarks.refused),
            ("end_turn", "STOP", AnswerMarks()),
        ]
    )
    func others(reason: String, gemini: String, shown: AnswerMarks) {
        let message = #"{"type":"message","content":[{"type":"text","text":"a"}],"stop_reason":"\#(reason)"}"#
        #expect(whole(.anthropic(.chat), message) == shown)
        let events = [
            #"{"type":"message_start","message":{"content":[]}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)"}}"#, #"{"type":"message_stop"}"#,
        ]
        #expect(marks(.anthropic(.chat), events) == shown)
        let candidate = #"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"\#(gemini)"}]}"#
        let expected: AnswerMarks = gemini == "SAFETY" ? .filtered : shown
        #expect(whole(.gemini(.chat), candidate) == expected)
        #expect(marks(.gemini(.chat), [candidate]) == expected)
    }

    @Test("arguments of tool calls are put together from their pieces, each call for itself")
    func calls() {
        func piece(_ index: Int, _ text: String) -> String {
            chunk(#"{"tool_calls":[{"index":\#(index),"function":{"arguments":"\#(text)"}}]}"#)
        }
        let end = [chunk("{}", "tool_calls"), "[DONE]"]
        let good = [piece(0, #"{\"a\":"#), piece(1, "{"), piece(0, #"\"}\"}"#), piece(1, "}")]
        #expect(marks(.openai(.chat), good + end) == [])
        #expect(marks(.openai(.chat), Array(good.dropLast()) + end) == .invalidCall)
        #expect(marks(.openai(.chat), [piece(0, "")] + end) == [], "a tool without parameters")
        #expect(marks(.openai(.chat), [piece(0, "[1]")] + end) == .invalidCall)
        #expect(marks(.openai(.chat), [piece(0, "{} x")] + end) == .invalidCall)
    }

    @Test("a whole chat's calls are looked at, too")
    func wholeCalls() {
        func answer(_ arguments: String) -> AnswerMarks? {
            let call = #"{"id":"c","type":"function","function":{"name":"f","arguments":"\#(arguments)"}}"#
            return whole(.openai(.chat), message(#"{"content":null,"tool_calls":[\#(call)]}"#, "tool_calls"))
        }
        #expect(answer(#"{\"a\":\"\\u00e9\"}"#) == [])
        #expect(answer(#"{\"a\":"#) == .invalidCall)
    }

    @Test("Anthropic's pieces belong to the block that began last; the Responses API's to their item")
    func pieces() {
        func block(_ index: Int) -> String {
            #"{"type":"content_block_start","index":\#(index),"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#
        }
        func piece(_ index: Int, _ text: String) -> String {
            #"{"type":"content_block_delta","index":\#(index),"delta":{"type":"input_json_delta","partial_json":"\#(text)"}}"#
        }
        let end = [#"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#, #"{"type":"message_stop"}"#]
        let calls = [block(0), piece(0, #"{\"a\""#), piece(0, ":1}"), block(1), piece(1, "{}")]
        #expect(marks(.anthropic(.chat), calls + end) == [])
        #expect(marks(.anthropic(.chat), Array(calls.dropLast()) + [piece(1, "{")] + end) == .invalidCall)
        func response(_ second: String) -> AnswerMarks? {
            let added = #"{"type":"response.output_item.added","item":{"type":"function_call","arguments":""}}"#
            func delta(_ text: String) -> String {
                #"{"type":"response.function_call_arguments.delta","delta":"\#(text)"}"#
            }
            let end = #"{"type":"response.completed","response":{"output":[{}]}}"#
            return marks(.responses, [added, delta("{"), delta("}"), added, delta(second), end])
        }
        #expect(response("{}") == [])
        #expect(response("{}}") == .invalidCall)
    }

    @Test("a refusal in a field of its own, and nothing at all, are told apart")
    func refusal() {
        let end = [chunk("{}", "stop"), "[DONE]"]
        #expect(marks(.openai(.chat), [chunk(#"{"role":"assistant","refusal":"No."}"#)] + end) == .refused)
        #expect(marks(.openai(.chat), [chunk(#"{"role":"assistant","content":"","refusal":null}"#)] + end) == .empty)
        #expect(whole(.openai(.chat), message(#"{"content":null,"refusal":"No."}"#, "stop")) == .refused)
        #expect(whole(.openai(.chat), message(#"{"content":"","refusal":null}"#, "stop")) == .empty)
        let incomplete =
            #"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"content_filter"},"output":[]}}"#
        #expect(marks(.responses, [incomplete]) == .filtered)
        #expect(
            marks(.responses, [incomplete.replacing("content_filter", with: "max_output_tokens")])?
                .contains(.cutAtLength) == true
        )
    }

    @Test(
        "JSON that was asked for is JSON, or is not; a fence is not",
        arguments: [
            (#"{\"a\": [1, 2]}"#, true), ("42", true), (#"{\"a\": [1, 2"#, false), (#"```json\n{}\n```"#, false),
            ("Sure!", false),
        ]
    )
    func json(text: String, isJSON: Bool) {
        let expected: AnswerMarks = isJSON ? .isJSONKnown : [.isJSONKnown, .invalidJSON]
        let half = text.index(text.startIndex, offsetBy: text.hasPrefix("{\\") ? 3 : 1)
        let events = [text[..<half], text[half...]].map { chunk(#"{"content":"\#($0)"}"#) }
        #expect(marks(.openai(.chat), events + [chunk("{}", "stop"), "[DONE]"], expectsJSON: true) == expected)
        #expect(whole(.openai(.chat), message(#"{"content":"\#(text)"}"#, "stop"), expectsJSON: true) == expected)
        #expect(whole(.openai(.chat), message(#"{"content":"\#(text)"}"#, "stop")) == [])
    }

    @Test("of some answers nothing is known")
    func unknown() {
        #expect(whole(.openai(.embeddings), #"{"data":[]}"#) == nil)
        #expect(whole(.responses, #"{"output":[]}"#) == nil)
        #expect(whole(.openai(.chat), "{") == nil)
    }
}
