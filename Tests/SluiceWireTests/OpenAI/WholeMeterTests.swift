// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Meter of a whole answer")
struct WholeMeterTests {
    private static let answer = """
        {
          "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4.1-2025-04-14",
          "choices": [{"index": 0, "message": {"role": "assistant",
            "content": "\\"usage\\": {\\"prompt_tokens\\": 999}, é 😀 \\\\", "refusal": null}, "finish_reason": "stop"}],
          "nested": {"usage": {"prompt_tokens": 777, "completion_tokens": 777}, "error": {"message": "no"}},
          "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15,
            "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 2}},
          "system_fingerprint": "fp_1", "error": null
        }

        """

    private func meter(_ pieces: [some Collection<UInt8>], _ operation: Operation = .chat)
        -> WholeMeter
    {
        var meter = WholeMeter(.openai(operation))
        for piece in pieces { meter.feed(Array(piece).span.bytes) }
        return meter
    }

    @Test("usage of the top level is found, cut at every byte and byte by byte")
    func everyCut() {
        let bytes = [UInt8](Self.answer)
        for cut in 0...bytes.count {
            let meter = meter([bytes[..<cut], bytes[cut...]])
            let usage = meter.usage
            let fault = meter.fault
            #expect(usage == Chunk.seen && fault == nil, "cut at \(cut)")
        }
        let dribbled = meter(bytes.map { [$0] })
        #expect(dribbled.usage == Chunk.seen)
        #expect(dribbled.fault == nil)
        #expect(dribbled.failure == nil)
    }

    @Test(
        "a service tier with prices of its own is noted, cut at every byte",
        arguments: [
            ("\"flex\"", "flex"), ("\"PRIORITY\"", "priority"), ("\"default\"", nil), ("null", nil), ("7", nil),
        ]
            as [(String, String?)]
    )
    func tier(tier: String, name: String?) {
        let text = #"{"choices":[{}],"service_tier":\#(tier),"usage":{"prompt_tokens":10,"completion_tokens":5}}"#
        let bytes = [UInt8](text)
        for cut in 0...bytes.count {
            let meter = meter([bytes[..<cut], bytes[cut...]])
            #expect(meter.usage == Usage(freshInput: 10, output: 5, servedAs: name.map { [$0] } ?? []), "cut at \(cut)")
        }
    }

    @Test(
        "Bedrock's tier stands in an object, cut at every byte",
        arguments: [
            (#"{"type":"flex"}"#, "flex"), (#"{ "a":{"type":"b"}, "type" : "priority"}"#, "priority"),
            (#"{"type":"default"}"#, nil), ("{}", nil), ("\"flex\"", "flex"), ("null", nil), (#"{"type":7}"#, nil),
        ]
            as [(String, String?)]
    )
    func tierOfConverse(tier: String, name: String?) {
        let text =
            #"{"output":{"message":{"content":[{"text":"a"}]}},"serviceTier":\#(tier),"usage":{"inputTokens":10,"outputTokens":5}}"#
        let bytes = [UInt8](text)
        for cut in 0...bytes.count {
            var meter = WholeMeter(.converse(.chat))
            for piece in [bytes[..<cut], bytes[cut...]] { meter.feed(Array(piece).span.bytes) }
            #expect(meter.usage == Usage(freshInput: 10, output: 5, servedAs: name.map { [$0] } ?? []), "cut at \(cut)")
        }
    }

    @Test("zeros for an answer that is there are no usage")
    func zeros() {
        func usage(_ text: String, _ operation: Operation = .chat) -> Usage? {
            meter([[UInt8](text)], operation).usage(of: [UInt8](text).span.bytes)
        }
        let zero = #""usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#
        let none = #""usage":{"prompt_tokens":9,"completion_tokens":0,"total_tokens":9}"#
        #expect(usage(#"{"choices":[{"message":{"content":"Hi"}}],\#(zero)}"#) == nil)
        #expect(usage(#"{"choices":[{"message":{"content":"Hi"}}],\#(none)}"#) == nil)
        #expect(usage(#"{"choices":[{"text":"Hi"}],\#(none)}"#, .completions) == nil)
        #expect(usage(#"{"choices":[{"message":{"content":""}}],\#(none)}"#) == Usage(freshInput: 9))
        #expect(usage(#"{"data":[{"embedding":[1]}],\#(none)}"#, .embeddings) == Usage(freshInput: 9))
        #expect(usage(#"{"data":[{"embedding":[1]}],\#(zero)}"#, .embeddings) == nil)
        // Of an answer that has left already, only the end is here.
        let text = #"{"choices":[{"message":{"content":"Hi"}}],\#(none)}"#
        #expect(meter([[UInt8](text)]).usage(of: [UInt8](text.utf8.suffix(20)).span.bytes) == nil)
    }

    @Test("an answer that breaks off is truncated, wherever it does")
    func truncated() {
        let bytes = [UInt8](Self.answer)
        guard let end = bytes.lastIndex(of: 0x7D) else { return }
        for length in 1...end {
            #expect(meter([bytes.prefix(length)]).fault == .truncated)
        }
        #expect(meter([bytes.prefix(0)]).fault == .empty)
    }

    @Test(
        "answers without an answer are empty",
        arguments: [
            (#"{"choices":[],"usage":{"prompt_tokens":1}}"#, Operation.chat, ErrorClass.empty),
            (#"{"choices": [ ] }"#, .chat, .empty), (#"{"choices":null}"#, .completions, .empty),
            ("{}", .chat, .empty), (#"{"data":[{}]}"#, .chat, .empty),
            (#"{"data":[]}"#, .embeddings, .empty), ("<html></html>", .chat, .malformed),
            ("[]", .chat, .malformed), (#"{"a":x}"#, .chat, .malformed),
            (#"{"a" 1}"#, .chat, .malformed), (#"{"a":1 "b":2}"#, .chat, .malformed),
            (#"{"error":{"message":"m","code":"rate_limit_exceeded"}}"#, .chat, .quota),
            (#"{"error":"oops","choices":[{}]}"#, .chat, .errorInStream),
        ]
    )
    func empty(text: String, operation: Operation, fault: ErrorClass) {
        #expect(meter([[UInt8](text)], operation).fault == fault)
        #expect(meter([UInt8](text).map { [$0] }, operation).fault == fault)
    }

    @Test("embeddings of eight mebibytes in pieces")
    func embeddings() {
        let vector = (0..<1_536).map { "-0.0\($0)" }.joined(separator: ",")
        let element = #"{"object":"embedding","index":0,"embedding":[\#(vector)]}"#
        let count = (8 << 20) / element.utf8.count + 1
        let text =
            #"{"object":"list","data":[\#(Array(repeating: element, count: count).joined(separator: ","))],"#
            + #""model":"e","usage":{"prompt_tokens":8,"total_tokens":8}}"#
        let bytes = [UInt8](text)
        #expect(bytes.count > 8 << 20)
        let pieces = stride(from: 0, to: bytes.count, by: 65_521).map { bytes[$0..<min($0 + 65_521, bytes.count)] }
        let meter = meter(pieces, .embeddings)
        #expect(meter.usage == Usage(freshInput: 8))
        #expect(meter.fault == nil)
    }

    @Test("an absurdly long usage is not kept")
    func longUsage() {
        let padding = String(repeating: "x", count: 100_000)
        let text = #"{"choices":[1],"usage":{"x":"\#(padding)","prompt_tokens":1}}"#
        let meter = meter([[UInt8](text)])
        #expect(meter.usage == nil)
        #expect(meter.fault == nil)
    }

    @Test("of two usages the last counts")
    func twoUsages() {
        let text = #"{"usage":{"prompt_tokens":1},"choices":[1],"usage":{"prompt_tokens":2}}"#
        #expect(meter([[UInt8](text)]).usage == Usage(freshInput: 2))
    }

    @Test("twenty thousand damaged answers are read the same in one piece and in many")
    func fuzz() {
        var random = SeededGenerator(seed: 13)
        let seed = [UInt8](Self.answer)
        for _ in 0..<20_000 {
            let bytes = seed.damaged(&random)
            let whole = meter([bytes])
            var pieces: [ArraySlice<UInt8>] = []
            var start = 0
            while start < bytes.count {
                let end = min(start + Int.random(in: 1...300, using: &random), bytes.count)
                pieces.append(bytes[start..<end])
                start = end
            }
            let parts = meter(pieces)
            if whole.usage != parts.usage || whole.fault != parts.fault {
                Issue.record("\(bytes.text.debugDescription)")
                return
            }
        }
    }
}
