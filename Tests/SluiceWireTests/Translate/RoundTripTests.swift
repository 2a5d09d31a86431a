// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

/// What both dialects can say survives the way there and back; generated.
@Suite("Translated there and back")
struct RoundTripTests {
    /// Of each of the four seeds; `SLUICE_LONG=1` takes ten times as many, which is ten thousand for each test.
    private static let count = ProcessInfo.processInfo.environment["SLUICE_LONG"] == nil ? 250 : 2_500

    private let there = GoldenTests.Pair.all[0].translation
    private let back = GoldenTests.Pair.all[1].translation
    private let context = Translation.Context(created: 1_700_000_000, id: "id", asksForUsage: true)

    @Test("a request of OpenAI's dialect is the same byte for byte", arguments: 0..<4)
    func openAI(_ seed: UInt64) throws {
        var talk = Talk(seed)
        for _ in 0..<RoundTripTests.count {
            let body = Array(talk.openAI().utf8)
            let out = try there.request(body.span.bytes)
            #expect(out.dropped.isEmpty)
            let again = try back.request(out.body.span.bytes)
            guard again.body != body else { continue }
            Issue.record("\(body.text)\nbecame\n\(out.body.text)\nand then\n\(again.body.text)")
            return
        }
    }

    @Test("a request of Anthropic's dialect is the same byte for byte", arguments: 0..<4)
    func anthropic(_ seed: UInt64) throws {
        var talk = Talk(seed &+ 100)
        for _ in 0..<RoundTripTests.count {
            let body = Array(talk.anthropic().utf8)
            let out = try back.request(body.span.bytes)
            #expect(out.dropped.isEmpty)
            let again = try there.request(out.body.span.bytes)
            guard again.body != body else { continue }
            Issue.record("\(body.text)\nbecame\n\(out.body.text)\nand then\n\(again.body.text)")
            return
        }
    }

    @Test("an answer, whole and streamed, is the same", arguments: 0..<4)
    func answer(_ seed: UInt64) throws {
        var talk = Talk(seed &+ 200)
        for _ in 0..<RoundTripTests.count {
            let blocks = talk.blocks()
            let reason =
                blocks.contains { $0.contains("tool_use") } ? "tool_use" : talk.pick(["end_turn", "max_tokens"])
            let usage = talk.usage()
            let whole = Array(Talk.answer(blocks, reason, usage).utf8)
            let openAI = there.answer(whole.span.bytes, context) ?? []
            let again = back.answer(openAI.span.bytes, context) ?? []
            #expect(again == whole, "\(whole.text)\nbecame\n\(openAI.text)\nand then\n\(again.text)")

            let stream = Array(talk.stream(blocks, reason, usage).utf8)
            let cut = Int.random(in: 0...stream.count, using: &talk.random)
            let chunks = GoldenTests.Pair.stream([Array(stream[..<cut]), Array(stream[cut...])], by: there, context)
            let events = GoldenTests.Pair.stream([chunks], by: back, context)
            let told = try Told(events)
            #expect(
                told.blocks == blocks && told.reason == reason,
                "\(stream.text)\nbecame\n\(chunks.text)\n\(events.text)"
            )
            #expect(told.usage == usage)
            guard again == whole, told.blocks == blocks else { return }
        }
    }
}

/// What Gemini's dialect can say, too, and what callers of the Responses API get.
@Suite("Translated by way of Gemini, and for the Responses API")
struct FurtherTripTests {
    private static let count = ProcessInfo.processInfo.environment["SLUICE_LONG"] == nil ? 250 : 2_500

    private let context = Translation.Context(created: 1_700_000_000, id: "id", asksForUsage: true)

    private func translation(_ folder: String) -> Translation { GoldenTests.Pair.named(folder).translation }

    @Test("a request is the same byte for byte", arguments: 0..<4, ["OpenAI", "Anthropic"])
    func requests(_ seed: UInt64, _ caller: String) throws {
        let there = translation("\(caller)ToGemini")
        let back = translation("GeminiTo\(caller)")
        var talk = Talk(seed &+ 300, isForGemini: true)
        for _ in 0..<FurtherTripTests.count {
            let body = Array((caller == "OpenAI" ? talk.openAI() : talk.anthropic()).utf8)
            let out = try there.request(body.span.bytes)
            #expect(out.dropped.isEmpty)
            let isStream = body.text.contains(#""stream":true"#)
            let path = Translation.Path(model: "m", isStream: isStream)
            let again = try back.request(out.body.span.bytes, at: path)
            guard again.body != body else { continue }
            Issue.record("\(body.text)\nbecame\n\(out.body.text)\nand then\n\(again.body.text)")
            return
        }
    }

    @Test("an answer, whole and streamed, is the same", arguments: 0..<4)
    func answers(_ seed: UInt64) throws {
        let there = translation("GeminiToAnthropic")
        let back = translation("AnthropicToGemini")
        let openAI = (direct: translation("OpenAIToAnthropic"), around: translation("OpenAIToGemini"))
        var talk = Talk(seed &+ 400, isForGemini: true)
        for _ in 0..<FurtherTripTests.count {
            let blocks = talk.blocks()
            let reason =
                blocks.contains { $0.contains("tool_use") } ? "tool_use" : talk.pick(["end_turn", "max_tokens"])
            let usage = talk.usage()
            let whole = Array(Talk.answer(blocks, reason, usage).utf8)
            let gemini = there.answer(whole.span.bytes, context) ?? []
            let again = back.answer(gemini.span.bytes, context) ?? []
            #expect(again == whole, "\(whole.text)\nbecame\n\(gemini.text)\nand then\n\(again.text)")
            let direct = openAI.direct.answer(whole.span.bytes, context) ?? []
            #expect(openAI.around.answer(gemini.span.bytes, context) ?? [] == direct)

            let stream = Array(talk.stream(blocks, reason, usage).utf8)
            let cut = Int.random(in: 0...stream.count, using: &talk.random)
            let pieces = [Array(stream[..<cut]), Array(stream[cut...])]
            let events = GoldenTests.Pair.stream(pieces, by: there, context)
            let told = try Told(GoldenTests.Pair.stream([events], by: back, context))
            #expect(told.blocks == blocks && told.reason == reason && told.usage == usage, "\(events.text)")
            guard again == whole, told.blocks == blocks else { return }
        }
    }

    @Test(
        "the Responses API asks a provider the same as a chat does",
        arguments: 0..<4,
        ["OpenAI", "Anthropic", "Gemini"]
    )
    func responses(_ seed: UInt64, _ provider: String) throws {
        var talk = Talk(seed &+ 500, isForGemini: true)
        let responses = translation("ResponsesTo\(provider)")
        for _ in 0..<FurtherTripTests.count {
            let (chat, body) = talk.both()
            let out = try responses.request(Array(body.utf8).span.bytes)
            #expect(out.dropped.isEmpty)
            let same =
                provider == "OpenAI"
                ? Array(chat.utf8) : try translation("OpenAITo\(provider)").request(Array(chat.utf8).span.bytes).body
            guard out.body != same else { continue }
            Issue.record("\(body)\nbecame\n\(out.body.text)\nand not\n\(same.text)")
            return
        }
    }

    @Test("a chat that goes to the Responses API comes back as it was", arguments: 0..<4)
    func toResponses(_ seed: UInt64) throws {
        var talk = Talk(seed &+ 900, isForGemini: true)
        let (there, back) = (translation("OpenAIToResponses"), translation("ResponsesToOpenAI"))
        for _ in 0..<FurtherTripTests.count {
            // No words end an answer there, and what is no tool is said to be none.
            let body = Array(
                talk.openAI().replacingOccurrences(of: #","stop":["END","a\\n"]"#, with: "").utf8
            )
            let out = try there.request(body.span.bytes)
            #expect(out.dropped.isEmpty && out.body.text.hasSuffix(#","store":false}"#))
            let again = try back.request(out.body.span.bytes).body.text.replacingOccurrences(
                of: #","strict":false}}]"#,
                with: "}}]"
            )
            guard again != body.text else { continue }
            Issue.record("\(body.text)\nbecame\n\(out.body.text)\nand then\n\(again)")
            return
        }
    }

    @Test(
        "a request is the same by way of a chat",
        arguments: 0..<4,
        ["AnthropicToResponses", "GeminiToResponses", "ResponsesToConverse"]
    )
    func aroundChats(_ seed: UInt64, _ folder: String) throws {
        var talk = Talk(seed &+ 1_100, isForGemini: true)
        let names = folder.components(separatedBy: "To")
        let direct = translation(folder)
        let (there, on) = (translation("\(names[0])ToOpenAI"), translation("OpenAITo\(names[1])"))
        var count = 0
        for _ in 0..<FurtherTripTests.count {
            let body: [UInt8] =
                switch names[0] {
                case "Anthropic": Array(talk.anthropic().utf8)
                case "Gemini": try translation("OpenAIToGemini").request(Array(talk.openAI().utf8).span.bytes).body
                default: Array(talk.both().responses.utf8)
                }
            let path = Translation.Path(model: "m", isStream: true)
            let straight = Result { () throws(Refusal) in try direct.request(body.span.bytes, at: path).body }
            let around = Result { () throws(Refusal) in
                let chat = try there.request(body.span.bytes, at: path).body
                return try on.request(chat.span.bytes, at: path).body
            }
            switch (straight, around) {
            case (.success(let straight), .success(let around)):
                count += 1
                guard straight != around else { continue }
                Issue.record("\(body.text)\nbecame\n\(straight.text)\nand\n\(around.text)")
                return
            case (.failure, .failure): continue
            default:
                Issue.record("\(body.text)\nwent one way only: \(straight), \(around)")
                return
            }
        }
        #expect(count > FurtherTripTests.count / 4)
    }

    @Test("a response, whole and streamed, says what the same answer of a chat says", arguments: 0..<4)
    func fromResponses(_ seed: UInt64) throws {
        var talk = Talk(seed &+ 1_000, isForGemini: true)
        // The relay's own writer of responses, which another test holds against answers of Anthropic's.
        let (there, back) = (translation("ResponsesToAnthropic"), translation("AnthropicToResponses"))
        for _ in 0..<FurtherTripTests.count {
            let blocks = talk.blocks()
            let reason =
                blocks.contains { $0.contains("tool_use") } ? "tool_use" : talk.pick(["end_turn", "max_tokens"])
            let usage = talk.usage()
            let whole = Array(Talk.answer(blocks, reason, usage).utf8)
            let response = there.answer(whole.span.bytes, context) ?? []
            let again = back.answer(response.span.bytes, context) ?? []
            #expect(again == whole, "\(whole.text)\nbecame\n\(response.text)\nand then\n\(again.text)")
            let stream = Array(talk.stream(blocks, reason, usage).utf8)
            let events = GoldenTests.Pair.stream([stream], by: there, context)
            let cut = Int.random(in: 0...events.count, using: &talk.random)
            let pieces = [Array(events[..<cut]), Array(events[cut...])]
            let told = try Told(GoldenTests.Pair.stream(pieces, by: back, context))
            #expect(told.blocks == blocks && told.reason == reason && told.usage == usage, "\(events.text)")
            guard again == whole, told.blocks == blocks else { return }
        }
    }

    @Test("a stream of the Responses API ends with what the whole answer says", arguments: 0..<4)
    func ends(_ seed: UInt64) throws {
        let translation = translation("ResponsesToAnthropic")
        var talk = Talk(seed &+ 600)
        for _ in 0..<FurtherTripTests.count {
            let blocks = talk.blocks()
            let reason =
                blocks.contains { $0.contains("tool_use") } ? "tool_use" : talk.pick(["end_turn", "max_tokens"])
            let usage = talk.usage()
            let whole = translation.answer(Array(Talk.answer(blocks, reason, usage).utf8).span.bytes, context) ?? []
            let stream = Array(talk.stream(blocks, reason, usage).utf8)
            let events = GoldenTests.Pair.stream([stream], by: translation, context).text.components(
                separatedBy: "\n\n"
            ).filter { !$0.isEmpty }
            var texts: [String: String] = [:]
            for (number, event) in events.enumerated() {
                let lines = event.split(separator: "\n")
                let data = try JSONValue(parsing: String(lines[1].dropFirst(6))).object
                #expect(lines[0] == "event: \(data?["type"]?.string ?? "")")
                #expect(data?["sequence_number"]?.int == Int64(number))
                let item = data?["item_id"]?.string ?? ""
                if let delta = data?["delta"]?.string { texts[item, default: ""] += delta }
                if lines[0].hasSuffix("_text.done") || lines[0].hasSuffix("arguments.done") {
                    #expect((data?["text"] ?? data?["arguments"])?.string == texts[item] ?? "")
                }
            }
            let last = events.last ?? ""
            let isWhole = last.contains(#""response":\#(whole.text)"#)
            #expect(isWhole, "\(last)\nand not\n\(whole.text)")
            #expect(
                events.filter { $0.contains("response.completed") || $0.contains("response.incomplete") }.count == 1
            )
            guard isWhole else { return }
        }
    }
}

/// Conversations by chance, written as the translator writes them.
struct Talk {
    var random: SeededGenerator
    /// Only what Gemini's dialect can say.
    private let isForGemini: Bool

    init(_ seed: UInt64, isForGemini: Bool = false) {
        random = SeededGenerator(seed: seed)
        self.isForGemini = isForGemini
    }

    mutating func pick<Element>(_ from: [Element]) -> Element {
        from[Int.random(in: 0..<from.count, using: &random)]
    }

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    /// A string of JSON with something in it.
    mutating func text() -> String {
        let parts = ["a", "Wort ", "\\n", "\\\"", "\\\\", "é", "😀", "{", "}", "data: ", "[DONE]", "/"]
        return "\"" + (0..<Int.random(in: 1...6, using: &random)).map { _ in pick(parts) }.joined() + "\""
    }

    mutating func object() -> String {
        let values = [text(), "12345678901234567890", "1.50", "true", "null", "[1,{\"b\":[]}]", "{}", "-1e5"]
        let members = (0..<Int.random(in: 0...3, using: &random)).map { "\"k\($0)\":" + pick(values) }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// An object inside of a string, escaped as the relay does it.
    static func quoted(_ json: String) -> String {
        var out = ""
        for scalar in json.unicodeScalars { out += scalar == "\"" || scalar == "\\" ? "\\\(scalar)" : "\(scalar)" }
        return "\"\(out)\""
    }

    // MARK: requests

    mutating func openAI() -> String {
        var all = [#""model":"m""#]
        if chance(2) { all.append(#""stream":true"#) }
        var messages: [String] = []
        if chance(2) { messages.append(#"{"role":"system","content":\#(text())}"#) }
        var calls = 0
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            messages.append(#"{"role":"user","content":\#(openAIParts())}"#)
            var ids: [String] = []
            repeat {
                ids = (0..<(chance(2) ? Int.random(in: 1...3, using: &random) : 0)).map { "\"call_\(calls + $0)\"" }
                calls += ids.count
                let content = ids.isEmpty || chance(2) ? text() : "null"
                var message = #"{"role":"assistant","content":\#(content)"#
                if !ids.isEmpty {
                    let list = ids.map {
                        #"{"id":\#($0),"type":"function","function":{"name":"f","arguments":\#(Talk.quoted(object()))}}"#
                    }
                    message += #","tool_calls":[\#(list.joined(separator: ","))]"#
                }
                messages.append(message + "}")
                for id in ids {
                    messages.append(#"{"role":"tool","tool_call_id":\#(id),"content":\#(chance(4) ? "\"\"" : text())}"#)
                }
            } while !ids.isEmpty
        }
        if chance(2) { messages.append(#"{"role":"user","content":\#(openAIParts())}"#) }
        all.append(#""messages":[\#(messages.joined(separator: ","))]"#)
        if chance(2) {
            let tool =
                #"{"type":"function","function":{"name":"f","description":\#(text()),"parameters":\#(object())}}"#
            all.append(#""tools":[\#(tool)]"#)
            if chance(2) {
                let named = #"{"type":"function","function":{"name":"f"}}"#
                all.append(#""tool_choice":\#(pick(["\"auto\"", "\"required\"", named]))"#)
                if !isForGemini, chance(2) { all.append(#""parallel_tool_calls":false"#) }
            } else if chance(3) {
                all.append(#""tool_choice":"none""#)
            }
        }
        all.append(#""max_completion_tokens":\#(pick(["1", "4096"]))"#)
        if chance(2) { all.append(#""temperature":\#(pick(["0", "0.70", "1", "1.0"]))"#) }
        if chance(3) { all.append(#""top_p":0.9"#) }
        if chance(3) { all.append(#""stop":["END","a\\n"]"#) }
        if chance(3) { all.append(#""reasoning_effort":"\#(effort("xhigh"))""#) }
        if chance(3) {
            let schema = #"{"name":"answer","schema":\#(object()),"strict":true}"#
            all.append(#""response_format":{"type":"json_schema","json_schema":\#(schema)}"#)
        }
        if !isForGemini, chance(3) { all.append(#""user":\#(text())"#) }
        if !isForGemini, chance(3) { all.append(#""service_tier":"\#(pick(["auto", "default"]))""#) }
        return "{" + all.joined(separator: ",") + "}"
    }

    private mutating func effort(_ most: String) -> String {
        pick(["low", "medium", "high"] + (isForGemini ? [] : [most]))
    }

    /// The same conversation as a chat and for the Responses API.
    mutating func both() -> (chat: String, responses: String) {
        var messages: [String] = []
        var items: [String] = []
        let system = chance(2) ? text() : nil
        if let system { messages.append(#"{"role":"system","content":\#(system)}"#) }
        var calls = 0
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let said = text()
            messages.append(#"{"role":"user","content":\#(said)}"#)
            items.append(
                chance(2)
                    ? #"{"role":"user","content":\#(said)}"#
                    : #"{"type":"message","role":"user","content":[{"type":"input_text","text":\#(said)}]}"#
            )
            let ids = (0..<(chance(2) ? Int.random(in: 1...3, using: &random) : 0)).map { "\"call_\(calls + $0)\"" }
            calls += ids.count
            let told = ids.isEmpty || chance(2) ? text() : nil
            var message = #"{"role":"assistant","content":\#(told ?? "null")"#
            if let told {
                items.append(#"{"role":"assistant","content":[{"type":"output_text","text":\#(told)}]}"#)
            }
            let uses = ids.map { id -> String in
                let arguments = Talk.quoted(object())
                items.append(#"{"type":"function_call","call_id":\#(id),"name":"f","arguments":\#(arguments)}"#)
                return #"{"id":\#(id),"type":"function","function":{"name":"f","arguments":\#(arguments)}}"#
            }
            if !uses.isEmpty { message += #","tool_calls":[\#(uses.joined(separator: ","))]"# }
            messages.append(message + "}")
            for id in ids {
                let result = text()
                messages.append(#"{"role":"tool","tool_call_id":\#(id),"content":\#(result)}"#)
                items.append(#"{"type":"function_call_output","call_id":\#(id),"output":\#(result)}"#)
            }
        }
        var chat = [#""model":"m""#, #""messages":[\#(messages.joined(separator: ","))]"#]
        var responses = [#""model":"m""#, #""input":[\#(items.joined(separator: ","))]"#]
        if let system { responses.append(#""instructions":\#(system)"#) }
        if chance(2) {
            let (about, schema) = (text(), object())
            let function = #""name":"f","description":\#(about),"parameters":\#(schema)"#
            chat.append(#""tools":[{"type":"function","function":{\#(function)}}]"#)
            responses.append(#""tools":[{"type":"function",\#(function)}]"#)
        }
        chat.append(#""max_completion_tokens":64"#)
        responses.append(#""max_output_tokens":64"#)
        if chance(2) {
            chat.append(#""temperature":0.5"#)
            responses.append(#""temperature":0.5"#)
        }
        if chance(3) {
            let effort = pick(["low", "medium", "high"])
            chat.append(#""reasoning_effort":"\#(effort)""#)
            responses.append(#""reasoning":{"effort":"\#(effort)"}"#)
        }
        if chance(3) {
            let schema = object()
            let inner = #""name":"answer","schema":\#(schema),"strict":true"#
            chat.append(#""response_format":{"type":"json_schema","json_schema":{\#(inner)}}"#)
            responses.append(#""text":{"format":{"type":"json_schema",\#(inner)}}"#)
        }
        return ("{" + chat.joined(separator: ",") + "}", "{" + responses.joined(separator: ",") + "}")
    }

    private mutating func openAIParts() -> String {
        guard chance(2) else { return text() }
        let parts = (0..<Int.random(in: 2...3, using: &random)).map { _ in
            switch Int.random(in: 0..<4, using: &random) {
            case 0: #"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"#
            case 1: #"{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}"#
            case 2: #"{"type":"file","file":{"filename":\#(text()),"file_data":"data:application/pdf;base64,AAAA"}}"#
            default: #"{"type":"text","text":\#(text())}"#
            }
        }
        return "[" + parts.joined(separator: ",") + "]"
    }

    mutating func anthropic() -> String {
        var all = [#""model":"m""#]
        if chance(2) { all.append(#""stream":true"#) }
        all.append(#""max_tokens":64"#)
        if chance(2) {
            all.append(
                #""system":\#(chance(2) ? text() : #"[{"type":"text","text":\#(text())},{"type":"text","text":"b"}]"#)"#
            )
        }
        var messages: [String] = []
        var calls = 0
        var ids: [String] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let results = ids.map { id -> String in
                let content =
                    chance(4)
                    ? "" : #","content":\#(isForGemini || chance(2) ? text() : "[\(block(text())),\(block(text()))]")"#
                return #"{"type":"tool_result","tool_use_id":\#(id)\#(content)}"#
            }
            let said = results.isEmpty || chance(2) ? anthropicBlocks() : []
            messages.append(#"{"role":"user","content":\#(Talk.content(results + said))}"#)
            ids = (0..<(chance(2) ? Int.random(in: 1...2, using: &random) : 0)).map { "\"toolu_\(calls + $0)\"" }
            calls += ids.count
            let texts = (0..<(ids.isEmpty || chance(2) ? Int.random(in: 1...2, using: &random) : 0)).map { _ in
                block(text())
            }
            let uses = ids.map { #"{"type":"tool_use","id":\#($0),"name":"f","input":\#(object())}"# }
            messages.append(#"{"role":"assistant","content":\#(Talk.content(texts + uses))}"#)
        }
        all.append(#""messages":[\#(messages.joined(separator: ","))]"#)
        if chance(2) {
            all.append(#""tools":[{"name":"f","description":\#(text()),"input_schema":\#(object())}]"#)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: all.append(#""tool_choice":{"type":"any"}"#)
            case 1:
                let once = isForGemini ? "" : #","disable_parallel_tool_use":true"#
                all.append(#""tool_choice":{"type":"tool","name":"f"\#(once)}"#)
            case 2: all.append(#""tool_choice":{"type":"none"}"#)
            default: break
            }
        }
        if chance(2) { all.append(#""temperature":0.5"#) }
        if chance(3) { all.append(#""top_p":0.9"#) }
        if chance(3) { all.append(#""stop_sequences":["END"]"#) }
        let format = chance(3) ? #""format":{"type":"json_schema","schema":\#(object())}"# : nil
        let isForced = all.contains {
            $0.hasPrefix(#""tool_choice":{"type":"any""#) || $0.hasPrefix(#""tool_choice":{"type":"tool""#)
        }
        let effort = chance(3) && !isForced ? #""effort":"\#(self.effort("max"))""# : nil
        if effort != nil { all.append(#""thinking":{"type":"adaptive"}"#) }
        let config = [effort, format].compactMap(\.self)
        if !config.isEmpty { all.append(#""output_config":{\#(config.joined(separator: ","))}"#) }
        if !isForGemini, chance(3) { all.append(#""metadata":{"user_id":\#(text())}"#) }
        if !isForGemini, chance(3) { all.append(#""service_tier":"\#(pick(["auto", "standard_only"]))""#) }
        return "{" + all.joined(separator: ",") + "}"
    }

    private func block(_ text: String) -> String { #"{"type":"text","text":\#(text)}"# }

    private mutating func anthropicBlocks() -> [String] {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in
            switch Int.random(in: 0..<5, using: &random) {
            case 0: #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}"#
            case 1: #"{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}"#
            case 2:
                #"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"},"title":\#(text())}"#
            default: block(text())
            }
        }
    }

    /// One text is a string.
    private static func content(_ blocks: [String]) -> String {
        let front = #"{"type":"text","text":"#
        if blocks.count == 1, blocks[0].hasPrefix(front) { return String(blocks[0].dropFirst(front.count).dropLast()) }
        return "[" + blocks.joined(separator: ",") + "]"
    }

    // MARK: answers

    mutating func blocks() -> [String] {
        var blocks: [String] = []
        if !isForGemini, chance(3) {
            blocks.append(#"{"type":"thinking","thinking":\#(text()),"signature":"Eq\#(blocks.count)=="}"#)
        }
        if !isForGemini, chance(6) { blocks.append(#"{"type":"redacted_thinking","data":"Em=="}"#) }
        let calls = chance(2) ? Int.random(in: 1...3, using: &random) : 0
        if calls == 0 || chance(2) { blocks.append(block(text())) }
        for index in 0..<calls {
            blocks.append(#"{"type":"tool_use","id":"toolu_\#(index)","name":"f","input":\#(object())}"#)
        }
        return blocks
    }

    mutating func usage() -> String {
        var counts = (0..<4).map { _ in Int.random(in: 1...9_999, using: &random) }
        if isForGemini { counts[1] = 0 }
        return #"{"input_tokens":\#(counts[0]),"cache_creation_input_tokens":\#(counts[1]),"#
            + #""cache_read_input_tokens":\#(counts[2]),"output_tokens":\#(counts[3])}"#
    }

    static func answer(_ blocks: [String], _ reason: String, _ usage: String) -> String {
        #"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":["#
            + blocks.joined(separator: ",")
            + #"],"stop_reason":"\#(reason)","stop_sequence":null,"usage":\#(usage)}"#
    }

    /// An answer as a stream, its texts cut by chance.
    mutating func stream(_ blocks: [String], _ reason: String, _ usage: String) -> String {
        var out = ""
        func put(_ type: String, _ rest: String) { out += "event: \(type)\ndata: {\"type\":\"\(type)\"\(rest)}\n\n" }
        put(
            "message_start",
            #","message":{"id":"msg_1","model":"claude","usage":{"input_tokens":1,"output_tokens":1}}"#
        )
        for (index, block) in blocks.enumerated() {
            guard let object = try? JSONValue(parsing: block).object, let type = object["type"]?.string else {
                continue
            }
            let start = Talk.start(type, block)
            put("content_block_start", #","index":\#(index),"content_block":\#(start)"#)
            var deltas: [String] = []
            switch type {
            case "text": deltas = pieces(object["text"]).map { #"{"type":"text_delta","text":\#($0)}"# }
            case "thinking":
                deltas = pieces(object["thinking"]).map { #"{"type":"thinking_delta","thinking":\#($0)}"# }
                deltas.append(#"{"type":"signature_delta","signature":\#(object["signature"]?.jsonText ?? "")}"#)
            case "tool_use":
                let input = String(block[(block.range(of: "\"input\":")?.upperBound ?? block.startIndex)...].dropLast())
                deltas = [#"{"type":"input_json_delta","partial_json":""}"#]
                if input != "{}" {
                    deltas += pieces(.string(input)).map { #"{"type":"input_json_delta","partial_json":\#($0)}"# }
                }
            default: break
            }
            for delta in deltas { put("content_block_delta", #","index":\#(index),"delta":\#(delta)"#) }
            put("content_block_stop", #","index":\#(index)"#)
        }
        put("message_delta", #","delta":{"stop_reason":"\#(reason)","stop_sequence":null},"usage":\#(usage)"#)
        put("message_stop", "")
        return out
    }

    private static func start(_ type: String, _ block: String) -> String {
        switch type {
        case "text": #"{"type":"text","text":""}"#
        case "thinking": #"{"type":"thinking","thinking":"","signature":""}"#
        case "tool_use": String(block[..<(block.range(of: "\"input\":")?.upperBound ?? block.endIndex)]) + "{}}"
        default: block
        }
    }

    mutating func pieces(_ value: JSONValue?) -> [String] {
        var rest = Substring(value?.string ?? "")
        var pieces: [String] = []
        while !rest.isEmpty {
            let count = Int.random(in: 1...8, using: &random)
            pieces.append(JSONValue.string(String(rest.prefix(count))).jsonText)
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}

/// What a stream of Anthropic's dialect told, put together as its callers do.
struct Told {
    var blocks: [String] = []
    var reason = ""
    var usage = ""
    private var open: (type: String, block: JSONObject, text: String, signature: String)?

    struct Broken: Error { var what: String }

    init(_ events: [UInt8]) throws {
        var starts = 0
        var isOver = false
        for event in events.text.components(separatedBy: "\n\n") where !event.isEmpty {
            guard let line = event.split(separator: "\n").last, line.hasPrefix("data: "), !isOver,
                let data = try JSONValue(parsing: String(line.dropFirst(6))).object, let type = data["type"]?.string,
                event.hasPrefix("event: \(type)\n")
            else { throw Broken(what: event) }
            switch type {
            case "message_start": starts += 1
            case "content_block_start":
                guard open == nil, data["index"]?.int == Int64(blocks.count), let block = data["content_block"]?.object
                else { throw Broken(what: event) }
                open = (block["type"]?.string ?? "", block, "", "")
            case "content_block_delta":
                guard data["index"]?.int == Int64(blocks.count), let delta = data["delta"]?.object else {
                    throw Broken(what: event)
                }
                open?.text += (delta["text"] ?? delta["thinking"] ?? delta["partial_json"])?.string ?? ""
                open?.signature += delta["signature"]?.string ?? ""
            case "content_block_stop":
                guard data["index"]?.int == Int64(blocks.count), open != nil else { throw Broken(what: event) }
                close()
            case "message_delta":
                reason = data["delta"]?.object?["stop_reason"]?.string ?? ""
                usage = data["usage"]?.jsonText ?? ""
            case "message_stop": isOver = true
            default: throw Broken(what: event)
            }
        }
        guard starts == 1, isOver, open == nil else { throw Broken(what: "starts \(starts), over \(isOver)") }
    }

    private mutating func close() {
        guard let open else { return }
        let text = Talk.plain(open.text)
        switch open.type {
        case "text": blocks.append(#"{"type":"text","text":\#(text)}"#)
        case "thinking": blocks.append(#"{"type":"thinking","thinking":\#(text),"signature":"\#(open.signature)"}"#)
        case "tool_use":
            let id = open.block["id"]?.string ?? ""
            let name = open.block["name"]?.string ?? ""
            let input = open.text.isEmpty ? "{}" : open.text
            blocks.append(#"{"type":"tool_use","id":"\#(id)","name":"\#(name)","input":\#(input)}"#)
        default: blocks.append(JSONValue.object(open.block).jsonText)
        }
        self.open = nil
    }
}

extension Talk {
    static func plain(_ text: String) -> String { JSONValue.string(text).jsonText }
}
