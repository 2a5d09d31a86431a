// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import SluiceWire
import Testing

/// Pictures, sound and judgements of texts of OpenAI's API, from a caller's socket to a provider's and back.
@Suite("Further paths of OpenAI's API")
struct MediaTests {
    private static let usage = #""usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15}"#

    private func post(_ body: String, _ path: String, type: String = "application/json", on rig: Rig) async throws
        -> RawAnswer
    {
        try await rig.exchangeToEnd(
            "POST \(path) HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer \(Rig.key)\r\nContent-Type: \(type)\r\n"
                + "Connection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }

    private static func answering(_ body: String, type: String = "application/json") -> ScriptedUpstream.Script {
        { _, socket in
            socket.send("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
    }

    private static func form(_ parts: [(head: String, value: String)]) -> String {
        parts.map { "--xyz\r\nContent-Disposition: form-data; \($0.head)\r\n\r\n\($0.value)\r\n" }.joined()
            + "--xyz--\r\n"
    }

    @Test(
        "a request in JSON gets the version's model and passes, and its answer is metered where it tells tokens",
        arguments: [
            ("/v1/images/generations", #"{"created":1,"data":[{"b64_json":"aa"}],\#(MediaTests.usage)}"#, "images"),
            ("/v1/moderations", #"{"id":"m","results":[{"flagged":false}],\#(MediaTests.usage)}"#, "moderations"),
            ("/openai/v1/rerank", #"{"results":[{"index":0}],\#(MediaTests.usage)}"#, "rerank"),
        ]
    )
    func json(path: String, body: String, name: String) async throws {
        try await Rig.with(script: Self.answering(body)) { rig in
            let request = #"{"prompt":"a","input": "b", "model":"gpt-4o", "n": 1e2}"#
            let answer = try await post(request, path, on: rig)
            #expect(answer.status == 200 && answer.text == body)
            let sent = rig.upstream.requests[0]
            #expect(sent.head.hasPrefix("POST /base\(path.replacing("/openai", with: "")) HTTP/1.1\r\n"))
            #expect(sent.text == request.replacing("gpt-4o", with: "gpt-upstream"))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.endpoint.text == name && outcome.ending == .complete)
            #expect(outcome.attempts[0].usage == Usage(freshInput: 10, output: 5))
            #expect(outcome.attempts[0].cost == .known(NanoUSD(10 * 2_000 + 5 * 8_000)))
        }
    }

    @Test("sound passes as it is; it costs what a request costs, and is unknown where no card says that")
    func speech() async throws {
        let sound = "RIFF\u{0}\u{1}" + String(repeating: "x{", count: 60_000)
        for price in [0, 7_000] {
            let priced: (inout Snapshot) -> Void = { $0.prices[0].perRequest = NanoUSD(Int64(price)) }
            try await Rig.with(change: priced, script: Self.answering(sound, type: "audio/wav")) { rig in
                let answer = try await post(#"{"model":"chat","input":"hi","voice":"a"}"#, "/v1/audio/speech", on: rig)
                #expect(answer.status == 200 && answer.text == sound && answer["content-type"] == "audio/wav")
                let attempt = try #require(rig.sink.outcomes.first?.attempts.first)
                #expect(attempt.errorClass == nil && attempt.usage == (price == 0 ? nil : Usage()))
                #expect(attempt.cost == (price == 0 ? .unknown : .known(NanoUSD(7_000))))
            }
        }
    }

    @Test("a form goes on with the provider's model in it, and not another byte changed")
    func forms() async throws {
        let file = (
            head: "name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav", value: "RI\r\nFF\u{0}--xy model"
        )
        for (path, answer) in [
            ("/v1/audio/transcriptions", #"{"text":"hello",\#(Self.usage)}"#),
            ("/v1/audio/translations", #"{"text":"hello",\#(Self.usage)}"#),
            ("/v1/images/edits", #"{"data":[{"url":"u"}],\#(Self.usage)}"#),
            ("/v1/images/variations", #"{"data":[{"url":"u"}],\#(Self.usage)}"#),
        ] {
            try await Rig.with(script: Self.answering(answer)) { rig in
                let body = Self.form([file, ("name=\"model\"", "gpt-4o"), ("name=\"prompt\"", "p")])
                let got = try await post(body, path, type: "multipart/form-data; boundary=xyz", on: rig)
                #expect(got.status == 200 && got.text == answer)
                let sent = rig.upstream.requests[0]
                #expect(sent.head.hasPrefix("POST /base\(path) HTTP/1.1\r\n"))
                #expect(sent.text == body.replacing("gpt-4o", with: "gpt-upstream"))
                #expect(sent["content-type"] == "multipart/form-data; boundary=xyz")
                #expect(rig.sink.outcomes.first?.attempts[0].usage == Usage(freshInput: 10, output: 5))
            }
        }
    }

    @Test("a transcription may be plain text, and a stream ends with its last event")
    func transcriptions() async throws {
        let body = Self.form([("name=\"model\"", "chat"), ("name=\"file\"", "x")])
        try await Rig.with(script: Self.answering("1\n00:00 --> 00:01\nhi\n", type: "text/plain")) { rig in
            let answer = try await post(
                body,
                "/v1/audio/transcriptions",
                type: "multipart/form-data; boundary=xyz",
                on: rig
            )
            #expect(answer.status == 200 && answer.text == "1\n00:00 --> 00:01\nhi\n")
            #expect(rig.sink.outcomes.first?.errorClass == nil)
        }
        let delta = ResponsesTests.event("transcript.text.delta", #""delta":"he""#)
        let done = ResponsesTests.event("transcript.text.done", #""text":"he",\#(Self.usage)"#)
        for isWhole in [true, false] {
            let script: ScriptedUpstream.Script = { _, socket in
                socket.send(
                    Wire.streamHead + ([delta] + (isWhole ? [done] : [])).map(Wire.chunk).joined() + "0\r\n\r\n"
                )
            }
            try await Rig.with(script: script) { rig in
                let asked = Self.form([("name=\"stream\"", "true"), ("name=\"model\"", "chat"), ("name=\"file\"", "x")])
                let answer = try await post(
                    asked,
                    "/v1/audio/transcriptions",
                    type: "multipart/form-data; boundary=xyz",
                    on: rig
                )
                let outcome = try #require(rig.sink.outcomes.first)
                #expect(outcome.isStream && outcome.ending == (isWhole ? .complete : .cut))
                #expect(answer.text.hasPrefix(delta) && answer.text.hasSuffix(done) == isWhole)
                if isWhole { #expect(outcome.attempts[0].usage == Usage(freshInput: 10, output: 5)) }
                #expect(answer.text.contains("upstream_") == !isWhole)
            }
        }
    }

    @Test("pictures that come as they are made pass, one after the other")
    func pictures() async throws {
        let part = ResponsesTests.event("image_generation.partial_image", #""b64_json":"a""#)
        let done = ResponsesTests.event(
            "image_generation.completed",
            #""b64_json":"\#(String(repeating: "b", count: 90_000))",\#(Self.usage)"#
        )
        let script: ScriptedUpstream.Script = { _, socket in
            socket.send(Wire.streamHead + [part, done, done].map(Wire.chunk).joined() + "0\r\n\r\n")
        }
        try await Rig.with(script: script) { rig in
            let answer = try await post(
                #"{"model":"chat","prompt":"a","stream":true}"#,
                "/v1/images/generations",
                on: rig
            )
            #expect(answer.text == part + done + done)
            #expect(rig.upstream.requests[0].text == #"{"model":"gpt-upstream","prompt":"a","stream":true}"#)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .complete && outcome.attempts[0].usage == Usage(freshInput: 10, output: 5))
        }
    }

    @Test("what is no form, names no model, or asks a provider of another dialect is refused before anybody is asked")
    func refused() async throws {
        try await Rig.with(script: Self.answering("{}")) { rig in
            let form = Self.form([("name=\"file\"", "x")])
            let type = "multipart/form-data; boundary=xyz"
            let cases = [
                try await post(form, "/v1/audio/transcriptions", type: type, on: rig),
                try await post(#"{"model":"chat"}"#, "/v1/audio/transcriptions", on: rig),
                try await post(form + "x", "/v1/images/edits", type: "multipart/form-data; boundary=abc", on: rig),
                try await post(#"{"input":"x"}"#, "/v1/moderations", on: rig),
                try await post(form, "/v1/images/generations", type: type, on: rig),
            ]
            #expect(cases.map(\.status) == [400, 415, 400, 400, 415])
            #expect(cases[0].text.contains("missing_model") && cases[3].text.contains("missing_model"))
            #expect(rig.upstream.requests.isEmpty)
        }
        let anthropic: (inout Snapshot) -> Void = { $0.providers[0].dialect = .anthropic }
        try await Rig.with(change: anthropic, script: Self.answering("{}")) { rig in
            let answer = try await post(#"{"model":"chat","input":"x"}"#, "/v1/moderations", on: rig)
            #expect(answer.status == 503 && answer.text.contains("no_version"))
        }
    }

    @Test("an answer without what was asked for is no answer", arguments: ["", "<html>", "{}", #"{"data":[]}"#])
    func empty(body: String) async throws {
        try await Rig.with(script: Self.answering(body)) { rig in
            let answer = try await post(#"{"model":"chat","prompt":"x"}"#, "/v1/images/generations", on: rig)
            #expect(answer.status == 502)
        }
    }
}
