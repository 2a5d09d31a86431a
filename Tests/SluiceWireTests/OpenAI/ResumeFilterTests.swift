// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceWire

@Suite("Going on with a stream from another answer")
struct ResumeFilterTests {
    private static func event(_ text: String, finish: String = "null") -> String {
        #"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":\#(finish)}]}"# + "\n\n"
    }

    private static func pass(
        _ text: String,
        sent: String,
        split: Int,
        goesOn: Bool = false
    ) -> (passed: String, filter: ResumeFilter) {
        var filter = ResumeFilter(.openai(.chat), sent: Array(sent.utf8), goesOn: goesOn)
        var passed: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(split))
            rest = rest.dropFirst(split)
            // Safe because: bytes have no padding.
            unsafe filter.feed(piece.span.bytes) { passed.append(contentsOf: $0, in: 0..<$0.byteCount) }
        }
        return (String(decoding: passed, as: UTF8.self), filter)
    }

    @Test("what was sent is dropped, the event in which the new text begins is cut, however the bytes are split")
    func goesOn() {
        let role = #"data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"# + "\n\n"
        let text =
            ": hello\n\n" + role + Self.event("h\\u00e9 ") + Self.event("😀 wo") + Self.event("rld")
            + Self.event("", finish: "\"stop\"")
        for split in 1...text.utf8.count {
            let (passed, filter) = Self.pass(text, sent: "h\\u00e9 😀", split: split)
            #expect(
                passed == Self.event(" wo") + Self.event("rld") + Self.event("", finish: "\"stop\""),
                "pieces of \(split)"
            )
            #expect(filter.isCaughtUp && !filter.hasDiffered)
        }
    }

    @Test("an end in the very event that sent the last of it goes on without its text")
    func ends() {
        let (passed, filter) = Self.pass(Self.event("abc", finish: "\"stop\""), sent: "abc", split: 7)
        #expect(passed == Self.event("", finish: "\"stop\"") && filter.isCaughtUp)
    }

    @Test(
        "another text, an early end, other content, errors and nonsense differ, and nothing of them goes on",
        arguments: [
            event("abx"), event("ab") + event("", finish: "\"stop\""), event("ab", finish: "\"length\""),
            #"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]}"# + "\n\n",
            #"data: {"choices":[{"index":1,"delta":{"content":"abcd"}}]}"# + "\n\n",
            #"data: {"error":{"message":"no"}}"# + "\n\n", "data: {nonsense\n\n", "data: {\ndata: }\n\n",
        ]
    )
    func differs(text: String) {
        let (passed, filter) = Self.pass(text + Self.event("more"), sent: "abc", split: 5)
        #expect(filter.hasDiffered && passed.isEmpty)
    }

    @Test("of an answer that goes on only what stands before its first text is dropped, however the bytes are split")
    func continues() {
        let role = #"data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"# + "\n\n"
        let rest = Self.event(" brown") + Self.event(" fox") + Self.event("", finish: "\"stop\"")
        let text = ": hello\n\n" + role + rest
        for split in 1...text.utf8.count {
            let (passed, filter) = Self.pass(text, sent: "The quick", split: split, goesOn: true)
            #expect(passed == rest && filter.isCaughtUp && !filter.hasDiffered, "pieces of \(split)")
            #expect(String(decoding: filter.all(Array(" brown".utf8)), as: UTF8.self) == "The quick brown")
        }
        let (ended, filter) = Self.pass(Self.event("", finish: "\"stop\""), sent: "all", split: 9, goesOn: true)
        #expect(ended == Self.event("", finish: "\"stop\"") && filter.isCaughtUp)
        #expect(!ResumeFilter(.openai(.chat), sent: [0x61], goesOn: true).isCaughtUp)
    }

    @Test(
        "an answer that goes on with something else than text differs",
        arguments: [
            #"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]}"#,
            #"data: {"choices":[{"index":1,"delta":{"content":"abcd"}}]}"#, #"data: {"error":{"message":"no"}}"#,
            "data: {nonsense", "data: {\ndata: }",
        ]
    )
    func continuesOtherwise(text: String) {
        let (passed, filter) = Self.pass(text + "\n\n" + Self.event("more"), sent: "abc", split: 5, goesOn: true)
        #expect(filter.hasDiffered && passed.isEmpty)
    }

    @Test("the meter keeps text where it is sent to, and says when there is more than text")
    func keeps() {
        func text(_ stream: String, keeps: Bool = true) -> (String, Bool) {
            var meter = StreamMeter(.openai(.chat), hidesUsage: false, keepsText: keeps)
            let bytes = Array(stream.utf8)
            // Safe because: bytes have no padding.
            unsafe meter.feed(bytes.span.bytes) { _ in }
            return (String(decoding: meter.text, as: UTF8.self), meter.isPlain)
        }
        #expect(text(Self.event("a\\n") + Self.event("b")) == ("a\\nb", true))
        #expect(text(Self.event("a"), keeps: false) == ("", false))
        let tool = #"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]}"# + "\n\n"
        #expect(text(Self.event("a") + tool) == ("", false))
        let second = #"data: {"choices":[{"index":1,"delta":{"content":"abcd"}}]}"# + "\n\n"
        #expect(text(second) == ("", false))
        let reasoning = #"data: {"choices":[{"index":0,"delta":{"content":"a","reasoning":"b"}}]}"# + "\n\n"
        #expect(text(reasoning) == ("", false))
    }
}
