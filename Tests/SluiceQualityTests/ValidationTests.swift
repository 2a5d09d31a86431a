// SPDX-License-Identifier: Apache-2.0
import SluiceQuality
import Testing

@Suite("Validation")
struct ValidationTests {
    private func answer(_ message: String, finish: String = "stop", status: Int = 200) -> ComparedAnswer {
        let body = """
            {"model":"m-1","choices":[{"index":0,"message":\(message),"finish_reason":"\(finish)"}],
             "usage":{"prompt_tokens":3,"completion_tokens":7}}
            """
        return ComparedAnswer(chat: body.utf8, status: status, duration: 1)
    }

    private func faults(_ first: ComparedAnswer, _ second: ComparedAnswer, similarity: Double = 0.8) -> [String] {
        PassRule(similarity: similarity).faults(of: Comparison(first, second), first, second)
    }

    @Test("a chat's answer is read with all that is compared")
    func reading() {
        let call = #"{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}"#
        let read = answer(#"{"content":null,"tool_calls":[\#(call)]}"#, finish: "tool_calls")
        #expect(read.toolCalls == [ComparedAnswer.ToolCall(name: "f", arguments: #"{"a":1}"#)])
        #expect(read.finish == .tools && read.model == "m-1" && read.inputTokens == 3 && read.outputTokens == 7)
        #expect(answer(#"{"content":null,"refusal":"No."}"#).refuses)
        #expect(answer(#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#).text == "ab")
        #expect(ComparedAnswer(chat: "<html>".utf8, status: 502, duration: 1).status == 502)
    }

    @Test("what is near enough passes, and what is not says why")
    func rule() {
        let plain = answer(#"{"content":"The capital of France is Paris."}"#)
        #expect(faults(plain, plain).isEmpty)
        #expect(faults(plain, answer(#"{"content":"The capital of France is Paris!"}"#)).isEmpty)
        #expect(faults(plain, answer(#"{"content":"I do not know."}"#)).count == 1)
        #expect(faults(plain, answer(#"{"content":"I do not know."}"#), similarity: 0).isEmpty)
        #expect(faults(plain, answer(#"{"content":"The capital of France is Pa"}"#, finish: "length")).count == 1)
        #expect(faults(plain, answer("{}", status: 500)) == ["the second answered 500"])
        #expect(faults(answer("{}", status: 429), plain) == ["the first answered 429"])
        #expect(faults(answer(#"{"content":"{\"a\":1}"}"#), answer(#"{"content":"{ \"a\": 1.0 }"}"#)).isEmpty)
        #expect(faults(answer(#"{"content":"{\"a\":1}"}"#), answer(#"{"content":"{\"a\":1"}"#)).count == 1)
    }

    @Test(
        "a share is above or below its limit, or too few were seen to tell",
        arguments: [
            (10, 10, 0.95, PassShare.undecided), (59, 59, 0.95, .above), (58, 58, 0.95, .undecided),
            (17, 20, 0.95, .undecided),
            (16, 20, 0.95, .below), (0, 0, 0.5, .undecided), (3, 3, 0, .above), (3, 3, 1, .above), (2, 3, 1, .below),
            (97_000, 100_000, 0.95, .above), (95_000, 100_000, 0.95, .undecided),
        ]
    )
    func share(passed: Int, count: Int, limit: Double, decided: PassShare) {
        #expect(PassShare(passed: passed, of: count, limit: limit) == decided)
    }
}
