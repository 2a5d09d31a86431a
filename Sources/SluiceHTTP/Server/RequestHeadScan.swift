// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceBytes

/// Looks for the end of a request's head while its bytes arrive: each byte is looked at once.
///
/// Refuses at once what cannot become a head, so that nobody waits for the rest of it: a line that ends without CR, a
/// first byte that begins no method, more bytes than a head may have.
struct RequestHeadScan {
    /// Where the search goes on.
    private var searched = 0
    /// The first line has been seen whole.
    private(set) var hasFirstLine = false
    private let limits: HTTPLimits

    init(_ limits: HTTPLimits) { self.limits = limits }

    /// Bytes of the head up to and with its blank line; `nil` while it is not whole.
    mutating func end(in buffer: ByteBuffer) throws(HTTPProblem) -> Int? {
        let bytes = buffer.readableBytesUInt8Span
        if searched == 0, let first = bytes.first, !HeaderLine.isToken(first) {
            throw HTTPProblem(.malformed, "the request is not HTTP/1.1")
        }
        while let feed = bytes.firstIndex(of: .lineFeed, from: searched) {
            guard feed > 0, bytes[feed - 1] == .carriageReturn else {
                throw HTTPProblem(.malformed, "a line of the head does not end with CR LF")
            }
            if feed >= 3, bytes[feed - 2] == .lineFeed { return feed + 1 }
            hasFirstLine = true
            searched = feed + 1
        }
        searched = bytes.count
        guard hasFirstLine || bytes.count <= limits.uriBytes + 64 else {
            throw HTTPProblem(.uriTooLong, "the request target is too long")
        }
        guard bytes.count <= limits.headerBytes + limits.uriBytes + 64 else { throw RequestHeadRules.tooLarge }
        return nil
    }
}

extension Span<UInt8> {
    var first: UInt8? { isEmpty ? nil : self[0] }
}
