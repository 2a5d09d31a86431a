// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceWire

@Suite("Azure OpenAI")
struct AzureTests {
    @Test(
        "callers name their route as a deployment; what is below no deployment is found as ever",
        arguments: [
            ("/openai/deployments/gpt/chat/completions", Operation.chat, "gpt"),
            ("/openai/deployments/my%20gpt/completions", .completions, "my gpt"),
            ("/openai/deployments/a.b_c-d/embeddings", .embeddings, "a.b_c-d"),
        ]
    )
    func deployments(path: String, operation: Operation, model: String) {
        let wanted = Dialects.Wanted.named(Outcome.Endpoint(.openai, operation), model: model, isStream: nil)
        #expect(Dialects().find(Substring(path)) == wanted)
    }

    @Test(
        "paths that Azure has and this relay has not are not found",
        arguments: [
            "/openai/deployments/", "/openai/deployments//chat/completions", "/openai/deployments/gpt",
            "/openai/deployments/gpt/images/generations", "/deployments/gpt/chat/completions",
        ]
    )
    func unknown(path: String) { #expect(Dialects().find(Substring(path)) == nil) }

    @Test("the paths without a deployment are those of OpenAI's API behind /openai")
    func plain() {
        #expect(Dialects().find("/openai/responses") == .operation(.responses))
        #expect(Dialects().find("/openai/v1/chat/completions") == .operation(.chatCompletions))
        #expect(Dialects().find("/openai/models") == .modelList(.openai))
    }

    @Test("a dated version has paths of deployments for what was there before the Responses API")
    func dated() throws {
        let host = try #require(AzureHost(apiVersion: "2024-10-21", deployments: ["gpt": "eu gpt/1"]))
        let speech = ProviderSpeech.azure(host)
        func path(_ operation: Operation, _ model: String = "other") -> String? {
            speech.path(of: operation, model: model, isStream: false)
        }
        #expect(path(.chat) == "/deployments/other/chat/completions?api-version=2024-10-21")
        #expect(path(.chat, "gpt") == "/deployments/eu%20gpt%2F1/chat/completions?api-version=2024-10-21")
        #expect(path(.completions) == "/deployments/other/completions?api-version=2024-10-21")
        #expect(path(.embeddings) == "/deployments/other/embeddings?api-version=2024-10-21")
        #expect(path(.responses) == "/responses?api-version=2024-10-21")
        #expect(path(.models) == nil)
        #expect(speech.prefix(of: "") == "/openai" && speech.prefix(of: "/openai") == "/openai")
        #expect(speech.prefix(of: "/team") == "/team/openai")
        #expect(speech.credentialLine("k") == "api-key: k\r\n")
        #expect(speech.credentialLine("k", in: "authorization") == "authorization: Bearer k\r\n")
    }

    @Test("the version without a date has OpenAI's paths")
    func undated() throws {
        let speech = ProviderSpeech.azure(try #require(AzureHost(apiVersion: "v1")))
        #expect(speech.path(of: .chat, model: "m", isStream: true) == "/v1/chat/completions")
        #expect(speech.path(of: .responses, model: "m", isStream: true) == "/v1/responses")
    }

    @Test(
        "a version is a date, be it of a preview, or v1",
        arguments: [
            ("2024-10-21", true), ("2025-04-01-preview", true), ("v1", true), ("", false), ("2024-10", false),
            ("2024-10-21-", false), ("24-10-2021", false), ("2024-10-21&x=1", false), ("latest", false),
        ]
    )
    func versions(text: String, isOne: Bool) { #expect((AzureHost(apiVersion: text) != nil) == isOne) }

    @Test(
        "a body whose path names the model gets it as its first member",
        arguments: [
            (#"{"messages":[]}"#, #"{"model":"a\"b","messages":[]}"#), (" { } ", #" {"model":"a\"b" } "#),
            ("{\n\"n\": 1}", "{\"model\":\"a\\\"b\",\n\"n\": 1}"), ("[1]", "[1]"), ("", ""),
        ]
    )
    func model(body: String, named: String) {
        let bytes = Array(body.utf8)
        #expect(String(decoding: ModelMember.added(to: bytes.span.bytes, "a\"b"), as: UTF8.self) == named)
    }

    @Test(
        "Azure's errors are what they mean",
        arguments: [
            (
                429,
                #"{"error":{"code":"429","message":"Requests have exceeded the token rate limit. Please retry after 6 seconds."}}"#,
                ErrorClass.quota, true
            ),
            (
                400,
                #"{"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter","status":400,"#
                    + #""innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true,"severity":"high"}}}}}"#,
                .contentFilter, false
            ),
            (
                400,
                #"{"error":{"code":"BadRequest","message":"x","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
                .contentFilter, false
            ),
            (401, #"{"statusCode":401,"message":"Unauthorized. Access token is missing"}"#, .credential, false),
            (
                403,
                #"{"error":{"code":"403","message":"Out of call volume quota. Quota will be replenished in 08:23:45."}}"#,
                .credential, false
            ),
            (
                404, #"{"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist"}}"#,
                .badRequest, false
            ),
            (503, #"{"error":{"code":"503","message":"The service is temporarily unable"}}"#, .upstreamError, true),
        ]
    )
    func errors(status: Int, body: String, errorClass: ErrorClass, isRetryable: Bool) {
        let bytes = Array(body.utf8)
        let fault = AnswerFault(status: status, body: bytes.span.bytes)
        #expect(fault.errorClass == errorClass && fault.isRetryable == isRetryable)
        #expect(fault.isModelMissing == (status == 404))
        #expect(fault.isQuotaExhausted == (status == 403))
    }

    @Test("a path that Azure does not know is a matter of its configuration, so that another target may serve")
    func notFound() {
        let body = Array(#"{"error":{"code":"404","message":"Resource not found"}}"#.utf8)
        #expect(AnswerFault(status: 404, body: body.span.bytes).isModelMissing)
    }

    @Test("a code that is a number in quotes counts inside a stream, too")
    func numberInQuotes() {
        let body = Array(#"{"error":{"code":"429","message":"slow down"}}"#.utf8)
        #expect(AnswerFault(errorInStream: body.span.bytes).errorClass == .quota)
    }
}
