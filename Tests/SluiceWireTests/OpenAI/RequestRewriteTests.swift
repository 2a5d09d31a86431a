// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Rewrite of a request")
struct RequestRewriteTests {
    private func plan(_ config: JSONValue = [:]) throws -> RewritePlan {
        RewritePlan(model: "up\"stream", settings: try VersionSettings(validating: config))
    }

    private func rewrite(
        _ text: String,
        _ config: JSONValue = [:],
        injectUsage: Bool = false,
        operation: Operation = .chat
    ) throws -> (text: String, rewrite: RequestRewrite) {
        let body = [UInt8](text)
        let span = body.span.bytes
        let scan = try RequestReading.openai.facts(of: span, for: operation)
        let plan = try plan(config)
        let rewrite = try RequestRewriting.openai(plan).rewrite(scan, of: span, asksForUsage: injectUsage)
        let bytes = rewrite.bytes(of: span)
        #expect(bytes.count == rewrite.length)
        #expect(restored(bytes, rewrite.edits, body) == body)
        return (bytes.text, rewrite)
    }

    /// The output with the edits taken back.
    private func restored(_ bytes: [UInt8], _ edits: [RequestRewrite.Edit], _ body: [UInt8]) -> [UInt8] {
        var restored: [UInt8] = []
        var position = 0
        var source = 0
        for edit in edits {
            let kept = edit.range.lowerBound - source
            restored += bytes[position..<(position + kept)] + body[edit.range]
            position += kept + edit.replacement.count
            source = edit.range.upperBound
        }
        return restored + bytes[position...]
    }

    @Test(
        "only the model changes, every other byte stays",
        arguments: [
            #"{"model":"@"}"#, "{\n  \"x\": 1e400 ,\t\"model\" : \"@\" ,\r\n \"y\":[0.0, -0, 123456789012345678901]}\n",
            #"{"a":"😀\ud83d\ude00","a":1,"model":"@","messages":[]}"#,
        ]
    )
    func model(template: String) throws {
        let parts = template.split(separator: "@", omittingEmptySubsequences: false)
        let text = parts.joined(separator: "chat")
        #expect(try rewrite(text).text == parts.joined(separator: "up\\\"stream"))
    }

    @Test("defaults fill in, overrides force, neither touches other parameters")
    func parameters() throws {
        let config: JSONValue = [
            "temperature": 0.7, "n": 5, "top_p": 1, "override": ["top_p": 0.5, "seed": 1, "stop": ["a"]],
        ]
        #expect(
            try rewrite(#"{"temperature": 0, "model": "m", "seed":null, "max_completion_tokens": 9}"#, config).text
                == #"{"temperature": 0, "model": "up\"stream", "seed":1, "max_completion_tokens": 9"#
                + #","n":5,"top_p":0.5,"stop":["a"]}"#
        )
    }

    @Test(
        "a forced cap on output takes the other name of it away, wherever it stands",
        arguments: [
            (#"{"max_completion_tokens":9,"model":"chat"}"#, #"{"model":"up\"stream","max_tokens":5}"#),
            (
                #"{"model":"chat", "max_completion_tokens" : 9 , "a":1}"#,
                #"{"model":"up\"stream", "a":1,"max_tokens":5}"#
            ),
            (#"{"model":"chat","max_completion_tokens":9}"#, #"{"model":"up\"stream","max_tokens":5}"#),
            (
                #"{"max_tokens":1,"max_completion_tokens":9,"model":"chat"}"#,
                #"{"max_tokens":5,"model":"up\"stream"}"#
            ),
            (
                #"{"model":"chat","n":{"max_completion_tokens":9}}"#,
                #"{"model":"up\"stream","n":{"max_completion_tokens":9},"max_tokens":5}"#
            ),
        ]
    )
    func rivals(body: String, expected: String) throws {
        #expect(try rewrite(body, ["override": ["max_tokens": 5]]).text == expected)
        let swapped = { (text: String) in
            text.split(separator: "max_tokens", omittingEmptySubsequences: false).map {
                $0.split(separator: "max_completion_tokens", omittingEmptySubsequences: false).joined(
                    separator: "max_tokens"
                )
            }.joined(separator: "max_completion_tokens")
        }
        #expect(try rewrite(swapped(body), ["override": ["max_completion_tokens": 5]]).text == swapped(expected))
    }

    @Test(
        "a default cap on output is not put beside the caller's own, whatever its name; both are meant where both are set"
    )
    func rivalDefaults() throws {
        let body = #"{"model":"chat","max_completion_tokens":9}"#
        #expect(try rewrite(body, ["max_tokens": 5]).text == #"{"model":"up\"stream","max_completion_tokens":9}"#)
        let both = try rewrite(body, ["override": ["max_tokens": 5, "max_completion_tokens": 6]]).text
        #expect(both.contains(#""max_tokens":5"#) && both.contains(#""max_completion_tokens":6"#))
        #expect(throws: Refusal.self) {
            try rewrite(#"{"model":"chat","max_completion_token\u0073":9}"#, ["override": ["max_tokens": 5]])
        }
        #expect(throws: Refusal.self) {
            try rewrite(
                #"{"model":"chat","max_completion_tokens":9,"max_completion_tokens":8}"#,
                ["override": ["max_tokens": 5]]
            )
        }
    }

    @Test(
        "what asked for usage can be taken out again, and nothing else",
        arguments: [[:], ["seed": 1]] as [JSONValue]
    )
    func takenBack(config: JSONValue) throws {
        let body =
            #"{"model":"chat","stream":true,"messages":[{"content":",\"stream_options\":{\"include_usage\":true}"}] }"#
        let asking = [UInt8](try rewrite(body, config, injectUsage: true).text)
        let plan = try plan(config)
        let found = RequestRewriting.openai(plan).withoutUsageMember(asking.span.bytes)
        let plain = try #require(found)
        #expect(plain.text == (try rewrite(body, config).text) && plain.count < asking.count)
        let tiny: [UInt8] = [0x7B]
        let none = [plain, tiny].compactMap { RequestRewriting.openai(plan).withoutUsageMember($0.span.bytes) }
        #expect(none.isEmpty)
    }

    @Test("a null that the caller sent is not filled in")
    func sentNull() throws {
        #expect(
            try rewrite(#"{"model":"m","temperature":null}"#, ["temperature": 1]).text
                == #"{"model":"up\"stream","temperature":null}"#
        )
    }

    @Test(
        "a parameter that the version sets may not repeat or hide",
        arguments: [
            #"{"model":"m","seed":1,"seed":2}"#, #"{"model":"m","se\u0065d":1}"#,
            #"{"model":"m","seed":1,"\u0073eed":2}"#,
        ]
    )
    func repeated(text: String) throws {
        for config in [["seed": 1], ["override": ["seed": 1]]] as [JSONValue] {
            let refusal = #expect(throws: Refusal.self) { try rewrite(text, config) }
            #expect(refusal?.kind == .duplicateField)
            #expect(refusal?.param == "seed")
        }
        _ = try rewrite(text)
    }

    @Test(
        "usage is asked for where the caller did not",
        arguments: [
            (
                #"{"model":"m","stream":true}"#,
                #"{"model":"up\"stream","stream":true,"stream_options":{"include_usage":true}}"#, true
            ),
            (
                #"{"stream_options":null,"model":"m","stream":true}"#,
                #"{"stream_options":{"include_usage":true},"model":"up\"stream","stream":true}"#, true
            ),
            (
                #"{"stream_options":{ },"model":"m","stream":true}"#,
                #"{"stream_options":{"include_usage":true },"model":"up\"stream","stream":true}"#, true
            ),
            (
                #"{"stream_options":{"include_obfuscation":false},"model":"m","stream":true}"#,
                #"{"stream_options":{"include_usage":true,"include_obfuscation":false},"model":"up\"stream","stream":true}"#,
                true
            ),
            (
                #"{"stream_options":{"include_usage":false},"model":"m","stream":true}"#,
                #"{"stream_options":{"include_usage":true},"model":"up\"stream","stream":true}"#, true
            ),
            (
                #"{"stream_options":{"include_usage":true},"model":"m","stream":true}"#,
                #"{"stream_options":{"include_usage":true},"model":"up\"stream","stream":true}"#, false
            ),
            (#"{"model":"m","stream":false}"#, #"{"model":"up\"stream","stream":false}"#, false),
            (#"{"model":"m"}"#, #"{"model":"up\"stream"}"#, false),
        ]
    )
    func usage(text: String, expected: String, hides: Bool) throws {
        let (rewritten, rewrite) = try rewrite(text, injectUsage: true)
        #expect(rewritten == expected)
        #expect(rewrite.hidesUsage == hides)
        #expect(try !self.rewrite(text, injectUsage: false).rewrite.hidesUsage)
    }

    @Test(
        "a system prompt is put in as its mode says",
        arguments: [
            ("default", #"[{"role":"user","content":"x"}]"#, #"[S,{"role":"user","content":"x"}]"#),
            ("default", #"[ ]"#, #"[S ]"#),
            ("default", #"[{"role":"developer","content":"x"}]"#, #"[{"role":"developer","content":"x"}]"#),
            ("prepend", #"[{"role":"system","content":"x"}]"#, #"[S,{"role":"system","content":"x"}]"#),
            ("prepend", #"[]"#, #"[S]"#),
            ("replace", #"[{"role":"user","content":"x"}]"#, #"[S,{"role":"user","content":"x"}]"#),
            ("replace", #"[{"role":"system","content":"x"} , {"role":"user"}]"#, #"[S , {"role":"user"}]"#),
            ("replace", #"[{"role":"user"}, {"role":"sys\u0074em"}]"#, #"[{"role":"user"}, S]"#),
            ("replace", #"[{"role":"system"}, {"role":"developer"}, {"a":1} ,{"role":"system"} ]"#, #"[S, {"a":1} ]"#),
            ("replace", #"[1,{"role":"system","role":"user"}]"#, #"[S,1,{"role":"system","role":"user"}]"#),
        ]
    )
    func systemPrompt(mode: String, messages: String, expected: String) throws {
        let config: JSONValue = ["system_prompt": ["mode": .string(mode), "text": "Say \"hi\"\n"]]
        let system = #"{"role":"system","content":"Say \"hi\"\n"}"#
        let wanted = expected.split(separator: "S", omittingEmptySubsequences: false).joined(separator: system)
        #expect(
            try rewrite(#"{"messages":\#(messages),"model":"m"}"#, config).text
                == #"{"messages":\#(wanted),"model":"up\"stream"}"#
        )
    }

    @Test("completions have no system prompt, and a body without messages is left alone")
    func noMessages() throws {
        let config: JSONValue = ["system_prompt": ["mode": "prepend", "text": "x"]]
        #expect(
            try rewrite(#"{"model":"m","messages":[]}"#, config, operation: .completions).text
                == #"{"model":"up\"stream","messages":[]}"#
        )
        #expect(try rewrite(#"{"model":"m","messages":5}"#, config).text == #"{"model":"up\"stream","messages":5}"#)
    }

    @Test("a body of eight mebibytes keeps every byte")
    func large() throws {
        let content = String(repeating: "abc😀\\n\\u00e9", count: 560_000)
        let text = #"{"messages":[{"role":"user","content":"\#(content)"}],"model":"m","x":1e400}"#
        #expect(text.utf8.count > 8 << 20)
        let (rewritten, _) = try rewrite(text, ["temperature": 0])
        let expected =
            #"{"messages":[{"role":"user","content":"\#(content)"}],"model":"up\"stream","x":1e400,"temperature":0}"#
        #expect(rewritten.utf8.elementsEqual(expected.utf8))
    }

    @Test("ten thousand damaged bodies: what is rewritten is JSON, and gives the body back")
    func fuzz() throws {
        var random = SeededGenerator(seed: 5)
        let config: JSONValue = [
            "temperature": 0.7, "override": ["top_p": 0.5, "n": 2],
            "system_prompt": ["mode": "replace", "text": "s"],
        ]
        let plan = try plan(config)
        let seed = [UInt8](
            #"{"model":"m","stream":true,"messages":[{"role":"system"},{"role":"user"},{"role":"system"}],"n":1,"#
                + #""stream_options":{"x":1},"top_p":0.1}"#
        )
        var count = 0
        for _ in 0..<10_000 {
            let body = seed.damaged(&random)
            let span = body.span.bytes
            guard let scan = try? RequestReading.openai.facts(of: span, for: .chat),
                let rewrite = try? RequestRewriting.openai(plan).rewrite(scan, of: span, asksForUsage: true)
            else { continue }
            count += 1
            let bytes = rewrite.bytes(of: span)
            if restored(bytes, rewrite.edits, body) != body || bytes.count != rewrite.length {
                Issue.record("not restored: \(body.text)")
            }
            if (try? RequestReading.openai.facts(of: bytes.span.bytes, for: .chat)) == nil {
                Issue.record("no JSON: \(body.text) became \(bytes.text)")
            }
        }
        #expect(count > 100)
    }
}
