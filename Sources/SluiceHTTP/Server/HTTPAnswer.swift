// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import NIOHTTP1
import SluiceBytes

/// Bytes of answers, written without building a header table.
package enum HTTPAnswer {
    /// The status line and the given fields, without the blank line that ends the head.
    package static func begin(_ status: Int, in buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeInteger(asText: status)
        buffer.writeStaticString(" ")
        buffer.writeString(HTTPResponseStatus(statusCode: status).reasonPhrase)
        buffer.writeStaticString("\r\n")
    }

    /// The status line.
    package static func begin(_ status: Int, in bytes: inout HeadBytes) {
        if status == 200 { return bytes.write("HTTP/1.1 200 OK\r\n") }
        bytes.write("HTTP/1.1 ")
        bytes.write(status)
        bytes.write(" ")
        bytes.write(text: HTTPResponseStatus(statusCode: status).reasonPhrase)
        bytes.write("\r\n")
    }

    package static func field(_ name: StaticString, _ value: String, in buffer: inout ByteBuffer) {
        buffer.writeStaticString(name)
        buffer.writeStaticString(": ")
        buffer.writeString(value)
        buffer.writeStaticString("\r\n")
    }

    package static func field(_ name: StaticString, _ value: Int, in buffer: inout ByteBuffer) {
        buffer.writeStaticString(name)
        buffer.writeStaticString(": ")
        buffer.writeInteger(asText: value)
        buffer.writeStaticString("\r\n")
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
        var buffer = ByteBuffer()
        buffer.reserveCapacity(256 + body.readableBytes)
        begin(status, in: &buffer)
        write(headers, in: &buffer)
        if !keepsAlive { buffer.writeStaticString("connection: close\r\n") }
        field("content-length", body.readableBytes, in: &buffer)
        buffer.writeStaticString("\r\n")
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

    private static func write(_ headers: [(String, String)], in buffer: inout ByteBuffer) {
        for (name, value) in headers where isSafe(name) && isSafe(value) {
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
            buffer.writeStaticString("\r\n")
        }
    }

    private static func isSafe(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= .space && $0 != .delete || $0 == .tab }
    }
}

extension ByteBuffer {
    /// Writes a decimal number without making a String.
    package mutating func writeInteger(asText value: Int) {
        if value < 0 {
            writeStaticString("-")
        }
        var rest = value.magnitude
        if rest < 10 {
            writeInteger(UInt8.digitZero + UInt8(truncatingIfNeeded: rest))
            return
        }
        var digits: UInt = 1
        while rest / digits >= 10 { digits *= 10 }
        while digits > 0 {
            writeInteger(UInt8.digitZero + UInt8(truncatingIfNeeded: rest / digits))
            rest %= digits
            digits /= 10
        }
    }
}
