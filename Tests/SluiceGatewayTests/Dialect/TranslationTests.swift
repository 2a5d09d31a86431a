// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Testing

/// What providers of the Messages API say to a translated request.
private enum Messages {
    static let answer =
        #"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"hello"}],"#
        + #""stop_reason":"end_turn","usage":{"input_tokens":4,"cache_read_input_tokens":6,"output_tokens":5}}"#

    static func event(_ name: String, _ members: String = "") -> String {
        "event: \(name)\ndata: {\"type\":\"\(name)\"\(members.isEmpty ? "" : ",\(members)")}\n\n"
    }

    static func text(_ text: String) -> String {
        event("content_block_delta", #""index":0,"delta":{"type":"text_delta","text":"\#(text)"}"#)
    }

    static let start =
        event(
            "message_start",
            #""message":{"id":"msg_1","model":"claude","usage":{"input_tokens":10,"output_tokens":1}}"#
        ) + event("content_block_start", #""index":0,"content_block":{"type":"text","text":""}"#)
    static let end =
        event("content_block_stop", #""index":0"#)
        + event(
            "message_delta",
            #""delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}"#
        )
        + event("message_stop")

    static func stream(_ texts: [String]) -> String {
        Wire.streamHead + ([start] + texts.map(text) + [end]).map(Wire.chunk).joined() + "0\r\n\r\n"
    }

    static let overloaded = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
}

/// What callers of OpenAI's dialect get of it.
private enum Chunks {
    static func chunk(_ delta: String, _ finish: String = "null", id: String = "msg_1") -> String {
        #"data: {"id":"\#(id)","object":"chat.completion.chunk","created":\#(Records.start.nanoseconds / 1_000_000_000),"#
            + #""model":"claude","choices":[{"index":0,"delta":{\#(delta)},"logprobs":null,"finish_reason":\#(finish)}]}"#
            + "\n\n"
    }

    static let role = chunk(#""role":"assistant","content":"","refusal":null"#)
    static func text(_ text: String) -> String { chunk(#""content":"\#(text)""#) }
    static let end = chunk("", #""stop""#) + Wire.done
}

@Suite("Callers of one dialect at a provider of another")
struct TranslationTests {
    private static let plain = VersionSettings(retry: RetryPolicy(maxRetries: 0))

    /// OpenAI's callers at a provider of the Messages API.
    private static func atMessages(
        _ settings: VersionSettings = plain,
        _ answer: @escaping @Sendable (String) -> String,
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await Rig.with(
            settings,
            change: { $0.providers[0].dialect = .anthropic },
            script: { request, socket in socket.send(answer(request.text)) },
            body
        )
    }

    private static func ask(_ rig: Rig, stream: Bool) async throws -> RawAnswer {
        let body = #"{"model":"chat","max_tokens":9,"stream":\#(stream),"messages":[{"role":"user","content":"hi"}]}"#
        let headers = "anthropic-beta: a-b\r\nConnection: close\r\n"
        return try await rig.exchangeToEnd(Wire.request(body, headers, path: "/v1/messages"))
    }

    // MARK: OpenAI's callers

    @Test("a whole answer comes in the caller's dialect, metered and priced by the provider's numbers")
    func whole() async throws {
        try await Self.atMessages { _ in
            Wire.answer(Messages.answer)
        } _: { rig in
            let body = #"{"model":"gpt-4o","seed":1,"temperature":0.5,"messages":[{"role":"user","content":"hi"}]}"#
            let answer = try await rig.chat(body, "openai-beta: x\r\n")
            let sent = rig.upstream.requests[0]
            #expect(sent.head.hasPrefix("POST /base/v1/v1/messages HTTP/1.1\r\n"))
            #expect(sent["x-api-key"] == "provider-secret" && sent["anthropic-version"] == "2023-06-01")
            #expect(sent["authorization"] == nil && sent["openai-beta"] == nil)
            #expect(
                sent.text
                    == #"{"model":"gpt-upstream","max_tokens":8192,"messages":[{"role":"user","content":"hi"}],"temperature":0.5}"#
            )
            #expect(answer.status == 200 && answer["content-type"] == "application/json")
            #expect(answer["warning"] == #"299 sluice "not sent to the provider: seed""#)
            #expect(answer["x-sluice-cost-usd"] != nil && answer["x-sluice-version"] == "v1")
            #expect(answer.text.hasPrefix(#"{"id":"msg_1","object":"chat.completion","created":"#))
            #expect(answer.text.contains(#""message":{"role":"assistant","content":"hello","refusal":null}"#))
            #expect(answer.text.contains(#""prompt_tokens":10,"completion_tokens":5,"total_tokens":15"#))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.endpoint == .chatCompletions && outcome.ending == .complete)
            #expect(outcome.attempts[0].usage == Usage(freshInput: 4, cachedInput: 6, output: 5))
            #expect(outcome.attempts[0].cost == .known(NanoUSD(4 * 2_000 + 6 * 500 + 5 * 8_000)))
        }
    }

    @Test("a version's own parameters are set in the provider's words")
    func parameters() async throws {
        var settings = Self.plain
        settings.defaults = [("max_tokens", Array("77".utf8))]
        settings.overrides = [("temperature", Array("0".utf8))]
        settings.systemPrompt = SystemPrompt(mode: .prepend, text: "Be brief.")
        try await Self.atMessages(settings) { _ in
            Wire.answer(Messages.answer)
        } _: { rig in
            _ = try await rig.chat()
            let sent = rig.upstream.requests[0].text
            #expect(sent.contains(#""max_tokens":77"#) && !sent.contains("8192"))
            #expect(sent.contains(#""temperature":0"#) && sent.contains(#""system":"#) && sent.contains("Be brief."))
        }
    }

    @Test("a stream comes as the caller's chunks, with its usage where that was asked for")
    func streamed() async throws {
        try await Self.atMessages { _ in
            Messages.stream(["hel", "lo \\\"é\\\""])
        } _: { rig in
            let answer = try await rig.stream()
            #expect(answer.status == 200 && answer.isWhole)
            #expect(answer["content-type"] == "text/event-stream; charset=utf-8")
            #expect(answer.text == Chunks.role + Chunks.text("hel") + Chunks.text("lo \\\"é\\\"") + Chunks.end)
            let asking = try await rig.stream(
                #"{"model":"chat","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}"#
            )
            #expect(
                asking.text.contains(
                    #""choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15"#
                )
            )
            #expect(
                rig.upstream.requests[0].text.hasPrefix(#"{"model":"gpt-upstream","stream":true,"max_tokens":8192"#)
            )
            #expect(rig.upstream.requests[0].text.contains("stream_options") == false)
            for outcome in rig.sink.outcomes {
                #expect(outcome.isStream && outcome.ending == .complete && outcome.firstToken != nil)
                #expect(outcome.attempts[0].usage == Usage(freshInput: 10, output: 5))
            }
        }
    }

    @Test("what cannot be said is a 400 that names the field, and nothing is sent")
    func refused() async throws {
        try await Self.atMessages { _ in
            Wire.answer(Messages.answer)
        } _: { rig in
            let answer = try await rig.chat(#"{"model":"chat","n":2,"messages":[{"role":"user","content":"hi"}]}"#)
            #expect(answer.status == 400 && answer.text.contains(#""param":"n""#))
            #expect(
                answer.text.contains("n cannot be sent to this route's provider, which speaks the dialect anthropic")
            )
            #expect(rig.upstream.requests.isEmpty)
            #expect(rig.sink.outcomes.first?.attempts.isEmpty == true)
        }
    }

    @Test("a provider's error keeps its status and its words")
    func failed() async throws {
        try await Self.atMessages { _ in
            Wire.answer(Messages.overloaded, status: "529 Overloaded", "Retry-After: 3\r\n")
        } _: {
            rig in
            let answer = try await rig.chat()
            #expect(
                answer.status == 529 && answer["retry-after"] == "3" && answer["content-type"] == "application/json"
            )
            #expect(
                answer.text
                    == #"{"error":{"message":"Overloaded","type":"server_error","param":null,"code":"overloaded_error"}}"#
            )
            #expect(rig.sink.outcomes.first?.attempts[0].errorClass == .upstreamError)
        }
    }

    @Test("an error in the stream is the caller's error event, without an end")
    func failedInStream() async throws {
        let stream =
            Wire.streamHead + Wire.chunk(Messages.start + Messages.text("a"))
            + Wire.chunk("event: error\ndata: \(Messages.overloaded)\n\n") + "0\r\n\r\n"
        try await Self.atMessages { _ in
            stream
        } _: { rig in
            let answer = try await rig.stream()
            #expect(answer.text.hasPrefix(Chunks.role + Chunks.text("a") + #"data: {"error":{"message":"Overloaded""#))
            #expect(!answer.isWhole && !answer.text.contains("[DONE]") && !answer.text.contains(#""finish_reason":""#))
            #expect(rig.sink.outcomes.first?.ending == .cut)
        }
    }

    @Test("a stream that breaks off ends with the relay's error, without an end")
    func cut() async throws {
        let start = Wire.streamHead + Wire.chunk(Messages.start + Messages.text("a"))
        try await Rig.with(
            change: { $0.providers[0].dialect = .anthropic },
            script: { _, socket in
                socket.send(start)
                return false
            }
        ) { (rig: Rig) async throws -> Void in
            let answer = try await rig.stream()
            #expect(answer.text.hasPrefix(Chunks.role + Chunks.text("a") + #"data: {"error":{"message":"#))
            #expect(!answer.isWhole && !answer.text.contains("[DONE]") && !answer.text.contains(#""finish_reason":""#))
            #expect(rig.sink.outcomes.first?.attempts[0].usage?.isEstimated == true)
        }
    }

    @Test("a long answer is translated as a whole; one that is no answer is a failure of the provider")
    func long() async throws {
        let text = String(repeating: "0123456789", count: 30_000)
        let long = Messages.answer.replacing("hello", with: text)
        try await Self.atMessages { _ in
            Wire.answer(long)
        } _: { rig in
            let answer = try await rig.chat()
            #expect(answer.status == 200 && answer.isWhole && answer.text.contains(#""content":"\#(text)""#))
        }
        try await Self.atMessages { _ in
            Wire.answer(#"{"content":"hello","stop_reason":"end_turn"}"#)
        } _: { rig in
            let answer = try await rig.chat()
            #expect(answer.status == 502 && answer.text.contains(#""type":"server_error""#))
        }
    }

    // MARK: callers of the Messages API

    @Test("callers of the Messages API reach a provider of OpenAI's dialect, whole and streamed")
    func messages() async throws {
        let script: ScriptedUpstream.Script = { request, socket in
            socket.send(request.text.contains(#""stream":true"#) ? Wire.stream : Wire.answer(Wire.completion))
        }
        try await Rig.with(script: script) { (rig: Rig) async throws -> Void in
            let whole = try await Self.ask(rig, stream: false)
            #expect(whole.status == 200)
            #expect(
                whole.text
                    == #"{"id":"c1","type":"message","role":"assistant","model":"gpt-upstream-2026","content":[{"type":"text","#
                    + #""text":"hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":10,"#
                    + #""cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":5}}"#
            )
            let streamed = try await Self.ask(rig, stream: true)
            #expect(streamed.isWhole && streamed.text.hasPrefix("event: message_start\n"))
            #expect(streamed.text.contains(#""delta":{"type":"text_delta","text":"h\u00e9 😀"}"#))
            #expect(
                streamed.text.contains(
                    #""delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":10,"#
                )
            )
            #expect(streamed.text.hasSuffix("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"))
            let sent = rig.upstream.requests
            #expect(sent[0].head.hasPrefix("POST /base/v1/chat/completions HTTP/1.1\r\n"))
            #expect(sent[0]["authorization"] == "Bearer provider-secret")
            #expect(sent[0]["anthropic-version"] == nil && sent[0]["anthropic-beta"] == nil)
            #expect(sent[1].text.contains(#""stream_options":{"include_usage":true}"#))
            for outcome in rig.sink.outcomes {
                #expect(outcome.endpoint == Outcome.Endpoint(.anthropic, .chat) && outcome.ending == .complete)
                #expect(outcome.attempts[0].usage == Usage(freshInput: 10, output: 5))
            }
        }
    }

    @Test("its errors come in their words, whole and within a stream")
    func messagesFailed() async throws {
        let error = #"{"error":{"message":"Slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#
        let script: ScriptedUpstream.Script = { request, socket in
            guard request.text.contains(#""stream":true"#) else {
                return socket.send(Wire.answer(error, status: "429 Too Many Requests"))
            }
            return socket.send(
                Wire.streamHead + Wire.chunk(Wire.events[0] + "\n\n" + Wire.events[1] + "\n\n")
                    + Wire.chunk("data: \(error)\n\n") + "0\r\n\r\n"
            )
        }
        try await Rig.with(script: script) { (rig: Rig) async throws -> Void in
            let whole = try await Self.ask(rig, stream: false)
            #expect(whole.status == 429)
            #expect(
                whole.text.hasPrefix(
                    #"{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"},"request_id":""#
                )
            )
            let streamed = try await Self.ask(rig, stream: true)
            #expect(
                streamed.text.contains(
                    "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\""
                )
            )
            #expect(!streamed.isWhole && !streamed.text.contains("message_stop"))
        }
    }

    // MARK: two dialects behind one route

    @Test("a failure at one dialect moves on to the other")
    func movesOn() async throws {
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 1, backoff: .milliseconds(1)))
        try await Rig.withTwo(
            settings,
            change: { $0.providers[1].dialect = .anthropic },
            first: { _, socket in socket.send(Wire.answer("{}", status: "503 Busy")) },
            second: { _, socket in socket.send(Messages.stream(["hello"])) }
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.stream()
            #expect(answer.text == Chunks.role + Chunks.text("hello") + Chunks.end && second.requests.count == 1)
            #expect(rig.sink.outcomes.first?.attempts.map(\.errorClass) == [.upstreamError, nil])
        }
    }

    @Test("a stream that broke off at one dialect goes on from the other")
    func resumes() async throws {
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 0), midstream: .resume)
        let first = Wire.streamHead + Wire.chunk(Messages.start + Messages.text("The qu") + Messages.text("ick br"))
        let events = ["The ", "quick brown", " fox"].map {
            #"data: {"id":"c2","model":"gpt","choices":[{"index":0,"delta":{"content":"\#($0)"},"finish_reason":null}]}"#
                + "\n\n"
        }
        let finish = #"data: {"id":"c2","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"# + "\n\n"
        let second = Wire.streamHead + (events + [finish, Wire.done]).map(Wire.chunk).joined() + "0\r\n\r\n"
        try await Rig.withTwo(
            settings,
            change: { $0.providers[0].dialect = .anthropic },
            first: { _, socket in
                socket.send(first)
                return false
            },
            second: { _, socket in socket.send(second) }
        ) { (rig: Rig, other: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.stream()
            let begun = Chunks.role + Chunks.text("The qu") + Chunks.text("ick br")
            #expect(answer.isWhole && answer.text.hasPrefix(begun) && other.requests.count == 1)
            let rest = answer.text.dropFirst(begun.count)
            #expect(rest.contains(#""delta":{"content":"own"}"#) && rest.contains(#""delta":{"content":" fox"}"#))
            #expect(!rest.contains("quick") && rest.hasSuffix(Wire.done))
        }
        // And the other way about, for a caller of the Messages API.
        try await Rig.withTwo(
            settings,
            change: { $0.providers[1].dialect = .anthropic },
            first: { _, socket in
                socket.send(Wire.streamHead + (events[..<1] + [events[1]]).map(Wire.chunk).joined())
                return false
            },
            second: { _, socket in socket.send(Messages.stream(["The quick", " brown fox"])) }
        ) { (rig: Rig, other: ScriptedUpstream) async throws -> Void in
            let answer = try await Self.ask(rig, stream: true)
            #expect(answer.isWhole && other.requests.count == 1)
            #expect(answer.text.contains(#""text":" fox"}"#) && !answer.text.contains("brown fox"))
            #expect(answer.text.components(separatedBy: "event: message_start").count == 2)
            #expect(answer.text.hasSuffix("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"))
        }
    }
}
