// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceHTTP
import Testing

@Suite("Request head gate")
struct RequestHeadRulesTests {
    /// A head as text: the first line, and header lines after it.
    static func text(_ line: String, _ headers: [String] = ["Host: a.example"]) -> String {
        ([line] + headers).map { $0 + "\r\n" }.joined() + "\r\n"
    }

    static func read(_ line: String, _ headers: [String] = ["Host: a.example"]) throws -> RequestHead {
        try RequestHeadRules.read(ByteBuffer(string: text(line, headers)))
    }

    static let host = "Host: a.example:4000"

    @Test("lets a plain request through and says how its body is framed")
    func plain() throws {
        let head = try Self.read("POST /v1/x?y=1 HTTP/1.1", [Self.host, "Content-Length: 12", "X-A:\t b \t"])
        #expect(head.framing == RequestFraming(body: .length(12), expectsContinue: false, keepsAlive: true))
        #expect(head.method == .POST && !head.isHTTP10 && head.uri == "/v1/x?y=1")
        let bytes = head.bytes.readableBytesUInt8Span
        let found = HeaderLines.first("x-a", of: bytes, head.lines)
        let text = found.map { String(copying: bytes.extracting($0)) }
        #expect(text == "b")
        let other = HeaderLines.first("x-b", of: bytes, head.lines)
        #expect(other == nil)
        let chunked = try Self.read("POST / HTTP/1.1", [Self.host, "Transfer-Encoding: Chunked"])
        #expect(chunked.framing.body == .chunked)
        #expect(try Self.read("GET / HTTP/1.1").framing.body == .none)
        #expect(try Self.read("GET / HTTP/1.1", [Self.host, "Content-Length: 0"]).framing.body == .none)
        let expecting = [Self.host, "Expect: 100-Continue", "Content-Length: 1"]
        #expect(try Self.read("POST / HTTP/1.1", expecting).framing.expectsContinue)
        #expect(try !Self.read("POST / HTTP/1.0", expecting).framing.expectsContinue)
    }

    @Test(
        "keeps a connection as its version and its field say",
        arguments: [
            ("GET / HTTP/1.1", nil, true), ("GET / HTTP/1.1", "close", false), ("GET / HTTP/1.1", "x, Close", false),
            ("GET / HTTP/1.0", nil, false), ("GET / HTTP/1.0", "Keep-Alive", true),
            ("GET / HTTP/1.0", "keep-alive, close", false),
        ]
    )
    func keepAlive(line: String, connection: String?, expected: Bool) throws {
        let headers = [Self.host] + (connection.map { ["Connection: \($0)"] } ?? [])
        #expect(try Self.read(line, headers).framing.keepsAlive == expected)
    }

    @Test("names every field with its value, in order")
    func fields() throws {
        let head = try Self.read("GET / HTTP/1.1", [Self.host, "A: 1", "b:", "C: \u{e9}\t2 "])
        var seen: [String] = []
        head.forEachField { name, value, place in
            seen.append("\(String(copying: name))=\(String(copying: value))")
            #expect(place.count == value.count)
        }
        #expect(seen == ["Host=a.example:4000", "A=1", "b=", "C=\u{e9}\t2"])
    }

    @Test(
        "takes targets and hosts that belong together",
        arguments: [
            ("/", "a.example"), ("/x?y=1", "[::1]:80"), ("/", "127.0.0.1:4000"), ("/", "a_b.example:"),
            ("http://a.example/x", "A.example"), ("https://a.example:1?x", "a.example:1"),
        ]
    )
    func goodTargets(uri: String, host: String) throws {
        _ = try Self.read("GET \(uri) HTTP/1.1", ["Host: \(host)"])
    }

    @Test(
        "refuses what could be read in two ways",
        arguments: [
            (text("POST / HTTP/1.1", []), HTTPProblem.Kind.malformed),
            (text("POST / HTTP/1.1", [host, host]), .malformed),
            (text("POST / HTTP/1.1", ["Host:"]), .malformed),
            (text("POST / HTTP/1.1", ["Host: a b"]), .malformed),
            (text("POST / HTTP/1.1", ["Host: user@a"]), .malformed),
            (text("POST / HTTP/1.1", ["Host: a/b"]), .malformed),
            (text("POST / HTTP/1.1", ["Host: a:port"]), .malformed),
            (text("POST / HTTP/1.1", ["Host: a:123456"]), .malformed),
            (text("POST / HTTP/1.1", ["Host: [::1"]), .malformed),
            (text("POST / HTTP/1.1", ["Host: [::1]x"]), .malformed),
            (text("POST / HTTP/1.1", ["Host: []"]), .malformed),
            (text("POST  HTTP/1.1"), .malformed),
            (text("POST x HTTP/1.1"), .malformed),
            (text("GET * HTTP/1.1"), .malformed),
            (text("GET http://b.example/ HTTP/1.1"), .malformed),
            (text("GET ftp://a.example/ HTTP/1.1"), .malformed),
            (text("GET /a b HTTP/1.1"), .malformed),
            (text("GET  / HTTP/1.1"), .malformed),
            (text("GET /  HTTP/1.1"), .malformed),
            (text(" GET / HTTP/1.1"), .malformed),
            (text("GET\t/ HTTP/1.1"), .malformed),
            (text("GET /\u{e9} HTTP/1.1"), .malformed),
            (text("GET /#f HTTP/1.1"), .malformed),
            (text("GET /" + String(repeating: "a", count: 8_192) + " HTTP/1.1"), .uriTooLong),
            (text("CONNECT a:1 HTTP/1.1"), .methodNotAllowed),
            (text("TRACE / HTTP/1.1"), .methodNotAllowed),
            (text("BREW / HTTP/1.1"), .methodNotAllowed),
            (text("get / HTTP/1.1"), .methodNotAllowed),
            (text("G(T / HTTP/1.1"), .malformed),
            (text("POST / HTTP/1.1", [host, "content-length: 1", "content-length: 1"]), .malformed),
            (text("POST / HTTP/1.1", [host, "content-length: 1, 1"]), .malformed),
            (text("POST / HTTP/1.1", [host, "content-length: +1"]), .malformed),
            (text("POST / HTTP/1.1", [host, "content-length: -1"]), .malformed),
            (text("POST / HTTP/1.1", [host, "content-length:"]), .malformed),
            (text("POST / HTTP/1.1", [host, "content-length: 1e3"]), .malformed),
            (text("POST / HTTP/1.1", [host, "content-length: 0x1"]), .malformed),
            (text("POST / HTTP/1.1", [host, "content-length: 1 2"]), .malformed),
            (text("POST / HTTP/1.1", [host, "content-length: 1234567890123456789"]), .malformed),
            (text("POST / HTTP/1.1", [host, "transfer-encoding: gzip, chunked"]), .malformed),
            (text("POST / HTTP/1.1", [host, "transfer-encoding: identity"]), .malformed),
            (text("POST / HTTP/1.1", [host, "transfer-encoding: chunked;q=1"]), .malformed),
            (text("POST / HTTP/1.1", [host, "transfer-encoding: chunked", "transfer-encoding: chunked"]), .malformed),
            (text("POST / HTTP/1.1", [host, "transfer-encoding: chunked", "content-length: 1"]), .malformed),
            (text("POST / HTTP/1.1", [host, "content-length: 1", "transfer-encoding: chunked"]), .malformed),
            (text("POST / HTTP/1.0", [host, "transfer-encoding: chunked"]), .malformed),
            (text("POST / HTTP/1.1", [host, "x: a\rb"]), .malformed),
            (text("POST / HTTP/1.1", [host, "x: a\0b"]), .malformed),
            (text("POST / HTTP/1.1", [host, "x: a\u{7f}b"]), .malformed),
            (text("POST / HTTP/1.1", [host, "x: a\nb: c"]), .malformed),
            (text("POST / HTTP/1.1", [host, " folded: x"]), .malformed),
            (text("POST / HTTP/1.1", [host, "x : y"]), .malformed),
            (text("POST / HTTP/1.1", [host, ": y"]), .malformed),
            (text("POST / HTTP/1.1", [host, "no colon"]), .malformed),
            (text("POST / HTTP/1.1", [host, "x\u{e9}: y"]), .malformed),
            (text("POST / HTTP/1.1", [host, "x: \(String(repeating: "y", count: 17_000))"]), .headersTooLarge),
            (text("POST / HTTP/1.1", [host] + Array(repeating: "x: y", count: 100)), .headersTooLarge),
            (text("POST / HTTP/1.1", [host, "content-encoding: gzip"]), .unsupportedEncoding),
            (text("POST / HTTP/1.1", [host, "expect: a miracle"]), .expectationFailed),
            (text("POST / HTTP/2.0"), .versionNotSupported),
            (text("PRI * HTTP/2.0", []), .versionNotSupported),
            (text("POST / HTTP/1.2"), .versionNotSupported),
            (text("POST / HTTP/1.10"), .versionNotSupported),
            (text("POST / http/1.1"), .malformed),
            (text("POST / XTTP/1.1"), .malformed),
            (text("POST /"), .malformed),
            ("\r\n", .malformed),
            ("", .malformed),
            ("POST / HTTP/1.1\r\nHost: a\r\n", .malformed),
            ("POST / HTTP/1.1\nHost: a\r\n\r\n", .malformed),
            ("POST / HTTP/1.1\r\nHost: a\n\r\n", .malformed),
        ]
    )
    func refusals(text: String, kind: HTTPProblem.Kind) throws {
        let problem = #expect(throws: HTTPProblem.self) { _ = try RequestHeadRules.read(ByteBuffer(string: text)) }
        #expect(problem?.kind == kind)
    }

    @Test("every byte that may not stand in a value is refused, wherever it stands")
    func values() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<20 {
                var value = [UInt8](repeating: 0x61, count: 20)
                value[place] = byte
                let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nx: ".utf8) + value + Array("\r\n\r\n".utf8)
                let isFine = (try? RequestHeadRules.read(ByteBuffer(bytes: bytes))) != nil
                #expect(isFine == (byte >= 0x20 && byte != 0x7F || byte == 0x09), "byte \(byte) at \(place)")
            }
        }
    }
}
