// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Gemini's requests and answers")
struct GeminiTests {
    // MARK: paths

    @Test("a call's path names the model, in any version of the API")
    func paths() {
        let chat = Outcome.Endpoint(.gemini, .chat)
        func find(_ path: String, key: Bool = false) -> Dialects.Wanted? {
            Dialects().find(Substring(path)) { key && $0 == "x-goog-api-key" }
        }
        for start in ["/v1", "/v1beta", "/genai/v1", "/genai/v1beta", "/genai/v1beta1/publishers/google"] {
            let model = "\(start)/models/a%2Fb:c"
            #expect(find("\(model):generateContent") == .named(chat, model: "a/b:c", isStream: false))
            #expect(find("\(model):streamGenerateContent") == .named(chat, model: "a/b:c", isStream: true))
        }
        let path = "/v1beta/models/m"
        #expect(find("\(path):countTokens") == .named(.init(.gemini, .countTokens), model: "m", isStream: false))
        #expect(find("\(path):embedContent") == .named(.init(.gemini, .embeddings), model: "m", isStream: false))
        #expect(
            find("\(path):batchEmbedContents") == .named(.init(.gemini, .embeddingBatch), model: "m", isStream: false)
        )
        #expect(find("/v1beta/models") == .modelList(.gemini) && find(path) == .model(.gemini, "m"))
        #expect(find("/v1/models") == .modelList(.openai) && find("/v1/models", key: true) == .modelList(.gemini))
        #expect(find("/v1/models/m") == .model(.openai, "m") && find("/v1/models/m", key: true) == .model(.gemini, "m"))
        #expect(find("/v1/models/ft:x") == .model(.openai, "ft:x"))
        #expect(find("/genai/v1/messages") == nil && find("/v1beta/files") == nil)
    }

    @Test("a provider is asked at its model's path")
    func speech() {
        let speech = ProviderSpeech.gemini
        #expect(speech.path(of: .chat, model: "gemini-3", isStream: false) == "/models/gemini-3:generateContent")
        #expect(
            speech.path(of: .chat, model: "a b/c?", isStream: true)
                == "/models/a%20b/c%3F:streamGenerateContent?alt=sse"
        )
        #expect(speech.path(of: .responses, model: "m", isStream: false) == nil)
        #expect(speech.credentialLine("k") == "x-goog-api-key: k\r\n")
        #expect(speech.prefix(of: "") == "/v1beta" && speech.prefix(of: "/v1") == "/v1")
        #expect(ProviderSpeech.openai.prefix(of: "").isEmpty)
    }

    // MARK: requests

    private func facts(
        _ text: String,
        _ operation: Operation = .chat
    ) throws(Refusal) -> (facts: CallFacts, body: [UInt8]) {
        let body = [UInt8](text)
        let facts = try RequestReading.gemini.facts(of: body.span.bytes, for: operation)
        facts.name("route", isStream: false)
        return (facts, body)
    }

    @Test("finds what the relay decides on, in both spellings")
    func fields() throws {
        for (config, cap, cached) in [
            ("generationConfig", "maxOutputTokens", "cachedContent"),
            ("generation_config", "max_output_tokens", "cached_content"),
        ] {
            let (facts, body) = try facts(
                #"{"contents":[{"role":"model","parts":[1]},{"parts":[{"text":"hi"}]}],"\#(config)":{"\#(cap)":7},"\#(cached)":"cachedContents/1","systemInstruction":{"parts":[2]}}"#
            )
            let span = body.span.bytes
            #expect(facts.modelName(in: span) == "route" && facts.plainModel(in: span) == nil)
            #expect(facts.outputCap(in: span) == 7 && facts.binding?.name == "cachedContent")
            var parts: [String] = []
            _ = facts.withConversation(in: span) { part in
                parts.append(part.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
            }
            #expect(parts == [#"{"parts":[2]}"#, #"[{"text":"hi"}]"#])
        }
        #expect(try facts("{}").facts.userContent == nil)
        let (eight, body) = try facts(#"{"contents":[],"generationConfig":{"candidateCount":8}}"#)
        #expect(eight.answers(in: body.span.bytes) == 8)
    }

    @Test(
        "what could be read in two ways is refused",
        arguments: [
            #"{"contents":[],"contents":[]}"#, #"{"generationConfig":{},"generation_config":{}}"#,
            #"{"cachedConten\u0074":"x"}"#, #"{"cachedContent":7}"#, "[]", "", #"{"contents":[}"#,
            #"{"systemInstruction":{},"system_instruction":{}}"#,
        ]
    )
    func strict(text: String) {
        #expect(throws: Refusal.self) { try facts(text) }
    }

    private func rewrite(_ text: String, _ config: JSONValue = [:], _ operation: Operation = .chat) throws -> String {
        let (facts, body) = try facts(text, operation)
        let plan = GeminiPlan(model: "up\"stream", settings: try VersionSettings(validating: config))
        let rewrite = try RequestRewriting.gemini(plan).rewrite(facts, of: body.span.bytes, asksForUsage: true)
        let bytes = rewrite.bytes(of: body.span.bytes)
        #expect(bytes.count == rewrite.length)
        return bytes.text
    }

    @Test("a body without settings passes byte for byte; where it names a model, it is the provider's")
    func models() throws {
        let odd = "{\n \"x\": 1e400 ,\"contents\" : [0.0, -0, 123456789012345678901], \"a\":1,\"a\":2}\n"
        #expect(try rewrite(odd) == odd && rewrite("{}") == "{}")
        let name = #""models/up\"stream""#
        #expect(
            try rewrite(
                #"{"requests":[{"model":"models/route","content":{}},{},7,{"m":1,"model":"x"}]}"#,
                [:],
                .embeddingBatch
            )
                == #"{"requests":[{"model":\#(name),"content":{}},{},7,{"m":1,"model":\#(name)}]}"#
        )
        #expect(
            try rewrite(#"{"model":"models/route","content":{}}"#, [:], .embeddings)
                == #"{"model":\#(name),"content":{}}"#
        )
        #expect(
            try rewrite(#"{"generateContentRequest":{"contents":[],"model":"models/route"}}"#, [:], .countTokens)
                == #"{"generateContentRequest":{"contents":[],"model":\#(name)}}"#
        )
    }

    @Test("parameters are set inside of generationConfig, under the names they have there")
    func parameters() throws {
        let config: JSONValue = [
            "top_p": 0.5, "override": ["max_tokens": 9, "stop": "x", "seed": 3, "reasoning_effort": "low"],
        ]
        #expect(
            try rewrite(#"{"contents":[]}"#, config)
                == #"{"contents":[],"generationConfig":{"topP":0.5,"maxOutputTokens":9,"stopSequences":["x"],"seed":3}}"#
        )
        #expect(
            try rewrite(#"{"generation_config":{"top_p" : 1,"max_output_tokens":5,"k":1},"contents":[]}"#, config)
                == #"{"generation_config":{"stopSequences":["x"],"seed":3,"top_p" : 1,"max_output_tokens":9,"k":1},"contents":[]}"#
        )
        #expect(throws: Refusal.self) {
            try rewrite(#"{"generationConfig":{"seed":1,"seed":2},"contents":[]}"#, config)
        }
        #expect(try rewrite(#"{"content":{}}"#, config, .embeddings) == #"{"content":{}}"#)
        #expect(
            try rewrite(
                #"{"contents":[]}"#,
                ["override": ["safetySettings": [], "thinkingConfig": ["thinkingBudget": 0]]]
            )
                == #"{"contents":[],"safetySettings":[],"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}}"#
        )
    }

    @Test("a system prompt becomes the instruction, in front of its parts, in its place, or where there is none")
    func prompts() throws {
        func text(_ mode: String, _ body: String) throws -> String {
            try rewrite(body, ["system_prompt": ["mode": .string(mode), "text": "A"]])
        }
        let own = #"{"systemInstruction":{"role":"user","parts":[{"text":"x"}]},"contents":[]}"#
        #expect(
            try text("prepend", own)
                == #"{"systemInstruction":{"role":"user","parts":[{"text":"A"},{"text":"x"}]},"contents":[]}"#
        )
        #expect(
            try text("prepend", #"{"system_instruction":{"parts":[ ]},"contents":[]}"#)
                == #"{"system_instruction":{"parts":[{"text":"A"} ]},"contents":[]}"#
        )
        #expect(try text("replace", own) == #"{"systemInstruction":{"parts":[{"text":"A"}]},"contents":[]}"#)
        #expect(try text("default", own) == own)
        for mode in ["prepend", "replace", "default"] {
            #expect(
                try text(mode, #"{"contents":[]}"#) == #"{"contents":[],"systemInstruction":{"parts":[{"text":"A"}]}}"#
            )
            #expect(
                try text(mode, #"{"systemInstruction":null,"contents":[]}"#)
                    == #"{"systemInstruction":{"parts":[{"text":"A"}]},"contents":[]}"#
            )
        }
    }

    // MARK: answers

    static func event(_ text: String, _ more: String = "", usage: String = "") -> String {
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\(text)\"}],\"role\":\"model\"}\(more),\"index\":0}]\(usage)}\n\n"
    }

    static let early = #","usageMetadata":{"promptTokenCount":10,"totalTokenCount":10}"#
    static let late =
        #","usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":4,"candidatesTokenCount":3,"thoughtsTokenCount":2,"toolUsePromptTokenCount":5,"totalTokenCount":20}"#
    static let stream = event("Hi 😀", usage: early) + event("", ",\"finishReason\":\"STOP\"", usage: late)
    static let seen = Usage(freshInput: 11, cachedInput: 4, output: 5, reasoning: 2)

    private func read(_ text: String) -> MeterTap {
        let tap = MeterTap(.gemini(.chat), hidesUsage: false)
        tap.feed([UInt8](text))
        tap.finish()
        return tap
    }

    @Test("a stream passes byte for byte, and the last counts hold, at every cut")
    func everyCut() {
        let stream = [UInt8](Self.stream)
        for cut in 0...stream.count {
            let tap = MeterTap.read(stream, cutAt: cut, hidesUsage: false, .gemini(.chat))
            #expect(tap.passed == stream && tap.terminal.isEmpty, "cut at \(cut)")
            #expect(tap.usage == Self.seen && tap.fault == nil && tap.isComplete)
        }
        #expect(read(Self.stream.replacing("\n", with: "\r\n")).usage == Self.seen)
    }

    @Test("events of one form are counted as those of changing form, wherever the pieces end and wherever they stop")
    func counted() {
        func counts(_ number: Int) -> String {
            #","usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":\#(number * 3),"totalTokenCount":\#(10 + number * 3)}"#
        }
        let texts = ["Hi", " \\\"you\\\"", " there", "😀", " 12", " }"]
        let same = texts.enumerated().map { Self.event($1, usage: counts($0 + 1)) }
        // A blank more in every other event.
        let changing = same.enumerated().map { $0.isMultiple(of: 2) ? $1 : $1.replacing("\"role\"", with: " \"role\"") }
        for stop in 1...texts.count {
            let (one, other) = (read(same.prefix(stop).joined()), read(changing.prefix(stop).joined()))
            #expect(one.usage == other.usage && one.usage?.output == Int64(stop * 3))
            #expect(one.contentEvents == stop && other.contentEvents == stop)
            #expect(one.contentBytes == other.contentBytes)
            #expect(one.seenUsage(requestBytes: 99) == other.seenUsage(requestBytes: 99))
            // The model may have gone on.
            #expect(one.seenUsage(requestBytes: 99)?.isEstimated == true)
        }
        let stream = [UInt8](same.joined() + Self.event("", ",\"finishReason\":\"STOP\"", usage: Self.late))
        for cut in 0...stream.count {
            let tap = MeterTap.read(stream, cutAt: cut, hidesUsage: false, .gemini(.chat))
            #expect(tap.passed == stream && tap.usage == Self.seen && tap.contentEvents == texts.count)
        }
        // What looks like the counts, and is not.
        let odd = Self.event("x", ",\"more\":{\"usageMetadata\":{\"promptTokenCount\":1}}", usage: counts(1))
        #expect(read(odd + odd + odd).usage?.input == 10)
    }

    @Test("a stream without a reason why it ended is cut, wherever it stops")
    func truncated() {
        let stream = [UInt8](Self.stream)
        for count in 0..<(stream.count - 2) {
            let tap = MeterTap(.gemini(.chat), hidesUsage: false)
            tap.feed(stream[..<count])
            tap.finish()
            #expect(tap.fault != nil && !tap.passed.text.contains("finishReason"), "stopped at \(count)")
        }
    }

    @Test("calls, pictures and thoughts are content; a chunk without parts is none; a blocked prompt is an answer")
    func contents() {
        func candidate(_ members: String) -> String { "data: {\"candidates\":[{\(members)}]}\n\n" }
        #expect(!read(candidate(#""content":{"role":"model"},"index":0"#)).hasContent)
        for part in [
            #"{"functionCall":{"name":"f","args":{"a":1}}}"#, #"{"inlineData":{"data":"x"}}"#,
            #"{"text":"hm","thought":true}"#,
        ] {
            #expect(read(candidate("\"content\":{\"parts\":[\(part)]}")).hasContent, "\(part)")
        }
        let blocked = read(
            #"data: {"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4}}"# + "\n\n"
        )
        #expect(blocked.fault == nil && blocked.usage == Usage(freshInput: 4))
        let error = read(
            Self.event("a") + "data: {\"error\":{\"code\":503,\"message\":\"x\",\"status\":\"UNAVAILABLE\"}}\n\n"
        )
        #expect(error.fault == .errorInStream)
        #expect(read("data: {\"usageMetadata\":{\"promptTokenCount\":4}}\n\n").fault != nil)
    }

    @Test("damaged streams end in some way")
    func damaged() {
        var random = SeededGenerator(seed: 12)
        for _ in 0..<2_000 {
            let stream = [UInt8](Self.stream).damaged(&random)
            let cut = Int.random(in: 0...stream.count, using: &random)
            _ = MeterTap.read(stream, cutAt: cut, hidesUsage: false, .gemini(.chat)).fault
        }
    }

    private func meter(_ text: String, _ operation: Operation = .chat, cutAt cut: Int = 0) -> WholeMeter {
        let bytes = [UInt8](text)
        var meter = WholeMeter(.gemini(operation))
        meter.feed(Array(bytes[..<cut]).span.bytes)
        meter.feed(Array(bytes[cut...]).span.bytes)
        return meter
    }

    @Test("whole answers, at every cut, and what answers other calls have")
    func whole() {
        let text = "{\"candidates\":[{\"usageMetadata\":1}]\(Self.late)}"
        for cut in 0...text.utf8.count {
            let meter = meter(text, cutAt: cut)
            #expect(meter.usage == Self.seen && meter.fault == nil, "cut at \(cut)")
        }
        #expect(meter(#"{"promptFeedback":{"blockReason":"SAFETY"}}"#).fault == nil)
        #expect(meter("{}").fault == .empty)
        #expect(meter(#"{"totalTokens":7}"#, .countTokens).fault == nil)
        #expect(meter(#"{"embedding":{"values":[1]}}"#, .embeddings).fault == nil)
        #expect(meter(#"{"embeddings":[{"values":[1]}]}"#, .embeddingBatch).fault == nil)
        #expect(meter(#"{"embeddings":[]}"#, .embeddingBatch).fault == .empty)
        #expect(meter(#"{"error":{"code":400,"message":"x"}}"#).failure != nil)
    }

    @Test("a rate limit that says when to come back is no empty purse")
    func rateLimit() {
        func fault(_ details: String) -> AnswerFault {
            let body =
                #"{"error":{"code":429,"message":"You exceeded your current quota, please check your plan","status":"RESOURCE_EXHAUSTED","details":[\#(details)]}}"#
            return AnswerFault(status: 429, body: [UInt8](body).span.bytes)
        }
        let info = #"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}"#
        #expect(fault(info).isRetryable && !fault(info).isQuotaExhausted)
        #expect(fault("").isQuotaExhausted)
    }

    // MARK: what the relay says

    @Test("errors, their events and lists of models have Google's form")
    func voice() throws {
        let refusal = Refusal(.modelNotFound, "no \"m\"", retryAfter: .seconds(3))
        let body = CallerVoice.gemini.body(of: refusal, requestID: "r1")
        let error = try #require(try JSONValue(parsing: body).object?["error"]?.object)
        #expect(error["code"]?.int == 404 && error["status"]?.string == "NOT_FOUND")
        #expect(error["details"]?.array?.first?.object?["reason"]?.string == "MODEL_NOT_FOUND")
        #expect(
            RetryAfter.parse(now: Timestamp(nanoseconds: 0), body: body.span.bytes, header: { _ in nil }) == .seconds(3)
        )
        let event = CallerVoice.gemini.event(of: refusal).text
        #expect(event.hasPrefix("data: {\"error\":{") && event.hasSuffix("]}}\n\n"))
        #expect(read(Self.event("a") + event).failure != nil)
        let model = CallerVoice.Model(id: "m", createdAt: Timestamp(nanoseconds: 0), ownedBy: "sluice")
        #expect(CallerVoice.gemini.list(of: [model]).text.hasPrefix(#"{"models":[{"name":"models/m","#))
    }
}
