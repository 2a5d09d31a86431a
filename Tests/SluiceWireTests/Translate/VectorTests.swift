// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Counts and vectors of another dialect")
struct VectorTests {
    private func translation(_ caller: Dialect, _ provider: Dialect, _ operation: Operation) throws -> Translation {
        try #require(Translation(from: caller, to: provider, for: operation))
    }

    private func sent(_ translation: Translation, _ body: String) throws(Refusal) -> String {
        try translation.request(Array(body.utf8).span.bytes, at: .init(model: "m", isStream: false)).body.text
    }

    private func told(_ translation: Translation, _ answer: String, echo: String = "") -> String? {
        let context = Translation.Context(created: 1, id: "id", model: "emb", echo: Array(echo.utf8))
        return translation.answer(Array(answer.utf8).span.bytes, context)?.text
    }

    @Test("texts of OpenAI's callers are a batch of Gemini's, and its vectors their list")
    func openAIToGemini() throws {
        let translation = try translation(.openai, .gemini, .embeddings)
        #expect(translation.asked == .embeddingBatch)
        #expect(
            try sent(translation, #"{"model":"m","input":["a\n","b"],"dimensions":2}"#)
                == #"{"requests":[{"model":"models/","content":{"parts":[{"text":"a\n"}]},"outputDimensionality":2},{"model":"models/","content":{"parts":[{"text":"b"}]},"outputDimensionality":2}]}"#
        )
        let answer = #"{"embeddings":[{"values":[0.5,-1e-3]},{"values":[1,2]}],"usageMetadata":{"promptTokenCount":7}}"#
        #expect(
            told(translation, answer)
                == #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1e-3]},{"object":"embedding","index":1,"embedding":[1,2]}],"model":"emb","usage":{"prompt_tokens":7,"total_tokens":7}}"#
        )
        #expect(
            told(translation, #"{"embeddings":[{"values":[1,-2.5]}]}"#, echo: "base64")
                == #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAIMA="}],"model":"emb"}"#
        )
        #expect(told(translation, #"{"error":{}}"#) == nil && told(translation, #"{"embeddings":[{}]}"#) == nil)
    }

    @Test(
        "Gemini's callers ask for one vector or several, and get them in the order asked for",
        arguments: [Operation.embeddings, .embeddingBatch]
    )
    func geminiToOpenAI(operation: Operation) throws {
        let translation = try translation(.gemini, .openai, operation)
        let one = #"{"model":"models/m","content":{"parts":[{"text":"a"},{"text":"b"}]},"taskType":"CLUSTERING"}"#
        let isBatch = operation == .embeddingBatch
        let body = isBatch ? "{\"requests\":[\(one),\(one)]}" : one
        let request = try translation.request(Array(body.utf8).span.bytes)
        let input = isBatch ? #"["ab","ab"]"# : #"["ab"]"#
        #expect(request.body.text == #"{"model":"m","input":\#(input),"encoding_format":"float"}"#)
        #expect(request.dropped == ["taskType"])
        let answer = #"{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}],"usage":{"prompt_tokens":2}}"#
        let wanted = isBatch ? #"{"embeddings":[{"values":[1]},{"values":[2]}]}"# : #"{"embedding":{"values":[1]}}"#
        #expect(told(translation, answer, echo: request.echo.text) == wanted)
    }

    @Test(
        "what cannot be said is refused by its place",
        arguments: [
            (Dialect.openai, #"{"model":"m","input":[1,2]}"#, "input[0]"), (.openai, #"{"model":"m"}"#, "input"),
            (.openai, #"{"model":"m","input":"a","encoding_format":"hex"}"#, "encoding_format"),
            (.openai, #"{"model":"m","input":"a","other":1}"#, "other"),
            (.gemini, #"{"content":{"parts":[{"inlineData":{}}]}}"#, "content.parts"), (.gemini, "{}", "content"),
            (.gemini, #"{"content":{"parts":[{"text":"a"}]},"other":1}"#, "other"),
        ]
    )
    func refused(caller: Dialect, body: String, path: String) throws {
        let translation = try translation(caller, caller == .openai ? .gemini : .openai, .embeddings)
        do throws(Refusal) {
            _ = try sent(translation, body)
            Issue.record("\(body) passed")
        } catch {
            #expect(error.kind == .badRequest && error.param == path)
        }
    }

    private static let asked: [(Dialect, String)] = [
        (
            .anthropic,
            #"{"model":"m","system":"s","messages":[{"role":"user","content":"a"}],"tools":[{"name":"f","input_schema":{}}]}"#
        ),
        (
            .openai,
            #"{"model":"m","instructions":"s","input":"a","tools":[{"type":"function","name":"f","parameters":{}}]}"#
        ),
        (
            .gemini,
            #"{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"parts":[{"text":"a"}],"role":"user"}],"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{}}]}]}"#
        ),
    ]

    @Test("a count is asked for in each dialect's way, whoever asks", arguments: asked.indices)
    func counts(_ index: Int) throws {
        let (caller, body) = VectorTests.asked[index]
        let answers: [(Dialect, String, request: String)] = [
            (
                .anthropic, #"{"input_tokens":9}"#,
                #"{"model":"m","system":"s","messages":[{"role":"user","content":"a"}],"tools":[{"name":"f","input_schema":{}}]}"#
            ),
            (
                .openai, #"{"object":"response.input_tokens","input_tokens":9}"#,
                #"{"model":"m","instructions":"s","input":[{"role":"user","content":"a"}],"tools":[{"type":"function","name":"f","parameters":{},"strict":false}]}"#
            ),
            (
                .gemini, #"{"totalTokens":9}"#,
                #"{"generateContentRequest":{"model":"models/","systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{}}]}]}}"#
            ),
            (
                .converse, #"{"inputTokens":9}"#,
                #"{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"a"}]}],"system":[{"text":"s"}],"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{}}}}]}}}}"#
            ),
        ]
        let own = try #require(answers.first { $0.0 == caller })
        for (provider, answer, request) in answers where provider != caller {
            let translation = try translation(caller, provider, .countTokens)
            var out = try sent(translation, body)
            if caller == .gemini { out = out.replacing(#""model":"","#, with: #""model":"m","#) }
            #expect(out.replacing(#""model":"m","#, with: "") == request.replacing(#""model":"m","#, with: ""))
            #expect(told(translation, answer) == own.1)
            #expect(told(translation, #"{"error":{"message":"no"}}"#) == nil)
            if caller == .gemini {
                #expect(try sent(translation, "{\"generateContentRequest\":\(body)}") == sent(translation, body))
            }
        }
        #expect(Translation(from: caller, to: caller, for: .countTokens) == nil)
    }

    @Test("at Vertex AI the conversation itself is counted")
    func vertex() throws {
        let translation = try translation(.anthropic, .gemini, .countTokens)
        var options = Translation.Options()
        options.countsContents = true
        let body = Array(#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#.utf8)
        #expect(
            try translation.request(body.span.bytes, options).body.text
                == #"{"contents":[{"role":"user","parts":[{"text":"a"}]}]}"#
        )
    }
}
