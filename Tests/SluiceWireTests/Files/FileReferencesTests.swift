// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceWire

@Suite("Files that requests name")
struct FileReferencesTests {
    private func files(_ text: String, _ reading: RequestReading, _ operation: SluiceCore.Operation) throws -> [String]
    {
        let body = [UInt8](text)
        return try reading.facts(of: body.span.bytes, for: operation).fileIDs(in: body.span.bytes)
    }

    private func batch(_ text: String) -> [String]? {
        let body = [UInt8](text)
        return FileReferences.ofBatch(body.span.bytes)
    }

    @Test(
        "the parts of a chat, of a response and of a message that stand for a file are found",
        arguments: [
            #"{"role":"user","content":[{"type":"file","file":{"file_id":"F"}}]}"#,
            #"{"role":"user","content":[{"type":"file","file":{"fil\u0065_id":"F"}}]}"#,
            #"{"role":"user","content":[{"\u0074ype":"file","\u0066ile":{"file\u005Fid":"\u0046"}}]}"#,
        ]
    )
    func ofChat(message: String) throws {
        #expect(try files(#"{"model":"m","messages":[\#(message)]}"#, .openai, .chat) == ["F"])
    }

    @Test("those of the Responses API, in messages, results of tools and containers")
    func ofResponses() throws {
        let text = #"""
            {"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_id":"a"},
            {"file_id":"b","type":"input_image"}]},{"type":"function_call_output","output":[{"type":"input_file",
            "file_id":"c"}]},{"type":"input_file","file_id":"d"}],"tools":[{"type":"code_interpreter",
            "container":{"type":"auto","file_ids":["e","f"]}}]}
            """#
        #expect(try files(text, .openai, .responses) == ["a", "b", "c", "d", "e", "f"])
    }

    @Test("those of Anthropic's API, in sources, in contents of sources and of results")
    func ofMessages() throws {
        let text = #"""
            {"model":"m","max_tokens":1,"messages":[{"role":"user","content":[
            {"type":"document","source":{"type":"file","file_id":"a"}},{"type":"container_upload","file_id":"b"},
            {"type":"tool_result","content":[{"type":"image","source":{"file_id":"c","type":"file"}}]},
            {"type":"document","source":{"type":"content","content":[{"type":"image","source":{"file_id":"d"}}]}}]}]}
            """#
        #expect(try files(text, .anthropic, .chat) == ["a", "b", "c", "d"])
    }

    @Test(
        "what a tool or a model reads names none",
        arguments: [
            #"{"type":"tool_use","input":{"file_id":"x","source":{"file_id":"x"}}}"#,
            #"{"type":"text","text":"\"file_id\":\"x\""}"#, #"{"type":"text","file_id":"x"}"#,
            #"{"type":"input_file","file_id":7}"#, #"{"metadata":{"file":{"file_id":"x"}}}"#,
            #"{"parameters":{"type":"object","properties":{"file":{"file_id":"x"}}}}"#,
        ]
    )
    func none(part: String) throws {
        let messages = #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[\#(part)]}]}"#
        #expect(try files(messages, .anthropic, .chat) == [])
        #expect(try files(messages, .openai, .chat) == [])
    }

    @Test("more files than any request needs end with an id that nobody has")
    func many() throws {
        let parts = (0..<400).map { #"{"type":"input_file","file_id":"f\#($0)"}"# }.joined(separator: ",")
        let found = try files(#"{"model":"m","input":[{"content":[\#(parts)]}]}"#, .openai, .responses)
        #expect(found.count == FileReferences.most + 1 && found.last == "" && found.first == "f0")
    }

    @Test("a batch names its file, and those of its requests, however many it has")
    func batches() {
        #expect(batch(#"{"endpoint":"/v1/x","input_file_id":"a","metadata":{"input_file_id":"b"}}"#) == ["a"])
        #expect(batch(#"{"input_file_id":"a","input_\u0066ile_id":"b"}"#) == ["a", "b"])
        let plain = #"{"custom_id":"c","params":{"model":"m","messages":[{"role":"user","content":"x"}]}}"#
        let named = #"{"params":{"messages":[{"content":[{"source":{"type":"file","file_id":"z"}}]}]}}"#
        let requests = Array(repeating: plain, count: 20_000) + [named]
        #expect(batch(#"{"requests":[\#(requests.joined(separator: ","))]}"#) == ["z"])
        #expect(batch("{}") == [])
        for broken in ["", "[", "{\"a\":}", "{}x", #"{"input_file_id":"a""#] { #expect(batch(broken) == nil) }
    }

    @Test("any bytes give an answer")
    func anything() {
        var chance = SeededGenerator(seed: 8)
        let pieces = [
            "{", "}", "[", "]", ",", ":", #""file_id""#, #""file_ids""#, #""file""#, #""source""#, #""container""#,
            #""type""#, #""input_file""#, #""\u0066"#, "\"", "1", " ", "null", #""input""#,
        ]
        for _ in 0..<5_000 {
            let text = (0..<Int.random(in: 0..<30, using: &chance)).map { _ in
                pieces.randomElement(using: &chance) ?? ""
            }
            let body = [UInt8](text.joined())
            _ = FileReferences.ofBatch(body.span.bytes)
            #expect(FileReferences(of: body.span.bytes).ids.allSatisfy { $0.range.upperBound <= body.count })
        }
    }
}
