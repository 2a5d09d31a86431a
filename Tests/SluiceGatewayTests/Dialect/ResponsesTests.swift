// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import SluiceWire
import Testing

/// The Responses API of OpenAI's dialect, from a caller's socket to a provider's and back.
@Suite("The Responses API")
struct ResponsesTests {
    static let request = #"{"model": "gpt-4o", "input": "hi", "n": 1e400}"#
    static let flowing = #"{"model":"chat","stream":true,"input":[{"role":"user","content":"hi"}]}"#
    static let usage = #""usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15}"#
    static let answer =
        #"{"id":"resp_1","object":"response","status":"completed","output":[{"type":"message"}],\#(usage)}"#

    static func event(_ type: String, _ members: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\",\(members)}\n\n"
    }

    static let created = event("response.created", #""response":{"id":"resp_1","status":"in_progress","output":[]}"#)
    static let delta = event("response.output_text.delta", #""delta":"hello""#)
    static let completed = event(
        "response.completed",
        #""response":{"id":"resp_1","status":"completed","output":[{}],\#(usage)}"#
    )
    static let failed = event(
        "response.failed",
        #""response":{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"x"},"output":[]}"#
    )

    private static func stream(_ events: [String], isWhole: Bool = true) -> String {
        Wire.streamHead + events.map(Wire.chunk).joined() + (isWhole ? "0\r\n\r\n" : "")
    }

    static let fine: ScriptedUpstream.Script = { request, socket in
        socket.send(request.text.contains("\"stream\"") ? stream([created, delta, completed]) : Wire.answer(answer))
    }

    private func ask(
        _ body: String = Self.request,
        _ headers: String = "",
        path: String = "/v1/responses",
        on rig: Rig
    ) async throws -> RawAnswer {
        try await rig.exchangeToEnd(Wire.request(body, headers + "Connection: close\r\n", path: path))
    }

    @Test("a whole answer is relayed byte for byte and metered", arguments: ["/v1/responses", "/responses"])
    func whole(path: String) async throws {
        try await Rig.with(script: Self.fine) { rig in
            let answer = try await ask(path: path, on: rig)
            #expect(answer.status == 200 && answer.text == Self.answer)
            let sent = rig.upstream.requests[0]
            #expect(sent.head.hasPrefix("POST /base/v1/responses HTTP/1.1\r\n"))
            #expect(sent.text == Self.request.replacing("gpt-4o", with: "gpt-upstream"))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.endpoint == .responses && outcome.ending == .complete)
            #expect(outcome.attempts[0].usage == Usage(freshInput: 10, output: 5))
            #expect(outcome.attempts[0].cost == .known(NanoUSD(10 * 2_000 + 5 * 8_000)))
        }
    }

    @Test("a stream is relayed byte for byte, without another API's end, and nothing is added to its request")
    func streamed() async throws {
        try await Rig.with(script: Self.fine) { rig in
            let answer = try await ask(Self.flowing, on: rig)
            #expect(answer.status == 200 && answer.text == Self.created + Self.delta + Self.completed)
            #expect(rig.upstream.requests[0].text == Self.flowing.replacing("chat", with: "gpt-upstream"))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.isStream && outcome.ending == .complete && outcome.firstToken != nil)
            #expect(outcome.attempts[0].usage == Usage(freshInput: 10, output: 5))
        }
    }

    @Test("the last event leaves after the outcome is on record")
    func recordFirst() async throws {
        let slow: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.streamHead + Wire.chunk(Self.created + Self.delta + Self.completed))
            return true
        }
        try await Rig.with(script: slow) { rig in
            let answer = try await ask(Self.flowing, on: rig)
            #expect(answer.text.hasSuffix(Self.completed) && rig.sink.outcomes.count == 1)
        }
    }

    @Test("a stream that breaks off ends with this API's error and without its end")
    func cut() async throws {
        let cut: ScriptedUpstream.Script = { _, socket in
            socket.send(Self.stream([Self.created, Self.delta, String(Self.completed.dropLast(20))], isWhole: false))
            return false
        }
        try await Rig.with(script: cut) { rig in
            let answer = try await ask(Self.flowing, on: rig)
            #expect(answer.text.hasPrefix(Self.created + Self.delta + "event: error\ndata: {\"type\":\"error\""))
            #expect(!answer.text.contains("response.completed") && !answer.text.contains("[DONE]"))
            #expect(answer.text.contains(#""code":"upstream_reset""#))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .cut && outcome.attempts[0].usage?.isEstimated == true)
        }
    }

    @Test("a clean end of the connection without the last event is a cut, too")
    func noEnd() async throws {
        let cut: ScriptedUpstream.Script = { _, socket in socket.send(Self.stream([Self.created, Self.delta])) }
        try await Rig.with(script: cut) { rig in
            let answer = try await ask(Self.flowing, on: rig)
            #expect(answer.text.contains("event: error\n"))
            #expect(rig.sink.outcomes.first?.ending == .cut)
        }
    }

    @Test("a response that failed before its first word is asked for again; one that failed after it says so itself")
    func failed() async throws {
        let count = Counter()
        let once: ScriptedUpstream.Script = { request, socket in
            guard count.next() == 0 else { return Self.fine(request, socket) }
            socket.send(Self.stream([Self.created, Self.failed]))
            return true
        }
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 1, backoff: .milliseconds(1)))
        try await Rig.with(settings, script: once) { rig in
            let answer = try await ask(Self.flowing, on: rig)
            #expect(answer.text == Self.created + Self.delta + Self.completed)
            #expect(rig.sink.outcomes.first?.attempts.map(\.errorClass) == [.errorInStream, nil])
        }
        let late: ScriptedUpstream.Script = { _, socket in
            socket.send(Self.stream([Self.created, Self.delta, Self.failed]))
        }
        try await Rig.with(settings, script: late) { rig in
            let answer = try await ask(Self.flowing, on: rig)
            #expect(answer.text == Self.created + Self.delta + Self.failed)
            #expect(rig.sink.outcomes.first?.errorClass == .errorInStream && rig.upstream.requests.count == 1)
        }
    }

    @Test("an answer that failed as a whole gets a status that says so, and its own body")
    func failedWhole() async throws {
        let body = #"{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"x"},"output":[]}"#
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(body)) }) { rig in
            let answer = try await ask(on: rig)
            #expect(answer.status == 502 && answer.text == body)
        }
        let incomplete =
            #"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[],\#(Self.usage)}"#
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(incomplete)) }) { rig in
            let answer = try await ask(on: rig)
            #expect(answer.status == 200 && answer.text == incomplete)
            #expect(rig.sink.outcomes.first?.attempts[0].usage == Usage(freshInput: 10, output: 5))
        }
    }

    @Test("a version's settings are in this API's words")
    func settings() async throws {
        let settings = try VersionSettings(
            validating: ["override": ["max_tokens": 7, "temperature": 0.5], "system_prompt": "Be brief"]
        )
        try await Rig.with(settings, script: Self.fine) { rig in
            _ = try await ask(#"{"model":"chat","input":"hi"}"#, on: rig)
            #expect(
                rig.upstream.requests[0].text
                    == #"{"model":"gpt-upstream","input":"hi","max_output_tokens":7,"temperature":0.5,"instructions":"Be brief"}"#
            )
        }
    }

    @Test("an agent's fields go on, and what it is told comes back")
    func fields() async throws {
        let script: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.answer(Self.answer, "x-codex-turn-state: t2\r\nopenai-model: gpt\r\nx-models-etag: e\r\n"))
        }
        let headers =
            "session-id: s1\r\nthread-id: t1\r\nx-codex-turn-state: t1\r\noriginator: codex\r\nx-client-request-id: c1\r\n"
        try await Rig.with(change: { $0.routes[0].unit = [.session] }, script: script) { rig in
            let answer = try await ask(Self.request, headers, on: rig)
            let sent = rig.upstream.requests[0]
            #expect(sent["session-id"] == "s1" && sent["thread-id"] == "t1" && sent["x-codex-turn-state"] == "t1")
            #expect(sent["originator"] == "codex" && sent["x-client-request-id"] == "c1")
            #expect(answer["x-codex-turn-state"] == "t2" && answer["openai-model"] == "gpt")
            #expect(answer["x-models-etag"] == "e" && answer["x-sluice-unit-source"] == "session")
        }
    }

    @Test("a count and a compaction are relayed, and a count costs nothing")
    func beside() async throws {
        let script: ScriptedUpstream.Script = { request, socket in
            let isCount = request.head.contains("input_tokens")
            return socket.send(
                Wire.answer(
                    isCount
                        ? #"{"object":"response.input_tokens","input_tokens":11}"#
                        : #"{"object":"response.compaction","output":[{}],\#(Self.usage)}"#
                )
            )
        }
        try await Rig.with(script: script) { rig in
            let count = try await ask(path: "/v1/responses/input_tokens", on: rig)
            let compact = try await ask(path: "/v1/responses/compact", on: rig)
            #expect(count.status == 200 && compact.status == 200)
            #expect(rig.upstream.requests[0].head.hasPrefix("POST /base/v1/responses/input_tokens HTTP/1.1\r\n"))
            #expect(rig.upstream.requests[1].head.hasPrefix("POST /base/v1/responses/compact HTTP/1.1\r\n"))
            let outcomes = rig.sink.outcomes
            #expect(outcomes[0].attempts[0].cost == .known(NanoUSD(0)))
            #expect(outcomes[1].attempts[0].usage == Usage(freshInput: 10, output: 5))
            #expect(outcomes.map(\.endpoint.text) == ["count_tokens", "compact"])
        }
    }

    @Test("a WebSocket is refused with 426, so that agents fall back at once")
    func webSocket() async throws {
        try await Rig.with(script: Self.fine) { rig in
            let answer = try await rig.exchange(
                "GET /v1/responses HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer \(Rig.key)\r\n"
                    + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            #expect(answer.status == 426 && answer.text.contains("upgrade_not_served"))
        }
    }
}
