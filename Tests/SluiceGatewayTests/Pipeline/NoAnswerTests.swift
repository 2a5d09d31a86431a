// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Testing

@Suite("Answers of status 200 that are none", .serialized)
struct NoAnswerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var body: String
        var status = 502
        /// The relay's own code; `nil` where the provider's error passes.
        var code: String?
        var errorClass: ErrorClass
    }

    private static let rateError = #"{"error":{"message":"slow down","code":429}}"#
    private static let busyError = #"{"error":{"message":"busy","type":"server_error"}}"#
    private static let longError = #"{"error":{"message":"no","code":"context_length_exceeded"}}"#

    static let cases = [
        Case(testDescription: "no body", body: "", code: "upstream_empty", errorClass: .empty),
        Case(testDescription: "blanks", body: " \n", code: "upstream_empty", errorClass: .empty),
        Case(
            testDescription: "no choices",
            body: #"{"id":"c","choices":[]}"#,
            code: "upstream_empty",
            errorClass: .empty
        ),
        Case(testDescription: "another object", body: "{}", code: "upstream_empty", errorClass: .empty),
        Case(testDescription: "no JSON", body: "<html>", code: "upstream_malformed", errorClass: .malformed),
        Case(
            testDescription: "cut JSON",
            body: #"{"choices":[{"index":0,"message":{"content":"hal"#,
            code: "upstream_reset",
            errorClass: .truncated
        ),
        Case(testDescription: "an error", body: busyError, errorClass: .errorInStream),
        Case(testDescription: "a rate limit", body: rateError, status: 429, errorClass: .quota),
        Case(testDescription: "too long", body: longError, status: 400, errorClass: .badRequest),
    ]

    @Test("they are no success for the caller, and are on record as what they are", arguments: cases)
    func alone(none: Case) async throws {
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(none.body)) }) {
            (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == none.status)
            if let code = none.code {
                #expect(answer.text.contains("\"\(code)\"") && answer["content-type"] == "application/json")
            } else {
                #expect(answer.text == none.body)
            }
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.status == none.status && outcome.errorClass == none.errorClass)
            #expect(outcome.attempts.map(\.errorClass) == [none.errorClass] && outcome.attempts[0].status == 200)
            #expect(outcome.attempts[0].cost.known == nil)
        }
    }

    @Test("another target is asked first", arguments: cases.filter { $0.errorClass != .badRequest })
    func moves(none: Case) async throws {
        try await Rig.withTwo(first: { _, socket in socket.send(Wire.answer(none.body)) }, second: FailoverTests.fine) {
            (rig: Rig, _: ScriptedUpstream) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 200 && answer.text == Wire.completion && answer["x-sluice-attempts"] == "2")
            #expect(rig.sink.outcomes.first?.attempts.map(\.errorClass) == [none.errorClass, nil])
        }
    }

    @Test("an error beside an answer leaves the answer as it is")
    func both() async throws {
        let body = #"{"error":"","choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}]}"#
        try await Rig.with(script: { _, socket in socket.send(Wire.answer(body)) }) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 200 && answer.text == body)
        }
    }
}
