// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import SluiceBytes

/// The head of a caller's request that keeps the rules: checked bytes, and what they say about the body.
///
/// All of it is one piece of the receive buffer and ranges of it. It is handed on, never copied.
package struct RequestHead: ~Copyable, Sendable {
    /// The methods that are spoken here.
    package enum Method: String, Sendable, CaseIterable {
        case GET, POST, HEAD, PUT, PATCH, DELETE, OPTIONS
    }

    package let method: Method
    /// The caller speaks HTTP/1.0.
    package let isHTTP10: Bool
    package let framing: RequestFraming
    /// The whole head as it came, from the first line to the blank line.
    package let bytes: ByteBuffer
    /// Where the request target stands; visible ASCII without `#`.
    package let target: Range<Int>
    /// Where the header lines stand, each ended by CR LF, without the blank line.
    package let lines: Range<Int>

    /// The whole head, and nothing else of this.
    package consuming func taken() -> ByteBuffer { bytes }

    /// The request target as text.
    package var uri: String { String(copying: bytes.readableBytesUInt8Span.extracting(target)) }

    /// Calls `visit` with each field's name and value (without the white space around it), and where the value stands in
    /// ``bytes``.
    @inline(__always)
    package func forEachField(_ visit: (_ name: Span<UInt8>, _ value: Span<UInt8>, _ range: Range<Int>) -> Void) {
        HeaderLines.forEach(of: bytes.readableBytesUInt8Span, lines, visit)
    }
}

/// What a request's head says about its body and its connection.
package struct RequestFraming: Sendable, Equatable {
    package enum Body: Sendable, Equatable {
        case none
        /// Bytes, more than none.
        case length(Int)
        case chunked
    }

    package var body: Body
    package var expectsContinue: Bool
    package var keepsAlive: Bool

    package init(body: Body, expectsContinue: Bool, keepsAlive: Bool) {
        self.body = body
        self.expectsContinue = expectsContinue
        self.keepsAlive = keepsAlive
    }
}
