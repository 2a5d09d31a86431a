// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Meters of the Responses API")
struct ResponseMeterTests {
    private typealias Events = ResponseEvents

    private func read(_ text: String) -> MeterTap {
        let tap = MeterTap(.responses, hidesUsage: false)
        tap.feed([UInt8](text))
        tap.finish()
        return tap
    }

    @Test("a stream passes byte for byte, its last event kept until the end, at every cut")
    func everyCut() {
        let stream = [UInt8](Events.stream)
        for cut in 0...stream.count {
            let tap = MeterTap.read(stream, cutAt: cut, hidesUsage: false, .responses)
            #expect(tap.passed + tap.terminal == stream, "cut at \(cut)")
            #expect(tap.terminal.text == Events.completed, "cut at \(cut)")
            #expect(tap.usage == Events.seen && tap.fault == nil && tap.isComplete)
            #expect(tap.events == 5 && tap.contentEvents == 2)
        }
    }

    @Test("line ends of every kind, and data before its name")
    func lineEnds() {
        for end in ["\r\n", "\r"] {
            let text = Events.stream.replacing("\n", with: end)
            let tap = read(text)
            #expect((tap.passed + tap.terminal).text == text && tap.fault == nil)
        }
        let bare = Events.stream.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("event:") }.joined(separator: "\n")
        #expect(read(bare).usage == Events.seen)
        let late = "data: {\"response\":{\"output\":[1],\(Events.usage)},\"type\":\"response.completed\"}\n\n"
        #expect(read(late).terminal.text == late)
    }

    @Test("a stream without its last event is cut, wherever it stops, and its half last event never leaves")
    func truncated() {
        let stream = [UInt8](Events.stream)
        let whole = stream.count - 2
        for count in 0..<whole {
            let tap = MeterTap(.responses, hidesUsage: false)
            tap.feed(stream[..<count])
            tap.finish()
            #expect(tap.fault != nil && !tap.isComplete, "stopped at \(count)")
            #expect(tap.terminal.isEmpty && !tap.passed.text.contains("response.completed"))
        }
        #expect(read(Events.created + Events.text).fault == .truncated)
        #expect(read(Events.created).fault == .truncated)
        #expect(read("").fault == .empty)
        // What only other APIs say is no end here.
        #expect(read(Events.created + Events.text + "data: [DONE]\n\n").fault == .truncated)
    }

    @Test("what has no content yet may be bettered by another attempt")
    func content() {
        #expect(!read(Events.created + Events.thought + Events.item).hasContent)
        #expect(read(Events.created + Events.text).hasContent)
        let call = Events.event(
            "response.output_item.added",
            #""item":{"type":"function_call","name":"f","arguments":""}"#
        )
        #expect(read(call).hasContent)
        for type in ["response.reasoning_summary_text.delta", "response.refusal.delta", "response.audio.delta"] {
            #expect(read(Events.event(type, #""delta":"x""#)).hasContent, "\(type)")
        }
        #expect(!read(Events.event("response.output_text.delta", #""delta":"""#)).hasContent)
        #expect(!read(Events.event("response.web_search_call.searching", #""item_id":"x""#)).hasContent)
        #expect(read(Events.event("response.image_generation_call.partial_image", #""b":1"#)).hasContent)
    }

    @Test("a failed response, an error event and a bare error are faults, and no end is kept")
    func failures() {
        let cases: [(String, ErrorClass)] = [
            (Events.failed, .errorInStream),
            (Events.event("error", #""code":"server_error","message":"oops","param":null"#), .errorInStream),
            ("data: {\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"slow\"}}\n\n", .quota),
            (
                Events.event(
                    "response.failed",
                    Events.response("failed", #""error":{"code":"rate_limit_exceeded","message":"slow"},"output":[]"#)
                ), .quota
            ),
            (
                Events.event(
                    "response.failed",
                    Events.response("failed", #""error":{"code":"invalid_prompt","message":"no"},"output":[]"#)
                ), .badRequest
            ),
        ]
        for (event, expected) in cases {
            let tap = read(Events.created + Events.text + event + Events.completed)
            #expect(tap.fault == expected, "\(event)")
            #expect(tap.terminal.isEmpty && tap.passed.text == Events.created + Events.text + event)
        }
    }

    @Test("an incomplete response is whole, also without output; a completed one with nothing is empty")
    func incomplete() {
        let cut = Events.event(
            "response.incomplete",
            Events.response(
                "incomplete",
                #""incomplete_details":{"reason":"max_output_tokens"},"output":[],\#(Events.usage)"#
            )
        )
        #expect(read(Events.created + cut).fault == nil)
        #expect(read(Events.created + cut).usage == Events.seen)
        let nothing = Events.event("response.completed", Events.response("completed", #""output":[ ],"usage":null"#))
        #expect(read(Events.created + nothing).fault == .empty)
        #expect(read(Events.created + Events.text + nothing).fault == nil)
    }

    @Test("the tier of the answer counts, not the one asked for")
    func tier() {
        let priority = Events.completed.replacing(#""service_tier":"default""#, with: #""service_tier":"priority""#)
        #expect(read(Events.created + Events.text + priority).usage?.needsFurtherRates == true)
        #expect(read(Events.stream).usage?.needsFurtherRates == false)
    }

    @Test("a last event of any length is kept whole up to a mebibyte, and ends the stream beyond that")
    func longEnd() {
        for count in [70_000, 900_000, 1_200_000] {
            let output = #""output":[{"text":"\#(String(repeating: "x", count: count))"}],\#(Events.usage)"#
            let end = Events.event("response.completed", Events.response("completed", output))
            let head = [UInt8](Events.created + Events.text)
            let stream = head + [UInt8](end)
            let tap = MeterTap(.responses, hidesUsage: false)
            var place = 0
            while place < stream.count {
                tap.feed(stream[place..<min(place + 16_384, stream.count)])
                place += 16_384
            }
            tap.finish()
            #expect(tap.passed + tap.terminal == stream)
            #expect(tap.isComplete && tap.fault == nil, "\(count)")
            if count < 1_000_000 {
                #expect(tap.terminal.count == end.utf8.count && tap.usage == Events.seen)
            } else {
                #expect(tap.usage == nil && tap.seenUsage(requestBytes: 40)?.isEstimated == true)
            }
            let cut = MeterTap(.responses, hidesUsage: false)
            cut.feed(stream.dropLast(40))
            cut.finish()
            #expect(!cut.isComplete)
        }
    }

    @Test("damaged streams end in some way, and never as whole with an error in them")
    func damaged() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<4_000 {
            let stream = [UInt8](Events.stream).damaged(&random)
            let cut = Int.random(in: 0...stream.count, using: &random)
            let tap = MeterTap.read(stream, cutAt: cut, hidesUsage: false, .responses)
            if tap.failure != nil { #expect(tap.terminal.isEmpty) }
        }
    }

    // MARK: whole answers

    private func meter(_ text: String, cutAt cut: Int = 0) -> WholeMeter {
        let bytes = [UInt8](text)
        var meter = WholeMeter(.responses)
        meter.feed(Array(bytes[..<cut]).span.bytes)
        meter.feed(Array(bytes[cut...]).span.bytes)
        return meter
    }

    @Test("a whole answer's usage is read at every cut")
    func whole() {
        let text =
            #"{"id":"resp_1","status":"completed","error":null,"service_tier":"flex","output":[{"usage":1}],\#(Events.usage)}"#
        for cut in 0...text.utf8.count {
            let meter = meter(text, cutAt: cut)
            var seen = Events.seen
            seen.servedAs = ["flex"]
            #expect(meter.usage == seen && meter.fault == nil, "cut at \(cut)")
        }
    }

    @Test(
        "an answer without output is empty where its status says it is complete",
        arguments: [
            ("completed", ErrorClass?.some(.empty)), ("incomplete", nil), ("queued", nil), ("in_progress", nil),
            ("cancelled", nil), ("failed", .empty),
        ]
    )
    func bare(status: String, expected: ErrorClass?) {
        #expect(meter(#"{"status":"\#(status)","output":[]}"#).fault == expected)
        #expect(meter(#"{"output":[],"status":"\#(status)"}"#).fault == expected)
    }

    @Test("searches of the web stand beside the usage, before or behind it, whole or streamed")
    func searches() {
        let tools = #""tool_usage":{"image_gen":{"input_tokens":0,"output_tokens":0},"web_search":{"num_requests":3}}"#
        var seen = Events.seen
        seen.parts = [.webSearches: 3]
        for members in ["\(Events.usage),\(tools)", "\(tools),\(Events.usage)"] {
            let answer = #"{"status":"completed","output":[{"type":"message"}],\#(members)}"#
            for cut in 0...answer.utf8.count { #expect(meter(answer, cutAt: cut).usage == seen, "cut at \(cut)") }
            let end = Events.event("response.completed", Events.response("completed", #""output":[1],\#(members)"#))
            #expect(read(end).usage == seen)
        }
        for odd in ["null", "[]", "{}", #"{"web_search":null}"#, #"{"web_search":{"num_requests":-1}}"#] {
            let answer = #"{"status":"completed","output":[1],"tool_usage":\#(odd),\#(Events.usage)}"#
            #expect(meter(answer).usage == Events.seen && meter(answer).fault == nil, "\(odd)")
            let end = Events.event(
                "response.completed",
                Events.response("completed", #""output":[1],"tool_usage":\#(odd),\#(Events.usage)"#)
            )
            #expect(read(end).usage == Events.seen, "\(odd)")
        }
    }

    @Test("an answer that failed says why")
    func failed() {
        let text = #"{"status":"failed","error":{"code":"server_error","message":"x"},"output":[]}"#
        #expect(meter(text).fault == .errorInStream)
    }

    @Test("a count is an answer")
    func count() {
        let body = [UInt8](#"{"object":"response.input_tokens","input_tokens":11}"#)
        var meter = WholeMeter(.openai(.countTokens))
        meter.feed(body.span.bytes)
        #expect(meter.fault == nil)
        var none = WholeMeter(.openai(.countTokens))
        none.feed([UInt8]("{}").span.bytes)
        #expect(none.fault == .empty)
    }

    // MARK: what the relay says

    @Test("an error in a stream is an event of this API that libraries take for one")
    func voice() throws {
        let refusal = Refusal(.upstreamReset, "broke \"off\"")
        let text = CallerVoice.responses.event(of: refusal, requestID: "r1").text
        #expect(
            text.hasPrefix("event: error\ndata: {\"type\":\"error\",\"code\":\"upstream_reset\",")
                && text.hasSuffix("}}\n\n")
        )
        let data = text.split(separator: "\n")[1].dropFirst(6)
        let object = try #require(try JSONValue(parsing: Array(data.utf8)).object)
        #expect(object["message"]?.string == "broke \"off\"")
        #expect(object["error"]?.object?["code"]?.string == "upstream_reset")
        #expect(read(Events.created + text).failure != nil)
        let own = [UInt8]("{\n\"error\":{\"message\":\"x\",\"code\":7}}")
        #expect(
            CallerVoice.responses.event(ofError: own.span.bytes)?.text
                == "event: error\ndata: {\"type\":\"error\",\"code\":null,\"message\":\"x\",\"param\":null, \"error\":{\"message\":\"x\",\"code\":7}}\n\n"
        )
        #expect(CallerVoice.responses.event(ofError: [UInt8]("[1]").span.bytes) == nil)
    }
}
