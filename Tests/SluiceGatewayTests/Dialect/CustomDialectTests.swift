// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import SluiceWire
import Testing

/// The gateway relays a dialect of the tests' own: no line of it knows one.
@Suite("A dialect given as a value")
struct CustomDialectTests {
    static let request = #"{"speaker":"chat","words":"hi"}"#
    static let flowing = #"{"speaker":"chat","flow":true,"words":"hi"}"#
    static let answer = #"{"said":["hello"],"spent":{"input_tokens":3,"output_tokens":2}}"#
    static let events = [
        #"data: {"word":"hel"}"#, #"data: {"word":"lo"}"#,
        #"data: {"spent":{"input_tokens":3,"output_tokens":2},"over":true}"#,
    ].map { $0 + "\n\n" }
    static let stream =
        Wire.streamHead + (events + ["data: bye\n\n"]).map(Wire.chunk).joined() + "0\r\n\r\n"

    static let fine: ScriptedUpstream.Script = { request, socket in
        socket.send(request.text.contains("flow") ? stream : Wire.answer(answer))
    }

    static func with(
        _ settings: VersionSettings = VersionSettings(retry: RetryPolicy(maxRetries: 0)),
        dialects: [Dialect] = [.custom, .custom],
        first: @escaping ScriptedUpstream.Script = fine,
        second: @escaping ScriptedUpstream.Script = fine,
        _ body: (Rig, ScriptedUpstream) async throws -> Void
    ) async throws {
        try await Rig.withTwo(
            settings,
            change: { snapshot in
                for index in snapshot.providers.indices { snapshot.providers[index].dialect = dialects[index] }
            },
            configure: { $0.dialects = Dialects(custom: TinyDialect.value) },
            first: first,
            second: second,
            body
        )
    }

    private func say(_ body: String, on rig: Rig) async throws -> RawAnswer {
        try await rig.exchangeToEnd(Wire.request(body, "Connection: close\r\n", path: "/say"))
    }

    @Test("a whole answer is relayed byte for byte and metered")
    func whole() async throws {
        try await Self.with { rig, _ in
            let answer = try await say(Self.request, on: rig)
            #expect(answer.status == 200 && answer.text == Self.answer)
            let sent = rig.upstream.requests[0]
            #expect(sent.head.hasPrefix("POST /base/v1/tell/gpt-upstream HTTP/1.1\r\n"))
            #expect(sent["x-tiny-key"] == "provider-secret" && sent["x-tiny-version"] == "1")
            #expect(sent["authorization"] == nil)
            #expect(sent.text == #"{"speaker":"gpt-upstream","words":"hi"}"#)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.endpoint == Outcome.Endpoint(.custom, .chat) && outcome.ending == .complete)
            #expect(outcome.attempts[0].usage == Usage(freshInput: 3, output: 2))
            #expect(outcome.attempts[0].cost == .known(NanoUSD(3 * 2_000 + 2 * 8_000)))
        }
    }

    @Test("a stream is relayed byte for byte, with its own end, and metered")
    func streamed() async throws {
        try await Self.with { rig, _ in
            let answer = try await say(Self.flowing, on: rig)
            #expect(answer.status == 200 && answer.text == Self.events.joined() + "data: bye\n\n")
            #expect(rig.upstream.requests[0].head.hasPrefix("POST /base/v1/tell/gpt-upstream/flow HTTP/1.1\r\n"))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.isStream && outcome.ending == .complete && outcome.firstToken != nil)
            #expect(outcome.attempts[0].usage == Usage(freshInput: 3, output: 2))
        }
    }

    @Test("a stream that breaks off ends with the dialect's error and without its end")
    func cut() async throws {
        let cut: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.streamHead + Self.events[..<2].map(Wire.chunk).joined())
            return false
        }
        try await Self.with(first: cut) { rig, _ in
            let answer = try await say(Self.flowing, on: rig)
            #expect(answer.text.hasPrefix(Self.events[0] + Self.events[1] + #"data: {"trouble":"upstream_reset""#))
            #expect(!answer.text.contains("bye"))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .cut && outcome.attempts[0].usage?.isEstimated == true)
        }
    }

    @Test(
        "refusals and lists are in its words",
        arguments: [
            (Wire.request("{}", path: "/say"), 400, #"{"trouble":"missing_model""#),
            (Wire.request(#"{"speaker":"nobody"}"#, path: "/say"), 404, #"{"trouble":"model_not_found""#),
            (Wire.request(Self.request, path: "/say", key: ""), 401, #"{"trouble":"invalid_api_key""#),
            (Wire.get("/speakers"), 200, #"{"speakers":["chat","gpt-4.1","gpt-4o"]}"#),
            (Wire.get("/nothing"), 404, #"{"error":{"#),
        ]
    )
    func refusals(request: String, status: Int, start: String) async throws {
        try await Self.with { rig, _ in
            let answer = try await rig.exchange(request)
            #expect(answer.status == status && answer.text.hasPrefix(start), "\(answer.text)")
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("a failure is tried again, and then elsewhere; an error in a stream moves on before its first word")
    func againAndElsewhere() async throws {
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 1, backoff: .milliseconds(1)))
        let count = Counter()
        let once: ScriptedUpstream.Script = { request, socket in
            guard count.next() == 0 else { return Self.fine(request, socket) }
            socket.send(Wire.answer("{}", status: "503 Busy"))
            return true
        }
        var alone = settings
        alone.targets = [TargetSetting(provider: Records.id("main"))]
        try await Self.with(alone, first: once) { rig, second in
            let answer = try await say(Self.request, on: rig)
            #expect(answer.text == Self.answer && second.requests.isEmpty)
            #expect(rig.sink.outcomes.first?.attempts.map(\.errorClass) == [.upstreamError, nil])
        }
        let troubled: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.streamHead + Wire.chunk("data: {\"trouble\":\"busy\"}\n\n") + "0\r\n\r\n")
        }
        try await Self.with(first: troubled) { rig, second in
            let answer = try await say(Self.flowing, on: rig)
            #expect(answer.text == Self.events.joined() + "data: bye\n\n" && second.requests.count == 1)
            #expect(rig.sink.outcomes.first?.attempts.map(\.errorClass) == [.errorInStream, nil])
        }
    }

    @Test("callers and providers of two dialects are not brought together")
    func twoDialects() async throws {
        try await Self.with(dialects: [.custom, .custom]) { rig, _ in
            let answer = try await rig.chat()
            #expect(answer.status == 503 && answer.text.contains(#""code":"no_version""#))
            #expect(rig.upstream.requests.isEmpty)
        }
        try await Self.with(dialects: [.openai, .openai]) { rig, _ in
            let answer = try await say(Self.request, on: rig)
            #expect(answer.status == 503 && answer.text.hasPrefix(#"{"trouble":"no_version""#))
            #expect(rig.upstream.requests.isEmpty)
        }
    }
}
