// SPDX-License-Identifier: Apache-2.0

/// The id of one kind of thing, as people write it in files, URLs and headers.
///
/// 1–128 characters of `A–Z a–z 0–9 . _ : / @ + -`, so that it is safe in a header, a path and a metric label.
package struct Identifier<Subject>: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let rawValue: String

    /// An id, or `nil` when the text is empty, too long or holds another character.
    package init?(_ text: String) {
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(Identifier.allows) else { return nil }
        rawValue = text
    }

    package var description: String { rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = Identifier(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an id")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x2E, 0x5F, 0x3A, 0x2F, 0x40, 0x2B, 0x2D: true
        default: false
        }
    }
}

package typealias VersionID = Identifier<Version>
package typealias RouteID = Identifier<Route>
package typealias ProviderID = Identifier<Provider>
package typealias KeyID = Identifier<CallerKey>
