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

    func allows(_ origin: Span<UInt8>) -> Bool {
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
}
