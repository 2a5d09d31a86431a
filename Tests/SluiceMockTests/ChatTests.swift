// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Chat answers")
struct ChatTests {
    @Test("the same seed and request give the same words, whatever came before")
    func deterministic() throws {
        let first = try plan(chat("Hello"), sequence: 1).json()
        let later = try plan(chat("Hello"), sequence: 99).json()
        #expect(try text(first) == text(later))
        #expect(first["id"] != later["id"])
    }

    @Test("seed, drift, model and question each change the words")
    func changes() throws {
        let plain = try text(plan(chat("Hello")).json())
        var drifted = MockSettings()
        drifted.base.drift = 1
        #expect(try text(plan(chat("Hello"), seed: 2).json()) != plain)
        #expect(try text(plan(chat("Hello"), settings: drifted).json()) != plain)
        #expect(try text(plan(chat("Hello", model: "other")).json()) != plain)
        #expect(try text(plan(chat("Goodbye")).json()) != plain)
    }

    @Test("a stream's pieces join to the whole answer", arguments: [nil, 1, 3, 1_000])
    func streamEqualsWhole(chunks: Int?) throws {
        var settings = MockSettings()
        settings.base.chunks = chunks
        let whole = try text(plan(chat("Hello", "\"n\":1")).json())
        let events = try plan(chat("Hello", "\"stream\":true"), settings: settings).events()
        let pieces = events.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.string }
        #expect(pieces.joined() == whole)
        #expect(events.last?["choices"]?[0]?["finish_reason"]?.string == "stop")
    }

    @Test("usage comes in a stream only where it was asked for, and equals the whole answer's")
    func streamUsage() throws {
        let without = try plan(chat("Hello", "\"stream\":true")).events()
        #expect(without.allSatisfy { $0["usage"] == nil && $0["choices"]?.array?.isEmpty == false })
        let with = try plan(chat("Hello", "\"stream\":true,\"stream_options\":{\"include_usage\":true}")).events()
        let whole = try plan(chat("Hello")).json()
        #expect(with.last?["choices"]?.array?.isEmpty == true)
        #expect(with.last?["usage"] == whole["usage"])
        #expect(with.dropLast().allSatisfy { $0["usage"]?.isNull == true })
    }

    @Test("the caller's limits hold: tokens, stops and the number of choices")
    func limits() throws {
        let short = try plan(chat("Hello", "\"max_completion_tokens\":3")).json()
        #expect(short["usage"]?["completion_tokens"]?.int == 3)
        #expect(short["choices"]?[0]?["finish_reason"]?.string == "length")
        let stopped = try plan(chat("Hello", "\"stop\":[\"ed: He\"]")).json()
        #expect(try text(stopped) == "You ask")
        let many = try plan(chat("Hello", "\"n\":3")).json()
        #expect(many["choices"]?.array?.count == 3)
    }

    @Test("cached and reasoning tokens are told apart as set")
    func usageDetails() throws {
        var settings = MockSettings()
        settings.base.promptTokens = 1_000
        settings.base.cachedShare = 0.25
        settings.base.reasoningTokens = 64
        settings.base.outputTokens = .fixed(10)
        let reply = plan(chat("Hello"), settings: settings)
        let usage = try #require(try reply.json()["usage"])
        #expect(usage["prompt_tokens_details"]?["cached_tokens"]?.int == 250)
        #expect(usage["completion_tokens"]?.int == 74)
        #expect(usage["completion_tokens_details"]?["reasoning_tokens"]?.int == 64)
        #expect(usage["total_tokens"]?.int == 1_074)
        #expect(reply.entry.usage?.completion == 74)
    }

    @Test("tools are called with arguments their schema accepts, and a tool's result is answered in words")
    func tools() throws {
        let tool = """
            "tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object",
            "properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":1,"maximum":5}},
            "required":["city","days"]}}}]
            """
        let call = try #require(try plan(chat("How is it?", tool)).json()["choices"]?[0])
        #expect(call["finish_reason"]?.string == "tool_calls")
        let function = try #require(call["message"]?["tool_calls"]?[0]?["function"])
        let arguments = try JSONValue(parsing: #require(function["arguments"]?.string))
        #expect(arguments["city"]?.string != nil)
        #expect((1...5).contains(try #require(arguments["days"]?.int)))

        let events = try plan(chat("How is it?", tool + ",\"stream\":true")).events()
        let pieces = events.compactMap {
            $0["choices"]?[0]?["delta"]?["tool_calls"]?[0]?["function"]?["arguments"]?.string
        }
        #expect(pieces.joined() == function["arguments"]?.string)
        #expect(try text(plan(chat("How is it?", tool + ",\"tool_choice\":\"none\"")).json()).hasPrefix("You asked"))
    }

    @Test(
        "structured output follows its schema, references and bounds included",
        arguments: 1...20 as ClosedRange<UInt64>
    )
    func structured(seed: UInt64) throws {
        let schema = """
            {"type":"object","$defs":{"Step":{"type":"object","properties":{"why":{"type":"string"},
            "next":{"anyOf":[{"$ref":"#/$defs/Step"},{"type":"null"}]}},"required":["why","next"]}},
            "properties":{"steps":{"type":"array","items":{"$ref":"#/$defs/Step"},"minItems":1,"maxItems":3},
            "kind":{"enum":["a","b"]},"share":{"type":"number","minimum":0,"maximum":1},"ok":{"type":"boolean"}},
            "required":["steps","kind","share","ok"]}
            """
        let format =
            "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":\(schema)}}"
        let answer = try JSONValue(parsing: text(plan(chat("Plan", format), seed: seed).json()))
        #expect((1...3).contains(try #require(answer["steps"]?.array?.count)))
        #expect(["a", "b"].contains(answer["kind"]?.string))
        #expect((0...1).contains(try #require(answer["share"]?.number)))
        #expect(answer["ok"]?.bool != nil)
        #expect(answer["steps"]?[0]?["why"]?.string != nil)
    }

    @Test(
        "what is wrong with a request is named",
        arguments: [
            ("{", "could not parse"), ("[]", "not a JSON object"), ("{\"messages\":[]}", "model"),
            ("{\"model\":\"x\"}", "'messages'"), ("{\"model\":\"x\",\"messages\":[]}", "empty array"),
            (chat("Hi", "\"temperature\":3"), "'temperature'"), (chat("Hi", "\"n\":0"), "'n'"),
            (chat("Hi", "\"stream_options\":{}"), "only allowed when 'stream'"),
            (chat("Hi", "\"max_tokens\":0"), "'max_tokens'"),
            ("{\"model\":\"x\",\"messages\":[{\"role\":\"king\",\"content\":\"\"}]}", "'king'"),
        ]
    )
    func refused(body: String, message: String) throws {
        let reply = plan(body)
        #expect(reply.status == 400)
        #expect(try reply.json()["error"]?["message"]?.string?.contains(message) == true)
        #expect(reply.entry.ending == .error)
    }

    @Test("a required key and a list of models are kept to")
    func access() throws {
        let settings = MockSettings(onlyModels: ["gpt-4.1"], apiKey: Secret("right"))
        #expect(plan(chat("Hi"), settings: settings).status == 401)
        #expect(plan(chat("Hi"), settings: settings, bearer: "wrong").status == 401)
        #expect(plan(chat("Hi"), settings: settings, bearer: "right").status == 200)
        #expect(plan(chat("Hi", model: "other"), settings: settings, bearer: "right").status == 404)
        #expect(plan(chat("Hi", model: "mock-error-503"), settings: settings, bearer: "right").status == 503)
    }

    private func text(_ answer: JSONValue) throws -> String {
        try #require(answer["choices"]?[0]?["message"]?["content"]?.string)
    }
}
