// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Scan of a request to the Messages API")
struct MessagesPassTests {
    private func scan(_ body: [UInt8], _ operation: Operation = .chat) throws(Refusal) -> CallFacts {
        try RequestReading.anthropic.facts(of: body.span.bytes, for: operation)
    }

    private func refusal(_ text: String) -> Refusal? {
        do throws(Refusal) {
            _ = try scan([UInt8](text))
            return nil
        } catch {
            return error
        }
    }

    private func conversation(_ facts: CallFacts, _ body: [UInt8]) -> [String] {
        var parts: [String] = []
        _ = facts.withConversation(in: body.span.bytes) { part in
            parts.append(part.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
        }
        return parts
    }

    @Test("finds what the relay decides on")
    func fields() throws {
        let body = [UInt8](
            """
            {"model": "claude\\u002dx", "max_tokens" : 128, "stream":true, "system": "Be kind", "thinking":{"type":"adaptive"},
             "messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":"x"}],
             "metadata":{"user_id":"u-1"}, "big": 1e400}
            """
        )
        let facts = try scan(body)
        #expect(facts.endpoint == Outcome.Endpoint(.anthropic, .chat))
        #expect(facts.modelName(in: body.span.bytes) == "claude-x" && facts.isStream && facts.asksForUsage)
        #expect(facts.outputCap(in: body.span.bytes) == 128)
        #expect(facts.unit(from: .user, in: body.span.bytes) == "u-1")
        #expect(facts.unit(from: .session, in: body.span.bytes) == nil)
        #expect(conversation(facts, body) == ["\"Be kind\"", "\"Hi\""])
        #expect(try !scan(body, .countTokens).isStream)
        let negative = [UInt8](#"{"model":"m","max_tokens":-1}"#)
        #expect(try scan(negative).outputCap(in: negative.span.bytes) == nil)
    }

    @Test(
        "a user id that is a JSON text names its session",
        arguments: [
            (#"{\"device_id\":\"d\",\"account_uuid\":\"\",\"session_id\":\"5e-55\"}"#, "5e-55"),
            (#"{\"session_id\": \"s\"}"#, "s"), (#"{\"session_id\":\"\"}"#, nil), (#"{\"session_id\":7}"#, nil),
            (#"{\"session_id\""#, nil), (#"{\"session_id\":\"a"#, nil), (#"{\"session_id\":\"a\\\"b\"}"#, nil),
            (#"x \"session_id\":\"s\""#, nil), ("{", nil), ("plain", nil),
        ]
    )
    func session(user: String, session: String?) throws {
        let body = [UInt8](#"{"metadata":{"user_id":"\#(user)"},"model":"m"}"#)
        let facts = try scan(body)
        #expect(facts.unit(from: .session, in: body.span.bytes) == session)
        #expect(
            facts.plainUnit(from: .session, in: body.span.bytes).map { String(decoding: body[$0], as: UTF8.self) }
                == session
        )
        #expect(facts.unit(from: .user, in: body.span.bytes) != nil)
    }

    @Test("what an agent says of itself in front is no part of what names the conversation")
    func agent() throws {
        let front = #"{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1; cch=1"}"#
        let rest = #"{"type":"text","text":"You are it.","cache_control":{"type":"ephemeral"}}"#
        func of(_ system: String) throws -> [String] {
            let body = [UInt8](#"{"system":\#(system),"model":"m","messages":[{"role":"user","content":"Hi"}]}"#)
            return conversation(try scan(body), body)
        }
        #expect(try of("[\(front),\(rest)]") == [",\(rest)]", "\"Hi\""])
        #expect(try of("[\(rest)]") == ["[\(rest)]", "\"Hi\""])
        #expect(try of("[\(front)]") == ["", "\"Hi\""])
        #expect(try of("[]") == ["", "\"Hi\""])
        #expect(try of("null") == ["", "\"Hi\""])
    }

    @Test(
        "what cannot be decided on is refused, and says where",
        arguments: [
            ("", Refusal.Kind.invalidJSON), ("[]", .invalidJSON), ("{", .invalidJSON),
            (#"{"model":"m"} x"#, .invalidJSON),
            ("{}", .missingModel), (#"{"model":""}"#, .missingModel), (#"{"model":null}"#, .missingModel),
            (#"{"model":7}"#, .badRequest), (#"{"model":"m","stream":1}"#, .badRequest),
            (#"{"model":"m","model":"n"}"#, .duplicateField), (#"{"model":"m","mode\u006c":"n"}"#, .duplicateField),
            (#"{"model":"m","system":"a","system":[]}"#, .duplicateField),
            (#"{"model":"m","max_tokens":1,"max_tokens":2}"#, .duplicateField),
            (#"{"model":"m","messages":[],"m\u0065ssages":[]}"#, .duplicateField),
            (#"{"model":"m","metadata":{"user_id":"a","user_id":"b"}}"#, .duplicateField),
            (#"{"model":"m","system":["# + String(repeating: "[", count: 64), .tooDeep),
            (#"{"model":"m","system":[{"text":"a\u{1}"}]}"#, .invalidJSON),
        ]
    )
    func refused(text: String, kind: Refusal.Kind) { #expect(refusal(text)?.kind == kind, "\(text)") }

    @Test("damaged bodies are refused or read, and never more")
    func damaged() {
        var random = SeededGenerator(seed: 7)
        let sample = [UInt8](
            #"{"model":"m","system":[{"type":"text","text":"x-anthropic-billing-header: a"},{"type":"text","text":"é"}],"#
                + #""metadata":{"user_id":"{\"session_id\":\"s\"}"},"messages":[{"role":"user","content":[]}],"stream":true}"#
        )
        for _ in 0..<5_000 {
            let body = sample.damaged(&random)
            guard let facts = try? scan(body) else { continue }
            #expect((try? JSONValue(parsing: body)) != nil, "\(body.text)")
            _ = facts.unit(from: .session, in: body.span.bytes)
            _ = conversation(facts, body)
        }
    }
}

@Suite("Rewrite of a request to the Messages API")
struct MessagesRewriteTests {
    private func rewritten(
        _ text: String,
        _ settings: VersionSettings = VersionSettings(),
        _ operation: Operation = .chat
    ) throws -> String {
        let body = [UInt8](text)
        let facts = try RequestReading.anthropic.facts(of: body.span.bytes, for: operation)
        let rewriting = try #require(Dialects().rewriting(.anthropic, model: "claude-up", settings: settings))
        let rewrite = try rewriting.rewrite(facts, of: body.span.bytes, asksForUsage: true)
        #expect(!rewrite.hidesUsage)
        let bytes = rewrite.bytes(of: body.span.bytes)
        #expect(bytes.count == rewrite.length)
        #expect((try? JSONValue(parsing: bytes)) != nil, "\(bytes.text)")
        return bytes.text
    }

    private func prompted(_ mode: SystemPrompt.Mode, _ system: String) throws -> String {
        let settings = VersionSettings(systemPrompt: SystemPrompt(mode: mode, text: "P"))
        let member = system.isEmpty ? "" : #","system":\#(system)"#
        let text = try rewritten(#"{"model":"m"\#(member)}"#, settings)
        return String(text.dropFirst(#"{"model":"claude-up""#.count).dropLast())
    }

    @Test("only the model changes where the version changes nothing else")
    func modelAlone() throws {
        let body = "{\n \"model\" : \"m\" , \"stream\":true,\"temperature\":0.0,\"n\":1e400, \"x\":[1,2,\"\\u00e9\"]}\n"
        #expect(try rewritten(body) == body.replacing("\"m\"", with: "\"claude-up\""))
    }

    static let front = #"{"type":"text","text":"x-anthropic-billing-header: v"}"#
    static let own = #"{"type":"text","text":"own"}"#
    static let new = #"{"type":"text","text":"P"}"#

    @Test("a system prompt goes behind the block that must stand first, never before it")
    func system() throws {
        let (front, own, new) = (Self.front, Self.own, Self.new)
        for mode in SystemPrompt.Mode.allCases {
            for none in ["", "null", "\"\"", "[]"] {
                #expect(try prompted(mode, none) == #","system":"P""#, "\(mode) \(none)")
            }
        }
        #expect(try prompted(.default, "\"own\"") == #","system":"own""#)
        #expect(try prompted(.default, "[\(front)]") == #","system":[\#(front)]"#)
        #expect(try prompted(.replace, "\"own\"") == #","system":"P""#)
        #expect(try prompted(.replace, "[\(own)]") == #","system":[\#(new)]"#)
        #expect(try prompted(.replace, "[\(front),\(own)]") == #","system":[\#(front),\#(new)]"#)
        #expect(try prompted(.replace, "[\(front)]") == #","system":[\#(front),\#(new)]"#)
        #expect(try prompted(.prepend, "\"own\"") == #","system":[\#(new),\#(own)]"#)
        #expect(try prompted(.prepend, "[\(own)]") == #","system":[\#(new),\#(own)]"#)
        #expect(try prompted(.prepend, "[\(front),\(own)]") == #","system":[\#(front),\#(new),\#(own)]"#)
        #expect(try prompted(.prepend, "[\(front)]") == #","system":[\#(front),\#(new)]"#)
        let text = #""x-anthropic-billing-header: v""#
        #expect(try prompted(.prepend, text) == #","system":[\#(front),\#(new)]"#)
        #expect(try prompted(.replace, text) == #","system":[\#(front),\#(new)]"#)
    }

    @Test("parameters are set as a version says, and only those that a count of tokens may have are set there")
    func parameters() throws {
        let settings = VersionSettings(
            defaults: [("max_tokens", [UInt8]("64"))],
            overrides: [("temperature", [UInt8]("0.5")), ("thinking", [UInt8](#"{"type":"disabled"}"#))]
        )
        #expect(
            try rewritten(#"{"model":"m","temperature":1,"max_tokens":9}"#, settings)
                == #"{"model":"claude-up","temperature":0.5,"max_tokens":9,"thinking":{"type":"disabled"}}"#
        )
        #expect(
            try rewritten(#"{"model":"m"}"#, settings, .countTokens)
                == #"{"model":"claude-up","thinking":{"type":"disabled"}}"#
        )
        #expect(throws: Refusal.self) { try rewritten(#"{"model":"m","temperature":1,"temperature":2}"#, settings) }
        #expect(throws: Refusal.self) { try rewritten(#"{"model":"m","temper\u0061ture":1}"#, settings) }
    }

    @Test("an answer that broke off is gone on with only where that is safe")
    func prefill() {
        func continued(_ body: String, after told: String, _ prefill: Prefill = .message) -> String? {
            let rewriting = Dialects().rewriting(.anthropic, model: "m", settings: VersionSettings())
            return rewriting?.continued([UInt8](body), of: .chat, after: [UInt8](told), prefill)?.text
        }
        func body(_ more: String = "", role: String = "user") -> String {
            #"{"model":"m","stream":true,"messages":[{"role":"\#(role)","content":"Hi"}]\#(more)}"#
        }
        #expect(
            continued(body(#","max_tokens":5"#), after: "One, two")
                == #"{"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"},"#
                + #"{"role":"assistant","content":"One, two"}],"max_tokens":5}"#
        )
        #expect(continued(body(#","thinking":{"type": "disabled"}"#), after: "a") != nil)
        for told in ["", "a ", #"a\n"#, #"a\u00a0"#] { #expect(continued(body(), after: told) == nil, "\(told)") }
        for more in [
            #","thinking":{"type":"adaptive"}"#, #","tools":[{}]"#, #","output_config":{"format":{}}"#,
            #","t\u006fols":[{}]"#,
        ] {
            #expect(continued(body(more), after: "a") == nil, "\(more)")
        }
        #expect(continued(body(role: "assistant"), after: "a") == nil)
        #expect(continued(body(), after: "a", .prefix) == nil)
        #expect(continued(body().replacing("true", with: "false"), after: "a") == nil)
    }
}

@Suite("Words for callers of the Messages API")
struct MessagesVoiceTests {
    @Test("every refusal is an error of the dialect, and an event of the same")
    func refusals() throws {
        for kind in Refusal.Kind.allCases {
            let refusal = Refusal(kind, "Say \"why\".", param: "model")
            let body = try JSONValue(parsing: CallerVoice.anthropic.body(of: refusal, requestID: "r1"))
            let object = try #require(body.object)
            let error = try #require(object["error"]?.object)
            #expect(object["type"]?.string == "error" && object["request_id"]?.string == "r1")
            #expect(error["message"]?.string == "Say \"why\".")
            #expect(error["details"]?.object?["error_code"]?.string == kind.row.code)
            let wanted: Set<String> =
                switch kind.row.status {
                case 401: ["authentication_error"]
                case 402: ["billing_error"]
                case 403: ["permission_error"]
                case 404: ["not_found_error"]
                case 413: ["request_too_large"]
                case 429: ["rate_limit_error"]
                case 503: ["overloaded_error", "api_error"]
                case 504: ["timeout_error"]
                case 500...: ["api_error"]
                default: ["invalid_request_error"]
                }
            #expect(wanted.contains(error["type"]?.string ?? ""), "\(kind)")
            let event = CallerVoice.anthropic.event(of: refusal).text
            #expect(event.hasPrefix("event: error\ndata: {\"type\":\"error\"") && event.hasSuffix("}\n\n"))
        }
    }

    @Test("models are listed on one page")
    func models() throws {
        let model = CallerVoice.Model(id: "chat", createdAt: Timestamp(milliseconds: 0), ownedBy: "sluice")
        let one = #"{"type":"model","id":"chat","display_name":"chat","created_at":"1970-01-01T00:00:00.000Z"}"#
        #expect(CallerVoice.anthropic.json(of: model).text == one)
        #expect(
            CallerVoice.anthropic.list(of: [model, model]).text
                == #"{"data":[\#(one),\#(one)],"has_more":false,"first_id":"chat","last_id":"chat"}"#
        )
        #expect(
            CallerVoice.anthropic.list(of: []).text == #"{"data":[],"has_more":false,"first_id":null,"last_id":null}"#
        )
    }

    @Test(
        "paths find their dialect",
        arguments: [
            ("/v1/messages", "", Dialects.Wanted.operation(.init(.anthropic, .chat))),
            ("/anthropic/v1/messages", "", .operation(.init(.anthropic, .chat))),
            ("/v1/messages/count_tokens", "", .operation(.init(.anthropic, .countTokens))),
            ("/v1/chat/completions", "anthropic-version", .operation(.chatCompletions)),
            ("/openai/v1/chat/completions", "", .operation(.chatCompletions)),
            ("/openai/chat/completions", "", .operation(.chatCompletions)),
            ("/v1/models", "", .modelList(.openai)), ("/v1/models", "anthropic-version", .modelList(.anthropic)),
            ("/anthropic/v1/models", "", .modelList(.anthropic)),
            ("/openai/v1/models", "anthropic-version", .modelList(.openai)),
            ("/v1/models/a%2Fb", "anthropic-version", .model(.anthropic, "a/b")),
            ("/v1/models/a", "", .model(.openai, "a")),
            ("/anthropic/v1/chat/completions", "", nil), ("/openai/v1/messages", "", nil), ("/anthropic", "", nil),
            ("/anthropics/v1/messages", "", nil), ("/v1/messages/others", "", nil),
        ]
    )
    func paths(path: String, header: String, wanted: Dialects.Wanted?) {
        #expect(Dialects().find(Substring(path), says: { $0 == header }) == wanted)
    }
}
