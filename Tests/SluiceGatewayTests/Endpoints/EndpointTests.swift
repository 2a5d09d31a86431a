// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceHTTP
import SluiceTestKit
import Synchronization
import Testing

@Suite("Endpoints and refusals")
struct EndpointTests {
    static let fine: ScriptedUpstream.Script = { _, socket in socket.send(Wire.answer(Wire.completion)) }

    @Test(
        "the key is taken from each of its places",
        arguments: [
            "Authorization: Bearer \(Rig.key)", "authorization: bearer  \(Rig.key)", "X-Api-Key: \(Rig.key)",
            "Api-Key: \(Rig.key)", "X-Goog-Api-Key: \(Rig.key)",
        ]
    )
    func keys(header: String) async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            let answer = try await rig.exchange(Wire.request(Wire.chat, key: header + "\r\n"))
            #expect(answer.status == 200)
        }
    }

    @Test(
        "a missing, wrong, broken or revoked key is 401 without a look at the body",
        arguments: [
            "", "Authorization: Bearer not-a-key-0123456789\r\n", "Authorization: Basic \(Rig.key)\r\n",
            "Authorization: Bearer revoked-key-0123456789\r\n",
            "X-Api-Key: sl_abcdefgh_\(String(repeating: "a", count: 43))_000000\r\n",
        ]
    )
    func wrongKeys(header: String) async throws {
        try await Rig.with(
            change: { $0.keys.append(Rig.callerKey("revoked-key-0123456789", id: "old", validUntil: Records.start)) },
            script: Self.fine
        ) { (rig: Rig) async throws -> Void in
            let answer = try await rig.exchange(Wire.request("not json", key: header))
            #expect(answer.status == 401 && answer.text.contains("invalid_api_key"))
            let secrets = ["not-a-key", "revoked-key", "sl_abcdefgh"]
            #expect(secrets.allSatisfy { !answer.text.contains($0) })
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .refused && outcome.errorClass == .refused && outcome.status == 401)
            #expect(rig.upstream.connections == 0)
        }
    }

    @Test(
        "what cannot be served is refused with its status and code, and the connection goes on",
        arguments: [
            ("/v1/chat/completions", #"{"model":"gpt-4","messages":[]}"#, "", 404, "model_not_found"),
            ("/v1/chat/completions", "{", "", 400, "invalid_json"),
            ("/v1/chat/completions", "{}", "", 400, "missing_model"),
            ("/v1/chat/completions", #"{"model":"chat","mod\u0065l":"x"}"#, "", 400, "duplicate_field"),
            ("/v1/chat/completions", Wire.chat, "X-Sluice-Version: v1\r\n", 403, "forbidden"),
            ("/v1/nothing", "{}", "", 404, "unknown_url"),
            ("/v1/models", "{}", "", 405, "method_not_allowed"),
        ]
    )
    func refusals(path: String, body: String, headers: String, status: Int, code: String) async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            let port = rig.port
            let answers = try await offload {
                let socket = try RawSocket.connect(port: port)
                defer { socket.close() }
                socket.send(Wire.request(body, headers, path: path))
                let first = socket.receiveAnswer()
                socket.send(Wire.request(Wire.chat))
                return [first, socket.receiveAnswer()]
            }
            #expect(answers[0].status == status && answers[0].text.contains(code))
            #expect(answers[0]["x-request-id"] != nil)
            #expect(answers[1].status == 200)
            #expect(rig.sink.outcomes.map(\.status) == [status, 200])
        }
    }

    @Test("an unknown model is answered with the nearest names")
    func nearest() async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat(#"{"model":"gpt-4oo","messages":[]}"#)
            #expect(answer.text.contains("`gpt-4o`") && answer.text.contains("gpt-4oo"))
        }
    }

    @Test("a body of another type is 415, one that is too large 413, and neither is read")
    func bodies() async throws {
        try await Rig.with(configure: { $0.server.limits.bodyBytes = 1_000 }, script: Self.fine) {
            (rig: Rig) async throws -> Void in
            let form = Wire.request(Wire.chat).replacing("application/json", with: "text/plain")
            #expect(try await rig.exchange(form).status == 415)
            let large = try await rig.chat(Wire.chat + String(repeating: " ", count: 1_000))
            #expect(large.status == 413 && large.text.contains("request_too_large") && large["connection"] == "close")
            #expect(rig.sink.outcomes.map(\.status) == [415, 413])
        }
    }

    @Test("heads that break HTTP are refused in the caller's dialect and recorded")
    func brokenHeads() async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            let answer = try await rig.exchangeToEnd("GET / HTTP/1.1\r\n\r\n")
            #expect(answer.status == 400 && answer.text.contains(#""error""#) && answer["connection"] == "close")
            #expect(rig.sink.outcomes.map(\.status) == [400])
        }
    }

    @Test("the models are the routes and their aliases")
    func models() async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            let list = try await rig.exchange(Wire.get("/v1/models"))
            #expect(list.status == 200)
            for name in ["chat", "gpt-4o", "gpt-4.1"] { #expect(list.text.contains("\"\(name)\"")) }
            let one = try await rig.exchange(Wire.get("/v1/models/gpt%2D4o?x=1"))
            #expect(one.status == 200 && one.text.contains(#""id":"gpt-4o""#))
            #expect(try await rig.exchange(Wire.get("/v1/models/none")).status == 404)
            #expect(try await rig.exchange(Wire.get("/v1/models", key: "")).status == 401)
            #expect(rig.sink.outcomes.map(\.endpoint) == [.models, .models, .models, .models])
        }
    }

    @Test("health needs no key and leaves no record")
    func health() async throws {
        let flag = Flag()
        try await Rig.with(isReady: { flag.isSet }, script: Self.fine) { (rig: Rig) async throws -> Void in
            for path in ["/healthz", "/health/liveliness", "/readyz", "/health/readiness"] {
                #expect(try await rig.exchange(Wire.get(path, key: "")).status == 200, "\(path)")
            }
            flag.clear()
            #expect(try await rig.exchange(Wire.get("/readyz", key: "")).status == 503)
            #expect(try await rig.exchange(Wire.get("/healthz", key: "")).status == 200)
            #expect(rig.sink.records.isEmpty)
        }
    }

    @Test("a key has so many requests in flight and no more, and gets its places back")
    func inFlight() async throws {
        try await Rig.with(
            configure: { $0.maxInFlightPerKey = 2 },
            script: { request, socket in
                if request.text.contains("wait") { return socket.receive()?.isEmpty == false }
                return socket.send(Wire.answer(Wire.completion))
            }
        ) { (rig: Rig) async throws -> Void in
            let port = rig.port
            let waiting = Wire.request(#"{"model":"chat","user":"wait","messages":[]}"#)
            let sockets = try await offload {
                try (0..<2).map { _ in
                    let socket = try RawSocket.connect(port: port)
                    socket.send(waiting)
                    return socket
                }
            }
            #expect(try await eventually { rig.upstream.requests.count == 2 })
            let third = try await rig.chat()
            #expect(third.status == 429 && third["retry-after"] == "1" && third.text.contains("rate_limit_exceeded"))
            for socket in sockets { socket.close() }
            #expect(try await eventually { rig.gateway.gauges.inFlight == 0 })
            #expect(try await rig.chat().status == 200)
        }
    }

    @Test("a key's own limit of requests in flight takes the place of the node's", arguments: [1, 3])
    func ownLimit(limit: Int) async throws {
        try await Rig.with(
            change: { $0.keys = [Rig.callerKey(Rig.key, id: "app", maxConcurrency: limit)] },
            configure: { $0.maxInFlightPerKey = 2 },
            script: { request, socket in
                if request.text.contains("wait") { return socket.receive()?.isEmpty == false }
                return socket.send(Wire.answer(Wire.completion))
            }
        ) { (rig: Rig) async throws -> Void in
            let port = rig.port
            let waiting = Wire.request(#"{"model":"chat","user":"wait","messages":[]}"#)
            let sockets = try await offload {
                try (0..<limit).map { _ in
                    let socket = try RawSocket.connect(port: port)
                    socket.send(waiting)
                    return socket
                }
            }
            #expect(try await eventually { rig.upstream.requests.count == limit })
            let further = try await rig.chat()
            #expect(further.status == 429 && further.text.contains("This key has \(limit) requests in flight"))
            for socket in sockets { socket.close() }
            #expect(try await eventually { rig.gateway.gauges.inFlight == 0 })
            #expect(try await rig.chat().status == 200)
        }
    }
}

/// A flag that starts set.
final class Flag: Sendable {
    private let state = Mutex(true)
    var isSet: Bool { state.withLock { $0 } }
    func clear() { state.withLock { $0 = false } }
}
