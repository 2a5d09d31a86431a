// SPDX-License-Identifier: Apache-2.0

/// The id of one kind of thing, as people write it in files, URLs and headers.
///
/// 1–128 characters of `A–Z a–z 0–9 . _ : / @ + -`, so that it is safe in a header, a path and a metric label.
package struct Identifier<Subject>: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let rawValue: String

    /// An id, or `nil` when the text is empty, too long or holds another character.
    package init?(_ text: String) {
        guard Identifier.isID(text) else { return nil }
        rawValue = text
    }

    /// The id of something else by the same name: no text is checked twice.
    package init<Other>(_ other: Identifier<Other>) { rawValue = other.rawValue }

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

    private static func isID(_ text: String) -> Bool {
        guard (1...128).contains(text.utf8.count) else { return false }
        let fast = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            var index = 0
            while index < bytes.count, unsafe allows(bytes[index]) { index += 1 }
            return index == bytes.count
        }
        return fast ?? text.utf8.allSatisfy(allows)
    }

    /// Looks a byte up in two words of bits: `+ - . / 0–9 :` in the first, `@ A–Z _ a–z` in the second.
    private static func allows(_ byte: UInt8) -> Bool {
        let bits: UInt64 = byte < 64 ? 0x07FF_E800_0000_0000 : 0x07FF_FFFE_87FF_FFFF
        return byte < 128 && bits >> UInt64(byte & 63) & 1 == 1
    }
}

package typealias VersionID = Identifier<Version>
package typealias RouteID = Identifier<Route>
package typealias ProviderID = Identifier<Provider>
package typealias KeyID = Identifier<CallerKey>
