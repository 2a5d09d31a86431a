// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceHTTP
import SluiceTestKit
import Testing

@Suite("Attempts")
struct RetryTests {
    static let quick = VersionSettings(retry: RetryPolicy(maxRetries: 2, backoff: .milliseconds(1)))

    @Test("faults before the first byte are tried again, each try with its own entry")
    func retries() async throws {
        let calls = Counter()
        try await Rig.with(
            Self.quick,
            script: { _, socket in
                switch calls.next() {
                case 0:
                    socket.send(
                        Wire.answer(#"{"error":{"message":"busy"}}"#, status: "503 Busy", "Connection: close\r\n")
                    )
                    return false
                case 1: return false
                default: return socket.send(Wire.answer(Wire.completion))
                }
            }
        ) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 200 && answer.text == Wire.completion && answer["x-sluice-attempts"] == "3")
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(rig.sink.outcomes.count == 1 && outcome.errorClass == nil)
            #expect(outcome.attempts.map(\.number) == [1, 2, 3])
            #expect(outcome.attempts.map(\.purpose) == [.primary, .retry, .retry])
            #expect(outcome.attempts.map(\.errorClass) == [.upstreamError, .empty, nil])
            #expect(outcome.attempts[0].status == 503 && outcome.attempts[1].status == nil)
            #expect(outcome.attempts.map { $0.cost.known != nil } == [false, false, true])
            #expect(rig.sink.opened.map(\.number) == [1, 2, 3])
        }
    }

    @Test("when every try fails the last answer passes as it is, and the caller's library is told to stop")
    func exhausted() async throws {
        let body = #"{"error":{"message":"busy"}}"#
        try await Rig.with(
            Self.quick,
            script: { _, socket in
                socket.send(Wire.answer(body, status: "503 Busy"))
            }
        ) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 503 && answer.text == body && answer["x-should-retry"] == "false")
            #expect(rig.upstream.requests.count == 3)
            #expect(rig.sink.outcomes.first?.attempts.count == 3)
        }
    }

    @Test("a provider's retry-after is waited for; more than a minute is passed on at once")
    func retryAfter() async throws {
        let calls = Counter()
        try await Rig.with(
            Self.quick,
            script: { _, socket in
                switch calls.next() {
                case 0: return socket.send(Wire.answer("{}", status: "429 Slow", "Retry-After-Ms: 200\r\n"))
                case 1: return socket.send(Wire.answer(Wire.completion))
                default: return socket.send(Wire.answer("{}", status: "429 Slow", "Retry-After: 61\r\n"))
                }
            }
        ) { (rig: Rig) async throws -> Void in
            let clock = ContinuousClock()
            let began = clock.now
            #expect(try await rig.chat().status == 200)
            #expect(clock.now - began >= .milliseconds(200))
            let long = try await rig.chat()
            #expect(long.status == 429 && long["retry-after"] == "61" && rig.upstream.requests.count == 3)
        }
    }

    @Test("retries of one version stay within a tenth of its tries, or three")
    func budget() async throws {
        try await Rig.with(
            Self.quick,
            script: { _, socket in
                socket.send(Wire.answer("{}", status: "503 Busy"))
            }
        ) { (rig: Rig) async throws -> Void in
            for _ in 0..<10 { _ = try await rig.chat() }
            // Without a budget it were 30; three more come on a machine that needs ten seconds for this.
            #expect((11...16).contains(rig.upstream.requests.count))
        }
    }

    @Test(
        "a provider that cannot be read is a 502 that says why",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", "upstream_malformed"),
            ("SSH-2.0-OpenSSH\r\n\r\n", "upstream_malformed"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc", "upstream_reset"),
            ("", "upstream_empty"),
        ]
    )
    func unreadable(text: String, code: String) async throws {
        try await Rig.with(script: { _, socket in
            socket.send(text)
            return false
        }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 502 && answer.text.contains(code))
            #expect(rig.sink.outcomes.map(\.ending) == [.refused])
            #expect(rig.sink.outcomes[0].attempts.count == 1 && rig.sink.outcomes[0].errorClass != .refused)
        }
    }

    @Test("nobody listening, a reset and a provider that never answers are told apart")
    func faults() async throws {
        // Not a port that was free a moment ago: another test may have it by now.
        let nobody = try ProviderAddress(validating: "http://127.0.0.1:1")
        try await Rig.with(
            change: { $0.providers[0] = Provider(id: Records.id("main"), dialect: .openai, address: nobody) },
            script: { _, _ in false }
        ) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 502 && answer.text.contains("upstream_unreachable"))
            #expect(rig.sink.outcomes[0].errorClass == .connect)
        }
        try await Rig.with(script: { _, socket in
            socket.reset()
            return false
        }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 502 && answer.text.contains("upstream_reset"))
            #expect(rig.sink.outcomes[0].errorClass == .reset)
        }
        let hasty = VersionSettings(
            retry: RetryPolicy(maxRetries: 0),
            timeouts: Timeouts(firstByte: .milliseconds(150))
        )
        try await Rig.with(hasty, script: { _, socket in socket.receive()?.isEmpty == false }) {
            (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 504 && answer.text.contains("upstream_timeout"))
            #expect(rig.sink.outcomes[0].errorClass == .timeout)
        }
    }

    @Test("x-sluice-timeout-ms shortens the whole request")
    func callerTimeout() async throws {
        try await Rig.with(Self.quick, script: { _, socket in socket.receive()?.isEmpty == false }) {
            (rig: Rig) async throws -> Void in
            let clock = ContinuousClock()
            let began = clock.now
            let answer = try await rig.chat(Wire.chat, "X-Sluice-Timeout-Ms: 150\r\n")
            #expect(answer.status == 504 && clock.now - began < .seconds(60))
            // None, where a busy machine takes longer than that to connect.
            #expect(rig.upstream.requests.count <= 1)
            let wrong = try await rig.chat(Wire.chat, "X-Sluice-Timeout-Ms: soon\r\n")
            #expect(wrong.status == 400 && wrong.text.contains("x-sluice-timeout-ms"))
        }
    }

    @Test("a kept connection that the provider has closed is replaced without a further attempt")
    func stale() async throws {
        try await Rig.with(script: { _, socket in
            socket.send(Wire.answer(Wire.completion))
            return false
        }) { (rig: Rig) async throws -> Void in
            for _ in 0..<4 { #expect(try await rig.chat().status == 200) }
            #expect(rig.sink.outcomes.allSatisfy { $0.attempts.count == 1 })
        }
    }

    /// Answers the first request, and ends the connection at the second without a word.
    private static func losesTheSecond(_ calls: Counter) -> ScriptedUpstream.Script {
        { _, socket in calls.next() != 1 && socket.send(Wire.answer(Wire.completion)) }
    }

    @Test("a request lost on a kept connection may have been read: it is not sent again where no retry is allowed")
    func lostWithoutRetries() async throws {
        try await Rig.with(script: Self.losesTheSecond(Counter())) { (rig: Rig) async throws -> Void in
            #expect(try await rig.chat().status == 200)
            let lost = try await rig.chat()
            #expect(lost.status == 502 && lost.text.contains("upstream_reset"))
            #expect(rig.upstream.requests.count == 2 && rig.sink.opened.count == 2)
            #expect(rig.sink.outcomes.last?.attempts.map(\.errorClass) == [.reset])
        }
    }

    @Test("a request lost on a kept connection is sent again at once as an attempt of its own, and is on record")
    func lostWithRetries() async throws {
        let patient = VersionSettings(retry: RetryPolicy(maxRetries: 1, backoff: .seconds(30)))
        try await Rig.with(patient, script: Self.losesTheSecond(Counter())) { (rig: Rig) async throws -> Void in
            #expect(try await rig.chat().status == 200)
            #expect(try await rig.chat()["x-sluice-attempts"] == "2")
            #expect(rig.upstream.requests.count == 3 && rig.sink.opened.count == 3)
            let attempts = try #require(rig.sink.outcomes.last?.attempts)
            #expect(attempts.map(\.errorClass) == [.reset, nil] && attempts.map(\.purpose) == [.primary, .retry])
            #expect(attempts[0].cost.known == nil)
        }
    }

    @Test("the same target is asked again for it before the next one")
    func lostWithTwoTargets() async throws {
        try await Rig.withTwo(Self.quick, first: Self.losesTheSecond(Counter()), second: FailoverTests.fine) {
            (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            #expect(try await rig.chat().status == 200)
            #expect(try await rig.chat()["x-sluice-provider"] == "main")
            #expect(rig.upstream.requests.count == 3 && second.requests.isEmpty)
        }
    }

    @Test(
        "with retry_first a short wait and a lone server error stay at the target; without it the next is asked at once",
        arguments: [
            (Wire.answer("{}", status: "429 Slow", "Retry-After-Ms: 50\r\n"), true),
            (Wire.answer("{}", status: "503 Busy"), true),
            (Wire.answer("{}", status: "429 Slow", "Retry-After: 30\r\n"), false),
            (Wire.answer("{}", status: "429 Slow"), false),
        ]
    )
    func retryFirst(text: String, stays: Bool) async throws {
        for isSet in [true, false] {
            let calls = Counter()
            let settings = VersionSettings(
                retry: RetryPolicy(maxRetries: 2, backoff: .milliseconds(1)),
                retryFirst: isSet ? RetryFirst(waitUpTo: .seconds(2), serverErrors: 1) : RetryFirst()
            )
            try await Rig.withTwo(
                settings,
                first: { _, socket in socket.send(calls.next() == 0 ? text : Wire.answer(Wire.completion)) },
                second: FailoverTests.fine
            ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
                let answer = try await rig.chat()
                let isMain = stays && isSet
                #expect(answer.status == 200 && answer["x-sluice-provider"] == (isMain ? "main" : "second"))
                #expect(second.requests.count == (isMain ? 0 : 1) && answer["x-sluice-attempts"] == "2")
            }
        }
    }

    @Test("what a route says of retry_first holds for versions that say nothing, and only for those")
    func routesRetryFirst() async throws {
        let busy = Wire.answer("{}", status: "503 Busy")
        let policy = RetryPolicy(maxRetries: 2, backoff: .milliseconds(1))
        for (version, stays) in [(RetryFirst?.none, true), (RetryFirst(), false)] {
            let calls = Counter()
            try await Rig.withTwo(
                VersionSettings(retry: policy, retryFirst: version),
                change: { $0.routes[0].retryFirst = RetryFirst(serverErrors: 1) },
                first: { _, socket in socket.send(calls.next() == 0 ? busy : Wire.answer(Wire.completion)) },
                second: FailoverTests.fine
            ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
                #expect(try await rig.chat()["x-sluice-provider"] == (stays ? "main" : "second"))
                #expect(second.requests.count == (stays ? 0 : 1))
            }
        }
    }
}
