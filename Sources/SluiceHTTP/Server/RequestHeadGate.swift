// SPDX-License-Identifier: Apache-2.0
package import NIOHTTP1

/// What a request's head says about its body and its connection, once it has passed the gate.
package struct RequestFraming: Sendable, Equatable {
    package enum Body: Sendable, Equatable {
        case none
        /// Bytes.
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

/// The strict rules for heads from the open network, on top of what the parser refuses (RFC 9112).
///
/// One Host; origin-form, or absolute-form that matches Host; known methods; versions 1.0 and 1.1; a body framed by
/// exactly one valid Content-Length or by `chunked` alone on 1.1, never both; no content encoding but identity.
package enum RequestHeadGate {
    package static func check(_ head: HTTPRequestHead, uriLimit: Int = 8_192) throws(HTTPProblem) -> RequestFraming {
        guard head.version == .http1_1 || head.version == .http1_0 else {
            throw HTTPProblem(.versionNotSupported, "only HTTP/1.0 and HTTP/1.1 are spoken here")
        }
        switch head.method {
        case .GET, .POST, .HEAD, .PUT, .PATCH, .DELETE, .OPTIONS: break
        default:
            throw HTTPProblem(
                .methodNotAllowed,
                "the method is not one of GET, POST, HEAD, PUT, PATCH, DELETE, OPTIONS"
            )
        }
        var seen = Seen()
        for (name, value) in head.headers { try seen.take(name, value) }
        try checkTarget(head, host: seen.host, uriLimit: uriLimit)
        return try seen.framing(of: head)
    }

    private static func checkTarget(
        _ head: HTTPRequestHead,
        host: String?,
        uriLimit: Int
    ) throws(HTTPProblem) {
        let uri = head.uri.utf8
        guard uri.count <= uriLimit else { throw HTTPProblem(.uriTooLong, "the request target is too long") }
        guard uri.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x23 }) else {
            throw HTTPProblem(.malformed, "the request target holds a character that must be escaped")
        }
        guard let host else {
            if head.version == .http1_0 { return try checkOrigin(head, uri.first) }
            throw HTTPProblem(.malformed, "the Host header is missing")
        }
        guard isHost(host.utf8) else { throw HTTPProblem(.malformed, "the Host header is not a host[:port]") }
        if uri.first != UInt8(ascii: "/"), let authority = authority(ofAbsolute: head.uri) {
            guard authority.lowercased() == host.lowercased() else {
                throw HTTPProblem(.malformed, "the request target names another host than the Host header")
            }
            return
        }
        try checkOrigin(head, uri.first)
    }

    private static func checkOrigin(_ head: HTTPRequestHead, _ first: UInt8?) throws(HTTPProblem) {
        guard first == UInt8(ascii: "/") || (head.uri == "*" && head.method == .OPTIONS) else {
            throw HTTPProblem(.malformed, "the request target must be a path that starts with /")
        }
    }

    private static func authority(ofAbsolute uri: String) -> Substring? {
        for scheme in ["http://", "https://"] where uri.lowercased().hasPrefix(scheme) {
            return uri.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
        }
        return nil
    }

    /// `uri-host [ ":" port ]`: a name, an IPv4 address or an IPv6 address in brackets; no user info.
    private static func isHost(_ text: String.UTF8View) -> Bool {
        guard (1...255).contains(text.count), let first = text.first else { return false }
        var rest = text[...]
        if first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let inside = rest[rest.index(after: rest.startIndex)..<end]
            guard !inside.isEmpty, inside.allSatisfy(isAddressByte) else { return false }
            rest = rest[rest.index(after: end)...]
        } else {
            let name = rest.prefix { $0 != UInt8(ascii: ":") }
            guard !name.isEmpty, name.allSatisfy(isNameByte) else { return false }
            rest = rest.dropFirst(name.count)
        }
        guard rest.first == UInt8(ascii: ":") else { return rest.isEmpty }
        let port = rest.dropFirst()
        return port.count <= 5 && port.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x25: true
        default: false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3A, 0x41...0x46, 0x61...0x66, 0x2E: true
        default: false
        }
    }
}

/// The headers the gate decides on.
private struct Seen {
    var host: String?
    var length: Int?
    var isChunked = false
    var expectsContinue = false

    mutating func take(_ name: String, _ value: String) throws(HTTPProblem) {
        for byte in value.utf8 where byte == 0 || byte == 0x0A || byte == 0x0D {
            throw HTTPProblem(.malformed, "a header value holds a control character")
        }
        switch name.utf8.count {
        case 4 where name.equals(ignoringCase: "host"):
            guard host == nil else { throw HTTPProblem(.malformed, "the Host header is there twice") }
            host = value
        case 14 where name.equals(ignoringCase: "content-length"):
            guard length == nil else { throw HTTPProblem(.malformed, "Content-Length is there twice") }
            guard (1...18).contains(value.utf8.count), value.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(value)
            else { throw HTTPProblem(.malformed, "Content-Length is not a number of 1 to 18 digits") }
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

    func framing(of head: HTTPRequestHead) throws(HTTPProblem) -> RequestFraming {
        if isChunked {
            guard length == nil else {
                throw HTTPProblem(.malformed, "Content-Length and Transfer-Encoding must not stand together")
            }
            guard head.version == .http1_1 else {
                throw HTTPProblem(.malformed, "Transfer-Encoding needs HTTP/1.1")
            }
        }
        let body: RequestFraming.Body = isChunked ? .chunked : (length ?? 0) > 0 ? .length(length ?? 0) : .none
        return RequestFraming(
            body: body,
            expectsContinue: expectsContinue && head.version == .http1_1 && body != .none,
            keepsAlive: head.isKeepAlive
        )
    }
}

extension String {
    /// Whether this is the given lower-case ASCII text, in any case of letters.
    package func equals(ignoringCase lowercase: StaticString) -> Bool {
        let count = lowercase.utf8CodeUnitCount
        guard utf8.count == count else { return false }
        return lowercase.withUTF8Buffer { expected in
            var index = 0
            for byte in utf8 {
                let wanted = unsafe expected[index]
                let folded = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
                if folded != wanted { return false }
                index += 1
            }
            return true
        }
    }
}
