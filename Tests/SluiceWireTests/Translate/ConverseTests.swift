// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import Testing

@testable import SluiceWire

/// Bedrock's Converse, which nobody speaks as a caller: what goes there by two ways is the same, and what comes from there is
/// what the same answer of Anthropic's says.
@Suite("Translated to Converse and from it")
struct ConverseTests {
    private static let count = ProcessInfo.processInfo.environment["SLUICE_LONG"] == nil ? 250 : 2_500

    private let context = Translation.Context(created: 1_700_000_000, id: "msg_1", model: "claude", asksForUsage: true)

    private func translation(_ folder: String) -> Translation { GoldenTests.Pair.named(folder).translation }

    @Test("a request is the same by way of another dialect", arguments: 0..<4, ["OpenAI", "Anthropic", "Gemini"])
    func requests(_ seed: UInt64, _ caller: String) throws {
        var talk = Talk(seed &+ 700, isForGemini: true)
        let named = #","name":"answer"}"#
        for _ in 0..<ConverseTests.count {
            let body = Array(ConverseTests.sayable(caller == "Anthropic" ? talk.anthropic() : talk.openAI()).utf8)
            let isStream = body.text.contains(#""stream":true"#)
            let path = Translation.Path(model: "m", isStream: isStream)
            // Gemini's callers say what callers of OpenAI's dialect say.
            let own =
                caller == "Gemini" ? try translation("OpenAIToGemini").request(body.span.bytes).body : body
            let direct = Result { () throws(Refusal) in
                try translation("\(caller)ToConverse").request(own.span.bytes, at: path)
            }
            let way = caller == "OpenAI" ? "Anthropic" : "OpenAI"
            let around = Result { () throws(Refusal) in
                let there =
                    caller == "Gemini" ? body : try translation("\(caller)To\(way)").request(body.span.bytes).body
                return try translation("\(way)ToConverse").request(there.span.bytes, at: path)
            }
            switch (direct, around) {
            case (.success(let direct), .success(let around)):
                // Anthropic's and Gemini's callers have no name for a schema.
                let bodies = [direct.body, around.body].map { $0.text.replacingOccurrences(of: named, with: "}") }
                guard bodies[0] != bodies[1] else { continue }
                Issue.record("\(own.text)\nbecame\n\(direct.body.text)\nand\n\(around.body.text)")
                return
            case (.failure, .failure): continue
            default:
                Issue.record("\(own.text)\nwent one way only: \(direct), \(around)")
                return
            }
        }
    }

    /// Pictures by URL are refused there.
    private static func sayable(_ body: String) -> String {
        body.replacingOccurrences(
            of: #""url":"https://example.com/a.png""#,
            with: #""url":"data:image/png;base64,AA==""#
        )
        .replacingOccurrences(
            of: #"{"type":"url","url":"data:image/png;base64,AA=="}"#,
            with: #"{"type":"base64","media_type":"image/png","data":"AA=="}"#
        )
    }

    @Test("an answer, whole and streamed, says what the same one of Anthropic's says", arguments: 0..<4)
    func answers(_ seed: UInt64) throws {
        var talk = Talk(seed &+ 800)
        let translation = translation("AnthropicToConverse")
        for _ in 0..<ConverseTests.count {
            let blocks = talk.blocks()
            let reason =
                blocks.contains { $0.contains("tool_use") } ? "tool_use" : talk.pick(["end_turn", "max_tokens"])
            let usage = talk.usage()
            let wanted = Talk.answer(blocks, reason, usage)
            let whole = Array(try Converse.whole(blocks, reason, usage).utf8)
            let told = translation.answer(whole.span.bytes, context) ?? []
            #expect(told.text == wanted, "\(whole.text)")
            let reading = try EventReading(converse: whole.span.bytes)
            #expect(reading.contentBytes > 0 || blocks.allSatisfy { $0.contains("redacted") })

            let stream = Array(try Converse.stream(blocks, reason, usage, &talk).utf8)
            let cut = Int.random(in: 0...stream.count, using: &talk.random)
            let pieces = [Array(stream[..<cut]), Array(stream[cut...])]
            let events = try Told(GoldenTests.Pair.stream(pieces, by: translation, context))
            #expect(events.blocks == blocks && events.reason == reason && events.usage == usage, "\(stream.text)")
            guard told.text == wanted, events.blocks == blocks else { return }
        }
    }

    /// Answers as Bedrock writes them, of Anthropic's blocks.
    private enum Converse {
        static func usage(_ usage: String) throws -> String {
            let counts = try JSONValue(parsing: usage).object
            func count(_ name: String) -> Int64 { counts?[name]?.int ?? 0 }
            return #"{"inputTokens":\#(count("input_tokens")),"outputTokens":\#(count("output_tokens")),"#
                + #""cacheReadInputTokens":\#(count("cache_read_input_tokens")),"#
                + #""cacheWriteInputTokens":\#(count("cache_creation_input_tokens"))}"#
        }

        private static func input(_ block: String) -> String {
            String(block[(block.range(of: "\"input\":")?.upperBound ?? block.startIndex)...].dropLast())
        }

        static func whole(_ blocks: [String], _ reason: String, _ usage: String) throws -> String {
            let content = try blocks.map { block -> String in
                let object = try JSONValue(parsing: block).object
                func text(_ name: String) -> String { object?[name]?.jsonText ?? "null" }
                return switch object?["type"]?.string {
                case "text": #"{"text":\#(text("text"))}"#
                case "thinking":
                    #"{"reasoningContent":{"reasoningText":{"text":\#(text("thinking")),"signature":\#(text("signature"))}}}"#
                case "redacted_thinking": #"{"reasoningContent":{"redactedContent":\#(text("data"))}}"#
                default: #"{"toolUse":{"toolUseId":\#(text("id")),"name":\#(text("name")),"input":\#(input(block))}}"#
                }
            }
            return #"{"output":{"message":{"role":"assistant","content":[\#(content.joined(separator: ","))]}},"#
                + #""stopReason":"\#(reason)","usage":\#(try Self.usage(usage)),"metrics":{"latencyMs":5}}"#
        }

        static func stream(_ blocks: [String], _ reason: String, _ usage: String, _ talk: inout Talk) throws -> String {
            var out = "event: messageStart\ndata: {\"role\":\"assistant\"}\n\n"
            for (index, block) in blocks.enumerated() {
                let object = try JSONValue(parsing: block).object
                func put(_ name: String, _ rest: String) {
                    out += "event: \(name)\ndata: {\"contentBlockIndex\":\(index)\(rest)}\n\n"
                }
                func delta(_ json: String) { put("contentBlockDelta", ",\"delta\":\(json)") }
                switch object?["type"]?.string {
                case "text":
                    for piece in talk.pieces(object?["text"]) { delta(#"{"text":\#(piece)}"#) }
                case "thinking":
                    for piece in talk.pieces(object?["thinking"]) { delta(#"{"reasoningContent":{"text":\#(piece)}}"#) }
                    delta(#"{"reasoningContent":{"signature":\#(object?["signature"]?.jsonText ?? "")}}"#)
                case "redacted_thinking":
                    delta(#"{"reasoningContent":{"redactedContent":\#(object?["data"]?.jsonText ?? "")}}"#)
                default:
                    let (id, name) = (object?["id"]?.jsonText ?? "", object?["name"]?.jsonText ?? "")
                    put("contentBlockStart", #","start":{"toolUse":{"toolUseId":\#(id),"name":\#(name)}}"#)
                    let input = input(block)
                    for piece in input == "{}" ? [] : talk.pieces(.string(input)) {
                        delta(#"{"toolUse":{"input":\#(piece)}}"#)
                    }
                }
                put("contentBlockStop", "")
            }
            out += "event: messageStop\ndata: {\"stopReason\":\"\(reason)\"}\n\n"
            return out + "event: metadata\ndata: {\"usage\":\(try Self.usage(usage)),\"metrics\":{\"latencyMs\":5}}\n\n"
        }
    }

    // MARK: what a version sets

    private func sent(_ body: String, _ settings: VersionSettings) throws -> String {
        let bytes = Array(body.utf8)
        let facts = try RequestReading.converse.facts(of: bytes.span.bytes, for: .chat)
        let rewriting = try #require(Dialects().rewriting(.converse, model: "amazon.nova", settings: settings))
        let rewrite = try rewriting.rewrite(facts, of: bytes.span.bytes, asksForUsage: true)
        return rewrite.bytes(of: bytes.span.bytes).text
    }

    @Test("a version's parameters stand where Converse has them, others in additionalModelRequestFields")
    func parameters() throws {
        let settings = VersionSettings(
            defaults: [("temperature", [UInt8]("0.5")), ("top_k", [UInt8]("20")), ("n", [UInt8]("1"))],
            overrides: [
                ("max_tokens", [UInt8]("7")), ("stop", [UInt8](#""END""#)),
                ("guardrailConfig", [UInt8](#"{"guardrailIdentifier":"g"}"#)),
            ]
        )
        #expect(
            try sent(#"{"messages":[]}"#, settings)
                == #"{"messages":[],"guardrailConfig":{"guardrailIdentifier":"g"},"inferenceConfig":{"temperature":0.5,"maxTokens":7,"stopSequences":["END"]},"additionalModelRequestFields":{"top_k":20}}"#
        )
        #expect(
            try sent(#"{"messages":[],"inferenceConfig":{"maxTokens":9,"temperature":1}}"#, settings).contains(
                #""inferenceConfig":{"stopSequences":["END"],"maxTokens":7,"temperature":1}"#
            )
        )
    }

    @Test(
        "a version's system prompt goes before the caller's, in its place or where there is none",
        arguments: [
            (SystemPrompt.Mode.prepend, #"[{"text":"A"},{"text":"b"}]"#), (.replace, #"[{"text":"A"}]"#),
            (.default, #"[{"text":"b"}]"#),
        ]
    )
    func prompts(mode: SystemPrompt.Mode, wanted: String) throws {
        let settings = VersionSettings(systemPrompt: SystemPrompt(mode: mode, text: "A"))
        #expect(
            try sent(#"{"messages":[],"system":[{"text":"b"}]}"#, settings) == #"{"messages":[],"system":\#(wanted)}"#
        )
        #expect(try sent(#"{"messages":[]}"#, settings) == #"{"messages":[],"system":[{"text":"A"}]}"#)
    }

    @Test("whole answers are metered: usage beside the cached tokens, content, and none")
    func metered() throws {
        let text =
            #"{"output":{"message":{"content":[{"text":"a"}]}},"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":2,"cacheReadInputTokens":4}}"#
        for cut in 0...text.utf8.count {
            var meter = WholeMeter(.converse(.chat))
            let bytes = Array(text.utf8)
            for piece in [Array(bytes[..<cut]), Array(bytes[cut...])] { meter.feed(piece.span.bytes) }
            #expect(meter.fault == nil && meter.usage?.cachedInput == 4 && meter.usage?.freshInput == 3)
        }
        var empty = WholeMeter(.converse(.chat))
        let body = Array(#"{"message":"no"}"#.utf8)
        empty.feed(body.span.bytes)
        #expect(empty.fault == .empty && empty.usage == nil)
    }

    @Test("models stand in the path as one part")
    func paths() throws {
        let speech = try #require(Dialects().speech(.converse, at: .own))
        #expect(
            speech.path(of: .chat, model: "eu.amazon.nova-pro-v1:0", isStream: false)
                == "/model/eu.amazon.nova-pro-v1%3A0/converse"
        )
        #expect(speech.path(of: .chat, model: "a/b", isStream: true) == "/model/a%2Fb/converse-stream")
        #expect(speech.path(of: .embeddings, model: "a", isStream: false) == nil)
    }
}
