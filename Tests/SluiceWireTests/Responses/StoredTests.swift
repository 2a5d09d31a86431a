// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("What providers keep")
struct StoredTests {
    private static let metering = Dialects().metering(Outcome.Endpoint(.openai, .stored)) ?? .responses

    private struct Read {
        var id: String
        var isUnderWay: Bool
        var fault: ErrorClass?
        var usage: Usage?
    }

    private func whole(_ text: String, _ metering: AnswerMetering, cutAt cut: Int? = nil) -> Read {
        var meter = WholeMeter(metering)
        let bytes = [UInt8](text)
        let cut = cut ?? bytes.count
        let (first, second) = (Array(bytes[..<cut]), Array(bytes[cut...]))
        meter.feed(first.span.bytes)
        meter.feed(second.span.bytes)
        return Read(id: meter.id.text, isUnderWay: meter.isUnderWay, fault: meter.fault, usage: meter.usage)
    }

    @Test("the id of a whole answer is read, wherever the pieces end")
    func wholeID() {
        let text =
            #"{"object":"response","id" : "resp_12-ab","status":"queued","output":[{"id":"other"}],"usage":null}"#
        for cut in 0...text.utf8.count {
            let read = whole(text, .responses, cutAt: cut)
            #expect(read.id == "resp_12-ab" && read.isUnderWay && read.fault == nil, "cut at \(cut)")
        }
        #expect(whole(#"{"id":"\#(String(repeating: "a", count: 300))","output":[1]}"#, .responses).id.isEmpty)
        #expect(whole(#"{"id":7,"output":[1]}"#, .responses).id.isEmpty)
        #expect(!whole(#"{"id":"a","status":"completed","output":[1]}"#, .responses).isUnderWay)
    }

    @Test("the id of a stream is read from its first event")
    func streamID() {
        let stream = [UInt8](ResponseEvents.stream)
        for cut in 0...stream.count {
            let tap = MeterTap.read(stream, cutAt: cut, hidesUsage: false, .responses)
            #expect(!tap.id.isEmpty, "cut at \(cut)")
        }
        let begun = MeterTap(.responses, hidesUsage: false)
        begun.feed([UInt8](ResponseEvents.created))
        #expect(!begun.id.isEmpty)
    }

    @Test("what is told again is no failure, whatever it says, and its usage is read")
    func toldAgain() {
        let failed = #"{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"x"},"output":[]}"#
        #expect(whole(failed, Self.metering).fault == nil)
        #expect(whole("", Self.metering).fault == nil && whole("not json", Self.metering).fault == nil)
        let done = #"{"id":"resp_1","output":[{}],"usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15}}"#
        #expect(whole(done, Self.metering).usage == Usage(freshInput: 10, output: 5))
    }

    @Test("a request is kept unless it says that it is not to be")
    func kept() throws {
        func isKept(_ text: String, _ operation: SluiceCore.Operation = .responses) throws -> Bool {
            let body = [UInt8](text)
            return try RequestReading.openai.facts(of: body.span.bytes, for: operation).isKept
        }
        #expect(try isKept(#"{"model":"m","input":"x"}"#))
        #expect(try isKept(#"{"model":"m","input":"x","store":true}"#))
        #expect(try isKept(#"{"model":"m","input":"x","store":null}"#))
        #expect(try !isKept(#"{"model":"m","store" : false,"input":"x"}"#))
        #expect(try isKept(#"{"model":"m","input":"x"}"#, .compact))
        #expect(try !isKept(#"{"model":"m","input":"x","store":true}"#, .countTokens))
        #expect(try !isKept(#"{"model":"m","messages":[],"store":true}"#, .chat))
        #expect(throws: Refusal.self) { try isKept(#"{"model":"m","store":false,"store":true}"#) }
    }

    @Test("paths over what is kept are told from all others")
    func paths() throws {
        func find(_ path: String) -> StoredPath? {
            if case .stored(let endpoint, let stored)? = Dialects().find(Substring(path)) {
                #expect(endpoint == Outcome.Endpoint(.openai, .stored))
                return stored
            }
            return nil
        }
        for prefix in ["", "/v1", "/openai", "/openai/v1"] {
            let response = try #require(find("\(prefix)/responses/resp_1-a"))
            #expect(response.path == "/responses/resp_1-a" && response.id == "resp_1-a")
            #expect(response.kind == .response && response.allowed == "GET, DELETE")
            #expect(find("\(prefix)/conversations")?.id == nil && find("\(prefix)/conversations")?.allowed == "POST")
            #expect(find("\(prefix)/conversations/c/items/i")?.id == "c")
        }
        for path in [
            "/v1/responses", "/v1/responses/", "/v1/responses/input_tokens", "/v1/responses/compact",
            "/v1/responses/a.b",
            "/v1/responses/%61", "/v1/responses/a/b", "/v1/responses/a/cancel/b", "/v1/conversations/a/b",
            "/v1/conversationsx",
            "/anthropic/v1/responses/a", "/v1/responses/\(String(repeating: "a", count: 257))",
        ] {
            #expect(find(path) == nil, "\(path)")
        }
    }
}
