// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Testing

@Suite("Resuming a stream that broke off", .serialized)
struct ResumeTests {
    private static let settings = VersionSettings(retry: RetryPolicy(maxRetries: 0), midstream: .resume)

    private static func event(_ text: String, _ id: String = "c1", finish: String = "null") -> String {
        #"data: {"id":"\#(id)","choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":\#(finish)}]}"#
            + "\n\n"
    }

    private static func stream(_ events: [String]) -> String {
        Wire.streamHead + events.map(Wire.chunk).joined()
    }

    private static let role =
        #"data: {"id":"c2","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#
        + "\n\n"
    private static let end = event("", "c2", finish: "\"stop\"")

    private static func run(
        _ settings: VersionSettings = settings,
        second: [String],
        _ body: (Rig, ScriptedUpstream, RawAnswer) async throws -> Void
    ) async throws {
        let again = stream(second) + Wire.chunk(Wire.done) + "0\r\n\r\n"
        try await Rig.withTwo(
            settings,
            first: { _, socket in
                socket.send(stream([event("The qu"), event("ick br")]))
                return false
            },
            second: { _, socket in socket.send(again) }
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            try await body(rig, second, try await rig.stream())
        }
    }

    @Test("it goes on where the new answer is the same as far as the caller has read, cut inside an event too")
    func same() async throws {
        try await Self.run(second: [
            Self.role, Self.event("The ", "c2"), Self.event("quick brown", "c2"), Self.event(" fox", "c2"), Self.end,
            Wire.usageEvent + "\n\n",
        ]) { (rig: Rig, _, answer: RawAnswer) async throws -> Void in
            let expected =
                Self.event("The qu") + Self.event("ick br") + Self.event("own", "c2")
                + Self.event(" fox", "c2") + Self.end + Wire.done
            #expect(answer.isWhole && answer.text == expected)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .complete && outcome.errorClass == nil)
            #expect(outcome.attempts.map(\.errorClass) == [.truncated, nil])
            #expect(outcome.attempts.map(\.purpose) == [.primary, .fallback])
            #expect(outcome.attempts[0].usage?.isEstimated == true && outcome.attempts[0].cost.known != nil)
            #expect(outcome.attempts[1].usage == Usage(freshInput: 10, output: 5))
            #expect(outcome.attempts.allSatisfy { $0.firstToken != nil })
        }
    }

    @Test("another text, an early end or no second place end with the error of the first", arguments: 0..<4)
    func different(number: Int) async throws {
        let second = [
            [Self.role, Self.event("The quirk"), Self.end], [Self.event("The"), Self.end],
            [#"data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]}"# + "\n\n"],
            [#"data: {"error":{"message":"busy","code":503}}"# + "\n\n"],
        ][number]
        try await Self.run(second: second) {
            (rig: Rig, second: ScriptedUpstream, answer: RawAnswer) async throws -> Void in
            #expect(
                !answer.isWhole
                    && answer.text.hasPrefix(Self.event("The qu") + Self.event("ick br") + "data: {\"error\"")
            )
            #expect(answer.text.contains("upstream_reset") && answer.text.contains("`main`"))
            #expect(!answer.text.contains("[DONE]") && second.requests.count == 1)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .cut && outcome.errorClass == .truncated && outcome.attempts.count == 2)
        }
    }

    @Test("never by default")
    func notByDefault() async throws {
        let plain = VersionSettings(retry: RetryPolicy(maxRetries: 0))
        try await Self.run(plain, second: []) {
            (rig: Rig, second: ScriptedUpstream, answer: RawAnswer) async throws -> Void in
            #expect(!answer.isWhole && second.requests.isEmpty && rig.sink.outcomes[0].attempts.count == 1)
        }
    }

    /// Marks the second target's model.
    private static func runMarked(
        _ prefill: Prefill = .message,
        body: String = Wire.streamingChat,
        second: [String],
        _ test: (Rig, ScriptedUpstream, RawAnswer) async throws -> Void
    ) async throws {
        let again = stream(second) + Wire.chunk(Wire.done) + "0\r\n\r\n"
        try await Rig.withTwo(
            settings,
            change: {
                $0.models = [ModelCard(provider: Records.id("second"), model: "gpt-upstream", prefill: prefill)]
                var price = $0.prices[0]
                price.provider = Records.id("second")
                $0.prices.append(price)
            },
            first: { _, socket in
                socket.send(stream([event("The qu"), event(#"ick \"br"#)]))
                return false
            },
            second: { _, socket in socket.send(again) }
        ) { (rig: Rig, second: ScriptedUpstream) async throws -> Void in
            try await test(rig, second, try await rig.stream(body))
        }
    }

    @Test(
        "a marked model is sent the text so far and goes on from it; both attempts are billed",
        arguments: Prefill.allCases
    )
    func prefill(_ prefill: Prefill) async throws {
        let rest = [Self.event("own", "c2"), Self.event(" fox", "c2"), Self.end]
        try await Self.runMarked(prefill, second: [Self.role] + rest + [Wire.usageEvent + "\n\n"]) {
            (rig: Rig, second: ScriptedUpstream, answer: RawAnswer) async throws -> Void in
            #expect(answer.isWhole)
            let expected = Self.event("The qu") + Self.event(#"ick \"br"#) + rest.joined() + Wire.done
            #expect(answer.text == expected)
            let sent = second.requests[0].text
            #expect(sent.contains(#",{"role":"assistant","content":"The quick \"br""#))
            #expect(sent.contains(#""prefix":true"#) == (prefill == .prefix))
            #expect(sent.contains(#""continue_final_message":true"#) == (prefill == .continueFinalMessage))
            #expect(second.requests[0]["content-length"] == "\(sent.utf8.count)")
            #expect((try? JSONValue(parsing: sent)) != nil)
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .complete && outcome.attempts.map(\.errorClass) == [.truncated, nil])
            #expect(
                outcome.attempts.allSatisfy { $0.cost.known != nil } && outcome.attempts[0].usage?.isEstimated == true
            )
            #expect(outcome.attempts[1].usage == Usage(freshInput: 10, output: 5))
        }
    }

    @Test("a request for more than text is compared, also where the model is marked")
    func structured() async throws {
        let body = #"{"model":"chat","stream":true,"response_format":{"type":"json_object"},"messages":[]}"#
        try await Self.runMarked(body: body, second: [Self.event("own", "c2"), Self.end]) {
            (rig: Rig, second: ScriptedUpstream, answer: RawAnswer) async throws -> Void in
            #expect(!answer.isWhole && answer.text.contains("upstream_reset") && !answer.text.contains("own"))
            #expect(second.requests.count == 1 && !second.requests[0].text.contains("assistant"))
            #expect(rig.sink.outcomes.first?.ending == .cut)
        }
    }

    @Test("a continuation that breaks off too ends with the first error, and is billed", arguments: [true, false])
    func prefillBreaks(hasText: Bool) async throws {
        let second = hasText ? [Self.event("own", "c2")] : [Self.role]
        try await Rig.withTwo(
            Self.settings,
            change: {
                $0.models = [ModelCard(provider: Records.id("second"), model: "gpt-upstream", prefill: .message)]
            },
            first: { _, socket in
                socket.send(Self.stream([Self.event("The qu")]))
                return false
            },
            second: { _, socket in
                socket.send(Self.stream(second))
                return false
            }
        ) { (rig: Rig, _: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.stream()
            #expect(!answer.isWhole && answer.text.contains("upstream_reset") && answer.text.contains("`main`"))
            #expect(answer.text.contains("own") == hasText && !answer.text.contains("[DONE]"))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.ending == .cut && outcome.attempts.count == 2)
            #expect(outcome.attempts.allSatisfy { $0.errorClass == .truncated || $0.errorClass == .empty })
        }
    }
}
