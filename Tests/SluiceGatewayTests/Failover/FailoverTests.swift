// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Testing

@Suite("Failover")
struct FailoverTests {
    static let fine: ScriptedUpstream.Script = { request, socket in
        socket.send(request.text.contains(#""stream":true"#) ? Wire.stream : Wire.answer(Wire.completion))
    }

    @Test(
        "a place that fails is followed by the next at once; headers and ledger name both",
        arguments: [
            (Wire.answer("{}", status: "503 Busy"), ErrorClass.upstreamError),
            (Wire.answer("{}", status: "429 Slow", "Retry-After: 30\r\n"), .quota),
            (Wire.answer("{}", status: "401 No"), .credential),
            (Wire.answer(#"{"error":{"code":"model_not_found","message":"no"}}"#, status: "404 No"), .badRequest),
            (Wire.answer("", status: "307 Elsewhere", "Location: https://other.example/v1\r\n"), .upstreamError),
            (Wire.answer(#"{"error":{"code":"insufficient_quota"}}"#, status: "429 Money"), .quota),
            (Wire.answer(#"{"error":{"message":"busy","code":503}}"#), .errorInStream),
            ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{", .truncated),
            ("", .empty), ("nonsense\r\n\r\n", .malformed),
        ]
    )
    func movesOn(text: String, errorClass: ErrorClass) async throws {
        try await Rig.withTwo(
            first: { _, socket in
                socket.send(text)
                return false
            },
            second: Self.fine
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 200 && answer.text == Wire.completion)
            #expect(answer["x-sluice-attempts"] == "2" && answer["x-sluice-provider"] == "second")
            #expect(answer["x-sluice-version"] == "v1")
            #expect(rig.upstream.requests.count == 1 && second.requests.count == 1)
            #expect(second.requests[0]["authorization"] == "Bearer second-secret")
            #expect(second.requests[0].text == rig.upstream.requests[0].text)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .complete && outcome.errorClass == nil)
            #expect(outcome.attempts.map(\.errorClass) == [errorClass, nil])
            #expect(outcome.attempts.map(\.provider.rawValue) == ["main", "second"])
            #expect(outcome.attempts.map(\.purpose) == [.primary, .fallback])
            #expect(rig.sink.opened.map(\.provider.rawValue) == ["main", "second"])
        }
    }

    @Test(
        "what would come again is passed as it is, and nobody else is asked",
        arguments: [
            (#"{"error":{"message":"no","code":"content_filter"}}"#, "400 No"),
            (#"{"error":{"message":"bad temperature"}}"#, "400 No"), ("{}", "404 No"), ("{}", "413 No"),
            ("{}", "422 No"),
            (#"{"error":{"message":"maximum context length is 8192 tokens"}}"#, "400 Long"),
        ]
    )
    func stays(body: String, status: String) async throws {
        let text = Wire.answer(body, status: status)
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 2, backoff: .milliseconds(1)))
        try await Rig.withTwo(settings, first: { _, socket in socket.send(text) }, second: Self.fine) {
            (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.text == body && answer["x-sluice-attempts"] == "1" && answer["x-should-retry"] == nil)
            #expect(rig.upstream.requests.count == 1 && second.requests.isEmpty)
        }
    }

    @Test(
        "where nobody else is left, a redirect is a 502 without its place, and a missing model the provider's own words"
    )
    func alone() async throws {
        let redirect = Wire.answer("{}", status: "308 Moved", "Location: https://other.example/v1\r\n")
        try await Rig.with(RetryTests.quick, script: { _, socket in socket.send(redirect) }) {
            (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 502 && answer["location"] == nil && !answer.text.contains("other.example"))
            #expect(answer.text.contains("upstream_malformed") && answer.text.contains("base_url"))
            #expect(rig.upstream.requests.count == 1 && rig.sink.outcomes[0].errorClass == .upstreamError)
            #expect(rig.sink.outcomes[0].attempts[0].status == 308)
        }
        let missing = #"{"error":{"message":"The model `x` does not exist","type":"invalid_request_error"}}"#
        try await Rig.with(
            RetryTests.quick,
            script: { _, socket in socket.send(Wire.answer(missing, status: "404 No")) }
        ) {
            (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 404 && answer.text == missing && rig.upstream.requests.count == 1)
        }
    }

    @Test("one that stays silent is left for the next, and nobody listening too")
    func silence() async throws {
        let hasty = VersionSettings(
            retry: RetryPolicy(maxRetries: 2, backoff: .milliseconds(1)),
            timeouts: Timeouts(firstByte: .seconds(2))
        )
        let calls = Counter()
        try await Rig.withTwo(
            hasty,
            first: { _, socket in socket.receive()?.isEmpty == false },
            second: { _, socket in
                calls.next() == 0
                    ? socket.send(Wire.answer("{}", status: "503 Busy")) : socket.send(Wire.answer(Wire.completion))
            }
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 200 && answer["x-sluice-attempts"] == "3")
            #expect(rig.upstream.requests.count == 1 && second.requests.count == 2)
            #expect(rig.sink.outcomes[0].attempts.map(\.errorClass) == [.timeout, .upstreamError, nil])
            #expect(rig.sink.outcomes[0].attempts.map(\.purpose) == [.primary, .fallback, .retry])
        }
        // Not a port that was free a moment ago: another test may have it by now.
        let nobody = try ProviderAddress(validating: "http://127.0.0.1:1")
        try await Rig.withTwo(
            change: { $0.providers[0].address = nobody },
            first: { _, _ in false },
            second: Self.fine
        ) { (rig: Rig, _: ScriptedUpstream) async throws -> Void in
            #expect(try await rig.chat().status == 200)
            #expect(rig.sink.outcomes[0].attempts.map(\.errorClass) == [.connect, nil])
        }
    }

    @Test("a route's fallback version serves when the assigned one fails, with its own model and config")
    func fallbackVersions() async throws {
        var tried = VersionSettings(retry: RetryPolicy(maxRetries: 0))
        tried.defaults = [("temperature", Array("0.5".utf8))]
        let settings = tried
        try await Rig.withTwo(
            VersionSettings(
                retry: RetryPolicy(maxRetries: 0),
                targets: [TargetSetting(provider: Records.id("main"))]
            ),
            change: { snapshot in
                var spare = Rig.version("spare", settings, state: .staging, weight: .none)
                spare.provider = Records.id("second")
                spare.apiVersion = "other-model"
                snapshot.versions.append(spare)
                snapshot.routes[0].fallbacks = [Records.id("spare"), Records.id("unknown")]
            },
            first: { _, socket in socket.send(Wire.answer("{}", status: "500 Oops")) },
            second: Self.fine
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 200 && answer["x-sluice-version"] == "spare")
            #expect(answer["x-sluice-route"] == "chat" && answer["x-sluice-provider"] == "second")
            #expect(second.requests[0].text.contains(#""model":"other-model""#))
            #expect(second.requests[0].text.contains(#""temperature":0.5"#))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.version?.rawValue == "v1")
            #expect(outcome.attempts.map(\.version.rawValue) == ["v1", "spare"])
        }
    }

    @Test("a request that is too long goes to the version with the larger context, and only such a request does")
    func contextFallback() async throws {
        let body = #"{"error":{"message":"too long","code":"context_length_exceeded"}}"#
        let calls = Counter()
        try await Rig.withTwo(
            VersionSettings(
                retry: RetryPolicy(maxRetries: 0),
                targets: [TargetSetting(provider: Records.id("main"))]
            ),
            change: { snapshot in
                var large = Rig.version("large", state: .staging, weight: .none)
                large.provider = Records.id("second")
                snapshot.versions.append(large)
                snapshot.routes[0].contextFallback = Records.id("large")
            },
            first: { _, socket in
                calls.next() == 0
                    ? socket.send(Wire.answer(body, status: "400 Long"))
                    : socket.send(Wire.answer("{}", status: "500 Oops"))
            },
            second: Self.fine
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 200 && answer["x-sluice-version"] == "large")
            #expect(rig.sink.outcomes[0].attempts.map(\.errorClass) == [.badRequest, nil])
            #expect(try await rig.chat().status == 500)
            #expect(second.requests.count == 1)
        }
    }

    @Test(
        "an account without money is held back at once, also where its answer is the last and goes to the caller",
        arguments: [false, true]
    )
    func lastWithoutMoney(isStream: Bool) async throws {
        let event = #"data: {"error":{"message":"no money","code":"insufficient_quota"}}"# + "\n\n"
        try await Rig.withTwo(
            first: { _, socket in socket.send(Wire.answer("{}", status: "500 Oops")) },
            second: { _, socket in
                isStream
                    ? socket.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + event) && false
                    : socket.send(Wire.answer(#"{"error":{"code":"insufficient_quota"}}"#, status: "429 Money"))
            }
        ) { (rig: Rig, _: ScriptedUpstream) async throws -> Void in
            let answer = isStream ? try await rig.stream() : try await rig.chat()
            #expect(answer.text.contains("insufficient_quota"))
            #expect(rig.sink.outcomes[0].attempts.map(\.errorClass) == [.upstreamError, .quota])
            #expect(rig.gateway.targets.map { $0.openBreakers } == [[], ["quota"]])
        }
    }

    @Test("after five failures the next place is asked first, and the last one is never left out")
    func breakers() async throws {
        let isDown = Counter()
        try await Rig.withTwo(
            first: { _, socket in socket.send(Wire.answer("{}", status: "500 Oops")) },
            second: { request, socket in
                isDown.next() < 7
                    ? Self.fine(request, socket) : socket.send(Wire.answer("{}", status: "500 Oops"))
            }
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            for _ in 0..<7 { #expect(try await rig.chat().status == 200) }
            #expect(rig.upstream.requests.count == 5 && second.requests.count == 7)
            #expect(rig.gateway.targets.map { $0.openBreakers } == [["error"], []])
            // Now both are down: the second until its breaker opens, then the first, one attempt to a request.
            for _ in 0..<8 { #expect(try await rig.chat().status == 500) }
            #expect(rig.upstream.requests.count + second.requests.count == 5 + 7 + 8)
            #expect(rig.upstream.requests.count > 5)
        }
    }

    @Test("weights deal requests out, and 0 is asked only when the others fail")
    func weighted() async throws {
        var settings = VersionSettings(retry: RetryPolicy(maxRetries: 0))
        settings.targets = [
            TargetSetting(provider: Records.id("main"), weight: 0), TargetSetting(provider: Records.id("second")),
        ]
        settings.targetPolicy = .weighted
        let calls = Counter()
        try await Rig.withTwo(
            settings,
            first: Self.fine,
            second: { request, socket in
                calls.next() < 5 ? Self.fine(request, socket) : socket.send(Wire.answer("{}", status: "502 Oops"))
            }
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            for _ in 0..<6 { #expect(try await rig.chat().status == 200) }
            #expect(rig.upstream.requests.count == 1 && second.requests.count == 6)
        }
    }
}
