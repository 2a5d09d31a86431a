// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceWire

@Suite("Batches and lists")
struct BatchTests {
    private static let lines = [
        #"{"custom_id":"a","result":{"type":"succeeded","message":{"id":"m","usage":{"input_tokens":10,"#
            + #""cache_read_input_tokens":4,"output_tokens":3,"service_tier":"batch"}}}}"#,
        #"{"custom_id":"b","result":{"type":"errored","error":{"type":"error"}}}"#,
        #"{"result":{"message":{"usage":{"output_tokens":5,"input_tokens":1},"id":"m"}},"custom_id":"c"}"#,
    ]

    private struct Read: Equatable {
        var usage: Usage?
        var id: String
        var isUnderWay: Bool
    }

    private func read(_ text: String, _ dialect: Dialect, cutAt cut: Int? = nil) -> Read {
        var meter = WholeMeter(Dialects().metering(Outcome.Endpoint(dialect, .batches)) ?? .standard)
        let bytes = [UInt8](text)
        let cut = cut ?? bytes.count
        let (first, second) = (Array(bytes[..<cut]), Array(bytes[cut...]))
        meter.feed(first.span.bytes)
        meter.feed(second.span.bytes)
        #expect(meter.fault == nil)
        return Read(usage: meter.usage, id: meter.id.text, isUnderWay: meter.isUnderWay)
    }

    @Test("the results of a batch are added up, wherever their pieces end")
    func results() {
        let wanted = Usage(freshInput: 11, cachedInput: 4, output: 8, servedAs: ["batch"])
        for end in ["", "\n", "\r\n\n"] {
            let text = Self.lines.joined(separator: "\n") + end
            for cut in 0...text.utf8.count { #expect(read(text, .anthropic, cutAt: cut).usage == wanted) }
        }
        let damaged = Self.lines[0] + "\n{\"result\":{\"mess\n"
        #expect(read(damaged, .anthropic).usage?.isEstimated == true)
        #expect(read(Self.lines[1], .anthropic).usage == nil && read("", .anthropic).usage == nil)
    }

    @Test("a batch has cost nothing that is known before it is done")
    func underWay() {
        func batch(_ status: String) -> String {
            #"{"id":"batch_1","status":"\#(status)","usage":{"input_tokens":10,"output_tokens":3,"total_tokens":13}}"#
        }
        for status in ["validating", "in_progress", "finalizing", "cancelling"] {
            for cut in 0...batch(status).utf8.count {
                #expect(read(batch(status), .openai, cutAt: cut) == Read(id: "batch_1", isUnderWay: true))
            }
        }
        for status in ["completed", "failed", "expired", "cancelled"] {
            let usage = Usage(freshInput: 10, output: 3, servedAs: ["batch"])
            #expect(read(batch(status), .openai) == Read(usage: usage, id: "batch_1", isUnderWay: false))
        }
        let messages = #"{"id":"msgbatch_1","processing_status":"in_progress"}"#
        for cut in 0...messages.utf8.count {
            #expect(read(messages, .anthropic, cutAt: cut) == Read(id: "msgbatch_1", isUnderWay: true))
        }
    }

    @Test("a list shows what is its caller's, and results lie at a path of the relay's")
    func lists() {
        func shown(_ text: String, isList: Bool = true) -> String? {
            let body = [UInt8](text)
            return StoredAnswer.shown(body.span.bytes, isList: isList) { $0.hasPrefix("own") }.map(\.text)
        }
        let list = #"{"object":"list","data":[{"id":"own1"}, {"id":"his"},{"x":1,"id":"own2"},7],"has_more":false}"#
        #expect(shown(list) == #"{"object":"list","data":[{"id":"own1"},{"x":1,"id":"own2"}],"has_more":false}"#)
        #expect(shown(list, isList: false) == list)
        #expect(shown(#"{"data":[{"id":"his"}],"data":[{"id":"his"}]}"#) == #"{"data":[],"data":[]}"#)
        #expect(shown(#"{"d\u0061ta":[{"id":"his"}]}"#) == #"{"d\u0061ta":[]}"#)
        // Ids of what is another's are told nowhere.
        let page =
            #"{"first_id":"his1","data":[{"id":"his1"},{"id":"own1"},{"id":"own2"},{"id":"his2"}],"last_id":"his2"}"#
        #expect(shown(page) == #"{"first_id":"own1","data":[{"id":"own1"},{"id":"own2"}],"last_id":"own2"}"#)
        #expect(
            shown(#"{"data":[{"id":"his"}],"last_id":"his","first_id":"his","has_more":true}"#)
                == #"{"data":[],"last_id":null,"first_id":null,"has_more":true}"#
        )
        #expect(shown(#"{"data":[],"first_id":null}"#) == #"{"data":[],"first_id":null}"#)
        let url = #""results_url":"https://api.example.com/v1/messages/batches/own1/results""#
        let path = #""results_url":"/v1/messages/batches/own1/results""#
        #expect(shown(#"{"id":"own1",\#(url),"a":1}"#, isList: false) == #"{"id":"own1",\#(path),"a":1}"#)
        #expect(shown(#"{"data":[{"id":"own1",\#(url)}]}"#) == #"{"data":[{"id":"own1",\#(path)}]}"#)
        for text in ["", "[]", "no", "{\"data\":["] { #expect(shown(text) == nil) }
    }

    @Test("further things that an answer names are found, in lists as well")
    func further() {
        func ids(_ text: String) -> [String] {
            let body = [UInt8](text)
            return StoredAnswer.furtherIDs(body.span.bytes)
        }
        #expect(ids(#"{"id":"b","output_file_id":"o","error_file_id":"e","input_file_id":"i"}"#) == ["o", "e"])
        #expect(ids(#"{"output_file_id":null,"file":{"id":"f"}}"#) == ["f"])
        #expect(ids(#"{"data":[{"output_file_id":"o"},{"output_file_id":""},{}]}"#) == ["o"])
        #expect(ids("no") == [])
    }

    @Test("paths over files, uploads and batches are told apart, and from each other's dialect")
    func paths() throws {
        func find(_ path: String, _ fields: String...) -> (Outcome.Endpoint, StoredPath)? {
            if case .stored(let endpoint, let stored)? = Dialects().find(Substring(path), says: fields.contains) {
                return (endpoint, stored)
            }
            return nil
        }
        for (path, operation, allowed) in [
            ("/v1/files", SluiceCore.Operation.files, "GET, POST"), ("/v1/files/f", .files, "GET, DELETE"),
            ("/openai/v1/files/f/content", .files, "GET"), ("/v1/uploads", .files, "POST"),
            ("/v1/uploads/u/parts", .files, "POST"), ("/v1/uploads/u/complete", .files, "POST"),
            ("/v1/batches", .batches, "GET, POST"), ("/v1/batches/b", .batches, "GET"),
            ("/v1/batches/b/cancel", .batches, "POST"),
        ] {
            let found = try #require(find(path), "\(path)")
            #expect(found.0 == Outcome.Endpoint(.openai, operation) && found.1.allowed == allowed)
            #expect(!found.1.path.hasPrefix("/v1"))
        }
        for (path, operation, allowed) in [
            ("/anthropic/v1/files", SluiceCore.Operation.files, "GET, POST"),
            ("/anthropic/v1/files/f/content", .files, "GET"), ("/v1/messages/batches", .batches, "GET, POST"),
            ("/v1/messages/batches/b", .batches, "GET, DELETE"), ("/v1/messages/batches/b/cancel", .batches, "POST"),
            ("/v1/messages/batches/b/results", .batches, "GET"),
        ] {
            let found = try #require(find(path), "\(path)")
            #expect(found.0 == Outcome.Endpoint(.anthropic, operation) && found.1.allowed == allowed)
            #expect(found.1.path.hasPrefix("/v1/"))
        }
        #expect(find("/v1/files/f", "anthropic-version")?.0.dialect == .anthropic)
        for path in [
            "/v1/uploads/u", "/v1/files/f/content/x", "/v1/files/f.g", "/v1/messages/batches/b/x",
            "/v1/batches/b/results",
            "/anthropic/v1/batches",
        ] {
            #expect(find(path) == nil, "\(path)")
        }
    }
}
