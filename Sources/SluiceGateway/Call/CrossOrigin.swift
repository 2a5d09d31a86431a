// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP

/// Which pages in browsers may read the relay's answers (the Fetch standard, "CORS protocol").
///
/// Keys stand in header fields, never in cookies, so a page can do nothing here without one: credentials are never allowed.
package struct CrossOrigin: Sendable, Equatable {
    /// As browsers send them (`https://app.example`); `*` is every page, none is no page.
    package var origins: [String]

    package init(origins: [String] = ["*"]) { self.origins = origins }

    private var isOpen: Bool { origins.contains("*") }

    private func allows(_ origin: Span<UInt8>) -> Bool {
        isOpen || origins.contains { $0.utf8.count == origin.count && $0 == String(copying: origin) }
    }

    /// Writes the fields that let a page read an answer.
    func write(_ origin: Span<UInt8>, in bytes: inout HeadBytes) {
        guard allows(origin) else { return }
        bytes.write("access-control-allow-origin: ")
        if isOpen { bytes.write("*") } else { bytes.write(origin) }
        bytes.write("\r\naccess-control-expose-headers: *\r\n")
        if !isOpen { bytes.write("vary: origin\r\n") }
    }

    /// The answer to the question that browsers ask before a request; `nil` where this is none, or the page may not ask.
    ///
    /// It needs no key, since browsers send none with it, and leaves no record.
    static func preflight(
        _ head: borrowing RequestHead,
        on loop: GatewayLoop,
        keepsAlive: Bool
    ) -> ByteBuffer? {
        guard head.method == .OPTIONS,
            case .wrongMethod(let allowed, _) = Endpoint(head, in: loop.configuration.dialects)
        else { return nil }
        let bytes = head.bytes.readableBytesUInt8Span
        guard let range = RequestHead.first("origin", of: bytes, head.lines), range.count <= 1_024,
            RequestHead.first("access-control-request-method", of: bytes, head.lines) != nil
        else { return nil }
        let rules = loop.configuration.crossOrigin
        let origin = bytes.extracting(range)
        guard rules.allows(origin) else { return nil }
        var out = HeadBytes(reserving: 512)
        HTTPAnswer.begin(204, in: &out)
        loop.writeDate(in: &out)
        rules.write(origin, in: &out)
        out.field("access-control-allow-methods", "\(allowed), OPTIONS")
        if let wanted = RequestHead.first("access-control-request-headers", of: bytes, head.lines),
            wanted.count <= 4_096, isList(bytes.extracting(wanted))
        {
            out.write("access-control-allow-headers: ")
            out.write(bytes.extracting(wanted))
            out.write("\r\n")
        }
        out.write("access-control-max-age: 600\r\n")
        if !keepsAlive { out.write("connection: close\r\n") }
        out.write("\r\n")
        return out.buffer()
    }

    /// Names of fields and what stands between them.
    private static func isList(_ text: Span<UInt8>) -> Bool {
        for index in text.indices {
            let byte = text[index]
            guard byte.isASCIIAlphanumeric || "-_., ".utf8.contains(byte) else { return false }
        }
        return true
    }
}
