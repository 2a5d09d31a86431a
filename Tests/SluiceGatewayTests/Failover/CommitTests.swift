// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Testing

@Suite("The commit point of a stream")
struct CommitTests {
    private static func chunks(_ events: [String]) -> String {
        Wire.streamHead + events.map { Wire.chunk($0 + "\n\n") }.joined()
    }

    private static let failure = #"data: {"error":{"message":"overloaded","type":"server_error","code":503}}"#
    private static let lastChunk = "0\r\n\r\n"

    @Test(
        "whatever goes wrong before the first content, the caller sees only the answer of the next place",
        arguments: [
            (chunks([]), ErrorClass.truncated), (chunks([]) + lastChunk, .empty),
            (chunks([Wire.events[0]]), .truncated), (chunks([Wire.events[0]]) + lastChunk, .truncated),
            (chunks([": working", Wire.events[0], failure]), .errorInStream),
            (chunks([Wire.events[0], "data: [DONE]"]) + lastChunk, .empty),
            (chunks(["data: [DONE]"]) + lastChunk, .empty), (chunks(["data: {nonsense"]) + lastChunk, .malformed),
            (chunks([Wire.events[0]]) + "zz\r\n", .malformed),
        ]
    )
    func before(text: String, errorClass: ErrorClass) async throws {
        try await Rig.withTwo(
            first: { _, socket in
                socket.send(text)
                return false
            },
            second: FailoverTests.fine
        ) { (rig: Rig, _: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.stream()
            #expect(answer.status == 200 && answer.isWhole && answer.text == Wire.passed)
            #expect(answer["x-sluice-attempts"] == "2" && answer["x-sluice-provider"] == "second")
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .complete)
            #expect(outcome.attempts.map(\.errorClass) == [errorClass, nil], "\(text)")
        }
    }

    @Test("where nothing is left, a stream without content is a 502, and no half of an answer")
    func alone() async throws {
        try await Rig.with(script: { _, socket in
            socket.send(Self.chunks([Wire.events[0]]))
            return false
        }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.stream()
            #expect(answer.status == 502 && answer.isWhole && answer.text.contains("upstream_reset"))
            #expect(rig.sink.outcomes.map(\.ending) == [.refused])
        }
    }

    @Test("after the first content nobody else is asked")
    func after() async throws {
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 2, backoff: .milliseconds(1)))
        try await Rig.withTwo(
            settings,
            first: { _, socket in
                socket.send(Self.chunks([Wire.events[0], Wire.events[1]]))
                return false
            },
            second: FailoverTests.fine
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.stream()
            #expect(!answer.isWhole && answer.text.hasPrefix(Wire.events[0] + "\n\n" + Wire.events[1] + "\n\n"))
            #expect(answer.text.contains("upstream_reset") && !answer.text.contains("[DONE]"))
            #expect(second.requests.isEmpty && rig.sink.outcomes.map(\.ending) == [.cut])
        }
    }

    @Test("what this relay has never heard of is content too; 64 KiB without any pass on")
    func unknown() async throws {
        let thought = #"data: {"choices":[{"index":0,"delta":{"thoughts":["hm"]}}]}"#
        let padding =
            #"data: {"choices":[{"index":0,"delta":{"role":"assistant"}}],"pad":""#
            + String(repeating: "x", count: 70_000) + "\"}"
        for first in [thought, padding] {
            try await Rig.withTwo(
                first: { _, socket in
                    socket.send(Self.chunks([first]))
                    return false
                },
                second: FailoverTests.fine
            ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
                let answer = try await rig.stream()
                #expect(answer.text.hasPrefix(first) && !answer.isWhole && second.requests.isEmpty)
            }
        }
    }

    @Test("a stream that begins with lifecycle events only is left at the limit for the first token")
    func firstToken() async throws {
        let settings = VersionSettings(
            retry: RetryPolicy(maxRetries: 0),
            timeouts: Timeouts(firstToken: .seconds(2))
        )
        try await Rig.withTwo(
            settings,
            first: { _, socket in
                socket.send(Self.chunks([Wire.events[0]]))
                return socket.receive()?.isEmpty == false
            },
            second: FailoverTests.fine
        ) { (rig: Rig, _: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.stream()
            #expect(answer.isWhole && answer.text == Wire.passed)
            #expect(rig.sink.outcomes[0].attempts.map(\.errorClass) == [.timeout, nil])
        }
    }
}

@Suite("Keeping a caller awake")
struct KeepaliveTests {
    private static let settings = VersionSettings(
        retry: RetryPolicy(maxRetries: 0),
        timeouts: Timeouts(firstByte: .seconds(3)),
        keepaliveAfter: .milliseconds(100)
    )

    /// Sends a stream's request and opens the gate once the first comment has come.
    private static func heard(
        _ rig: Rig,
        _ gate: Gate,
        _ headers: String = "",
        after text: String = ""
    ) async throws -> RawAnswer {
        let port = rig.port
        return try await offload {
            let socket = try RawSocket.connect(port: port)
            defer { socket.close() }
            socket.send(Wire.request(Wire.streamingChat, headers + "Connection: close\r\n"))
            let first = socket.receive { bytes in
                let heard = RawAnswer(bytes).text
                guard let place = heard.firstRange(of: text + ": keep-alive\n\n") else { return false }
                return !place.isEmpty
            }
            gate.open()
            return RawAnswer(first + socket.receiveAll())
        }
    }

    @Test("comments go out while the provider is silent, and another place may still serve the content")
    func failover() async throws {
        try await Rig.withTwo(
            Self.settings,
            first: { _, socket in socket.receive()?.isEmpty == false },
            second: FailoverTests.fine
        ) { (rig: Rig, _: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.stream()
            #expect(answer.status == 200 && answer.isWhole)
            #expect(answer.text.hasPrefix(": keep-alive\n\n") && answer.text.hasSuffix(Wire.passed))
            #expect(answer.text.replacing(": keep-alive\n\n", with: "") == Wire.passed)
            #expect(answer["x-sluice-provider"] == "main" && answer["x-sluice-attempts"] == "1")
            #expect(answer["content-type"]?.hasPrefix("text/event-stream") == true)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .complete && outcome.attempts.map(\.errorClass) == [.timeout, nil])
        }
    }

    @Test("what goes wrong after the first comment is said in the stream, which does not end cleanly")
    func inBand() async throws {
        let body = "{\"error\":{\"message\":\"busy\",\n\"type\":\"server_error\"}}"
        for (text, expected) in [
            (Wire.answer(body, status: "500 Oops"), #"data: {"error":{"message":"busy", "type":"server_error"}}"#),
            ("", "upstream_empty"), (Wire.answer(Wire.completion), "upstream_malformed"),
        ] {
            let gate = Gate()
            try await Rig.with(
                VersionSettings(retry: RetryPolicy(maxRetries: 0), keepaliveAfter: .milliseconds(50)),
                script: { _, socket in
                    // Answers once the caller has heard the first comment.
                    gate.pass()
                    socket.send(text)
                    return false
                }
            ) { (rig: Rig) async throws -> Void in
                let answer = try await Self.heard(rig, gate)
                #expect(answer.status == 200 && !answer.isWhole && answer.text.hasPrefix(": keep-alive\n\n"))
                #expect(answer.text.contains(expected) && !answer.text.contains("[DONE]"))
                let outcome = try #require(rig.sink.outcomes.first)
                #expect(outcome.ending == .cut && outcome.status == 200 && outcome.errorClass != nil)
            }
        }
    }

    @Test("comments stand between events also after the first content; whole answers get none")
    func middle() async throws {
        let gate = Gate()
        let head = Wire.streamHead + Wire.chunk(Wire.events[0] + "\n\n") + Wire.chunk(Wire.events[1] + "\n\n")
        let rest = Wire.chunk(Wire.events[2] + "\n\n") + Wire.chunk(Wire.usageEvent + "\n\n") + Wire.chunk(Wire.done)
        try await Rig.with(
            VersionSettings(retry: RetryPolicy(maxRetries: 0), keepaliveAfter: .milliseconds(50)),
            script: { request, socket in
                let isStream = request.text.contains(#""stream":true"#)
                if isStream { socket.send(head) }
                gate.pass()
                return socket.send(isStream ? rest + "0\r\n\r\n" : Wire.answer(Wire.completion))
            }
        ) { (rig: Rig) async throws -> Void in
            async let whole = rig.chat()
            #expect(try await eventually { rig.upstream.requests.count == 1 })
            let answer = try await Self.heard(rig, gate, after: Wire.events[1] + "\n\n")
            gate.open()
            #expect(try await whole.text == Wire.completion)
            #expect(answer.isWhole && answer.text.contains(Wire.events[1] + "\n\n: keep-alive"))
            #expect(answer.text.replacing(": keep-alive\n\n", with: "") == Wire.passed)
        }
    }

    @Test("a caller's library that waits for less time hears something in half of it, or gets its answer in time")
    func hints() async throws {
        let gate = Gate()
        try await Rig.with(script: { request, socket in
            guard request.text.contains(#""stream":true"#) else { return socket.receive()?.isEmpty == false }
            gate.pass()
            return socket.send(Wire.stream)
        }) { (rig: Rig) async throws -> Void in
            let answer = try await Self.heard(rig, gate, "x-stainless-read-timeout: 0.2\r\n")
            #expect(answer.isWhole && answer.text.hasPrefix(": keep-alive\n\n"))
            let whole = try await rig.chat(Wire.chat, "x-stainless-read-timeout: 0.2\r\n")
            #expect(whole.status == 504 && whole.text.contains("upstream_timeout"))
            // The Messages API's library calls it otherwise, and has no number for a stream.
            let other = try await rig.chat(Wire.chat, "x-stainless-timeout: 0.2\r\n")
            #expect(other.status == 504 && other.text.contains("upstream_timeout"))
            gate.open()
            #expect(try await rig.stream(Wire.streamingChat, "x-stainless-timeout: NOT_GIVEN\r\n").isWhole)
        }
    }
}
