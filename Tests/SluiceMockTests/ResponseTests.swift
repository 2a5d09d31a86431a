// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Answers of the Responses API")
struct ResponseTests {
    private func ask(_ members: String) -> String { "{\"model\":\"any\",\(members)}" }

    private func plan(_ body: String, path: String = "/v1/responses") -> Reply {
        SluiceMockTests.plan(body, path: path)
    }

    private func text(_ response: JSONValue) -> String {
        (response["output"]?.array ?? []).flatMap { $0["content"]?.array ?? [] }
            .compactMap { $0["text"]?.string }.joined()
    }

    @Test("a stream's pieces join to the whole answer, and its last event says it again, with usage and no [DONE]")
    func stream() throws {
        let whole = try plan(ask("\"input\":\"Hello\"")).json()
        let reply = plan(ask("\"input\":[{\"role\":\"user\",\"content\":\"Hello\"}],\"stream\":true"))
        let events = try reply.events()
        #expect(events.compactMap { $0["delta"]?.string }.joined() == text(whole))
        #expect(events.enumerated().allSatisfy { $1["sequence_number"]?.int == Int64($0) })
        #expect(events.first?["type"]?.string == "response.created")
        let last = try #require(events.last)
        #expect(last["type"]?.string == "response.completed" && text(last["response"] ?? .null) == text(whole))
        #expect(last["response"]?["usage"] == whole["usage"] && whole["usage"]?["output_tokens"]?.int ?? 0 > 0)
    }

    @Test("functions are called, wherever they stand, and their output is answered in words")
    func tools() throws {
        let tool = "{\"type\":\"function\",\"name\":\"shell\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}"
        for place in [
            "\"input\":\"run\",\"tools\":[\(tool)]",
            "\"input\":[{\"type\":\"additional_tools\",\"role\":\"developer\",\"tools\":[\(tool)]},{\"role\":\"user\",\"content\":\"run\"}]",
        ] {
            let answer = try plan(ask(place)).json()
            #expect(answer["output"]?[0]?["type"]?.string == "function_call")
            #expect(answer["output"]?[0]?["name"]?.string == "shell")
        }
        let told =
            "\"tools\":[\(tool)],\"input\":[{\"role\":\"user\",\"content\":\"run\"},"
            + "{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"done\"}]"
        #expect(try plan(ask(told)).json()["output"]?[0]?["type"]?.string == "message")
    }

    @Test("a cap on output makes it incomplete")
    func incomplete() throws {
        let answer = try plan(ask("\"input\":\"Hello\",\"max_output_tokens\":3")).json()
        #expect(answer["status"]?.string == "incomplete" && answer["usage"]?["output_tokens"]?.int == 3)
        let events = try plan(ask("\"input\":\"Hello\",\"max_output_tokens\":3,\"stream\":true")).events()
        #expect(events.last?["type"]?.string == "response.incomplete")
    }

    @Test("counts and compactions, and what is wrong")
    func beside() throws {
        let count = try plan(ask("\"input\":\"Hello\""), path: "/v1/responses/input_tokens").json()
        #expect(count["input_tokens"]?.int ?? 0 > 0)
        let compact = try plan(ask("\"input\":\"Hello\""), path: "/v1/responses/compact").json()
        #expect(compact["output"]?[0]?["type"]?.string == "compaction")
        #expect(plan(ask("\"x\":1")).status == 400)
    }
}
