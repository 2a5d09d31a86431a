// SPDX-License-Identifier: Apache-2.0
import SluiceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Texts that come again and again, so that each is checked and made once.
///
/// Names of keys, routes, versions and models are few, records many. A text has one slot, by its bytes; another one of
/// that slot takes it over. Long texts are never kept.
struct TextCache {
    private struct Entry {
        var bytes: [UInt8] = []
        var text = ""
        /// The same as an id, where it is one.
        var id: Identifier<Never>?
    }

    private static let slotCount = 256
    private static let longest = 128

    private var entries = [Entry](repeating: Entry(), count: slotCount)

    /// The text in a part of some bytes, or `nil` where it is no UTF-8.
    mutating func text(_ bytes: [UInt8], _ part: Range<Int>) -> String? {
        guard part.count <= TextCache.longest else { return TextCache.made(bytes, part) }
        guard !part.isEmpty else { return "" }
        guard let slot = slot(of: bytes, part) else { return nil }
        return entries[slot].text
    }

    /// The id in a part of some bytes, or `nil` where it is none.
    mutating func id<Subject>(
        _ bytes: [UInt8],
        _ part: Range<Int>,
        _ subject: Subject.Type = Subject.self
    ) -> Identifier<Subject>? {
        guard !part.isEmpty, part.count <= TextCache.longest, let slot = slot(of: bytes, part) else { return nil }
        return entries[slot].id.map { Identifier($0) }
    }

    /// Where a text of 1 to 128 bytes is kept from now on.
    private mutating func slot(of bytes: [UInt8], _ part: Range<Int>) -> Int? {
        let slot = TextCache.hash(bytes, part) % TextCache.slotCount
        guard !bytes.isSame(in: part, as: entries[slot].bytes) else { return slot }
        guard let text = TextCache.made(bytes, part) else { return nil }
        entries[slot] = Entry(bytes: Array(bytes[part]), text: text, id: Identifier(text))
        return slot
    }

    private static func made(_ bytes: [UInt8], _ part: Range<Int>) -> String? {
        guard let text = try? UTF8Span(validating: bytes.span.extracting(part)) else { return nil }
        return String(copying: text)
    }

    /// Of length, beginning and end; texts that differ in between share a slot.
    private static func hash(_ bytes: [UInt8], _ part: Range<Int>) -> Int {
        var mixed = UInt64(part.count)
        if part.count >= 8 {
            mixed = mixed &* 31 ^ bytes.number(at: part.lowerBound, UInt64.self)
            mixed = mixed &* 0x9E37_79B9_7F4A_7C15 ^ bytes.number(at: part.upperBound - 8, UInt64.self)
        } else {
            for index in part { mixed = mixed << 8 ^ UInt64(bytes[index]) }
        }
        return Int(truncatingIfNeeded: (mixed &* 0xD6E8_FEB8_6659_FD93) >> 48)
    }
}

extension Array<UInt8> {
    /// Whether a part of the bytes is the same as others.
    func isSame(in part: Range<Int>, as others: [UInt8]) -> Bool {
        guard others.count == part.count, part.lowerBound >= 0, part.upperBound <= count else { return false }
        // Safe because: both have as many bytes as are compared, which was just looked at.
        return unsafe others.withUnsafeBytes { others in
            unsafe withUnsafeBytes { bytes in
                guard let left = others.baseAddress, let right = bytes.baseAddress else { return part.isEmpty }
                return unsafe memcmp(left, right + part.lowerBound, part.count) == 0
            }
        }
    }
}
