// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import NIOHTTP1
import SluiceBytes

/// Bytes of answers, written without building a header table.
package enum HTTPAnswer {
    /// The status line.
    package static func begin(_ status: Int, in bytes: inout HeadBytes) {
        if status == 200 { return bytes.write("HTTP/1.1 200 OK\r\n") }
        bytes.write("HTTP/1.1 ")
        bytes.write(status)
        bytes.write(" ")
        bytes.write(text: HTTPResponseStatus(statusCode: status).reasonPhrase)
        bytes.write("\r\n")
    }

    /// A whole answer with its length; `keepsAlive: false` adds `connection: close`.
    ///
    /// Names and values must hold no line break: what cannot stand in a header is left out.
    package static func whole(
        _ status: Int,
        headers: [(String, String)] = [],
        body: ByteBuffer = ByteBuffer(),
        keepsAlive: Bool = true,
        omitsBody: Bool = false
    ) -> ByteBuffer {
        var bytes = HeadBytes(reserving: 256)
        begin(status, in: &bytes)
        for (name, value) in headers where isSafe(name) && isSafe(value) {
            bytes.write(text: name)
            bytes.write(": ")
            bytes.write(text: value)
            bytes.write("\r\n")
        }
        if !keepsAlive { bytes.write("connection: close\r\n") }
        bytes.field("content-length", body.readableBytes)
        bytes.write("\r\n")
        var buffer = bytes.buffer(reserving: body.readableBytes)
        if !omitsBody { buffer.writeImmutableBuffer(body) }
        return buffer
    }

    /// Appends one chunk; an empty one would end the body and is left out.
    package static func chunk(_ bytes: ByteBuffer, in buffer: inout ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        buffer.reserveCapacity(minimumWritableBytes: bytes.readableBytes + 20)
        chunkHead(bytes.readableBytes, in: &buffer)
        buffer.writeImmutableBuffer(bytes)
        buffer.writeStaticString("\r\n")
    }

    /// The line before a chunk's bytes.
    package static func chunkHead(_ count: Int, in buffer: inout ByteBuffer) {
        // Up to sixteen digits and the line's end, filled from the back.
        var line = InlineArray<18, UInt8>(repeating: 0)
        line[16] = .carriageReturn
        line[17] = .lineFeed
        var first = 16
        var rest = count.magnitude
        repeat {
            first -= 1
            let digit = UInt8(truncatingIfNeeded: rest & 0xF)
            line[first] = digit < 10 ? UInt8.digitZero + digit : UInt8(ascii: "a") - 10 + digit
            rest >>= 4
        } while rest > 0
        // Safe because: the buffer lives during the call only, and bytes are copied.
        unsafe line.span.extracting(first..<18).withUnsafeBytes { _ = unsafe buffer.writeBytes($0) }
    }

    /// The end of a chunked body.
    package static let lastChunk: StaticString = "0\r\n\r\n"

    private static func isSafe(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0.isFieldText }
    }
}
