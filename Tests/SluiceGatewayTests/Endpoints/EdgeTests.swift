// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Testing

@Suite("Spellings, browsers and the date")
struct EdgeTests {
    static let fine: ScriptedUpstream.Script = { _, socket in
        socket.send(
            Wire.answer(Wire.completion, "Access-Control-Allow-Origin: https://evil.example\r\nDate: yesterday\r\n")
        )
    }

    static func preflight(_ path: String, _ method: String, origin: String = "app://obsidian.md") -> String {
        "OPTIONS \(path) HTTP/1.1\r\nHost: relay\r\nOrigin: \(origin)\r\nAccess-Control-Request-Method: \(method)\r\n"
            + "Access-Control-Request-Headers: authorization,content-type\r\n\r\n"
    }

    @Test(
        "slashes too many do no harm",
        arguments: [
            "/v1//chat/completions", "//v1/chat/completions", "//chat/completions", "/v1/chat/completions/",
            "/chat/completions//", "/v1/chat/completions/?api-version=1", "/v1/chat//completions",
        ]
    )
    func slashes(path: String) async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            #expect(try await rig.exchange(Wire.request(Wire.chat, path: path)).status == 200)
            for path in ["/v1/models/", "//v1//models", "/models/gpt-4o/"] {
                #expect(try await rig.exchange(Wire.get(path)).status == 200)
            }
            #expect(try await rig.exchange(Wire.get("//")).status == 404)
        }
    }

    @Test(
        "a wrong method is told the right ones",
        arguments: [("/v1/chat/completions", "POST"), ("/v1/models", "GET, HEAD")]
    )
    func allow(path: String, methods: String) async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            let answer = try await rig.exchange("DELETE \(path) HTTP/1.1\r\nHost: relay\r\n\r\n")
            #expect(answer.status == 405 && answer["allow"] == methods)
            let unknown = try await rig.exchangeToEnd("TRACE \(path) HTTP/1.1\r\nHost: relay\r\n\r\n")
            #expect(unknown.status == 405 && unknown["allow"] == "GET, HEAD, POST, OPTIONS")
        }
    }

    @Test("a page asks first, without a key, and may read the answers, refusals too")
    func browsers() async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            for (path, method) in [("/v1/chat/completions", "POST"), ("/v1/models", "GET"), ("/embeddings", "POST")] {
                let answer = try await rig.exchange(Self.preflight(path, method))
                #expect(answer.status == 204 && answer["access-control-allow-origin"] == "*" && answer.isWhole)
                #expect(answer["access-control-allow-methods"]?.contains(method) == true)
                #expect(answer["access-control-allow-headers"] == "authorization,content-type")
            }
            #expect(rig.sink.outcomes.isEmpty)
            #expect(try await rig.exchange(Self.preflight("/v1/nothing", "POST")).status == 404)
            let origin = "Origin: app://obsidian.md\r\n"
            let fine = try await rig.chat(Wire.chat, origin)
            #expect(fine.headers.filter { $0.name == "access-control-allow-origin" }.map(\.value) == ["*"])
            let refused = try await rig.exchange(
                Wire.request(Wire.chat, origin, key: "Authorization: Bearer wrong\r\n")
            )
            #expect(refused.status == 401 && refused["access-control-allow-origin"] == "*")
            let plain = try await rig.chat()
            #expect(plain["access-control-allow-origin"] == nil)
        }
    }

    @Test("a page may read a stream too", arguments: [Midstream.error, .resume])
    func streamsToBrowsers(midstream: Midstream) async throws {
        let settings = VersionSettings(retry: RetryPolicy(maxRetries: 0), midstream: midstream)
        try await Rig.with(settings, script: { _, socket in socket.send(Wire.stream) }) {
            (rig: Rig) async throws -> Void in
            let answer = try await rig.stream(Wire.streamingChat, "Origin: app://obsidian.md\r\n")
            #expect(answer["access-control-allow-origin"] == "*" && answer.text == Wire.passed)
        }
    }

    @Test("pages that are not named get nothing, and with none named nobody")
    func named() async throws {
        let ours = "https://app.example"
        try await Rig.with(
            configure: { $0.crossOrigin = CrossOrigin(origins: [ours]) },
            script: Self.fine
        ) { (rig: Rig) async throws -> Void in
            let named = try await rig.exchange(Self.preflight("/v1/chat/completions", "POST", origin: ours))
            #expect(named.status == 204 && named["access-control-allow-origin"] == ours && named["vary"] == "origin")
            let other = try await rig.exchange(Self.preflight("/v1/chat/completions", "POST"))
            #expect(other.status == 405 && other["access-control-allow-origin"] == nil && other["allow"] == "POST")
            #expect(try await rig.chat(Wire.chat, "Origin: \(ours)\r\n")["access-control-allow-origin"] == ours)
        }
        try await Rig.with(configure: { $0.crossOrigin = CrossOrigin(origins: []) }, script: Self.fine) {
            (rig: Rig) async throws -> Void in
            #expect(try await rig.exchange(Self.preflight("/v1/models", "GET")).status == 405)
            #expect(try await rig.chat(Wire.chat, "Origin: \(ours)\r\n")["access-control-allow-origin"] == nil)
        }
    }

    @Test("every answer carries the relay's own date, once")
    func date() async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            var answers = [
                try await rig.chat(), try await rig.exchange(Wire.get("/v1/models")),
                try await rig.exchange(Wire.get("/healthz")),
                try await rig.exchange(Wire.get("/nothing")), try await rig.exchangeToEnd("nonsense\r\n\r\n"),
                try await rig.exchange(Self.preflight("/v1/models", "GET")),
            ]
            answers.append(try await rig.exchange(Wire.request("{")))
            let form = /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/
            for answer in answers {
                let dates = answer.headers.filter { $0.name == "date" }.map(\.value)
                #expect(dates.count == 1 && dates.allSatisfy { $0.wholeMatch(of: form) != nil }, "\(dates)")
            }
        }
    }

    @Test(
        "two keys, or Authorization twice, are refused; the same key in two places is not",
        arguments: [
            ("Authorization: Bearer other-key-0123456789\r\n", 400), ("Authorization: Bearer \(Rig.key)\r\n", 400),
            ("X-Api-Key: other-key-0123456789\r\n", 400), ("X-Api-Key: \(Rig.key)\r\nApi-Key: \(Rig.key)\r\n", 200),
            ("X-Goog-Api-Key: \(Rig.key)x\r\n", 400),
        ]
    )
    func twoKeys(headers: String, status: Int) async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat(Wire.chat, headers)
            #expect(answer.status == status && !answer.text.contains("other-key"))
        }
    }

    @Test(
        "a WebSocket that is not served is told so",
        arguments: ["/v1/realtime?model=chat", "/v1/responses", "/v1/chat/completions"]
    )
    func upgrades(path: String) async throws {
        try await Rig.with(script: Self.fine) { (rig: Rig) async throws -> Void in
            let answer = try await rig.exchange(
                Wire.get(path, key: "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
            )
            #expect(answer.status == 426 && answer["upgrade"] != nil && answer.text.contains("upgrade_not_served"))
        }
    }
}
