// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// The first line of a request (RFC 9112 §3): `method SP request-target SP HTTP-version CR LF`, one space each.
struct RequestLine {
    let method: RequestHead.Method
    let target: Range<Int>
    let isHTTP10: Bool
    /// Where the header lines begin.
    let next: Int

    init(in bytes: Span<UInt8>, uriLimit: Int) throws(HTTPProblem) {
        guard let feed = bytes.firstIndex(of: .lineFeed, from: 0), feed > 0, bytes[feed - 1] == .carriageReturn,
            let space = bytes.firstIndex(of: .space, from: 0), space < feed,
            let second = bytes.firstIndex(of: .space, from: space + 1), second < feed
        else { throw HTTPProblem(.malformed, "the first line is not `METHOD target HTTP/1.1`") }
        isHTTP10 = try RequestLine.isHTTP10(bytes.extracting((second + 1)..<(feed - 1)))
        method = try RequestLine.method(bytes.extracting(0..<space))
        target = (space + 1)..<second
        next = feed + 1
        guard target.count <= uriLimit else { throw HTTPProblem(.uriTooLong, "the request target is too long") }
        for index in target where !RequestLine.isTarget(bytes[index]) {
            throw HTTPProblem(.malformed, "the request target holds a character that must be escaped")
        }
    }

    private static func isHTTP10(_ text: Span<UInt8>) throws(HTTPProblem) -> Bool {
        if text.equals("HTTP/1.1") { return false }
        if text.equals("HTTP/1.0") { return true }
        guard text.count >= 6, text.extracting(0..<5).equals("HTTP/"), text[5].isDigit else {
            throw HTTPProblem(.malformed, "the first line is not `METHOD target HTTP/1.1`")
        }
        throw HTTPProblem(.versionNotSupported, "only HTTP/1.0 and HTTP/1.1 are spoken here")
    }

    private static func method(_ name: Span<UInt8>) throws(HTTPProblem) -> RequestHead.Method {
        switch name.count {
        case 3 where name.equals("GET"): return .GET
        case 3 where name.equals("PUT"): return .PUT
        case 4 where name.equals("POST"): return .POST
        case 4 where name.equals("HEAD"): return .HEAD
        case 5 where name.equals("PATCH"): return .PATCH
        case 6 where name.equals("DELETE"): return .DELETE
        case 7 where name.equals("OPTIONS"): return .OPTIONS
        default: break
        }
        for index in name.indices where !HeaderLine.isToken(name[index]) {
            throw HTTPProblem(.malformed, "the method cannot be read")
        }
        guard !name.isEmpty else { throw HTTPProblem(.malformed, "the method cannot be read") }
        throw HTTPProblem(
            .methodNotAllowed,
            "the method is not one of GET, POST, HEAD, PUT, PATCH, DELETE, OPTIONS"
        )
    }

    @inline(__always)
    private static func isTarget(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "!") && byte <= UInt8(ascii: "~") && byte != UInt8(ascii: "#")
    }
}
