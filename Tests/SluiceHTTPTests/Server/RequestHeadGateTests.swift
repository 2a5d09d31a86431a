// SPDX-License-Identifier: Apache-2.0
import NIOHTTP1
import SluiceHTTP
import Testing

@Suite("Request head gate")
struct RequestHeadGateTests {
    static func head(
        _ method: HTTPMethod = .POST,
        _ uri: String = "/v1/chat/completions",
        _ headers: [(String, String)] = [("host", "a.example")],
        version: HTTPVersion = .http1_1
    ) -> HTTPRequestHead {
        HTTPRequestHead(version: version, method: method, uri: uri, headers: HTTPHeaders(headers))
    }

    static let host = ("Host", "a.example:4000")

    @Test("lets a plain request through and says how its body is framed")
    func plain() throws {
        let framing = try RequestHeadGate.check(Self.head(.POST, "/", [Self.host, ("Content-Length", "12")]))
        #expect(framing == RequestFraming(body: .length(12), expectsContinue: false, keepsAlive: true))
        let chunked = try RequestHeadGate.check(Self.head(.POST, "/", [Self.host, ("Transfer-Encoding", "Chunked")]))
        #expect(chunked.body == .chunked)
        #expect(try RequestHeadGate.check(Self.head(.GET, "/")).body == .none)
        let expecting = [Self.host, ("Expect", "100-Continue"), ("Content-Length", "1")]
        #expect(try RequestHeadGate.check(Self.head(.POST, "/", expecting)).expectsContinue)
        #expect(try !RequestHeadGate.check(Self.head(.GET, "/", [Self.host, ("Connection", "close")])).keepsAlive)
        #expect(try !RequestHeadGate.check(Self.head(.GET, "/", [], version: .http1_0)).keepsAlive)
    }

    @Test(
        "takes targets and hosts that belong together",
        arguments: [
            ("/", "a.example"), ("/x?y=1", "[::1]:80"), ("/", "127.0.0.1:4000"), ("/", "a_b.example:"),
            ("http://a.example/x", "A.example"), ("https://a.example:1?x", "a.example:1"),
        ]
    )
    func goodTargets(uri: String, host: String) throws {
        _ = try RequestHeadGate.check(Self.head(.GET, uri, [("host", host)]))
    }

    @Test(
        "refuses what could be read in two ways",
        arguments: [
            (head(.POST, "/", []), HTTPProblem.Kind.malformed),
            (head(.POST, "/", [host, host]), .malformed),
            (head(.POST, "/", [("host", "")]), .malformed),
            (head(.POST, "/", [("host", "a b")]), .malformed),
            (head(.POST, "/", [("host", "user@a")]), .malformed),
            (head(.POST, "/", [("host", "a/b")]), .malformed),
            (head(.POST, "/", [("host", "a:port")]), .malformed),
            (head(.POST, "/", [("host", "a:123456")]), .malformed),
            (head(.POST, "/", [("host", "[::1")]), .malformed),
            (head(.POST, "/", [("host", "[::1]x")]), .malformed),
            (head(.POST, "", [host]), .malformed),
            (head(.POST, "x", [host]), .malformed),
            (head(.GET, "*", [host]), .malformed),
            (head(.GET, "http://b.example/", [host]), .malformed),
            (head(.GET, "ftp://a.example:4000/", [host]), .malformed),
            (head(.GET, "/a b", [host]), .malformed),
            (head(.GET, "/\u{e9}", [host]), .malformed),
            (head(.GET, "/#f", [host]), .malformed),
            (head(.GET, "/" + String(repeating: "a", count: 8_192), [host]), .uriTooLong),
            (head(.CONNECT, "a:1", [host]), .methodNotAllowed),
            (head(.TRACE, "/", [host]), .methodNotAllowed),
            (head(.RAW(value: "BREW"), "/", [host]), .methodNotAllowed),
            (head(.POST, "/", [host, ("content-length", "1"), ("content-length", "1")]), .malformed),
            (head(.POST, "/", [host, ("content-length", "1, 1")]), .malformed),
            (head(.POST, "/", [host, ("content-length", "+1")]), .malformed),
            (head(.POST, "/", [host, ("content-length", "-1")]), .malformed),
            (head(.POST, "/", [host, ("content-length", "")]), .malformed),
            (head(.POST, "/", [host, ("content-length", "1e3")]), .malformed),
            (head(.POST, "/", [host, ("content-length", "1234567890123456789")]), .malformed),
            (head(.POST, "/", [host, ("transfer-encoding", "gzip, chunked")]), .malformed),
            (head(.POST, "/", [host, ("transfer-encoding", "identity")]), .malformed),
            (head(.POST, "/", [host, ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")]), .malformed),
            (head(.POST, "/", [host, ("transfer-encoding", "chunked"), ("content-length", "1")]), .malformed),
            (head(.POST, "/", [host, ("transfer-encoding", "chunked")], version: .http1_0), .malformed),
            (head(.POST, "/", [host, ("x", "a\rb")]), .malformed),
            (head(.POST, "/", [host, ("x", "a\0b")]), .malformed),
            (head(.POST, "/", [host, ("content-encoding", "gzip")]), .unsupportedEncoding),
            (head(.POST, "/", [host, ("expect", "a miracle")]), .expectationFailed),
            (head(.POST, "/", [host], version: HTTPVersion(major: 2, minor: 0)), .versionNotSupported),
            (head(.POST, "/", [host], version: HTTPVersion(major: 1, minor: 2)), .versionNotSupported),
        ]
    )
    func refusals(head: HTTPRequestHead, kind: HTTPProblem.Kind) throws {
        let problem = #expect(throws: HTTPProblem.self) { try RequestHeadGate.check(head) }
        #expect(problem?.kind == kind)
    }
}
