// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// Whether a request's target and its Host belong together (RFC 9112 §3.2).
enum RequestTarget {
    /// - Parameter host: where the value of Host stands.
    static func check(_ line: RequestLine, host: Range<Int>?, in bytes: Span<UInt8>) throws(HTTPProblem) {
        let target = bytes.extracting(line.target)
        guard let host else {
            if line.isHTTP10 { return try checkOrigin(target, line.method) }
            throw HTTPProblem(.malformed, "the Host header is missing")
        }
        let named = bytes.extracting(host)
        guard isHost(named) else { throw HTTPProblem(.malformed, "the Host header is not a host[:port]") }
        if target.first != UInt8(ascii: "/"), let authority = authority(of: target) {
            guard isSame(target.extracting(authority), named) else {
                throw HTTPProblem(.malformed, "the request target names another host than the Host header")
            }
            return
        }
        try checkOrigin(target, line.method)
    }

    private static func isSame(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
        guard first.count == second.count else { return false }
        for index in first.indices where first[index].lowercasedASCII != second[index].lowercasedASCII { return false }
        return true
    }

    private static func checkOrigin(_ target: Span<UInt8>, _ method: RequestHead.Method) throws(HTTPProblem) {
        guard target.first == UInt8(ascii: "/") || (target.equals("*") && method == .OPTIONS) else {
            throw HTTPProblem(.malformed, "the request target must be a path that starts with /")
        }
    }

    /// The host in `http://host/…`; `nil` where the target has another form.
    private static func authority(of target: Span<UInt8>) -> Range<Int>? {
        let start: Int
        if target.count >= 7, target.extracting(0..<7).equals(ignoringCase: "http://") {
            start = 7
        } else if target.count >= 8, target.extracting(0..<8).equals(ignoringCase: "https://") {
            start = 8
        } else {
            return nil
        }
        var end = start
        while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") { end += 1 }
        return start..<end
    }

    /// `uri-host [ ":" port ]`: a name, an IPv4 address or an IPv6 address in brackets; no user info.
    private static func isHost(_ text: Span<UInt8>) -> Bool {
        guard (1...255).contains(text.count) else { return false }
        var index = 0
        if text[0] == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]"), from: 0), end > 1 else { return false }
            for position in 1..<end where !isAddressByte(text[position]) { return false }
            index = end + 1
        } else {
            while index < text.count, isNameByte(text[index]) { index += 1 }
            guard index > 0 else { return false }
        }
        guard index < text.count else { return true }
        guard text[index] == UInt8(ascii: ":"), text.count - index <= 6 else { return false }
        for position in (index + 1)..<text.count where !text[position].isDigit {
            return false
        }
        return true
    }

    @inline(__always)
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case .digitZero ... .digitNine, UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            .minus, .point, UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"):
            true
        default: false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case .digitZero ... .colon, UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            .point:
            true
        default: false
        }
    }
}
