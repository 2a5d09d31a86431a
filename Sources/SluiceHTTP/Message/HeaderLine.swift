// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// One header line as ranges of bytes; `nil` where the rules are broken (RFC 9112 §5, without obsolete folding).
struct HeaderLine {
    let name: Range<Int>
    let value: Range<Int>
    /// Where the next line begins.
    let next: Int

    /// A line that was checked before.
    init?(checked bytes: Span<UInt8>, from start: Int) {
        guard let colon = bytes.firstIndex(of: .colon, from: start),
            let end = bytes.firstIndex(of: .lineFeed, from: colon), end > colon + 1
        else { return nil }
        name = start..<colon
        value = HeaderLine.trimmed(bytes, colon + 1, end - 1)
        next = end + 1
    }

    init?(in bytes: Span<UInt8>, from start: Int) {
        guard let end = bytes.firstIndex(of: .lineFeed, from: start) else { return nil }
        self.init(in: bytes, from: start, end: end)
    }

    /// - Parameter end: where the line's LF stands.
    @inline(__always)
    init?(in bytes: Span<UInt8>, from start: Int, end: Int) {
        guard start >= 0, end > start, end < bytes.count, bytes[end - 1] == .carriageReturn else { return nil }
        var colon = bytes.skippingLetters(from: start)
        // Safe because: the return before the line's end is no part of a name, so this ends within the line.
        while HeaderLine.isToken(unsafe bytes[unchecked: colon]) { colon &+= 1 }
        guard bytes[colon] == .colon, colon > start else { return nil }
        let text = HeaderLine.trimmed(bytes, colon + 1, end - 1)
        guard bytes.isFieldText(text) else { return nil }
        name = start..<colon
        value = text
        next = end + 1
    }

    /// The value stands between one space and the line's end, as almost all are written.
    var isPlain: Bool { value.lowerBound == name.upperBound + 2 && value.upperBound == next - 2 }

    @inline(__always)
    private static func trimmed(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int> {
        var first = start
        var last = end
        while first < last, bytes[first].isBlank { first += 1 }
        while last > first, bytes[last - 1].isBlank { last -= 1 }
        return first..<last
    }

    /// RFC 9110 §5.6.2, as one bit for each byte below 0x80.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        let bits: UInt64 = byte < 0x40 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return byte < 0x80 && bits &>> UInt64(byte & 0x3F) & 1 == 1
    }
}
