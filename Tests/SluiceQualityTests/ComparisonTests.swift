// SPDX-License-Identifier: Apache-2.0
import SluiceQuality
import Testing

@Suite("Comparison of two answers")
struct ComparisonTests {
    private typealias Call = ComparedAnswer.ToolCall

    @Test("an answer is the same as itself on every rung")
    func itself() {
        let answer = ComparedAnswer(
            status: 200,
            text: "Done.",
            finishReason: "stop",
            toolCalls: [Call(name: "f", arguments: #"{"a":1}"#)],
            model: "m",
            outputTokens: 12,
            duration: 5,
            cost: 7
        )
        let comparison = Comparison(answer, answer)
        #expect(comparison.status == .equal)
        #expect(comparison.finish == .equal)
        #expect(comparison.refusal == .neither)
        #expect(comparison.toolCalls.isSame)
        #expect(comparison.text == .equal)
        #expect(comparison.similarity?.ratio == 1)
        #expect(comparison.similarityDifflib == 1)
        #expect(comparison.model == .equal)
        #expect(
            [comparison.lengthRatio, comparison.tokenRatio, comparison.durationRatio, comparison.costRatio] == [
                1, 1, 1, 1,
            ]
        )
    }

    @Test(
        "reasons of all dialects meet",
        arguments: [
            (["stop", "end_turn", "STOP", "completed", "stop_sequence"], FinishClass.stop),
            (["length", "max_tokens", "MAX_TOKENS", "max_output_tokens"], .length),
            (["tool_calls", "tool_use", "function_call"], .tools), (["refusal"], .refusal),
            (["content_filter", "SAFETY", "RECITATION", "PROHIBITED_CONTENT"], .filter), (["pause_turn", "x"], .other),
        ]
    )
    func reasons(spelt: [String], means: FinishClass) {
        for reason in spelt { #expect(FinishClass(reason: reason) == means) }
    }

    @Test("Gemini's STOP beside a tool call is the same as OpenAI's tool_calls")
    func stopWithTools() {
        let call = Call(name: "f", arguments: "{}")
        let gemini = ComparedAnswer(status: 200, finishReason: "STOP", toolCalls: [call])
        let openAI = ComparedAnswer(status: 200, finishReason: "tool_calls", toolCalls: [call])
        #expect(Comparison(gemini, openAI).finish == .equal)
        #expect(Comparison(gemini, ComparedAnswer(status: 200)).finish == .unknown)
    }

    @Test("the status counts by its class")
    func status() {
        #expect(Comparison(ComparedAnswer(status: 200), ComparedAnswer(status: 201)).status == .equal)
        #expect(Comparison(ComparedAnswer(status: 200), ComparedAnswer(status: 503)).status == .differs)
        #expect(Comparison(ComparedAnswer(status: 200), ComparedAnswer(status: nil)).status == .unknown)
    }

    @Test("text that differs in spaces, case and quotes is the same when normalised")
    func normalised() {
        func match(_ first: String, _ second: String) -> Comparison.TextMatch {
            Comparison(ComparedAnswer(status: 200, text: first), ComparedAnswer(status: 200, text: second)).text
        }
        #expect(match("It’s  “fine”\n", "it's \"fine\"") == .normalised)
        #expect(match("caf\u{E9}", "cafe\u{301}") == .normalised)
        #expect(match("yes", "no") == .differs)
    }

    @Test(
        "a model with a date is a snapshot of the one without",
        arguments: [
            ("gpt-5.2", "gpt-5.2", Comparison.ModelMatch.equal), ("gpt-5.2", "gpt-5.2-2026-11-01", .snapshot),
            ("claude-sonnet-5", "claude-sonnet-5-20261001", .snapshot), ("openai/gpt-5.2", "gpt-5.2", .snapshot),
            ("gpt-5.2", "gpt-5.2-mini", .differs), ("a-latest", "a", .snapshot),
        ]
    )
    func model(first: String, second: String, match: Comparison.ModelMatch) {
        for (first, second) in [(first, second), (second, first)] {
            #expect(
                Comparison(ComparedAnswer(status: 200, model: first), ComparedAnswer(status: 200, model: second)).model
                    == match
            )
        }
    }

    @Test("JSON is compared by its value, and a fence is not stripped in silence")
    func json() {
        func match(_ first: String, _ second: String, _ schema: JSONSchema? = nil) -> JSONMatch {
            Comparison(
                ComparedAnswer(status: 200, text: first),
                ComparedAnswer(status: 200, text: second),
                schema: schema
            ).json
        }
        let same = match(#"{"a": 1, "b": 2}"#, "```json\n{\"b\":2.0,\"a\":1}\n```")
        #expect(same.first == .json)
        #expect(same.second == .fenced)
        #expect(same.isSame == true)
        #expect(match("42", "Hello").first == JSONMatch.Form.none)
        #expect(match(#"{"a":1,"a":1}"#, "{").first == .repeated)
        let schema = try? JSONSchema(.object([:].merging(["type": .string(Array("integer".utf8))])))
        let fit = match("42", "\"x\"", schema)
        #expect(fit.firstFits == true)
        #expect(fit.secondFits == false)
    }

    @Suite("Tool calls")
    struct ToolCalls {
        private func compare(_ first: [(String, String)], _ second: [(String, String)]) -> ToolCallComparison {
            ToolCallComparison(
                first.map { Call(name: $0.0, arguments: $0.1) },
                second.map { Call(name: $0.0, arguments: $0.1) }
            )
        }

        @Test("parallel calls match in any order")
        func order() {
            let compared = compare(
                [("weather", #"{"city":"Rome"}"#), ("weather", #"{"city":"Oslo"}"#), ("time", "{}")],
                [("time", ""), ("weather", #"{"city":"Oslo"}"#), ("weather", #"{"city":"Rome"}"#)]
            )
            #expect(compared.isSame)
            #expect(!compared.isSameOrder)
        }

        @Test("calls of one name go together so that most arguments agree")
        func assignment() {
            let compared = compare(
                [("f", #"{"a":1,"b":1}"#), ("f", #"{"a":1,"b":2}"#), ("f", #"{"a":3,"b":3}"#)],
                [("f", #"{"a":1,"b":2}"#), ("f", #"{"a":3,"b":4}"#), ("f", #"{"a":1,"b":1}"#)]
            )
            #expect(compared.pairs.flatMap(\.arguments).filter { $0.match == .differs }.map(\.name) == ["b"])
        }

        @Test("each argument has a class of its own")
        func arguments() {
            let compared = compare(
                [("f", #"{"same":5,"spelt":"New York","other":true,"gone":1}"#)],
                [("f", #"{"spelt":"new-york","same":5.0,"other":false,"added":[]}"#)]
            )
            let classes = Dictionary(
                uniqueKeysWithValues: (compared.pairs.first?.arguments ?? []).map { ($0.name, $0.match) }
            )
            #expect(
                classes == ["same": .equal, "spelt": .normalised, "other": .differs, "gone": .missing, "added": .extra]
            )
            #expect(!compared.isSame)
        }

        @Test("arguments that are no JSON are a class of their own")
        func invalid() {
            #expect(compare([("f", "{")], [("f", "{}")]).pairs.first?.form == .invalidFirst)
            #expect(compare([("f", "{}")], [("f", "{a}")]).pairs.first?.form == .invalidSecond)
            #expect(compare([("f", "{")], [("f", "{")]).pairs.first?.form == .invalidBoth)
            #expect(!compare([("f", "{")], [("f", "{")]).isSame)
        }

        @Test("calls without a like are named by side, and turning the sides turns them")
        func missing() {
            let compared = compare([("f", "{}"), ("f", "{}"), ("g", "{}")], [("f", "{}"), ("h", "{}")])
            #expect(compared.onlyFirst == ["f", "g"])
            #expect(compared.onlySecond == ["h"])
            let turned = compare([("f", "{}"), ("h", "{}")], [("f", "{}"), ("f", "{}"), ("g", "{}")])
            #expect(turned.onlySecond == ["f", "g"])
            #expect(turned.onlyFirst == ["h"])
        }

        private typealias Call = ComparedAnswer.ToolCall
    }
}

extension [String: ExactJSON] {
    fileprivate func merging(_ others: [String: ExactJSON]) -> ExactObject {
        var object = ExactObject()
        for (name, value) in merging(others, uniquingKeysWith: { $1 }) { object.set(Array(name.utf8), value) }
        return object
    }
}
