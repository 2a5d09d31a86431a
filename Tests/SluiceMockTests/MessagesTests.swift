// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Answers of the Messages API")
struct MessagesTests {
    private func ask(
        _ members: String = "",
        path: String = "/v1/messages",
        version: String? = "2026-10-21",
        model: String = "claude",
        settings: MockSettings = MockSettings()
    ) -> Reply {
        let cap = path == "/v1/messages" && !members.contains("max_tokens") ? #","max_tokens":500"# : ""
        let more = members.isEmpty ? "" : ",\(members)"
        let messages = members.contains("\"messages\"") ? "" : #","messages":[{"role":"user","content":"Hello"}]"#
        let body = "{\"model\":\"\(model)\"\(messages)\(cap)\(more)}"
        let planner = Planner(
            settings: settings,
            seed: 1,
            sequence: 1,
            now: Timestamp(milliseconds: 1_767_225_600_000),
            earlier: { _ in 0 }
        )
        var request = MockRequest(method: "POST", target: path, body: Array(body.utf8))
        request.anthropicVersion = version
        return planner.reply(to: request)
    }

    private func events(_ reply: Reply) throws -> [JSONValue] {
        try reply.bodyText.components(separatedBy: "\n\n").filter { !$0.isEmpty }.map { event in
            let lines = event.components(separatedBy: "\n")
            let data = try JSONValue(parsing: String(lines[1].dropFirst(6)))
            #expect(lines[0] == "event: \(data["type"]?.string ?? "")")
            return data
        }
    }

    @Test("a stream's pieces join to the whole answer, between its frames")
    func streamEqualsWhole() throws {
        let whole = try ask().json()
        #expect(whole["stop_reason"]?.string == "end_turn" && whole["type"]?.string == "message")
        let events = try events(ask("\"stream\":true"))
        #expect(events.first?["type"]?.string == "message_start" && events.last?["type"]?.string == "message_stop")
        let text = events.compactMap { $0["delta"]?["text"]?.string }.joined()
        #expect(text == whole["content"]?[0]?["text"]?.string)
        let end = events.first { $0["type"]?.string == "message_delta" }
        #expect(end?["usage"]?["output_tokens"] == whole["usage"]?["output_tokens"])
    }

    @Test("tools, cut answers and thinking have their blocks and reasons")
    func blocks() throws {
        let tools = #""tools":[{"name":"look","input_schema":{"type":"object","properties":{"q":{"type":"string"}}}}]"#
        let called = try ask(tools).json()
        #expect(called["stop_reason"]?.string == "tool_use" && called["content"]?[0]?["name"]?.string == "look")
        #expect(called["content"]?[0]?["input"]?.object != nil)
        let events = try events(ask(tools + ",\"stream\":true"))
        let json = events.compactMap { $0["delta"]?["partial_json"]?.string }.joined()
        #expect(try JSONValue(parsing: json) == called["content"]?[0]?["input"])
        let result =
            #""messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"t"}]},"#
            + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"42"}]}]"#
        #expect(try ask(tools + "," + result).json()["content"]?[0]?["type"]?.string == "text")
        #expect(try ask("\"max_tokens\":2").json()["stop_reason"]?.string == "max_tokens")
        var settings = MockSettings()
        settings.base.reasoningTokens = 9
        let thought = try ask(#""thinking":{"type":"adaptive"}"#, settings: settings).json()
        #expect(thought["content"]?[0]?["type"]?.string == "thinking" && thought["content"]?[0]?["signature"] != nil)
        #expect(thought["usage"]?["output_tokens_details"]?["thinking_tokens"]?.int == 9)
    }

    @Test("cached tokens stand beside the input's count")
    func usage() throws {
        var settings = MockSettings()
        settings.base.promptTokens = 100
        settings.base.cachedShare = 0.75
        let usage = try ask(settings: settings).json()["usage"]
        #expect(usage?["input_tokens"]?.int == 25 && usage?["cache_read_input_tokens"]?.int == 75)
        let counted = try ask(path: "/v1/messages/count_tokens", settings: settings).json()
        #expect(counted["input_tokens"]?.int == 100)
    }

    @Test(
        "what is wrong is refused in the dialect's shape",
        arguments: [
            (#""max_tokens":0"#, 400), (#""messages":[]"#, 400),
            (#""messages":[{"role":"tool","content":"x"}]"#, 400),
            (#""temperature":1"#, 400), (#""tool_choice":{"type":"tool","name":"x"}"#, 400),
        ]
    )
    func refused(members: String, status: Int) throws {
        let reply = ask(members)
        #expect(reply.status == status)
        let body = try reply.json()
        #expect(body["type"]?.string == "error" && body["error"]?["type"]?.string == "invalid_request_error")
    }

    @Test("old versions take a temperature; without a version nothing is served")
    func versions() {
        #expect(ask(#""temperature":1"#, version: "2023-06-01").status == 200)
        #expect(ask(version: nil).status == 400)
        #expect(ask("\"max_tokens\":5", path: "/v1/messages/count_tokens").status == 400)
    }

    @Test("faults by name are those of chat, in the dialect's words")
    func faults() throws {
        #expect(try ask(model: "mock-error-529").json()["error"]?["type"]?.string == "overloaded_error")
        let late = ask("\"stream\":true", model: "mock-error-in-stream-2").bodyText
        #expect(late.contains("event: error\ndata: {\"type\":\"error\"") && !late.contains("message_stop"))
        let cut = ask("\"stream\":true", model: "mock-cut-2").bodyText
        #expect(!cut.contains("message_stop") && !cut.contains("message_delta"))
        #expect(!ask("\"stream\":true", model: "mock-no-done").bodyText.contains("message_stop"))
        #expect(!ask("\"stream\":true", model: "mock-no-usage").bodyText.contains("\"usage\""))
        let odd = ask("\"stream\":true", model: "mock-odd").bodyText
        #expect(odd.hasPrefix(": odd\r\nid: 7\r\nevent: message_start\r\n"))
    }
}
