// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Error answers of providers")
struct AnswerFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var status: Int
        var body: String
        var errorClass: ErrorClass
        var isQuotaExhausted = false
        var isRetryable = false
        var testDescription: String { "\(status) \(body)" }
    }

    static let cases = [
        Case(status: 500, body: "oops", errorClass: .upstreamError, isRetryable: true),
        Case(status: 502, body: "", errorClass: .upstreamError, isRetryable: true),
        Case(status: 503, body: "<html>", errorClass: .upstreamError, isRetryable: true),
        Case(
            status: 529,
            body: #"{"type":"error","error":{"type":"overloaded_error"}}"#,
            errorClass: .upstreamError,
            isRetryable: true
        ),
        Case(
            status: 400,
            body: #"{"type":"error","error":{"type":"billing_error","message":"x"}}"#,
            errorClass: .quota,
            isQuotaExhausted: true
        ),
        Case(status: 501, body: "", errorClass: .upstreamError),
        Case(status: 301, body: "", errorClass: .upstreamError),
        Case(status: 408, body: "", errorClass: .timeout, isRetryable: true),
        Case(status: 409, body: "", errorClass: .upstreamError, isRetryable: true),
        Case(
            status: 400,
            body: #"{"error":{"message":"bad","type":"invalid_request_error","code":null}}"#,
            errorClass: .badRequest
        ),
        Case(status: 404, body: #"{"error":{"code":"model_not_found"}}"#, errorClass: .badRequest),
        Case(status: 413, body: "", errorClass: .badRequest), Case(status: 422, body: "{}", errorClass: .badRequest),
        Case(status: 401, body: #"{"error":{"code":"invalid_api_key"}}"#, errorClass: .credential),
        Case(status: 403, body: "", errorClass: .credential),
        Case(
            status: 400,
            body: #"[{"error":{"code":400,"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]"#,
            errorClass: .credential
        ),
        Case(status: 402, body: "", errorClass: .credential, isQuotaExhausted: true),
        Case(status: 429, body: #"{"error":{"code":"rate_limit_exceeded"}}"#, errorClass: .quota, isRetryable: true),
        Case(
            status: 429,
            body: #"{"error":{"code":"insufficient_quota","message":"You exceeded"}}"#,
            errorClass: .quota,
            isQuotaExhausted: true
        ),
        Case(
            status: 429,
            body: #"{"error":{"type":"project_spend_limit_exceeded"}}"#,
            errorClass: .quota,
            isQuotaExhausted: true
        ),
        Case(
            status: 429,
            body: #"{"type":"error","error":{"type":"enforced_spend_limit_reached"}}"#,
            errorClass: .quota,
            isQuotaExhausted: true
        ),
        Case(
            status: 400,
            body:
                #"{"error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API"}}"#,
            errorClass: .quota,
            isQuotaExhausted: true
        ),
        Case(
            status: 400,
            body: #"{"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            errorClass: .contentFilter
        ),
        Case(
            status: 400,
            body: #"{"error":{"code":"x","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            errorClass: .contentFilter
        ),
        Case(
            status: 403,
            body: #"{"error":{"code":403,"message":"flagged","metadata":{"reasons":["violence"]}}}"#,
            errorClass: .contentFilter
        ),
        Case(status: 500, body: #"{"error":{"code":"content_filter"}}"#, errorClass: .upstreamError, isRetryable: true),
    ]

    @Test("words of the Messages API for a model that is missing and a request that is too long")
    func messages() {
        func fault(_ status: Int, _ type: String, _ message: String) -> AnswerFault {
            let body = Array(#"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"}}"#.utf8)
            return AnswerFault(status: status, body: body.span.bytes)
        }
        #expect(fault(404, "not_found_error", "model: claude-x").isModelMissing)
        #expect(!fault(404, "not_found_error", "Not found").isModelMissing)
        let long = "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"
        #expect(fault(400, "invalid_request_error", long).isContextLength)
        #expect(fault(400, "invalid_request_error", "prompt is too long: 2 tokens > 1 maximum").isContextLength)
    }

    @Test("are told apart by status and body", arguments: cases)
    func classes(row: Case) {
        let fault = AnswerFault(status: row.status, body: [UInt8](row.body).span.bytes)
        #expect(fault.errorClass == row.errorClass)
        #expect(fault.isQuotaExhausted == row.isQuotaExhausted)
        #expect(fault.isRetryable == row.isRetryable)
    }

    @Test("ten thousand damaged bodies have a class")
    func fuzz() {
        var random = SeededGenerator(seed: 21)
        for _ in 0..<10_000 {
            let row = Self.cases.randomElement(using: &random) ?? Self.cases[0]
            let fault = AnswerFault(status: row.status, body: [UInt8](row.body).damaged(&random).span.bytes)
            if fault.isQuotaExhausted, fault.isRetryable { Issue.record("\(row)") }
        }
    }
}
