// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import SluiceBytes

extension Span<UInt8> {
    /// Where letters, digits and hyphens end at or after `start`, sixteen at a time; sooner near the span's end.
    @inline(__always)
    func skippingLetters(from start: Int) -> Int {
        var index = Swift.max(start, 0)
        // Safe because: sixteen bytes are loaded only where the span has them.
        let raw = unsafe bytes
        let lowercase = SIMD16<UInt8>(repeating: .space)
        let a = SIMD16<UInt8>(repeating: UInt8(ascii: "a"))
        let letters = SIMD16<UInt8>(repeating: 26)
        let zero = SIMD16<UInt8>(repeating: .digitZero)
        let digits = SIMD16<UInt8>(repeating: 10)
        let hyphen = SIMD16<UInt8>(repeating: .minus)
        while index &+ 16 <= count {
            let text = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD16<UInt8>.self)
            let isLetter = ((text | lowercase) &- a) .< letters
            let isDigit = (text &- zero) .< digits
            let marks = isLetter .| isDigit .| (text .== hyphen)
            let skipped = marks.markedPrefix
            if skipped < 16 { return index &+ skipped }
            index &+= 16
        }
        return index
    }

    /// Whether a range holds nothing but visible characters, spaces, tabs and bytes above 0x7F (RFC 9110 §5.5).
    func isFieldText(_ range: Range<Int>) -> Bool {
        guard range.lowerBound >= 0, range.upperBound <= count else { return false }
        var index = range.lowerBound
        // Safe because: the range is within the span, and sixteen bytes are loaded only where the span has them.
        let raw = unsafe bytes
        while index < range.upperBound, index &+ 16 <= count {
            let text = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD16<UInt8>.self)
            // Typed vectors on both sides: with a number, or an inferred type, a comparison is a loop over the elements.
            let space = SIMD16<UInt8>(repeating: .space)
            let tab = SIMD16<UInt8>(repeating: .tab)
            let delete = SIMD16<UInt8>(repeating: .delete)
            let marks = ((text .< space) .& (text .!= tab)) .| (text .== delete)
            let first = marks.unmarkedPrefix
            // What follows the range is not looked at.
            if first < 16 { return index &+ first >= range.upperBound }
            index &+= 16
        }
        while index < range.upperBound {
            guard self[index].isFieldText else { return false }
            index &+= 1
        }
        return true
    }
}

extension UInt8 {
    /// A visible character, a space, a tab or a byte above 0x7F (RFC 9110 §5.5).
    @inline(__always)
    var isFieldText: Bool { self >= .space && self != .delete || self == .tab }
}

extension ByteBuffer {
    /// Takes the first bytes out, at most as many as there are.
    mutating func taken(_ count: Int) -> ByteBuffer {
        guard count < readableBytes else {
            // What is left is nothing: it is not to hold the storage.
            let all = self
            self = ByteBuffer()
            return all
        }
        let count = max(count, 0)
        var first = self
        first.moveWriterIndex(to: readerIndex + count)
        moveReaderIndex(forwardBy: count)
        return first
    }

    /// Appends bytes.
    package mutating func write(_ bytes: Span<UInt8>) {
        // Safe because: the buffer lives during the call only, and bytes are copied.
        _ = unsafe bytes.withUnsafeBytes { unsafe writeBytes($0) }
    }
}

extension String {
    /// The text of these bytes; what is no UTF-8 is replaced.
    package init(copying bytes: Span<UInt8>) {
        // Safe because: the buffer lives during the call only, and bytes are copied.
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
