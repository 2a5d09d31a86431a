// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Answers of Gemini's API")
struct GeminiTests {
    private let hello = #"{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}"#

    private func text(_ answer: JSONValue) -> String {
        (answer["candidates"]?[0]?["content"]?["parts"]?.array ?? []).compactMap { $0["text"]?.string }.joined()
    }

    @Test("a stream's pieces join to the whole answer, its counts grow, and its last event says why it ended")
    func stream() throws {
        let whole = try plan(hello, path: "/v1beta/models/any:generateContent").json()
        let events = try plan(hello, path: "/v1/models/any:streamGenerateContent?alt=sse").events()
        #expect(events.map(text).joined() == text(whole) && !text(whole).isEmpty)
        #expect(events.last?["usageMetadata"] == whole["usageMetadata"])
        #expect(events.last?["candidates"]?[0]?["finishReason"]?.string == "STOP")
        #expect(events.dropLast().allSatisfy { $0["candidates"]?[0]?["finishReason"] == nil })
    }

    @Test("without usage no event and no answer counts")
    func noUsage() throws {
        let whole = try plan(hello, path: "/v1beta/models/mock-no-usage:generateContent").json()
        #expect(whole["usageMetadata"] == nil && !text(whole).isEmpty)
        let events = try plan(hello, path: "/v1beta/models/mock-no-usage:streamGenerateContent?alt=sse").events()
        #expect(events.allSatisfy { $0["usageMetadata"] == nil } && events.map(text).joined() == text(whole))
    }

    @Test("functions are called, counts and vectors given, and what is wrong is said in Google's form")
    func others() throws {
        let tools =
            hello.dropLast() + #","tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"object"}}]}]}"#
        let call = try plan(String(tools), path: "/v1beta/models/any:generateContent").json()
        #expect(call["candidates"]?[0]?["content"]?["parts"]?[0]?["functionCall"]?["name"]?.string == "f")
        #expect(try plan(hello, path: "/v1beta/models/any:countTokens").json()["totalTokens"]?.int ?? 0 > 0)
        let batch = #"{"requests":[{"content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]}}]}"#
        let vectors = try plan(batch, path: "/v1beta/models/any:batchEmbedContents").json()
        #expect(vectors["embeddings"]?.array?.count == 2 && vectors["embeddings"]?[0] != vectors["embeddings"]?[1])
        let wrong = plan("{}", path: "/v1beta/models/any:generateContent")
        #expect(wrong.status == 400)
        #expect(try wrong.json()["error"]?["status"]?.string == "INVALID_ARGUMENT")
    }
}
