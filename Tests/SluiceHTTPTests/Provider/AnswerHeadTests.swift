// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceBytes
import SluiceHTTP
import Testing

@Suite("Head of an answer")
struct AnswerHeadTests {
    /// The lines that go on, of a head that came in pieces of at most `size` bytes.
    private func passed(_ lines: String, size: Int = .max) throws -> String {
        let withheld = WithheldFields(names: ["openai-organization", "openai-project"], prefixes: ["x-sluice-"])
        let reader = AnswerReader(withholding: withheld)
        var rest = Array("HTTP/1.1 200 OK\r\n\(lines)\r\n".utf8)[...]
        while !rest.isEmpty {
            let piece = rest.prefix(size)
            rest = rest.dropFirst(piece.count)
            reader.append(ByteBuffer(bytes: piece))
            #expect(try reader.readHead() == rest.isEmpty)
        }
        var out = HeadBytes(reserving: 64)
        reader.head.writePassed(to: &out)
        return String(buffer: out.buffer())
    }

    @Test(
        "what speaks for the provider's host or for one hop stays behind, the rest goes on as it is",
        arguments: [
            ("", ""),
            ("Date: now\r\nopenai-version: 1\r\n", "openai-version: 1\r\n"),
            (
                "Location: https://b\r\nRefresh: 0\r\nWWW-Authenticate: Bearer\r\nAccess-Control-Allow-Origin: *\r\nA: 1\r\n",
                "A: 1\r\n"
            ),
            (
                "openai-organization: o\r\nOpenAI-Project: p\r\nopenai-processing-ms: 3\r\n",
                "openai-processing-ms: 3\r\n"
            ),
            (
                "A: 1\r\nServer: x\r\nSET-cookie: y\r\nB: 2\r\nX-Sluice-Route: r\r\nTE: q\r\nC: \r\n",
                "A: 1\r\nB: 2\r\nC: \r\n"
            ),
            ("A:b\r\nB: c \r\nC:\t d\r\nD: e\r\n", "A: b\r\nB: c\r\nC: d\r\nD: e\r\n"),
            ("X-Request-ID: r\r\nx-upstream-request-id: s\r\n", "x-upstream-request-id: r\r\n"),
            (
                "Cache-Control: no-store\r\nX-Accel-Buffering: yes\r\n",
                "Cache-Control: no-store\r\nX-Accel-Buffering: yes\r\n"
            ),
            (
                "Cache-Control: no-store\r\nContent-Type: Text/Event-Stream; a=b\r\nA: b\r\n",
                "Content-Type: Text/Event-Stream; a=b\r\nA: b\r\n"
            ),
            ("Connection: keep-alive\r\nContent-Length: 0\r\nstrict-transport-security: x\r\nA: b\r\n", "A: b\r\n"),
            (
                "A: 1\r\nConnection: close, a, x-request-id\r\nB:2\r\nX-Request-Id: r\r\nServer: s\r\n",
                "B: 2\r\nx-upstream-request-id: r\r\n"
            ),
            (
                "Connection: cache-control\r\nCache-Control: x\r\nContent-Type: text/event-stream\r\n",
                "Content-Type: text/event-stream\r\n"
            ),
        ]
    )
    func goesOn(lines: String, expected: String) throws {
        for size in [1, 2, 7, Int.max] { #expect(try passed(lines, size: size) == expected) }
    }

    @Test(
        "`close` wins over `keep-alive`, wherever it stands",
        arguments: [
            ("", true), ("Connection: keep-alive\r\n", true), ("Connection: close\r\n", false),
            ("Connection: close, keep-alive\r\n", false), ("Connection: keep-alive, close\r\n", false),
            ("Connection: close\r\nConnection: keep-alive\r\n", false),
        ]
    )
    func keepsAlive(lines: String, expected: Bool) throws {
        let reader = AnswerReader()
        reader.append(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\(lines)Content-Length: 0\r\n\r\n"))
        #expect(try reader.readHead())
        #expect(reader.head.keepsAlive == expected)
    }

    @Test("a field is found by its name in any case of letters, the first of several")
    func fields() throws {
        let reader = AnswerReader()
        reader.append(
            ByteBuffer(string: "HTTP/1.1 429\r\nretry-After:  7 \r\nRetry-After: 8\r\nContent-Length: 0\r\n\r\n")
        )
        #expect(try reader.readHead())
        #expect(reader.head.first("retry-after") == "7")
        #expect(reader.head.first("retry") == nil)
        reader.dropLines()
        #expect(reader.head.first("retry-after") == nil)
    }

    @Test(
        "names are compared in any case of letters, and only of letters",
        arguments: ["a-b_c.d@[`{z", "x", "server-timing"]
    )
    func caseOfLetters(text: String) {
        let wanted: StaticString = text == "x" ? "x" : text == "server-timing" ? "server-timing" : "a-b_c.d@[`{z"
        let bytes = Array(text.utf8)
        for index in bytes.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = bytes
                changed[index] = byte
                let isSame = String(decoding: [byte], as: UTF8.self).lowercased().utf8.elementsEqual([bytes[index]])
                #expect(changed.span.equals(ignoringCase: wanted) == isSame, "\(byte) at \(index)")
            }
        }
    }
}
