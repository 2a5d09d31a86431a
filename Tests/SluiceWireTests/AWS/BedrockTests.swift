// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceWire

@Suite("Anthropic's models at Bedrock")
struct BedrockTests {
    private let host = BedrockHost(region: "eu-west-1").map { ProviderHost.bedrock($0) } ?? .own

    private func sent(
        _ text: String,
        betas: String = "",
        _ settings: VersionSettings = VersionSettings()
    ) throws -> String {
        let body = [UInt8](text)
        let facts = try RequestReading.anthropic.facts(of: body.span.bytes, for: .chat)
        facts.betas = [UInt8](betas)
        let rewriting = try #require(
            Dialects().rewriting(.anthropic, at: host, model: "anthropic.claude-x", settings: settings)
        )
        let rewrite = try rewriting.rewrite(facts, of: body.span.bytes, asksForUsage: true)
        let bytes = rewrite.bytes(of: body.span.bytes)
        #expect(bytes.count == rewrite.length)
        return bytes.text
    }

    @Test(
        "the version stands in the place of the model, the stream is taken out, every other byte stays",
        arguments: [
            (#"{"model":"r","max_tokens":9,"messages":[]}"#, #"{V,"max_tokens":9,"messages":[]}"#),
            (#"{"model":"r","stream":true,"messages":[]}"#, #"{V,"messages":[]}"#),
            (#"{"messages":[],"stream":false,"model":"r"}"#, #"{"messages":[],V}"#),
            (#"{"messages":[ ],"model" : "r" , "stream":true }"#, #"{"messages":[ ],V }"#),
            (#"{"stream":true,"model":"r","big":1e400}"#, #"{V,"big":1e400}"#),
        ]
    )
    func bodies(body: String, wanted: String) throws {
        let version = #""anthropic_version":"bedrock-2023-05-31""#
        #expect(try sent(body) == wanted.replacing("V", with: version))
    }

    @Test("the caller's betas and the version's parameters come last")
    func more() throws {
        let settings = VersionSettings(overrides: [("max_tokens", [UInt8]("7"))])
        #expect(
            try sent(#"{"model":"r","messages":[],"stream":true}"#, betas: #""a","b""#, settings)
                == #"{"anthropic_version":"bedrock-2023-05-31","messages":[],"anthropic_beta":["a","b"],"max_tokens":7}"#
        )
    }

    @Test("what only Bedrock has is no field of the caller's", arguments: ["anthropic_version", "anthropic_beta"])
    func fields(name: String) {
        #expect(throws: Refusal.self) { try sent(#"{"model":"r","messages":[],"\#(name)":"x"}"#) }
    }

    @Test("paths hold the model as one part")
    func paths() throws {
        let speech = try #require(Dialects().speech(.anthropic, at: host))
        #expect(
            speech.path(of: .chat, model: "eu.anthropic.c-v1:0", isStream: false)
                == "/model/eu.anthropic.c-v1%3A0/invoke"
        )
        #expect(speech.path(of: .chat, model: "a/b", isStream: true) == "/model/a%2Fb/invoke-with-response-stream")
        // All models are counted by Converse.
        #expect(speech.path(of: .countTokens, model: "a", isStream: false) == "/model/a/count-tokens")
        #expect(speech.credentialLine("k") == "authorization: Bearer k\r\n")
    }

    @Test(
        "error answers are in Anthropic's form, by their exception, else by their status",
        arguments: [
            (400, "ValidationException:http://x/", "invalid_request_error"),
            (403, "AccessDeniedException", "permission_error"),
            (403, "InvalidSignatureException", "authentication_error"),
            (429, "ThrottlingException", "rate_limit_error"),
            (424, "", "api_error"), (503, "", "overloaded_error"), (408, "ModelTimeoutException", "timeout_error"),
        ]
    )
    func errors(status: Int, exception: String, type: String) throws {
        let speech = try #require(Dialects().speech(.anthropic, at: host))
        let body = [UInt8](#"{"message":"It \"broke\"."}"#)
        let told = speech.error(body.span.bytes, status: status, requestID: "r1") { name in
            name == "x-amzn-errortype" && !exception.isEmpty ? exception : nil
        }
        #expect(
            told?.text == #"{"type":"error","error":{"type":"\#(type)","message":"It \"broke\"."},"request_id":"r1"}"#
        )
        #expect(ProviderSpeech.anthropic.error(body.span.bytes, status: 400, requestID: nil) { _ in nil } == nil)
    }

    @Test(
        "its errors are what they mean",
        arguments: [
            (429, "Too many requests, please wait before trying again.", ErrorClass.quota, true),
            (424, "The model had an error.", .upstreamError, true),
            (400, "The provided model identifier is invalid.", .badRequest, false),
            (403, "The security token included in the request is invalid.", .credential, false),
            (400, "Input is too long for requested model.", .badRequest, false),
        ]
    )
    func faults(status: Int, message: String, errorClass: ErrorClass, isRetryable: Bool) {
        let body = [UInt8](#"{"message":"\#(message)"}"#)
        let fault = AnswerFault(status: status, body: body.span.bytes)
        #expect(fault.errorClass == errorClass && fault.isRetryable == isRetryable)
        #expect(fault.isModelMissing == message.contains("identifier"))
        #expect(fault.isContextLength == message.contains("too long"))
    }

    @Test(
        "Anthropic's models are asked in Anthropic's dialect, all others by Converse",
        arguments: [
            ("anthropic.claude-3-haiku-20240307-v1:0", true), ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", true),
            ("arn:aws:bedrock:eu-west-1:1:application-inference-profile/abc", true), ("eu.amazon.nova-pro-v1:0", false),
            ("arn:aws:bedrock:eu-west-1::foundation-model/meta.llama3-8b-instruct-v1:0", false), ("gpt-4.1", false),
        ]
    )
    func models(model: String, isAnthropic: Bool) throws {
        var provider = Provider(
            id: try #require(ProviderID("a")),
            dialect: .anthropic,
            host: host,
            address: try ProviderAddress(validating: "https://a.b")
        )
        #expect(provider.dialect(of: model) == (isAnthropic ? .anthropic : .converse))
        #expect(host.fault(of: model) == nil)
        provider.host = .own
        #expect(provider.dialect(of: model) == .anthropic)
    }

    @Test("a model that makes embeddings is refused")
    func embeddings() {
        #expect(host.fault(of: "amazon.titan-embed-text-v2:0") != nil)
        #expect(ProviderHost.own.fault(of: "text-embedding-3-large") == nil)
    }
}
