// SPDX-License-Identifier: Apache-2.0
import SluiceHTTP
import SluiceTestKit
import Testing

@Suite("Extensions and trailers of callers' chunks")
struct ChunkRulesTests {
    private static let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

    /// The answer to a body in chunks.
    private func status(_ body: String) async throws -> Int {
        var status = 0
        try await HTTPServerTests.with { server in
            let port = server.port
            status = try await offload {
                let socket = try RawSocket.connect(port: port)
                defer { socket.close() }
                socket.send(Self.head + body)
                return RawAnswer(socket.receiveAll()).status
            }
        }
        return status
    }

    @Test(
        "what RFC 9112 allows is read",
        arguments: [
            "3;a\r\nabc\r\n0\r\n\r\n", "3;a=b\r\nabc\r\n0;c\r\n\r\n", "3;a=b;c;d=e\r\nabc\r\n0\r\n\r\n",
            "3;a=\"b c;\\\" \"\r\nabc\r\n0\r\n\r\n", "3;a=\"\"\r\nabc\r\n0\r\n\r\n",
            "3\r\nabc\r\n0\r\nX: y\r\nZ:\r\n\r\n",
            "3\r\nabc\r\n0\r\nX-Checksum: \u{E9} b\tc\r\n\r\n",
        ]
    )
    func allowed(body: String) async throws {
        #expect(try await status(body) == 200)
    }

    @Test(
        "what breaks the rules for heads is refused here too",
        arguments: [
            "3;\r\nabc\r\n0\r\n\r\n", "3;;a\r\nabc\r\n0\r\n\r\n", "3; a\r\nabc\r\n0\r\n\r\n",
            "3;a b\r\nabc\r\n0\r\n\r\n",
            "3;a=\r\nabc\r\n0\r\n\r\n", "3;=b\r\nabc\r\n0\r\n\r\n", "3;a=b=c\r\nabc\r\n0\r\n\r\n",
            "3;a@\r\nabc\r\n0\r\n\r\n", "3;a=\"b\r\nabc\r\n0\r\n\r\n", "3;a=\"b\"c\r\nabc\r\n0\r\n\r\n",
            "3;a\0\r\nabc\r\n0\r\n\r\n", "3;a=\"\0\"\r\nabc\r\n0\r\n\r\n", "3;a\rb\r\nabc\r\n0\r\n\r\n",
            "3;a\nabc\r\n0\r\n\r\n", "3;a=\"\\\0\"\r\nabc\r\n0\r\n\r\n", "3;a\u{E9}\r\nabc\r\n0\r\n\r\n",
            "0\r\nX\r\n\r\n", "0\r\n: y\r\n\r\n", "0\r\nX : y\r\n\r\n", "0\r\nX: y\r\n folded\r\n\r\n",
            "0\r\n X: y\r\n\r\n",
            "0\r\nX: y\n\r\n", "0\r\nX: a\rb\r\n\r\n", "0\r\nX: \0\r\n\r\n", "0\r\nX\0: y\r\n\r\n",
            "0\r\nX@: y\r\n\r\n",
            "0\r\nX: \u{7F}\r\n\r\n", "0\r\nContent-Length: 3\r\n\r\n", "0\r\ntransfer-encoding: chunked\r\n\r\n",
            "0\r\nHost: b\r\n\r\n", "0\r\nAuthorization: Bearer x\r\n\r\n", "0\r\n\nX: y\r\n\r\n",
        ]
    )
    func refused(body: String) async throws {
        #expect(try await status(body) == 400)
    }

    @Test(
        "too many and too long ones are 431",
        arguments: [
            "3;a=\(String(repeating: "b", count: 1_100))\r\nabc\r\n0\r\n\r\n",
            "0\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n",
            "0\r\nX: \(String(repeating: "y", count: 17_000))\r\n\r\n",
            String(repeating: "1;\(String(repeating: "a", count: 900))\r\nb\r\n", count: 20) + "0\r\n\r\n",
        ]
    )
    func tooMuch(body: String) async throws {
        #expect(try await status(body) == 431)
    }
}
