// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Faults byte by byte")
struct WireFaultTests {
    private func reply(_ fault: String, _ dialect: WireDialect, stream: Bool = true) throws -> Reply {
        FaultReply(
            fault: try #require(WireFault(fault), "\(fault) is a fault"),
            dialect: dialect,
            model: "m",
            isStream: stream,
            includesUsage: true,
            now: Timestamp(milliseconds: 784_111_777_000)
        ).reply(LogEntry(sequence: 1, time: Timestamp(nanoseconds: 0), requestID: nil, path: "/"))
    }

    private func bytes(_ reply: Reply) -> [UInt8] {
        reply.steps.flatMap { step -> [UInt8] in if case .write(let bytes, _) = step { bytes } else { [] } }
    }

    /// The body, its chunks taken apart; as much of it as is there.
    private func body(_ reply: Reply) -> [UInt8] {
        let all = bytes(reply)
        guard
            let end = (0..<max(0, all.count - 3)).first(where: {
                all[$0] == 13 && all[$0 + 2] == 13 && all[$0 + 3] == 10
            })
        else { return [] }
        var rest = all[(end + 4)...]
        guard String(decoding: all[..<end], as: UTF8.self).contains("chunked") else { return Array(rest) }
        var body: [UInt8] = []
        while let line = rest.firstIndex(of: 13),
            let size = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16),
            size > 0
        {
            rest = rest[(line + 2)...]
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        return body
    }

    @Test("a cut at byte n of the body lets exactly n bytes out, in every dialect", arguments: WireDialect.allCases)
    func cuts(_ dialect: WireDialect) throws {
        let whole = body(try reply("none", dialect))
        #expect(whole.count > 40 * 20)
        for cut in [0, 1, whole.count - 1] + Array(stride(from: 2, to: whole.count, by: 211)) {
            let reply = try reply("cut-\(cut)", dialect)
            #expect(body(reply) == Array(whole.prefix(cut)))
            #expect(reply.entry.usage == nil && reply.entry.ending == .cut)
            guard case .close? = reply.steps.last else {
                Issue.record("cut at \(cut) does not close")
                return
            }
        }
    }

    @Test("every form that the messages name can be read", arguments: WireFault.forms)
    func forms(_ text: String) { #expect(WireFault(text.hasSuffix("…") ? String(text.dropLast()) : text) != nil) }

    @Test(
        "what is no fault is refused",
        arguments: ["", "cut-", "cut-x", "cut--1", "status-99", "error", "retry-s", "slow", "none-1", "cut-1234567890"]
    )
    func wrong(_ text: String) { #expect(WireFault(text) == nil) }

    @Test("the date of a refusal is written as RFC 9110 writes it")
    func dates() {
        #expect(HTTPDate.text(seconds: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(seconds: 0) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.text(seconds: 1_709_210_096) == "Thu, 29 Feb 2024 12:34:56 GMT")
    }

    @Test(
        "each form of advice to wait leaves as its own header",
        arguments: [
            ("retry-ms-1500", "retry-after-ms: 1500"), ("retry-azure-9", "x-ms-retry-after-ms: 9"),
            ("retry-s-2", "retry-after: 2"), ("retry-date-5", "retry-after: Sun, 06 Nov 1994 08:49:42 GMT"),
            ("retry-past", "retry-after: Sun, 06 Nov 1994 07:49:37 GMT"), ("retry-huge", "retry-after: 1000000000"),
            ("retry-no", "x-should-retry: false"),
        ]
    )
    func advice(_ fault: String, _ header: String) throws {
        let text = String(decoding: bytes(try reply(fault, .chat)), as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 429 ") && text.contains("\r\n\(header)\r\n"))
    }

    @Test("a stream without its mark has none in any dialect, its framing whole", arguments: WireDialect.allCases)
    func noEnd(_ dialect: WireDialect) throws {
        let reply = try reply("no-end", dialect)
        let text = String(decoding: bytes(reply), as: UTF8.self)
        for mark in ["[DONE]", "message_stop", "response.completed", "finishReason", "\"finish_reason\":\"stop\""] {
            #expect(!text.contains(mark))
        }
        #expect(text.hasSuffix("0\r\n\r\n"))
        #expect(reply.entry.ending == .cut)
    }

    @Test("a good answer tells its usage in every dialect, whole and streamed", arguments: WireDialect.allCases)
    func good(_ dialect: WireDialect) throws {
        for stream in [true, false] {
            let reply = try reply("none", dialect, stream: stream)
            #expect(reply.entry.usage?.completion == 40 && reply.entry.ending == .complete)
            #expect(String(decoding: body(reply), as: UTF8.self).contains("40"))
        }
    }
}
