// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// What a field of a provider's answer is to a relay: what frames the answer, and whether it goes on to the caller.
///
/// Hop-by-hop fields, framing, and what speaks for the provider's host (cookies, server, alternatives, where to go
/// instead, who may read it in a browser) stay behind, and what ``WithheldFields`` names.
enum AnswerField {
    /// It goes on as it is.
    case passed
    case dropped
    /// The provider's request id, which goes on under another name.
    case requestID
    /// Goes on, unless the answer is an event stream.
    case unlessStream
    case contentType
    case contentLength
    case transferEncoding
    case connection

    @inline(__always)
    init(_ name: Span<UInt8>, _ withheld: borrowing WithheldFields) {
        self = .passed
        switch name.count {
        case 2: if name.equals(ignoringCase: "te") { self = .dropped }
        case 4: if name.equals(ignoringCase: "date") { self = .dropped }
        case 6: if name.equals(ignoringCase: "server") { self = .dropped }
        case 7:
            if name.equals(ignoringCase: "refresh") || name.equals(ignoringCase: "alt-svc")
                || name.equals(ignoringCase: "trailer")
                || name.equals(ignoringCase: "upgrade")
            {
                self = .dropped
            }
        case 8: if name.equals(ignoringCase: "location") { self = .dropped }
        case 10:
            if name.equals(ignoringCase: "connection") {
                self = .connection
            } else if name.equals(ignoringCase: "keep-alive") || name.equals(ignoringCase: "set-cookie") {
                self = .dropped
            }
        case 11: if name.equals(ignoringCase: "set-cookie2") { self = .dropped }
        case 12:
            if name.equals(ignoringCase: "content-type") {
                self = .contentType
            } else if name.equals(ignoringCase: "x-request-id") {
                self = .requestID
            }
        case 13:
            if name.equals(ignoringCase: "server-timing") {
                self = .dropped
            } else if name.equals(ignoringCase: "cache-control") {
                self = .unlessStream
            }
        case 14:
            if name.equals(ignoringCase: "content-length") { self = .contentLength }
        case 16:
            if name.equals(ignoringCase: "proxy-connection") || name.equals(ignoringCase: "www-authenticate")
                || name.equals(ignoringCase: "content-location")
            {
                self = .dropped
            }
        case 17:
            if name.equals(ignoringCase: "transfer-encoding") {
                self = .transferEncoding
            } else if name.equals(ignoringCase: "x-accel-buffering") {
                self = .unlessStream
            }
        case 18: if name.equals(ignoringCase: "proxy-authenticate") { self = .dropped }
        case 21: if name.equals(ignoringCase: "x-upstream-request-id") { self = .dropped }
        case 25: if name.equals(ignoringCase: "strict-transport-security") { self = .dropped }
        default: break
        }
        if name.count > 15, name[6] == UInt8(ascii: "-"),
            name.extracting(0..<15).equals(ignoringCase: "access-control-")
        {
            self = .dropped
        } else if self == .passed, withheld.holds(name) {
            self = .dropped
        }
    }

    func goesOn(inStream isStream: Bool) -> Bool {
        switch self {
        case .passed, .requestID, .contentType: true
        case .unlessStream: !isStream
        case .dropped, .contentLength, .transferEncoding, .connection: false
        }
    }
}
