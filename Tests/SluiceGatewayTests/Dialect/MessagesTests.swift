// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import SluiceWire
import Testing

/// What callers and providers of the Messages API put on the wire.
enum MessagesWire {
    static let chat = #"{"model": "gpt-4o","max_tokens":64, "n":1e400,"messages":[{"role":"user","content":"hi"}]}"#
    static let streaming =
        #"{"model":"chat","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#
    static let answer =
        #"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"hello"}],"#
        + #""stop_reason":"end_turn","usage":{"input_tokens":4,"cache_read_input_tokens":6,"output_tokens":5}}"#
    static let failure =
        #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_9"}"#

    static func event(_ name: String, _ members: String = "") -> String {
        "event: \(name)\ndata: {\"type\":\"\(name)\"\(members.isEmpty ? "" : ",\(members)")}\n\n"
    }

    static let start = event(
        "message_start",
        #""message":{"id":"msg_1","type":"message","content":[],"usage":{"input_tokens":10,"output_tokens":1}}"#
    )
    static let block = event("content_block_start", #""index":0,"content_block":{"type":"text","text":""}"#)
    static func text(_ text: String) -> String {
        event("content_block_delta", #""index":0,"delta":{"type":"text_delta","text":"\#(text)"}"#)
    }
    static let end =
        event("content_block_stop", #""index":0"#)
        + event("message_delta", #""delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}"#)
    static let stop = event("message_stop")
    static let events = [start, block, text("good"), text(" 😀"), end]

    static func stream(_ events: [String]) -> String {
        Wire.streamHead + events.map(Wire.chunk).joined() + "0\r\n\r\n"
    }

    static func request(
        _ body: String = chat,
        _ headers: String = "",
        path: String = "/v1/messages?beta=true",
        key: String = "X-Api-Key: \(Rig.key)\r\n"
    ) -> String {
        Wire.request(body, headers, path: path, key: key)
    }
}

@Suite("Callers of the Messages API")
struct MessagesTests {
    static let fine: ScriptedUpstream.Script = { request, socket in
        if request.head.contains("/count_tokens") { return socket.send(Wire.answer(#"{"input_tokens":14}"#)) }
        return socket.send(
            request.text.contains(#""stream":true"#)
                ? MessagesWire.stream(MessagesWire.events + [MessagesWire.stop])
                : Wire.answer(
                    MessagesWire.answer,
                    "request-id: req_7\r\nanthropic-ratelimit-requests-remaining: 3\r\nanthropic-organization-id: o\r\n"
                )
        )
    }

    static func with(
        _ settings: VersionSettings = VersionSettings(retry: RetryPolicy(maxRetries: 0)),
        provider: @escaping (inout Provider) -> Void = { _ in },
        script: @escaping ScriptedUpstream.Script = fine,
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await Rig.with(
            settings,
            change: { snapshot in
                snapshot.providers[0].dialect = .anthropic
                provider(&snapshot.providers[0])
            },
            script: script,
            body
        )
    }

    @Test(
        "a whole answer is relayed byte for byte and metered, under each of its paths and keys",
        arguments: [
            ("/v1/messages", "X-Api-Key: \(Rig.key)\r\n"),
            ("/v1/messages?beta=true", "Authorization: Bearer \(Rig.key)\r\n"),
            ("/anthropic/v1/messages", "X-Api-Key: \(Rig.key)\r\n"),
        ]
    )
    func whole(path: String, key: String) async throws {
        try await Self.with { rig in
            let answer = try await rig.exchange(MessagesWire.request(path: path, key: key))
            #expect(answer.status == 200 && answer.text == MessagesWire.answer)
            #expect(answer["request-id"] == "req_7" && answer["anthropic-ratelimit-requests-remaining"] == "3")
            #expect(answer["anthropic-organization-id"] == nil)
            let sent = rig.upstream.requests[0]
            #expect(sent.head.hasPrefix("POST /base/v1/v1/messages HTTP/1.1\r\n"))
            #expect(sent["x-api-key"] == "provider-secret" && sent["authorization"] == nil)
            #expect(sent["anthropic-version"] == "2023-06-01")
            #expect(sent.text == MessagesWire.chat.replacing("gpt-4o", with: "gpt-upstream"))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.endpoint == Outcome.Endpoint(.anthropic, .chat) && outcome.ending == .complete)
            #expect(outcome.attempts[0].usage == Usage(freshInput: 4, cachedInput: 6, output: 5))
            #expect(outcome.attempts[0].cost == .known(NanoUSD(4 * 2_000 + 6 * 500 + 5 * 8_000)))
        }
    }

    @Test("a stream is relayed byte for byte, its last event after the record")
    func streamed() async throws {
        try await Self.with { rig in
            let answer = try await rig.exchangeToEnd(
                MessagesWire.request(MessagesWire.streaming, "Connection: close\r\n")
            )
            #expect(answer.status == 200 && answer.text == MessagesWire.events.joined() + MessagesWire.stop)
            #expect(answer["content-type"] == "text/event-stream; charset=utf-8")
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.isStream && outcome.ending == .complete && outcome.firstToken != nil)
            #expect(outcome.attempts[0].usage == Usage(freshInput: 10, output: 5))
        }
    }

    @Test("a stream cut behind any of its events ends with an error event, and never with message_stop")
    func cut() async throws {
        for count in 3...5 {
            let script: ScriptedUpstream.Script = { _, socket in
                socket.send(Wire.streamHead + MessagesWire.events[..<count].map(Wire.chunk).joined())
                return false
            }
            try await Self.with(script: script) { rig in
                let answer = try await rig.exchangeToEnd(MessagesWire.request(MessagesWire.streaming))
                let passed = MessagesWire.events[..<count].joined()
                #expect(
                    answer.text.hasPrefix(
                        passed + #"event: error"# + "\n" + #"data: {"type":"error","error":{"type":"api_error""#
                    )
                )
                #expect(!answer.text.contains("message_stop"))
                let outcome = try #require(rig.sink.outcomes.first)
                #expect(
                    outcome.ending == .cut && outcome.attempts[0].errorClass == .reset
                        || outcome.attempts[0].errorClass == .truncated
                )
            }
        }
    }

    @Test("an error inside a stream passes as it is, and what stands behind it does not")
    func errorInStream() async throws {
        let failure = "event: error\ndata: \(MessagesWire.failure)\n\n"
        let late = MessagesWire.stream(MessagesWire.events[..<3] + [failure, MessagesWire.stop])
        try await Self.with(script: { _, socket in socket.send(late) }) { rig in
            let answer = try await rig.exchangeToEnd(MessagesWire.request(MessagesWire.streaming))
            #expect(answer.text == MessagesWire.events[..<3].joined() + failure)
            #expect(rig.sink.outcomes.first?.attempts[0].errorClass == .errorInStream)
        }
        // Before its first content another attempt is made.
        let count = Counter()
        let once: ScriptedUpstream.Script = { request, socket in
            guard count.next() == 0 else { return Self.fine(request, socket) }
            return socket.send(MessagesWire.stream([MessagesWire.start, failure]))
        }
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 1, backoff: .milliseconds(1)))
        try await Self.with(settings, script: once) { rig in
            let answer = try await rig.exchangeToEnd(
                MessagesWire.request(MessagesWire.streaming, "Connection: close\r\n")
            )
            #expect(answer.text == MessagesWire.events.joined() + MessagesWire.stop)
            #expect(rig.sink.outcomes.first?.attempts.map(\.errorClass) == [.errorInStream, nil])
        }
    }

    @Test("a provider's own error reaches the caller as it is")
    func ownError() async throws {
        let script: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.answer(MessagesWire.failure, status: "529 Overloaded", "request-id: req_9\r\n"))
        }
        try await Self.with(script: script) { rig in
            let answer = try await rig.exchange(MessagesWire.request())
            #expect(answer.status == 529 && answer.text == MessagesWire.failure && answer["request-id"] == "req_9")
            #expect(rig.sink.outcomes.first?.errorClass == .upstreamError)
        }
    }

    @Test("a count of tokens is relayed, costs nothing and is on record as what it is")
    func counted() async throws {
        try await Self.with { rig in
            let answer = try await rig.exchange(MessagesWire.request(path: "/v1/messages/count_tokens"))
            #expect(answer.status == 200 && answer.text == #"{"input_tokens":14}"#)
            #expect(rig.upstream.requests[0].head.hasPrefix("POST /base/v1/v1/messages/count_tokens "))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.endpoint.text == "anthropic/count_tokens" && outcome.ending == .complete)
            #expect(outcome.attempts[0].usage == Usage() && outcome.attempts[0].cost == .known(NanoUSD(0)))
        }
    }

    @Test("version and betas of the caller go on as open lists")
    func fields() async throws {
        try await Self.with { rig in
            let fields =
                "Anthropic-Version: 2031-01-01\r\nanthropic-beta: a-1,b-2\r\nAnthropic-Beta: c\r\nx-app: cli\r\n"
            _ = try await rig.exchange(MessagesWire.request(MessagesWire.chat, fields))
            let head = rig.upstream.requests[0].head
            #expect(head.contains("anthropic-version: 2031-01-01\r\nanthropic-beta: a-1,b-2\r\nanthropic-beta: c\r\n"))
            #expect(!head.contains("2023-06-01") && !head.contains("x-app") && !head.contains(Rig.key))
        }
        let own: (inout Provider) -> Void = { provider in
            provider.headers = [try? ProviderHeader(validating: "anthropic-version", value: "own")].compactMap(\.self)
            provider.apiKeyHeader = "authorization"
        }
        try await Self.with(provider: own) { rig in
            _ = try await rig.exchange(MessagesWire.request(MessagesWire.chat, "anthropic-version: theirs\r\n"))
            let head = rig.upstream.requests[0].head
            #expect(head.contains("anthropic-version: own\r\n") && !head.contains("theirs"))
            #expect(head.contains("authorization: Bearer provider-secret\r\n") && !head.contains("x-api-key"))
        }
    }

    @Test("a session that an agent names is the unit", arguments: ["header", "body"])
    func units(place: String) async throws {
        try await Self.with { rig in
            let user = #"{\"device_id\":\"d\",\"session_id\":\"s-1\"}"#
            let inBody = MessagesWire.streaming.dropLast() + #","metadata":{"user_id":"\#(user)"}}"#
            let request =
                place == "header"
                ? MessagesWire.request(MessagesWire.chat, "X-Claude-Code-Session-Id: s-1\r\n")
                : MessagesWire.request(String(inBody))
            let answer = try await rig.exchange(request)
            #expect(answer["x-sluice-unit-source"] == "session")
        }
    }

    @Test(
        "refusals and lists are in its words",
        arguments: [
            (MessagesWire.request("{"), 400, "invalid_request_error"),
            (MessagesWire.request("{}"), 400, "invalid_request_error"),
            (MessagesWire.request(#"{"model":"nobody"}"#), 404, "not_found_error"),
            (MessagesWire.request(key: ""), 401, "authentication_error"),
            (MessagesWire.request(path: "/v1/messages/others"), 404, "not_found_error"),
            (Wire.get("/v1/messages"), 405, "invalid_request_error"),
            (Wire.get("/anthropic/v1/nothing"), 404, "not_found_error"),
        ]
    )
    func refusals(request: String, status: Int, type: String) async throws {
        try await Self.with { rig in
            let answer = try await rig.exchange(request)
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer.text.hasPrefix(#"{"type":"error","error":{"type":"\#(type)","message":"#), "\(answer.text)")
            #expect(answer["request-id"] != nil && answer["request-id"] == answer["x-request-id"])
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("models are listed in the caller's shape; probes and upgrades are answered")
    func models() async throws {
        try await Self.with { rig in
            let key = "Authorization: Bearer \(Rig.key)\r\nanthropic-version: 2023-06-01\r\n"
            let list = try await rig.exchange(Wire.get("/v1/models?limit=1000", key: key))
            #expect(list.status == 200 && list.text.hasPrefix(#"{"data":[{"type":"model","id":"chat","display_name""#))
            #expect(list.text.hasSuffix(#""has_more":false,"first_id":"chat","last_id":"gpt-4o"}"#))
            let one = try await rig.exchange(Wire.get("/v1/models/chat", key: key))
            #expect(one.text.hasPrefix(#"{"type":"model","id":"chat""#))
            #expect(try await rig.exchange(Wire.get("/v1/models")).text.hasPrefix(#"{"object":"list""#))
            let probe = try await rig.exchangeToEnd("HEAD / HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n")
            #expect(probe.status == 200)
            let upgrade = try await rig.exchange(
                Wire.get("/v1/messages", key: key + "Connection: upgrade\r\nUpgrade: websocket\r\n")
            )
            #expect(upgrade.status == 426)
        }
    }

    @Test("what is not translated is refused at a provider of another dialect")
    func twoDialects() async throws {
        try await Self.with { rig in
            let body = #"{"model":"chat","input":"hi"}"#
            let answer = try await rig.exchange(Wire.request(body, path: "/v1/embeddings"))
            #expect(
                answer.status == 400 && answer.text.contains("whose embeddings are not asked for in the dialect openai")
            )
            let completion = try await rig.exchange(
                Wire.request(#"{"model":"chat","prompt":"a"}"#, path: "/v1/completions")
            )
            #expect(completion.status == 503 && completion.text.contains(#""code":"no_version""#))
        }
        let chats: (inout Snapshot) -> Void = { $0.providers[0].servesResponses = false }
        try await Rig.with(change: chats, script: Self.fine) { (rig: Rig) async throws -> Void in
            let answer = try await rig.exchange(MessagesWire.request(path: "/v1/messages/count_tokens"))
            #expect(answer.status == 400 && answer.text.contains("does not count tokens"))
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("silence is broken by pings, before the answer begins and inside it")
    func pings() async throws {
        let gate = Gate()
        let slow: ScriptedUpstream.Script = { _, socket in
            gate.pass()
            return socket.send(MessagesWire.stream(MessagesWire.events + [MessagesWire.stop]))
        }
        var settings = VersionSettings(retry: RetryPolicy(maxRetries: 0))
        settings.keepaliveAfter = .milliseconds(50)
        try await Self.with(settings, script: slow) { rig in
            let port = rig.port
            let answer = try await offload {
                let socket = try RawSocket.connect(port: port)
                defer { socket.close() }
                socket.send(MessagesWire.request(MessagesWire.streaming, "Connection: close\r\n"))
                let first = socket.receive { RawAnswer($0).text.contains("event: ping\n") }
                gate.open()
                return RawAnswer(first + socket.receiveAll())
            }
            let ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n"
            #expect(answer.text.hasPrefix(ping) && answer.isWhole)
            #expect(answer.text.replacing(ping, with: "") == MessagesWire.events.joined() + MessagesWire.stop)
        }
    }

    @Test("a wait of more than a minute is no reason for a library to sleep", arguments: [Dialect.openai, .anthropic])
    func longWaits(dialect: Dialect) async throws {
        let text = Counter()
        let script: ScriptedUpstream.Script = { _, socket in
            let wait = text.next() == 0 ? "86400" : "30"
            return socket.send(
                Wire.answer(
                    MessagesWire.failure,
                    status: "429 Busy",
                    "Retry-After: \(wait)\r\nx-should-retry: true\r\n"
                )
            )
        }
        try await Self.with(provider: { $0.dialect = dialect }, script: script) { rig in
            let request = dialect == .openai ? Wire.request(Wire.chat) : MessagesWire.request()
            let long = try await rig.exchange(request)
            #expect(long.status == 429 && long["retry-after"] == "86400" && long["x-should-retry"] == "false")
            #expect(long.headers.filter { $0.name == "x-should-retry" }.count == 1)
            let short = try await rig.exchange(request)
            #expect(short["retry-after"] == "30" && short["x-should-retry"] == "true")
        }
    }

    @Test("an answer that broke off goes on elsewhere where the model is marked for it, with one end")
    func prefill() async throws {
        let cut: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.streamHead + MessagesWire.events[..<3].map(Wire.chunk).joined())
            return false
        }
        let rest: ScriptedUpstream.Script = { _, socket in
            socket.send(
                MessagesWire.stream([
                    MessagesWire.start, MessagesWire.block, MessagesWire.text(" 😀"), MessagesWire.end,
                    MessagesWire.stop,
                ])
            )
        }
        var settings = VersionSettings(retry: RetryPolicy(maxRetries: 0))
        settings.midstream = .resume
        try await Rig.withTwo(
            settings,
            change: { snapshot in
                for index in snapshot.providers.indices { snapshot.providers[index].dialect = .anthropic }
                snapshot.models = [ModelCard(provider: Records.id("second"), model: "gpt-upstream", prefill: .message)]
            },
            first: cut,
            second: rest
        ) { rig, second in
            let body = MessagesWire.streaming
            let answer = try await rig.exchangeToEnd(MessagesWire.request(body, "Connection: close\r\n"))
            #expect(answer.text == MessagesWire.events.joined() + MessagesWire.stop)
            #expect(
                second.requests[0].text.hasSuffix(
                    #""messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"good"}]}"#
                )
            )
        }
    }
}
