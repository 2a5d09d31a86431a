// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Testing

@Suite("The relay's credential and the operator's account")
struct CredentialTests {
    static let secret = "provider-secret"

    @Test(
        "no error tells of the relay's credential, and a refused one is no fault of the caller's key",
        arguments: [
            (
                "401 No",
                #"{"error":{"message":"Incorrect API key provided: provider***cret.","code":"invalid_api_key"}}"#, 502
            ),
            ("401 No", #"{"error":{"message":"Invalid API key: provider-secret"}}"#, 502),
            ("403 No", #"{"error":{"message":"key provider-secret is not allowed"}}"#, 502),
            ("400 No", #"{"error":{"message":"provider-secret not valid","code":"api_key_invalid"}}"#, 502),
            ("400 No", #"{"error":{"message":"bad request with provider-secret"}}"#, 400),
            ("500 No", #"{"error":{"message":"failed for Bearer provider-secret"}}"#, 500),
            ("200 OK", #"{"error":{"message":"failed for Bearer provider-secret","type":"server_error"}}"#, 502),
            ("402 No", #"{"error":{"message":"pay for provider-secret","code":"insufficient_balance"}}"#, 402),
        ]
    )
    func blanked(status: String, body: String, shown: Int) async throws {
        let headers = "WWW-Authenticate: Bearer error=\"provider-secret\"\r\nX-Debug: provider-secret\r\n"
        for text in [Wire.chat, Wire.streamingChat] {
            try await Rig.with(script: { _, socket in socket.send(Wire.answer(body, status: status, headers)) }) {
                (rig: Rig) async throws -> Void in
                let answer = try await rig.chat(text)
                #expect(answer.status == shown)
                let all = String(decoding: answer.bytes, as: UTF8.self)
                #expect(
                    !all.contains(Self.secret) && !all.contains("cret.") && !all.contains("www-authenticate"),
                    "\(all)"
                )
                #expect(!answer.text.contains("invalid_api_key"))
                if shown == 502, status != "200 OK" {
                    #expect(answer.text.contains("upstream_credentials") && answer["x-should-retry"] == "false")
                    #expect(rig.sink.outcomes[0].attempts[0].errorClass == .credential)
                }
            }
        }
    }

    @Test("nor does an event in a stream", arguments: [0, 2])
    func events(before: Int) async throws {
        let error = #"data: {"error":{"message":"bad key provider-secret","type":"server_error"}}"# + "\n\n"
        let events = Wire.events.prefix(before).map { Wire.chunk($0 + "\n\n") }.joined()
        try await Rig.with(script: { _, socket in
            socket.send(Wire.streamHead + events + Wire.chunk(error) + "0\r\n\r\n")
        }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.stream()
            #expect(!answer.text.contains(Self.secret) && answer.text.contains("bad key [redacted]"))
        }
    }

    @Test("a redirect is the provider's fault, and tells nobody where to go")
    func redirect() async throws {
        let headers = "Location: https://elsewhere.example/v1\r\nRefresh: 0; url=https://elsewhere.example\r\n"
        for status in ["301 Moved", "302 Found", "307 Elsewhere", "308 Elsewhere"] {
            try await Rig.with(script: { _, socket in socket.send(Wire.answer("{}", status: status, headers)) }) {
                (rig: Rig) async throws -> Void in
                let answer = try await rig.chat()
                #expect(answer.status == 502 && answer.text.contains("upstream_malformed"))
                #expect(!String(decoding: answer.bytes, as: UTF8.self).contains("elsewhere.example"))
                #expect(rig.sink.outcomes[0].attempts.map(\.errorClass) == [.upstreamError])
            }
        }
        try await Rig.withTwo(
            first: { _, socket in socket.send(Wire.answer("", status: "307 Elsewhere", headers)) },
            second: { _, socket in socket.send(Wire.answer(Wire.completion)) }
        ) { (rig: Rig, _) async throws -> Void in
            #expect(try await rig.chat()["x-sluice-provider"] == "second")
        }
    }

    @Test(
        "a provider's own fields and the name of the credential's field are sent; a caller's field of one name is not"
    )
    func providerFields() async throws {
        try await Rig.with(
            change: { snapshot in
                snapshot.providers[0].apiKeyHeader = "api-key"
                for (name, value) in [
                    ("X-Company-Key", "abc12345"), ("http-referer", "https://ours.example"), ("User-Agent", "ours"),
                ] {
                    if let header = try? ProviderHeader(validating: name, value: value) {
                        snapshot.providers[0].headers.append(header)
                    }
                }
            },
            script: { _, socket in socket.send(Wire.answer(#"{"error":"abc12345 is unknown"}"#, status: "400 No")) }
        ) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat(Wire.chat, "HTTP-Referer: https://app.example\r\nX-Title: App\r\n")
            let seen = try #require(rig.upstream.requests.first)
            #expect(
                seen["api-key"] == Self.secret && seen["authorization"] == nil && seen["x-company-key"] == "abc12345"
            )
            #expect(
                seen["http-referer"] == "https://ours.example" && seen["x-title"] == "App"
                    && seen["user-agent"] == "ours"
            )
            #expect(seen.head.lowercased().split(separator: "http-referer").count == 2)
            #expect(answer.text == #"{"error":"[redacted] is unknown"}"#)
        }
    }
}
