// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Requests of the Responses API")
struct ResponseRequestTests {
    private func facts(
        _ text: String,
        _ operation: Operation = .responses
    ) throws(Refusal) -> (facts: CallFacts, body: [UInt8]) {
        let body = [UInt8](text)
        return (try RequestReading.openai.facts(of: body.span.bytes, for: operation), body)
    }

    private func refusal(_ text: String) -> Refusal? {
        do throws(Refusal) {
            _ = try facts(text)
            return nil
        } catch {
            return error
        }
    }

    private func conversation(_ text: String) throws -> [String] {
        let (facts, body) = try facts(text)
        var parts: [String] = []
        _ = facts.withConversation(in: body.span.bytes) { part in
            parts.append(part.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
        }
        return parts
    }

    @Test("finds what the relay decides on")
    func fields() throws {
        let (facts, body) = try facts(
            """
            {"model":"gpt-5","stream":true,"instructions":"Be kind","safety_identifier":"u1","prompt_cache_key":"t-1",
             "max_output_tokens":77,"store":false,"include":["reasoning.encrypted_content"],"stream_options":{"include_obfuscation":false},
             "metadata":{"user_id":"m1","session_id":"s1"},"previous_response_id":null,
             "input":[{"type":"additional_tools","role":"developer","tools":[{"type":"function","name":"shell"}]},
                      {"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}]}
            """
        )
        let span = body.span.bytes
        #expect(facts.modelName(in: span) == "gpt-5" && facts.isStream && !facts.asksForUsage)
        #expect(facts.unit(from: .user, in: span) == "u1")
        #expect(facts.unit(from: .promptCacheKey, in: span) == "t-1")
        #expect(facts.unit(from: .session, in: span) == "s1")
        #expect(facts.outputCap(in: span) == 77 && facts.binding == nil)
    }

    @Test("a conversation begins with its instructions, or its first system item, and the first words of its user")
    func conversations() throws {
        #expect(try conversation(#"{"model":"m","input":"hello"}"#) == ["", #""hello""#])
        #expect(
            try conversation(
                #"{"input":[{"role":"user","content":"a"},{"role":"user","content":"b"}],"instructions":"i","model":"m"}"#
            )
                == [#""i""#, #""a""#]
        )
        #expect(
            try conversation(
                #"{"model":"m","input":[{"role":"developer","content":"d"},{"role":"user","content":"a"}]}"#
            )
                == [#""d""#, #""a""#]
        )
        #expect(try conversation(#"{"model":"m","input":[{"type":"function_call_output","output":"x"}]}"#).isEmpty)
    }

    @Test("ids of what an account keeps are found, however they are written")
    func bindings() throws {
        let (previous, body) = try facts(#"{"model":"m","previous_response_id":"resp_1","input":"x"}"#)
        let binding = try #require(previous.binding)
        #expect(
            binding.name == "previous_response_id" && body[binding.id.range].elementsEqual(Array(#""resp_1""#.utf8))
        )
        #expect(try facts(#"{"model":"m","conversation":"conv_1"}"#).facts.binding?.kind == .conversation)
        #expect(try facts(#"{"model":"m","conversation":{"x":1,"id":"conv_1"}}"#).facts.binding?.kind == .conversation)
        #expect(try facts(#"{"model":"m","conversation":{"i\u0064":"conv_1"}}"#).facts.binding?.kind == .conversation)
        #expect(try facts(#"{"model":"m","conversation":null}"#).facts.binding == nil)
    }

    @Test(
        "what could be read in two ways is refused",
        arguments: [
            (#"{"input":"x"}"#, Refusal.Kind.missingModel),
            (#"{"model":"m","input":"x","input":"y"}"#, .duplicateField),
            (#"{"model":"m","instructions":"x","instructions":"y"}"#, .duplicateField),
            (#"{"model":"m","previous_response_id":"a","previous_response_id":"b"}"#, .duplicateField),
            (#"{"model":"m","previous_response_i\u0064":"a"}"#, .duplicateField),
            (#"{"model":"m","conversation":{"id":"a","id":"b"}}"#, .duplicateField),
            (#"{"model":"m","previous_response_id":"a","conversation":"b"}"#, .badRequest),
            (#"{"model":"m","previous_response_id":7}"#, .badRequest), (#"{"model":"m","stream":"yes"}"#, .badRequest),
            (#"{"model":"m","conversation":{"id":""}}"#, .badRequest), (#"{"model":7}"#, .badRequest),
        ]
    )
    func strict(text: String, kind: Refusal.Kind) {
        #expect(refusal(text)?.kind == kind)
    }

    @Test("a chat request may hold what means something to the other API only")
    func chat() throws {
        let text = #"{"model":"m","instructions":1,"instructions":2,"previous_response_id":7,"conversation":8}"#
        #expect(try facts(text, .chat).facts.binding == nil)
    }

    // MARK: what a version changes

    private func rewrite(_ text: String, _ config: JSONValue = [:], _ operation: Operation = .responses) throws
        -> String
    {
        let (facts, body) = try facts(text, operation)
        let plan = RewritePlan(model: "up\"stream", settings: try VersionSettings(validating: config))
        let rewrite = try RequestRewriting.openai(plan).rewrite(facts, of: body.span.bytes, asksForUsage: true)
        let bytes = rewrite.bytes(of: body.span.bytes)
        #expect(bytes.count == rewrite.length && !rewrite.hidesUsage)
        return bytes.text
    }

    @Test(
        "only the model changes, every other byte stays, and no usage is asked for",
        arguments: [
            "{\n \"stream\":true, \"x\": 1e400 ,\"model\" : \"@\" ,\r\n \"input\":[0.0, -0, 123456789012345678901]}\n",
            #"{"model":"@","input":[{"type":"additional_tools","role":"developer","tools":[]}],"a":1,"a":2}"#,
        ]
    )
    func model(template: String) throws {
        let parts = template.split(separator: "@", omittingEmptySubsequences: false)
        #expect(try rewrite(parts.joined(separator: "chat")) == parts.joined(separator: "up\\\"stream"))
    }

    @Test("parameters have this API's names and places; those it has no place for stay away")
    func parameters() throws {
        let config: JSONValue = [
            "temperature": 0.5, "max_tokens": 9, "seed": 3,
            "override": ["top_p": 0.1, "reasoning_effort": "low", "frequency_penalty": 1],
        ]
        #expect(
            try rewrite(#"{"model":"m"}"#, config)
                == #"{"model":"up\"stream","temperature":0.5,"max_output_tokens":9,"top_p":0.1,"reasoning":{"effort":"low"}}"#
        )
        #expect(
            try rewrite(
                #"{"model":"m","reasoning":{"effort" : "high","summary":"auto"},"max_output_tokens":5,"temperature":1}"#,
                config
            )
                == #"{"model":"up\"stream","reasoning":{"effort" : "low","summary":"auto"},"max_output_tokens":5,"temperature":1,"top_p":0.1}"#
        )
        #expect(
            try rewrite(#"{"model":"m","reasoning":{ }}"#, ["override": ["reasoning_effort": "low"]])
                == #"{"model":"up\"stream","reasoning":{"effort":"low" }}"#
        )
        #expect(
            try rewrite(#"{"reasoning":null,"model":"m"}"#, ["override": ["reasoning_effort": "low"]])
                == #"{"reasoning":{"effort":"low"},"model":"up\"stream"}"#
        )
        #expect(
            try rewrite(#"{"model":"m","reasoning":{"summary":1}}"#, ["reasoning_effort": "low"])
                == #"{"model":"up\"stream","reasoning":{"effort":"low","summary":1}}"#
        )
    }

    @Test(
        "what a version sets may not stand twice or hide",
        arguments: [
            #"{"model":"m","reasoning":{"effort":1,"effort":2}}"#, #"{"model":"m","reasoning":{},"reasoning":{}}"#,
            #"{"model":"m","reaso\u006eing":{}}"#, #"{"model":"m","reasoning":{"effort":1,"effor\u0074":2}}"#,
            #"{"model":"m","top_p":1,"top_p":1}"#, #"{"model":"m","top\u005fp":1}"#,
        ]
    )
    func hidden(text: String) {
        #expect(throws: Refusal.self) {
            try rewrite(text, ["override": ["reasoning_effort": "low", "top_p": 0.1]])
        }
    }

    @Test("a system prompt becomes the instructions, before the caller's, in their place, or where there are none")
    func prompts() throws {
        func text(_ mode: String, _ body: String) throws -> String {
            try rewrite(body, ["system_prompt": ["mode": .string(mode), "text": "A \"b\""]])
        }
        let own = #"{"model":"m","instructions":"x\n"}"#
        #expect(try text("prepend", own) == #"{"model":"up\"stream","instructions":"A \"b\"\n\nx\n"}"#)
        #expect(try text("replace", own) == #"{"model":"up\"stream","instructions":"A \"b\""}"#)
        #expect(try text("default", own) == #"{"model":"up\"stream","instructions":"x\n"}"#)
        for mode in ["prepend", "replace", "default"] {
            #expect(try text(mode, #"{"model":"m"}"#) == #"{"model":"up\"stream","instructions":"A \"b\""}"#)
            #expect(
                try text(mode, #"{"instructions":null,"model":"m"}"#)
                    == #"{"instructions":"A \"b\"","model":"up\"stream"}"#
            )
        }
        let item = #"{"model":"m","input":[{"role":"system","content":"x"}]}"#
        #expect(try text("default", item) == #"{"model":"up\"stream","input":[{"role":"system","content":"x"}]}"#)
    }

    @Test("a count gets the prompt and no parameter, a compaction the model alone")
    func beside() throws {
        let config: JSONValue = ["override": ["temperature": 1], "system_prompt": ["mode": "replace", "text": "A"]]
        #expect(
            try rewrite(#"{"model":"m","input":"x"}"#, config, .countTokens)
                == #"{"model":"up\"stream","input":"x","instructions":"A"}"#
        )
        #expect(
            try rewrite(#"{"model":"m","input":"x"}"#, config, .compact) == #"{"model":"up\"stream","input":"x"}"#
        )
    }
}
