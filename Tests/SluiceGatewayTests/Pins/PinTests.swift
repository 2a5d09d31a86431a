// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import SluiceWire
import Testing

/// Requests that name what a provider keeps, from a caller's socket to a provider's and back.
@Suite("Pins of what providers keep")
struct PinTests {
    private static let other = "another-key-of-the-tests-0123456789"
    private static let mate = "a-third-key-of-the-tests-0123456789"
    private static let next = #"{"model":"chat","input":"go on","previous_response_id":"resp_1"}"#

    /// The id of the answer is `resp_` and the model it was made by.
    private static let script: ScriptedUpstream.Script = { request, socket in
        if request.head.hasPrefix("POST /base/v1/conversations ") {
            return socket.send(Wire.answer(#"{"id":"conv_1","object":"conversation"}"#))
        }
        if request.text.contains("\"stream\"") {
            return socket.send(
                Wire.streamHead
                    + [ResponsesTests.created, ResponsesTests.delta, ResponsesTests.completed].map(Wire.chunk).joined()
                    + "0\r\n\r\n"
            )
        }
        if request.head.contains("stream=true") {
            return socket.send(
                Wire.streamHead + [ResponsesTests.delta, ResponsesTests.completed].map(Wire.chunk).joined()
                    + "0\r\n\r\n"
            )
        }
        return socket.send(Wire.answer(ResponsesTests.answer))
    }

    /// Production `v1` and, with no weight, `v2`.
    private static func twoVersions(_ snapshot: inout Snapshot) {
        snapshot.versions.append(Rig.version("v2", state: .canary, weight: .none))
    }

    private static func swapped(_ snapshot: inout Snapshot) {
        snapshot.epoch += 1
        snapshot.versions = [
            Rig.version("v1", state: .rollback, weight: .none), Rig.version("v2", state: .production, weight: .all),
        ]
    }

    private func post(
        _ body: String,
        path: String = "/v1/responses",
        _ headers: String = "",
        key: String = Rig.key,
        on rig: Rig
    ) async throws -> RawAnswer {
        let credential = "Authorization: Bearer \(key)\r\n"
        return try await rig.exchange(Wire.request(body, headers, path: path, key: credential))
    }

    private func call(_ method: String, _ path: String, key: String = Rig.key, on rig: Rig) async throws -> RawAnswer {
        try await rig.exchange(
            "\(method) \(path) HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer \(key)\r\nContent-Length: 0\r\n\r\n"
        )
    }

    @Test(
        "a stored response is gone on with at the version that made it, whatever the split says",
        arguments: [false, true]
    )
    func rolledBack(isStream: Bool) async throws {
        try await Rig.with(change: Self.twoVersions, script: Self.script) { rig in
            let first = isStream ? ResponsesTests.flowing : #"{"model":"chat","input":"hi"}"#
            let made =
                isStream
                ? try await rig.exchangeToEnd(Wire.request(first, "Connection: close\r\n", path: "/v1/responses"))
                : try await post(first, on: rig)
            #expect(made["x-sluice-version"] == "v1" && made["x-sluice-unit-source"] != "pinned")
            var snapshot = try Rig.snapshot(upstream: rig.upstream.port, VersionSettings())
            Self.swapped(&snapshot)
            await rig.gateway.publish(snapshot)
            let unpinned = try await post(#"{"model":"chat","input":"hi","store":false}"#, on: rig)
            #expect(unpinned["x-sluice-version"] == "v2")
            let answer = try await post(Self.next, on: rig)
            #expect(answer.status == 200 && answer["x-sluice-version"] == "v1")
            #expect(answer["x-sluice-unit-source"] == "pinned" && answer["x-sluice-bucket"] == nil)
            let outcome = try #require(rig.sink.outcomes.last)
            #expect(outcome.unitSource == Outcome.pinnedSource && outcome.unitHash == nil)
            #expect(outcome.version?.rawValue == "v1" && outcome.attempts[0].usage == Usage(freshInput: 10, output: 5))
        }
    }

    @Test("the pin is on record before the id leaves, and what is not stored gives none")
    func recordedFirst() async throws {
        let slow: ScriptedUpstream.Script = { _, socket in
            // Its end never comes.
            socket.send(Wire.streamHead + Wire.chunk(ResponsesTests.created + ResponsesTests.delta))
            return true
        }
        try await Rig.with(script: slow) { rig in
            let (text, pins, outcomes) = try await offload {
                let socket = try RawSocket.connect(port: rig.port)
                defer { socket.close() }
                socket.send(Wire.request(ResponsesTests.flowing, path: "/v1/responses"))
                let bytes = socket.receive { String(decoding: $0, as: UTF8.self).contains("resp_1") }
                // Before the caller leaves.
                return (String(decoding: bytes, as: UTF8.self), rig.sink.pins.count, rig.sink.outcomes.count)
            }
            #expect(text.contains("resp_1") && pins == 1 && outcomes == 0)
        }
        try await Rig.with(script: Self.script) { rig in
            _ = try await post(#"{"model":"chat","input":"hi","store": false}"#, on: rig)
            _ = try await rig.chat()
            #expect(rig.sink.pins.isEmpty)
            _ = try await post(#"{"model":"chat","input":"hi","store": null}"#, on: rig)
            let pin = try #require(rig.sink.pins.first)
            #expect(rig.sink.pins.count == 1 && pin.version.rawValue == "v1" && !pin.isOwed)
        }
    }

    @Test("what another key made is not found, and what a team's other key or a key's successor made is")
    func owners() async throws {
        let keys: (inout Snapshot) -> Void = { snapshot in
            snapshot.keys.append(Rig.callerKey(Self.other, id: "other"))
            snapshot.keys.append(Rig.callerKey(Self.mate, id: "mate"))
            snapshot.keys[0].replacedBy = Records.id("mate")
        }
        try await Rig.with(change: keys, script: Self.script) { rig in
            _ = try await post(#"{"model":"chat","input":"hi"}"#, on: rig)
            #expect(try await post(Self.next, key: Self.mate, on: rig).status == 200)
            let refused = try await post(Self.next, key: Self.other, on: rig)
            #expect(refused.status == 404 && refused.text.contains(#""code":"previous_response_not_found""#))
            #expect(refused.text.contains("Previous response with id 'resp_1' not found."))
            #expect(refused.text.contains(#""param":"previous_response_id""#))
            let unknown = try await post(Self.next.replacing("resp_1", with: "resp_2"), on: rig)
            #expect(unknown.status == 404)
            for method in ["GET", "DELETE"] {
                let gone = try await call(method, "/v1/responses/resp_1", key: Self.other, on: rig)
                #expect(gone.status == 404 && gone.text.contains("Response with id 'resp_1' not found."))
            }
            #expect(rig.upstream.requests.count == 2)
        }
        let teams: (inout Snapshot) -> Void = { snapshot in
            keys(&snapshot)
            snapshot.keys[0].replacedBy = nil
            snapshot.keys[0].team = "a"
            snapshot.keys[1].team = "a"
        }
        try await Rig.with(change: teams, script: Self.script) { rig in
            _ = try await post(#"{"model":"chat","input":"hi"}"#, on: rig)
            #expect(try await post(Self.next, key: Self.other, on: rig).status == 200)
            #expect(try await post(Self.next, key: Self.mate, on: rig).status == 404)
        }
    }

    @Test("a version, a provider or a credential that is gone is a 409 that says so")
    func gone() async throws {
        let changes: [@Sendable (inout Snapshot) -> Void] = [
            { $0.versions[0].id = Records.id("v9") },
            { $0.providers[0].apiKey = Secret("another-secret") },
            { $0.versions[0].provider = Records.id("elsewhere") },
        ]
        for change in changes {
            try await Rig.with(change: Self.twoVersions, script: Self.script) { rig in
                _ = try await post(#"{"model":"chat","input":"hi"}"#, on: rig)
                var snapshot = try Rig.snapshot(upstream: rig.upstream.port, VersionSettings())
                snapshot.epoch += 1
                change(&snapshot)
                await rig.gateway.publish(snapshot)
                for answer in [
                    try await post(Self.next, on: rig), try await call("GET", "/v1/responses/resp_1", on: rig),
                ] {
                    #expect(answer.status == 409 && answer.text.contains(#""code":"account_gone""#))
                    #expect(answer.text.contains("Version `v1` at provider `main`"))
                }
                #expect(rig.upstream.requests.count == 1)
            }
        }
    }

    @Test("nobody else is asked where the pinned target fails")
    func noFallback() async throws {
        let count = Counter()
        let failing: ScriptedUpstream.Script = { request, socket in
            if count.next() == 0 { return Self.script(request, socket) }
            return socket.send(Wire.answer(#"{"error":{"message":"x"}}"#, status: "503 No"))
        }
        let fallback: (inout Snapshot) -> Void = { snapshot in
            Self.twoVersions(&snapshot)
            snapshot.routes[0].fallbacks = [Records.id("v2")]
        }
        try await Rig.with(change: fallback, script: failing) { rig in
            _ = try await post(#"{"model":"chat","input":"hi"}"#, on: rig)
            let answer = try await post(Self.next, on: rig)
            #expect(answer.status == 503)
            #expect(rig.sink.outcomes.last?.attempts.map(\.version.rawValue) == ["v1"])
        }
    }

    @Test("another route at the same account serves a response of the first, one without it says 409")
    func otherRoute() async throws {
        let routes: (inout Snapshot) -> Void = { snapshot in
            snapshot.routes.append(Route(id: Records.id("small")))
            var version = Rig.version("small-1")
            version.route = Records.id("small")
            snapshot.versions.append(version)
            snapshot.routes.append(Route(id: Records.id("far")))
            var provider = snapshot.providers[0]
            provider.id = Records.id("far-away")
            snapshot.providers.append(provider)
            version.id = Records.id("far-1")
            version.route = Records.id("far")
            version.provider = provider.id
            snapshot.versions.append(version)
        }
        try await Rig.with(change: routes, script: Self.script) { rig in
            _ = try await post(#"{"model":"chat","input":"hi"}"#, on: rig)
            let small = try await post(Self.next.replacing("chat", with: "small"), on: rig)
            #expect(small.status == 200 && small["x-sluice-version"] == "small-1")
            let far = try await post(Self.next.replacing("chat", with: "far"), on: rig)
            #expect(far.status == 409 && far.text.contains("route `far` has no version there"))
        }
    }

    @Test("pins of a former process are known")
    func restored() async throws {
        try await Rig.with(change: Self.twoVersions, script: Self.script) { rig in
            _ = try await post(#"{"model":"chat","input":"hi"}"#, on: rig)
            let pins = rig.sink.pins
            try await Rig.with(change: Self.twoVersions, script: Self.script) { later in
                let unknown = try await post(Self.next, on: later)
                #expect(unknown.status == 404)
                later.gateway.take(pins)
                // Another port is another address, and so another account.
                let known = try await post(Self.next, on: later)
                #expect(known.status == 409)
            }
        }
    }

    // MARK: what is asked for by its id

    @Test("a response is fetched, cancelled and deleted where it was made, and costs nothing more")
    func byID() async throws {
        try await Rig.with(change: Self.twoVersions, script: Self.script) { rig in
            _ = try await post(#"{"model":"chat","input":"hi"}"#, on: rig)
            for (method, path) in [
                ("GET", "/responses/resp_1?include=a&include=b"), ("GET", "/responses/resp_1/input_items?limit=2"),
                ("POST", "/responses/resp_1/cancel"), ("DELETE", "/responses/resp_1"),
            ] {
                let answer = try await call(method, "/v1\(path)", on: rig)
                #expect(answer.status == 200 && answer.text == ResponsesTests.answer)
                #expect(answer["x-sluice-version"] == "v1" && answer["x-sluice-unit-source"] == "pinned")
                let sent = try #require(rig.upstream.requests.last)
                #expect(sent.head.hasPrefix("\(method) /base/v1\(path) HTTP/1.1\r\n"))
                #expect(sent["authorization"] == "Bearer provider-secret" && sent["content-type"] == nil)
                let outcome = try #require(rig.sink.outcomes.last)
                #expect(outcome.endpoint.text == "stored" && outcome.attempts[0].cost == .known(NanoUSD(0)))
                #expect(outcome.attempts[0].usage == Usage())
            }
        }
    }

    @Test("a stream that is told once more passes byte for byte, whole, and is not paid for again")
    func replay() async throws {
        try await Rig.with(change: Self.twoVersions, script: Self.script) { rig in
            _ = try await post(#"{"model":"chat","input":"hi"}"#, on: rig)
            let answer = try await rig.exchangeToEnd(
                "GET /v1/responses/resp_1?stream=true&starting_after=1 HTTP/1.1\r\nHost: relay\r\n"
                    + "Authorization: Bearer \(Rig.key)\r\nConnection: close\r\n\r\n"
            )
            #expect(answer.status == 200 && answer.text == ResponsesTests.delta + ResponsesTests.completed)
            #expect(rig.upstream.requests.last?["accept"] == "text/event-stream")
            let outcome = try #require(rig.sink.outcomes.last)
            #expect(outcome.isStream && outcome.ending == .complete && outcome.attempts[0].usage == Usage())
        }
    }

    @Test("an answer that failed is told as it is, whole and streamed")
    func failedResponse() async throws {
        let body = #"{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"x"},"output":[]}"#
        let count = Counter()
        let script: ScriptedUpstream.Script = { request, socket in
            if count.next() == 0 { return Self.script(request, socket) }
            guard request.head.contains("stream") else { return socket.send(Wire.answer(body)) }
            return socket.send(Wire.streamHead + Wire.chunk(ResponsesTests.failed) + "0\r\n\r\n")
        }
        try await Rig.with(script: script) { rig in
            _ = try await post(#"{"model":"chat","input":"hi"}"#, on: rig)
            let whole = try await call("GET", "/v1/responses/resp_1", on: rig)
            #expect(whole.status == 200 && whole.text == body)
            let stream = try await rig.exchangeToEnd(
                "GET /v1/responses/resp_1?stream=true HTTP/1.1\r\nHost: relay\r\n"
                    + "Authorization: Bearer \(Rig.key)\r\nConnection: close\r\n\r\n"
            )
            #expect(stream.text == ResponsesTests.failed)
            #expect(rig.sink.outcomes.map(\.errorClass) == [nil, nil, nil])
        }
    }

    @Test("a response that is made in the background is paid for when it is fetched, once")
    func background() async throws {
        let count = Counter()
        let script: ScriptedUpstream.Script = { request, socket in
            let number = count.next()
            let status = number == 0 ? "queued" : "in_progress"
            let early = #"{"id":"resp_1","object":"response","status":"\#(status)","output":[],"usage":null}"#
            return socket.send(Wire.answer(number < 2 ? early : ResponsesTests.answer))
        }
        try await Rig.with(change: Self.twoVersions, script: script) { rig in
            let made = try await post(#"{"model":"chat","input":"hi","background":true}"#, on: rig)
            #expect(made.status == 200 && rig.sink.pins.map(\.isOwed) == [true])
            for _ in 0..<4 { _ = try await call("GET", "/v1/responses/resp_1", on: rig) }
            let attempts = rig.sink.outcomes.flatMap(\.attempts)
            #expect(attempts.map(\.usage) == [nil, Usage(), Usage(freshInput: 10, output: 5), Usage(), Usage()])
            #expect(attempts[0].cost == .unknown && attempts[2].cost == .known(NanoUSD(10 * 2_000 + 5 * 8_000)))
            #expect(attempts[3].cost == .known(NanoUSD(0)))
            #expect(rig.sink.pins.map(\.isOwed) == [true, false])
            #expect(Set(rig.sink.pins.map(\.digest)).count == 1)
        }
    }

    @Test("what is made in the background stays set aside until it is fetched, and is then charged what it came to")
    func backgroundBudget() async throws {
        let count = Counter()
        let script: ScriptedUpstream.Script = { _, socket in
            let early = #"{"id":"resp_1","object":"response","status":"queued","output":[],"usage":null}"#
            return socket.send(Wire.answer(count.next() < 2 ? early : ResponsesTests.answer))
        }
        let budget = Budget(
            id: Records.id("b"),
            entity: SpendingEntity(.key, "app"),
            window: .total,
            limit: NanoUSD(1_000_000_000_000)
        )
        let change: (inout Snapshot) -> Void = { snapshot in
            Self.twoVersions(&snapshot)
            snapshot.budgets = [budget]
        }
        try await Rig.with(change: change, script: script) { rig in
            _ = try await post(#"{"model":"chat","input":"hi","background":true}"#, on: rig)
            _ = try await call("GET", "/v1/responses/resp_1", on: rig)
            let before = try #require(rig.gateway.budgets.first)
            #expect(before.spent == .zero && before.reserved > .zero)
            for _ in 0..<2 { _ = try await call("GET", "/v1/responses/resp_1", on: rig) }
            let cost = NanoUSD(10 * 2_000 + 5 * 8_000)
            let after = try #require(rig.gateway.budgets.first)
            #expect(after.spent == cost && after.reserved == .zero)
            let charges = rig.sink.records.compactMap { record -> Charge? in
                if case .charged(let charge) = record { charge } else { nil }
            }
            let requests = rig.sink.outcomes.map(\.request)
            #expect(charges.filter(\.isSettled).map(\.amount) == [cost, .zero])
            #expect(charges.filter(\.isSettled).map(\.request) == [requests[0], requests[2]])
        }
    }

    @Test("a conversation is made on the route that is named, and keeps to it")
    func conversations() async throws {
        let second: (inout Snapshot) -> Void = { snapshot in
            Self.twoVersions(&snapshot)
            snapshot.routes.append(Route(id: Records.id("small")))
        }
        try await Rig.with(change: second, script: Self.script) { rig in
            let unnamed = try await post("{}", path: "/v1/conversations", on: rig)
            #expect(unnamed.status == 400 && unnamed.text.contains("x-sluice-route"))
            let unknown = try await post("{}", path: "/v1/conversations", "x-sluice-route: no\r\n", on: rig)
            #expect(unknown.status == 404)
            let made = try await post(
                #"{"metadata":{}}"#,
                path: "/v1/conversations",
                "x-sluice-route: gpt-4o\r\n",
                on: rig
            )
            #expect(made.status == 200 && made["x-sluice-version"] == "v1")
            let sent = try #require(rig.upstream.requests.last)
            #expect(sent.text == #"{"metadata":{}}"# && sent["content-type"] == "application/json")
            #expect(rig.sink.pins.count == 1)
            for body in [
                #"{"model":"chat","input":"hi","conversation":"conv_1"}"#,
                #"{"model":"chat","input":"hi","conversation":{"id":"conv_1"}}"#,
            ] {
                let answer = try await post(body, on: rig)
                #expect(answer.status == 200 && answer["x-sluice-unit-source"] == "pinned")
            }
            let strange = try await post(#"{"model":"chat","input":"hi","conversation":"conv_2"}"#, on: rig)
            #expect(strange.status == 404 && strange.text.contains(#""param":"conversation""#))
            let items = #"{"items":[{"role":"user","content":"more"}]}"#
            let added = try await post(items, path: "/v1/conversations/conv_1/items", on: rig)
            #expect(added.status == 200 && rig.upstream.requests.last?.text == items)
        }
    }

    @Test("other methods and other paths are refused")
    func refused() async throws {
        try await Rig.with(script: Self.script) { rig in
            for (method, path, allow) in [
                ("PUT", "/v1/responses/resp_1", "GET, DELETE"), ("GET", "/v1/responses/resp_1/cancel", "POST"),
                ("GET", "/v1/conversations", "POST"), ("PATCH", "/openai/v1/conversations/c", "GET, POST, DELETE"),
            ] {
                let answer = try await call(method, path, on: rig)
                #expect(answer.status == 405 && answer["allow"] == allow)
            }
            for path in [
                "/v1/responses/..%2fmodels", "/v1/responses/a.b", "/v1/responses/a/b", "/v1/responses/a/input_items/b",
                "/v1/conversations/a/items/b/c", "/v1/conversations/a/b",
            ] {
                #expect(try await call("GET", path, on: rig).status == 404)
            }
            #expect(rig.upstream.requests.isEmpty)
        }
    }
}

extension RecordingSink {
    var pins: [Pin] { records.compactMap { if case .pinned(let pin) = $0 { pin } else { nil } } }
}
