// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import SluiceWire
import Testing

/// Gemini's dialect, from a caller's socket to a provider's and back.
@Suite("Gemini's API")
struct GeminiRelayTests {
    static let request = #"{"contents": [{"parts": [{"text": "hi"}]}], "n": 1e400}"#
    static let usage =
        #""usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":3,"thoughtsTokenCount":2,"totalTokenCount":15}"#
    static let answer =
        #"{"candidates":[{"content":{"parts":[{"text":"hello"}]},"finishReason":"STOP","index":0}],\#(usage)}"#
    static let events = [
        #"data: {"candidates":[{"content":{"parts":[{"text":"hel"}],"role":"model"},"index":0}]}"#,
        #"data: {"candidates":[{"content":{"parts":[{"text":"lo"}]},"finishReason":"STOP","index":0}],\#(usage)}"#,
    ].map { $0 + "\n\n" }

    static let fine: ScriptedUpstream.Script = { request, socket in
        guard request.head.contains("streamGenerateContent") else { return socket.send(Wire.answer(answer)) }
        return socket.send(Wire.streamHead + events.map(Wire.chunk).joined() + "0\r\n\r\n")
    }

    static func with(
        _ settings: VersionSettings = VersionSettings(retry: RetryPolicy(maxRetries: 0)),
        change: @escaping (inout Snapshot) -> Void = { _ in },
        script: @escaping ScriptedUpstream.Script = fine,
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await Rig.with(
            settings,
            change: { snapshot in
                snapshot.providers[0].dialect = .gemini
                change(&snapshot)
            },
            script: script,
            body
        )
    }

    private func ask(
        _ path: String,
        _ body: String = Self.request,
        key: String = "x-goog-api-key: \(Rig.key)\r\n",
        on rig: Rig
    ) async throws -> RawAnswer {
        try await rig.exchangeToEnd(Wire.request(body, "Connection: close\r\n", path: path, key: key))
    }

    @Test("a whole answer is relayed byte for byte and metered", arguments: ["/v1", "/v1beta", "/genai/v1beta"])
    func whole(start: String) async throws {
        try await Self.with { rig in
            let answer = try await ask("\(start)/models/gpt-4o:generateContent", on: rig)
            #expect(answer.status == 200 && answer.text == Self.answer)
            let sent = rig.upstream.requests[0]
            #expect(sent.head.hasPrefix("POST /base/v1/models/gpt-upstream:generateContent HTTP/1.1\r\n"))
            #expect(sent["x-goog-api-key"] == "provider-secret" && sent["authorization"] == nil)
            #expect(sent.text == Self.request)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.endpoint.text == "gemini/chat" && outcome.ending == .complete)
            #expect(outcome.attempts[0].usage == Usage(freshInput: 10, output: 5, reasoning: 2))
            #expect(outcome.attempts[0].cost == .known(NanoUSD(10 * 2_000 + 5 * 8_000)))
        }
    }

    @Test("a stream is relayed byte for byte and metered, with the key in the query, too")
    func streamed() async throws {
        try await Self.with { rig in
            let path = "/v1beta/models/chat:streamGenerateContent?alt=sse&key=\(Rig.key)"
            let answer = try await ask(path, key: "", on: rig)
            #expect(answer.status == 200 && answer.text == Self.events.joined())
            let head = rig.upstream.requests[0].head
            #expect(head.hasPrefix("POST /base/v1/models/gpt-upstream:streamGenerateContent?alt=sse HTTP/1.1\r\n"))
            #expect(!head.contains(Rig.key))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.isStream && outcome.ending == .complete && outcome.firstToken != nil)
            #expect(outcome.attempts[0].usage == Usage(freshInput: 10, output: 5, reasoning: 2))
        }
    }

    @Test(
        "a stream that breaks off, or just ends, ends with Google's error and no reason to have ended",
        arguments: [true, false]
    )
    func cut(isClean: Bool) async throws {
        let cut: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.streamHead + Wire.chunk(Self.events[0]) + (isClean ? "0\r\n\r\n" : ""))
            return isClean
        }
        try await Self.with(script: cut) { rig in
            let answer = try await ask("/v1/models/chat:streamGenerateContent?alt=sse", on: rig)
            #expect(answer.text.hasPrefix(Self.events[0] + #"data: {"error":{"code":502,"#))
            #expect(answer.text.contains("UPSTREAM_RESET") && !answer.text.contains("finishReason"))
            #expect(rig.sink.outcomes.first?.ending == .cut)
        }
    }

    @Test(
        "refusals and lists are Google's",
        arguments: [
            ("POST", "/v1/models/nobody:generateContent", 404, #"{"error":{"code":404,"#),
            ("POST", "/v1beta/models/chat:streamGenerateContent", 400, #"{"error":{"code":400,"#),
            ("GET", "/v1beta/models", 200, #"{"models":[{"name":"models/chat","#),
            ("GET", "/v1/models", 200, #"{"models":[{"name":"models/chat","#),
            ("GET", "/v1beta/models/chat", 200, #"{"name":"models/chat","#),
            ("GET", "/v1/models/chat:generateContent", 405, #"{"error":{"code":405,"#),
            ("POST", "/v1beta/files", 404, #"{"error":{"code":404,"#),
        ]
    )
    func refusals(method: String, path: String, status: Int, start: String) async throws {
        try await Self.with { rig in
            let key = "x-goog-api-key: \(Rig.key)\r\n"
            let answer = try await rig.exchange(
                method == "GET" ? Wire.get(path, key: key) : Wire.request(Self.request, path: path, key: key)
            )
            #expect(answer.status == status && answer.text.hasPrefix(start), "\(answer.text)")
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("counts and vectors are asked for at their own paths, in the provider's name")
    func beside() async throws {
        let script: ScriptedUpstream.Script = { request, socket in
            let body =
                request.head.contains("countTokens")
                ? #"{"totalTokens":7}"# : #"{"embeddings":[{"values":[1]}],"embedding":{"values":[1]}}"#
            return socket.send(Wire.answer(body))
        }
        try await Self.with(script: script) { rig in
            let batch = #"{"requests":[{"model":"models/chat","content":{}}]}"#
            for (verb, body) in [("countTokens", Self.request), ("embedContent", "{}"), ("batchEmbedContents", batch)] {
                let answer = try await ask("/v1beta/models/chat:\(verb)", body, on: rig)
                #expect(answer.status == 200, "\(verb) \(answer.text)")
                let head = try #require(rig.upstream.requests.last).head
                #expect(head.hasPrefix("POST /base/v1/models/gpt-upstream:\(verb) HTTP/1.1\r\n"))
            }
            #expect(rig.upstream.requests.last?.text == batch.replacing("/chat", with: "/gpt-upstream"))
            #expect(
                rig.sink.outcomes.map(\.endpoint.text) == [
                    "gemini/count_tokens", "gemini/embeddings", "gemini/embedding_batch",
                ]
            )
        }
    }

    @Test("what an account keeps is not looked for at another; what has no text is no request for vectors")
    func apart() async throws {
        let cached = #"{"contents":[],"cachedContent":"cachedContents/1"}"#
        let second: (inout Snapshot) -> Void = { $0.versions.append(Rig.version("v2", state: .canary, weight: .none)) }
        try await Self.with(change: second) { rig in
            let answer = try await ask("/v1/models/chat:generateContent", cached, on: rig)
            #expect(answer.status == 400 && answer.text.contains("cachedContent"))
        }
        try await Self.with(change: { $0.providers[0].dialect = .openai }) { rig in
            let answer = try await ask("/v1/models/chat:embedContent", "{}", on: rig)
            #expect(answer.status == 400 && answer.text.contains("content must have parts with a text"))
        }
    }
}
