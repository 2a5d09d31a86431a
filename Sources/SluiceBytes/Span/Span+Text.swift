// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    public import Glibc
#elseif canImport(Musl)
    public import Musl
#else
    public import Darwin
#endif

extension Span<UInt8> {
    /// The first index of a byte at or after `start`.
    @inlinable
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
    @inlinable
    package func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        // Safe because: the text's storage is constant, both have `count` bytes, and eight are loaded only where they are.
        let wanted = unsafe UnsafeRawPointer(text.utf8Start)
        guard count >= 8 else {
            for index in 0..<count
            where unsafe self[unchecked: index] != wanted.load(fromByteOffset: index, as: UInt8.self) { return false }
            return true
        }
        let raw = unsafe bytes
        var index = 0
        while true {
            let word = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            if unsafe word != wanted.loadUnaligned(fromByteOffset: index, as: UInt64.self) { return false }
            if index == count &- 8 { return true }
            // The last word may overlap the one before.
            index = Swift.min(index &+ 8, count &- 8)
        }
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

    /// The decimal number this is: 1 to 18 digits and nothing else.
    package var decimal: Int? {
        guard (1...18).contains(count) else { return nil }
        var number = 0
        for index in 0..<count {
            guard self[index].isDigit else { return nil }
            number = number * 10 + Int(self[index] - .digitZero)
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
            let end = firstIndex(of: .comma, from: start) ?? count
            var first = start
            var last = end
            while first < last, self[first].isBlank { first += 1 }
            while last > first, self[last - 1].isBlank { last -= 1 }
            if matches(extracting(first..<last)) { return true }
            start = end + 1
        }
        return false
    }
}

extension UInt8 {
    /// A space or a tab.
    @inlinable @inline(__always)
    package var isBlank: Bool { self == .space || self == .tab }

    /// A decimal digit.
    @inlinable @inline(__always)
    package var isDigit: Bool { self >= .digitZero && self <= .digitNine }

    /// What this is worth as a hexadecimal digit.
    @inlinable @inline(__always)
    package var hexDigit: UInt8? {
        switch self {
        case .digitZero ... .digitNine: self - .digitZero
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - (UInt8(ascii: "A") - 10)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - (UInt8(ascii: "a") - 10)
        default: nil
        }
    }

    /// A line feed or a carriage return.
    @inlinable @inline(__always)
    package var isLineEnd: Bool { self == .lineFeed || self == .carriageReturn }

    /// This ASCII letter in lower case; every other byte as it is.
    @inlinable @inline(__always)
    package var lowercasedASCII: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}

extension UInt64 {
    /// Eight bytes with the ASCII letters among them in lower case.
    @inline(__always)
    var lowercasedASCII: UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let low = self & (ones &* 0x7F)
        let fromA = low &+ (ones &* (0x80 - 0x41))
        let behindZ = low &+ (ones &* (0x80 - 0x5B))
        let isUpper = (fromA & ~behindZ & ~self) & (ones &* 0x80)
        return self | isUpper &>> 2
    }
}
