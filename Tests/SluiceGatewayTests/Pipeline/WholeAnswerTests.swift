// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceHTTP
import SluiceTestKit
import Testing

@Suite("Whole answers")
struct WholeAnswerTests {
    @Test("bytes pass both ways as they are, but for the model")
    func bytes() async throws {
        let odd = #"{ "x":1e400,"big":123456789012345678901234567890, "#
        let body =
            odd + #""model" : "gpt-4o","messages":[{"role":"user","content":"\ud83d\ude00 é"}],"y":{"a":[0.0]} }"#
        let reply = #"{"id":"é😀","choices":[{"message":{"content":"a"}}],"n":1.0e-7,"usage":null,"z":[1,  2]}"# + "\n"
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(reply)) }) {
            (rig: Rig) async throws -> Void in
            let answer = try await rig.chat(body)
            #expect(answer.status == 200 && answer.text == reply)
            let seen = try #require(rig.upstream.requests.first)
            #expect(seen.text == body.replacing(#""gpt-4o""#, with: #""gpt-upstream""#))
        }
    }

    @Test("the provider sees its own credential and what may go on, never the caller's key")
    func requestHead() async throws {
        let headers =
            "OpenAI-Beta: x=1\r\nIdempotency-Key: once\r\nCookie: a=b\r\nX-Forwarded-For: 1.2.3.4\r\n"
            + "X-Api-Key: \(Rig.key)\r\nAccept-Encoding: gzip\r\nX-Sluice-Unit: u\r\n"
            + "OpenAI-Organization: org\r\nOpenAI-Project: p\r\n"
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(Wire.completion)) }) {
            (rig: Rig) async throws -> Void in
            _ = try await rig.chat(Wire.chat, headers)
            let seen = try #require(rig.upstream.requests.first)
            #expect(seen.head.hasPrefix("POST /base/v1/chat/completions HTTP/1.1\r\n"))
            #expect(seen["host"] == "127.0.0.1:\(rig.upstream.port)")
            #expect(seen["authorization"] == "Bearer provider-secret")
            #expect(seen["openai-beta"] == "x=1")
            #expect(seen["idempotency-key"] == "once")
            #expect(seen["accept-encoding"] == "identity")
            #expect(!seen.head.contains(Rig.key))
            #expect(seen["openai-organization"] == "org" && seen["openai-project"] == "p")
            for name in ["cookie", "x-forwarded-for", "x-sluice-unit", "x-api-key"] { #expect(seen[name] == nil) }
        }
    }

    @Test("the answer carries our fields, and only those of the provider's that end with the caller")
    func answerHead() async throws {
        let headers =
            "Server: x\r\nSet-Cookie: a=b\r\nAlt-Svc: h3\r\nX-Request-Id: up1\r\nX-Sluice-Version: forged\r\n"
            + "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nX-RateLimit-Remaining: 9\r\n"
        let reply = Wire.answer(Wire.completion, headers)
        try await Rig.with(script: { _, socket in socket.send(reply) }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat(Wire.chat, "X-Sluice-Unit: user-1\r\n")
            #expect(answer["x-upstream-request-id"] == "up1" && answer["x-ratelimit-remaining"] == "9")
            for name in ["server", "set-cookie", "alt-svc", "x-hop", "keep-alive", "connection"] {
                #expect(answer[name] == nil, "\(name)")
            }
            #expect(answer["x-sluice-version"] == "v1" && answer["x-sluice-route"] == "chat")
            #expect(answer["x-sluice-provider"] == "main" && answer["x-sluice-epoch"] == "7")
            #expect(answer["x-sluice-bucket"] == "569" && answer["x-sluice-unit-source"] == "header:x-sluice-unit")
            #expect(answer["x-sluice-attempts"] == "1" && answer["x-sluice-cost-usd"] == "0.00006")
            #expect(answer["server-timing"]?.hasPrefix("sluice;dur=") == true)
            #expect(answer.headers.count { $0.name == "x-sluice-version" } == 1)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(answer["x-request-id"] == outcome.request.description)
        }
    }

    @Test(
        "an answer says what it cost where that is known, and else why it is not",
        arguments: [
            (#""usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}"#, "known"),
            (#""usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":40}"#, "inconsistent"),
            (#""usage":{"prompt_tokens":10,"completion_tokens":5},"service_tier":"flex""#, "unpriced"),
            (
                #""usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"audio_tokens":9}}"#,
                "unpriced"
            ),
            (#""usage":{"prompt_tokens":10,"completion_tokens":0,"total_tokens":10}"#, "unknown"),
            (#""usage":{"prompt_tokens":-10,"completion_tokens":5}"#, "unknown"), (#""usage":null"#, "unknown"),
        ]
    )
    func cost(usage: String, state: String) async throws {
        let reply = #"{"choices":[{"message":{"content":"Hello"}}],\#(usage)}"#
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(reply)) }) {
            (rig: Rig) async throws -> Void in
            let answer = try await rig.chat(Wire.chat)
            #expect(answer["x-sluice-cost-usd"] == (state == "known" ? "0.00006" : nil))
            #expect(answer["x-sluice-cost-state"] == (state == "known" ? nil : state))
            #expect(rig.sink.outcomes.first?.attempts.first?.costState.rawValue == state)
        }
    }

    @Test("the outcome is complete and on record when the caller has the answer")
    func outcome() async throws {
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(Wire.completion)) }) {
            (rig: Rig) async throws -> Void in
            _ = try await rig.chat(Wire.chat, "X-Sluice-Tags: team=a\r\n")
            let records = rig.sink.records
            #expect(records.count == 2)
            guard case .opened(let opened)? = records.first, case .settled(let outcome)? = records.last else {
                Issue.record("opened, then settled")
                return
            }
            #expect(opened.request == outcome.request && opened.number == 1 && opened.model == "gpt-upstream")
            #expect(outcome.ending == .complete && outcome.status == 200 && outcome.errorClass == nil)
            #expect(outcome.key == Records.id("app") && outcome.version == Records.id("v1"))
            #expect(outcome.unitSource == "conversation" && outcome.unitHash != nil && outcome.tags == "team=a")
            #expect(outcome.duration > 0 && outcome.overhead > 0 && outcome.overhead <= outcome.duration)
            let attempt = try #require(outcome.attempts.first)
            #expect(attempt.usage == Usage(freshInput: 10, output: 5))
            #expect(attempt.cost == .known(NanoUSD(60_000)))
            #expect(attempt.status == 200 && attempt.errorClass == nil && attempt.duration > 0)
        }
    }

    @Test("8 MiB pass both ways, and connections are used again")
    func large() async throws {
        let filler = String(repeating: "0123456789abcdef", count: 8 << 16)
        let body = #"{"model":"chat","messages":[{"role":"user","content":""# + filler + #""}]}"#
        let reply = #"{"choices":[{"message":{"content":""# + filler + #""}}]}"#
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(reply)) }) {
            (rig: Rig) async throws -> Void in
            for _ in 0..<2 {
                let answer = try await rig.chat(body)
                #expect(answer.isWhole && answer.body.elementsEqual(reply.utf8))
                #expect(answer["x-sluice-cost-usd"] == nil)
            }
            #expect(rig.upstream.requests.allSatisfy { $0.body.count == body.utf8.count + 8 })
            #expect(rig.upstream.connections == 1)
            #expect(rig.sink.outcomes.count == 2)
        }
    }

    @Test("an answer in chunks comes out with its length where it is small, in chunks where it is not")
    func chunked() async throws {
        let calls = Counter()
        let small = Wire.completion
        let big = #"{"choices":[{"message":{"content":""# + String(repeating: "x", count: 200_000) + #""}}]}"#
        try await Rig.with(script: { _, socket in
            let body = calls.next() == 0 ? small : big
            let half = body.index(body.startIndex, offsetBy: body.count / 2)
            let chunks = Wire.chunk(String(body[..<half])) + Wire.chunk(String(body[half...])) + "0\r\n\r\n"
            return socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        }) { (rig: Rig) async throws -> Void in
            let first = try await rig.chat()
            #expect(first["content-length"] == "\(small.utf8.count)" && first.text == small)
            let second = try await rig.chat()
            #expect(second["transfer-encoding"] == "chunked" && second.text == big && second.isWhole)
        }
    }

    @Test(
        "a provider's refusal passes with its status and body, is tried once, and is the class it is",
        arguments: [
            (
                "400 Bad Request", 400, #"{"error":{"message":"bad","type":"invalid_request_error"}}"#,
                ErrorClass.badRequest
            ),
            ("404 Not Found", 404, "no json at all", .badRequest),
            ("429 Too Many", 429, #"{"error":{"type":"insufficient_quota","code":"insufficient_quota"}}"#, .quota),
        ]
    )
    func refusals(line: String, status: Int, body: String, errorClass: ErrorClass) async throws {
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 3, backoff: .milliseconds(1)))
        try await Rig.with(settings, script: { _, socket in socket.send(Wire.answer(body, status: line)) }) {
            (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == status && answer.text == body)
            #expect(rig.upstream.requests.count == 1)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .complete && outcome.errorClass == errorClass)
            #expect(outcome.attempts.map(\.errorClass) == [errorClass])
        }
    }

    @Test("callers of HTTP/1.0 are answered without chunks")
    func oldCallers() async throws {
        try await Rig.with(script: { _, socket in socket.send(Wire.stream) }) { (rig: Rig) async throws -> Void in
            let body = Wire.streamingChat
            let request =
                "POST /v1/chat/completions HTTP/1.0\r\nAuthorization: Bearer \(Rig.key)\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            let answer = try await rig.exchangeToEnd(request)
            #expect(answer["transfer-encoding"] == nil && answer["connection"] == "close")
            #expect(answer.text == Wire.passed)
        }
    }
}
