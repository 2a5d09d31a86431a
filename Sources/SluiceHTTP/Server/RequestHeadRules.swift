// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import SluiceBytes

/// The strict rules for heads from the open network (RFC 9112, RFC 9110).
///
/// One Host; origin-form, or absolute-form that matches Host; known methods; versions 1.0 and 1.1; a body framed by
/// exactly one valid Content-Length or by `chunked` alone on 1.1, never both; no content encoding but identity; no folded
/// lines, no white space before a colon, no control characters.
package enum RequestHeadRules {
    /// Reads a whole head with its blank line.
    ///
    /// Pure, total, bounded.
    ///
    /// - Throws: what is wrong with it, fit for the caller.
    package static func read(
        _ head: consuming ByteBuffer,
        limits: HTTPLimits = .init()
    ) throws(HTTPProblem) -> RequestHead {
        let (line, framing, end) = try check(head.readableBytesUInt8Span, limits)
        return RequestHead(
            method: line.method,
            isHTTP10: line.isHTTP10,
            framing: framing,
            bytes: head,
            target: line.target,
            lines: line.next..<end
        )
    }

    /// - Returns: the first line, what the fields say of the body, and where the blank line stands.
    private static func check(
        _ bytes: Span<UInt8>,
        _ limits: HTTPLimits
    ) throws(HTTPProblem) -> (RequestLine, RequestFraming, end: Int) {
        let line = try RequestLine(in: bytes, uriLimit: limits.uriBytes)
        let end = bytes.count - 2
        guard end >= line.next, bytes[end - 1] == .lineFeed, bytes[end] == .carriageReturn, bytes[end + 1] == .lineFeed
        else {
            throw HTTPProblem(.malformed, "the head does not end with a blank line")
        }
        guard end - line.next <= limits.headerBytes else { throw tooLarge }
        var seen = SeenFields()
        var start = line.next
        var fields = 0
        while start < end {
            let field = try HeaderLine(strict: bytes, from: start, limit: limits.fieldBytes)
            fields += 1
            guard fields <= limits.fieldCount else { throw tooLarge }
            try seen.take(bytes.extracting(field.name), bytes.extracting(field.value), at: field.value)
            start = field.next
        }
        try RequestTarget.check(line, host: seen.host, in: bytes)
        return (line, try seen.framing(isHTTP10: line.isHTTP10), end)
    }

    static let tooLarge = HTTPProblem(.headersTooLarge, "the header block, a field or their number is too large")
}

/// The fields that the rules decide on.
private struct SeenFields {
    /// Where the value of Host stands.
    private(set) var host: Range<Int>?
    private var length: Int?
    private var isChunked = false
    private var expectsContinue = false
    private var closes = false
    private var staysOpen = false

    @inline(__always)
    mutating func take(_ name: Span<UInt8>, _ value: Span<UInt8>, at range: Range<Int>) throws(HTTPProblem) {
        switch name.count {
        case 4, 6, 10, 14, 16, 17: try decide(name, value, at: range)
        default: break
        }
    }

    private mutating func decide(_ name: Span<UInt8>, _ value: Span<UInt8>, at range: Range<Int>) throws(HTTPProblem) {
        switch name.count {
        case 4 where name.equals(ignoringCase: "host"):
            guard host == nil else { throw HTTPProblem(.malformed, "the Host header is there twice") }
            host = range
        case 10 where name.equals(ignoringCase: "connection"):
            if value.listHolds("close") { closes = true }
            if value.listHolds("keep-alive") { staysOpen = true }
        case 14 where name.equals(ignoringCase: "content-length"):
            guard length == nil else { throw HTTPProblem(.malformed, "Content-Length is there twice") }
            guard let number = value.decimal else {
                throw HTTPProblem(.malformed, "Content-Length is not a number of 1 to 18 digits")
            }
            length = number
        case 17 where name.equals(ignoringCase: "transfer-encoding"):
            guard !isChunked, value.equals(ignoringCase: "chunked") else {
                throw HTTPProblem(.malformed, "the only Transfer-Encoding taken is one `chunked`")
            }
            isChunked = true
        case 16 where name.equals(ignoringCase: "content-encoding"):
            guard value.equals(ignoringCase: "identity") else {
                throw HTTPProblem(.unsupportedEncoding, "send the body without Content-Encoding")
            }
        case 6 where name.equals(ignoringCase: "expect"):
            guard value.equals(ignoringCase: "100-continue") else {
                throw HTTPProblem(.expectationFailed, "the only expectation met is 100-continue")
            }
            expectsContinue = true
        default: break
        }
    }

    func framing(isHTTP10: Bool) throws(HTTPProblem) -> RequestFraming {
        if isChunked {
            guard length == nil else {
                throw HTTPProblem(.malformed, "Content-Length and Transfer-Encoding must not stand together")
            }
            guard !isHTTP10 else { throw HTTPProblem(.malformed, "Transfer-Encoding needs HTTP/1.1") }
        }
        let body: RequestFraming.Body =
            if isChunked { .chunked } else if let length, length > 0 { .length(length) } else { .none }
        return RequestFraming(
            body: body,
            expectsContinue: expectsContinue && !isHTTP10 && body != .none,
            keepsAlive: !closes && (!isHTTP10 || staysOpen)
        )
    }
}

extension HeaderLine {
    /// A line of a request; says what is wrong with it.
    init(strict bytes: Span<UInt8>, from start: Int, limit: Int) throws(HTTPProblem) {
        let end = bytes.firstIndex(of: .lineFeed, from: start)
        if let end, end - start > limit { throw RequestHeadRules.tooLarge }
        guard let end, let line = HeaderLine(in: bytes, from: start, end: end) else {
            throw HTTPProblem(
                .malformed,
                "a header line is folded, has no name, or holds a character that may not stand there"
            )
        }
        self = line
    }
}
