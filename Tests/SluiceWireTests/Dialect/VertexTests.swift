// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceWire

@Suite("Vertex AI")
struct VertexTests {
    private func host() throws -> ProviderHost {
        .vertex(try #require(VertexHost(project: "my-project", location: "europe-west1")))
    }

    @Test("paths are of a project, a location and a model's maker")
    func paths() throws {
        let host = try host()
        let google = try #require(Dialects().speech(.gemini, at: host))
        let anthropic = try #require(Dialects().speech(.anthropic, at: host))
        #expect(google.prefix(of: "") == "/v1/projects/my-project/locations/europe-west1")
        #expect(google.prefix(of: "/x") == "/x/v1/projects/my-project/locations/europe-west1")
        func path(_ speech: ProviderSpeech, _ operation: Operation, _ model: String, _ isStream: Bool = false)
            -> String?
        {
            speech.path(of: operation, model: model, isStream: isStream)
        }
        #expect(path(google, .chat, "gemini-x") == "/publishers/google/models/gemini-x:generateContent")
        #expect(path(google, .chat, "g", true) == "/publishers/google/models/g:streamGenerateContent?alt=sse")
        #expect(path(google, .countTokens, "g") == "/publishers/google/models/g:countTokens")
        #expect(path(google, .embeddings, "g") == nil)
        #expect(path(anthropic, .chat, "claude-x@2025") == "/publishers/anthropic/models/claude-x@2025:rawPredict")
        #expect(path(anthropic, .chat, "c", true) == "/publishers/anthropic/models/c:streamRawPredict")
        #expect(path(anthropic, .countTokens, "c") == "/publishers/anthropic/models/count-tokens:rawPredict")
        for speech in [google, anthropic] { #expect(speech.credentialLine("t") == "authorization: Bearer t\r\n") }
        #expect(anthropic.ownFields == ["anthropic-version"] && anthropic.standardField == nil)
    }

    @Test(
        "a body of the Messages API has Vertex's version in the place of the model, and keeps its stream",
        arguments: [
            (
                Operation.chat, #"{"model":"r","stream":true,"messages":[]}"#,
                #"{"anthropic_version":"vertex-2023-10-16","stream":true,"messages":[]}"#
            ),
            (
                .countTokens, #"{"model":"r","messages":[]}"#,
                #"{"model":"c","messages":[],"anthropic_version":"vertex-2023-10-16"}"#
            ),
        ]
    )
    func bodies(operation: Operation, text: String, wanted: String) throws {
        let body = [UInt8](text)
        let facts = try RequestReading.anthropic.facts(of: body.span.bytes, for: operation)
        let rewriting = try #require(
            Dialects().rewriting(.anthropic, at: host(), model: "c", settings: VersionSettings())
        )
        let rewrite = try rewriting.rewrite(facts, of: body.span.bytes, asksForUsage: true)
        #expect(rewrite.bytes(of: body.span.bytes).text == wanted)
    }

    @Test("the platform's errors are told in Anthropic's form, the model's as they are")
    func errors() throws {
        let speech = try #require(Dialects().speech(.anthropic, at: host()))
        let platform = [UInt8](#"{"error":{"code":429,"message":"Quota exceeded.","status":"RESOURCE_EXHAUSTED"}}"#)
        let told = speech.error(platform.span.bytes, status: 429, requestID: nil) { _ in nil }
        #expect(told?.text == #"{"type":"error","error":{"type":"rate_limit_error","message":"Quota exceeded."}}"#)
        let own = [UInt8](#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#)
        #expect(speech.error(own.span.bytes, status: 529, requestID: nil) { _ in nil } == nil)
    }

    @Test(
        "a location has its address",
        arguments: [
            ("global", "https://aiplatform.googleapis.com"), ("eu", "https://aiplatform.eu.rep.googleapis.com"),
            ("europe-west1", "https://europe-west1-aiplatform.googleapis.com"),
        ]
    )
    func addresses(location: String, address: String) {
        #expect(VertexHost(project: "p", location: location)?.address == address)
        #expect(VertexHost(project: "p/q", location: location) == nil)
        #expect(VertexHost(project: "p", location: "\(location).evil/") == nil)
    }
}
