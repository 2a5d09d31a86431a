// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import SluiceHTTP
import Testing

@Suite("Bytes of a head")
struct HeadBytesTests {
    @Test(
        "numbers are written as Swift writes them",
        arguments: [0, 1, 9, 10, 99, 100, 101, 12_345, 999_999, 1_000_000, .max, .min, -1, -10]
    )
    func numbers(_ number: Int) {
        var bytes = HeadBytes(reserving: 0)
        bytes.write(number)
        #expect(String(buffer: bytes.buffer()) == "\(number)")
    }

    @Test("memory grows with what is written, and nothing is lost")
    func growth() {
        var bytes = HeadBytes(reserving: 1)
        var expected = ""
        for index in 0..<2_000 {
            bytes.field("x-number", index)
            bytes.field("x-text", "é\(index)")
            expected += "x-number: \(index)\r\nx-text: é\(index)\r\n"
        }
        bytes.write([UInt8](repeating: 0x61, count: 100_000))
        expected += String(repeating: "a", count: 100_000)
        #expect(String(buffer: bytes.buffer()) == expected)
    }

    @Test("a buffer has room for what is to follow")
    func room() {
        var bytes = HeadBytes(reserving: 16)
        bytes.write("head")
        let buffer = bytes.buffer(reserving: 5_000)
        #expect(String(buffer: buffer) == "head")
        #expect(buffer.writableBytes >= 5_000)
    }

    @Test(
        "the line before a chunk says its size in hexadecimal",
        arguments: [0, 1, 9, 10, 15, 16, 255, 4_096, 1 << 28]
    )
    func chunkHead(_ count: Int) {
        var buffer = ByteBuffer()
        HTTPAnswer.chunkHead(count, in: &buffer)
        #expect(String(buffer: buffer) == String(count, radix: 16) + "\r\n")
    }

    @Test("the status line is that of the status", arguments: [200, 404, 429, 503, 599])
    func statusLine(_ status: Int) {
        var bytes = HeadBytes(reserving: 0)
        HTTPAnswer.begin(status, in: &bytes)
        let reason = HTTPResponseStatus(statusCode: status).reasonPhrase
        #expect(String(buffer: bytes.buffer()) == "HTTP/1.1 \(status) \(reason)\r\n")
    }
}
