// SPDX-License-Identifier: Apache-2.0
package import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Span<UInt8> {
    /// The first index of a byte at or after `start`.
    package func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard start >= 0, start < count else { return nil }
        // Safe because: the search stays within the buffer's own bounds.
        return unsafe withUnsafeBufferPointer { buffer -> Int? in
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base + start, Int32(byte), buffer.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    /// Whether this is exactly the given ASCII text.
    package func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        // Safe because: the text's storage is constant, and both have `count` bytes.
        let wanted = unsafe text.utf8Start
        for index in 0..<count where unsafe self[unchecked: index] != wanted[index] { return false }
        return true
    }

    /// Whether this is the given lower-case ASCII text, in any case of letters.
    @inlinable @inline(__always)
    package func equals(ignoringCase lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        // Safe because: the text's storage is constant, and is read below its count. Most texts differ at once.
        guard count > 0, unsafe (self[0] ^ lowercase.utf8Start[0]) & ~0x20 == 0 else { return count == 0 }
        return equalsWhole(ignoringCase: lowercase)
    }

    @usableFromInline
    func equalsWhole(ignoringCase lowercase: StaticString) -> Bool {
        let count = self.count
        guard count == lowercase.utf8CodeUnitCount else { return false }
        // Safe because: the text's storage is constant, both have `count` bytes, and eight are loaded only where they are.
        let wanted = unsafe UnsafeRawPointer(lowercase.utf8Start)
        let raw = unsafe bytes
        guard count >= 8 else {
            for index in 0..<count {
                let letter = unsafe wanted.load(fromByteOffset: index, as: UInt8.self)
                if unsafe self[unchecked: index].lowercasedASCII != letter { return false }
            }
            return true
        }
        var index = 0
        while true {
            let word = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            let letters = unsafe wanted.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if word != letters, word.lowercasedASCII != letters { return false }
            if index == count &- 8 { return true }
            // The last word may overlap the one before.
            index = Swift.min(index &+ 8, count &- 8)
        }
    }

    /// Where letters, digits and hyphens end at or after `start`, sixteen at a time; sooner near the span's end.
    @inline(__always)
    func skippingLetters(from start: Int) -> Int {
        var index = Swift.max(start, 0)
        // Safe because: sixteen bytes are loaded only where the span has them.
        let raw = unsafe bytes
        let lowercase = SIMD16<UInt8>(repeating: 0x20)
        let a = SIMD16<UInt8>(repeating: 0x61)
        let letters = SIMD16<UInt8>(repeating: 26)
        let zero = SIMD16<UInt8>(repeating: 0x30)
        let digits = SIMD16<UInt8>(repeating: 10)
        let hyphen = SIMD16<UInt8>(repeating: 0x2D)
        while index &+ 16 <= count {
            let text = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: SIMD16<UInt8>.self)
            let isLetter = ((text | lowercase) &- a) .< letters
            let isDigit = (text &- zero) .< digits
            let marks = isLetter .| isDigit .| (text .== hyphen)
            // Safe because: a mask is sixteen bytes, each all ones or all zeros.
            let words = unsafe unsafeBitCast(marks, to: SIMD2<UInt64>.self)
            let low = ~UInt64(littleEndian: words[0])
            let high = ~UInt64(littleEndian: words[1])
            if low != 0 { return index &+ low.trailingZeroBitCount &>> 3 }
            if high != 0 { return index &+ 8 &+ high.trailingZeroBitCount &>> 3 }
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
            let space = SIMD16<UInt8>(repeating: 0x20)
            let tab = SIMD16<UInt8>(repeating: 0x09)
            let delete = SIMD16<UInt8>(repeating: 0x7F)
            let marks = ((text .< space) .& (text .!= tab)) .| (text .== delete)
            // Safe because: a mask is sixteen bytes, each all ones or all zeros.
            let words = unsafe unsafeBitCast(marks, to: SIMD2<UInt64>.self)
            let low = UInt64(littleEndian: words[0])
            let high = UInt64(littleEndian: words[1])
            if low | high != 0 {
                let first = low != 0 ? low.trailingZeroBitCount &>> 3 : 8 &+ high.trailingZeroBitCount &>> 3
                // What follows the range is not looked at.
                return index &+ first >= range.upperBound
            }
            index &+= 16
        }
        while index < range.upperBound {
            guard Span.isFieldByte(self[index]) else { return false }
            index &+= 1
        }
        return true
    }

    @inline(__always)
    private static func isFieldByte(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    /// The decimal number this is: 1 to 18 digits and nothing else.
    package var decimal: Int? {
        guard (1...18).contains(count) else { return nil }
        var number = 0
        for index in 0..<count {
            guard self[index] >= 0x30, self[index] <= 0x39 else { return nil }
            number = number * 10 + Int(self[index] - 0x30)
        }
        return number
    }

    /// Whether a comma-separated list holds this lower-case token.
    package func listHolds(_ token: StaticString) -> Bool { listHolds { $0.equals(ignoringCase: token) } }

    /// Whether a comma-separated list holds this token, in any case of letters.
    package func listHolds(_ token: Span<UInt8>) -> Bool {
        listHolds { item in
            guard item.count == token.count else { return false }
            for index in item.indices where item[index] | 0x20 != token[index] | 0x20 { return false }
            return true
        }
    }

    private func listHolds(_ matches: (Span<UInt8>) -> Bool) -> Bool {
        var start = 0
        while start <= count {
            let end = firstIndex(of: 0x2C, from: start) ?? count
            var first = start
            var last = end
            while first < last, self[first] == 0x20 || self[first] == 0x09 { first += 1 }
            while last > first, self[last - 1] == 0x20 || self[last - 1] == 0x09 { last -= 1 }
            if matches(extracting(first..<last)) { return true }
            start = end + 1
        }
        return false
    }
}

extension UInt64 {
    /// Eight bytes with the ASCII letters among them in lower case.
    @inline(__always)
    fileprivate var lowercasedASCII: UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low = self & (ones &* 0x7F)
        let fromA = low &+ (ones &* (0x80 - 0x41))
        let behindZ = low &+ (ones &* (0x80 - 0x5B))
        let isUpper = (fromA & ~behindZ & ~self) & (ones &* 0x80)
        return self | isUpper &>> 2
    }
}

extension ByteBuffer {
    /// Appends bytes.
    package mutating func write(_ bytes: Span<UInt8>) {
        // Safe because: the buffer lives during the call only, and bytes are copied.
        _ = unsafe bytes.withUnsafeBytes { unsafe writeBytes($0) }
    }
}
