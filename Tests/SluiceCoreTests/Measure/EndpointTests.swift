// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Endpoints on record")
struct EndpointTests {
    @Test("the words of rows written before there were dialects stand for OpenAI's")
    func oldWords() {
        let words = ["chat_completions", "completions", "embeddings", "models", "other"]
        let endpoints: [Outcome.Endpoint] = [.chatCompletions, .completions, .embeddings, .models, .other]
        #expect(words.map { Outcome.Endpoint(text: $0) } == endpoints.map { $0 })
        #expect(endpoints.map(\.text) == words)
        #expect(endpoints.allSatisfy { $0.dialect == .openai })
    }

    @Test("every endpoint has a word of its own, and comes back from it")
    func roundTrip() {
        let all = Outcome.Endpoint.allCases
        #expect(Set(all.map(\.text)).count == all.count)
        #expect(all.allSatisfy { Outcome.Endpoint(text: $0.text) == $0 })
        #expect(Outcome.Endpoint(.anthropic, .chat).text == "anthropic/chat")
        #expect(["", "chat", "openai/chat", "anthropic/", "x/chat"].allSatisfy { Outcome.Endpoint(text: $0) == nil })
    }
}
