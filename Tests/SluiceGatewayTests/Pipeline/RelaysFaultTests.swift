// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceRelease
import SluiceTestKit
import Testing

@Suite("What the relay adds must not fail a request")
struct RelaysFaultTests {
    static let refusals = [
        (
            "422 Unprocessable",
            #"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}}"#
        ),
        (
            "422 Unprocessable",
            #"{"message":"body.stream_options: property 'body.stream_options' is unsupported","code":"wrong_api_format"}"#
        ),
        (
            "400 Bad Request",
            #"{"error":{"message":"Unrecognized request argument supplied: stream_options","type":"invalid_request_error"}}"#
        ),
    ]

    /// A provider that refuses `stream_options`.
    static func refusing(_ status: String, _ body: String) -> ScriptedUpstream.Script {
        { request, socket in
            if request.text.contains("stream_options") { return socket.send(Wire.answer(body, status: status)) }
            return socket.send(Wire.stream)
        }
    }

    @Test(
        "a stream that is refused for its stream_options is asked for without them, and so are all that follow",
        arguments: refusals
    )
    func askedAgain(status: String, body: String) async throws {
        try await Rig.with(script: Self.refusing(status, body)) { (rig: Rig) async throws -> Void in
            let first = try await rig.stream()
            #expect(first.status == 200 && first.isWhole && first.text.hasSuffix(Wire.usageEvent + "\n\n" + Wire.done))
            #expect(rig.upstream.requests.map { $0.text.contains("stream_options") } == [true, false])
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.errorClass == nil && outcome.attempts.map(\.errorClass) == [.superseded, nil])
            #expect(outcome.attempts.map(\.purpose) == [.primary, .retry] && outcome.attempts[0].status != 200)
            #expect(outcome.attempts[1].usage == Usage(freshInput: 10, output: 5))
            #expect(outcome.judgedAttempt?.number == 2)
            let second = try await rig.stream()
            #expect(second.isWhole && second["x-sluice-attempts"] == "1" && rig.upstream.requests.count == 3)
        }
    }

    @Test("a caller who sent stream_options, and a request that is wrong without them too, get the provider's answer")
    func callersOwn() async throws {
        let (status, body) = Self.refusals[2]
        let asking = Wire.streamingChat.dropLast() + #","stream_options":{"include_usage":true}}"#
        try await Rig.with(script: Self.refusing(status, body)) { (rig: Rig) async throws -> Void in
            let answer = try await rig.stream(String(asking))
            #expect(answer.status == 400 && answer.text == body && rig.upstream.requests.count == 1)
        }
        let echo =
            #"{"detail":[{"loc":["body","messages"],"msg":"required","input":{"stream_options":{"include_usage":true}}}]}"#
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(echo, status: "422 No")) }) {
            (rig: Rig) async throws -> Void in
            for _ in 0..<2 {
                let answer = try await rig.stream()
                #expect(answer.status == 422 && answer.text == echo)
            }
            // Nothing was learnt from it: the second asks for its usage again.
            let asked = rig.upstream.requests.map { $0.text.contains(#","stream_options""#) }
            #expect(asked == [true, false, true, false])
            #expect(
                rig.sink.outcomes.map { $0.attempts.map(\.errorClass) } == [
                    [.superseded, .badRequest], [.superseded, .badRequest],
                ]
            )
        }
    }

    @Test("stream_usage says always or never")
    func policies() async throws {
        let (status, body) = Self.refusals[0]
        try await Rig.with(
            change: { $0.providers[0].streamUsage = .never },
            script: Self.refusing(status, body)
        ) { (rig: Rig) async throws -> Void in
            #expect(try await rig.stream().isWhole && rig.upstream.requests.count == 1)
        }
        try await Rig.with(
            change: { $0.providers[0].streamUsage = .always },
            script: Self.refusing(status, body)
        ) { (rig: Rig) async throws -> Void in
            #expect(try await rig.stream().status == 422 && rig.upstream.requests.count == 1)
        }
    }

    @Test("a canary that refuses stream_options is judged by the attempt without them")
    func noEvidence() async throws {
        let (status, body) = Self.refusals[0]
        try await EvidenceRig.with(canary: Self.refusing(status, body)) { (rig: EvidenceRig) async throws -> Void in
            for _ in 0..<3 {
                let answer = try await rig.send(EvidenceRig.onCanary, Wire.streamingChat)
                #expect(answer.isWhole && answer["x-sluice-version"] == "v2")
            }
            let ends = try await rig.evidence.ends(3)
            #expect(ends.count == 3 && ends.allSatisfy { $0.events == 0 && $0.settled & WatchLimits.error != 0 })
        }
    }
}
