// SPDX-License-Identifier: Apache-2.0

extension RawSpan {
    /// The byte at an offset; checked.
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        // Safe because: the offset is checked, and every bit pattern is a byte.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// Eight bytes from an offset on, the first in the lowest bits; only where eight bytes are there.
    @inline(__always)
    func word(_ offset: Int) -> UInt64 {
        assert(offset >= 0 && offset + 8 <= byteCount, "word outside of the span")
        // Safe because: every caller has compared `offset + 8` with the count, and every bit pattern is an integer.
        return UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    /// Sixteen bytes from an offset on; only where sixteen bytes are there.
    @inline(__always)
    func vector(_ offset: Int) -> SIMD16<Int8> {
        assert(offset >= 0 && offset + 16 <= byteCount, "vector outside of the span")
        // Safe because: every caller has compared `offset + 16` with the count, and every bit pattern is an integer.
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD16<Int8>.self)
    }

    /// Whether a byte stands anywhere in a range that lies within the span.
    func holds(_ wanted: UInt8, in range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound {
            if byte(index) == wanted { return true }
            index &+= 1
        }
        return false
    }

    /// Whether these bytes stand at an offset.
    @inline(__always)
    func has(_ text: StaticString, at offset: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard offset >= 0, byteCount - offset >= count else { return false }
        // Safe because: the text's storage is constant, and both have `count` bytes from there on.
        let wanted = unsafe UnsafeRawPointer(text.utf8Start)
        var index = 0
        // The length is known where this stands: what remains are a few compares, the last of which may overlap.
        while count >= 8 {
            let found = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset &+ index, as: UInt64.self)
            if unsafe found != wanted.loadUnaligned(fromByteOffset: index, as: UInt64.self) { return false }
            if index == count &- 8 { return true }
            index = Swift.min(index &+ 8, count &- 8)
        }
        while index < count {
            let found = unsafe unsafeLoad(fromUncheckedByteOffset: offset &+ index, as: UInt8.self)
            if unsafe found != wanted.load(fromByteOffset: index, as: UInt8.self) { return false }
            index &+= 1
        }
        return true
    }

    /// Whether a range holds exactly these bytes.
    @inline(__always)
    func equals(_ text: StaticString, in range: Range<Int>) -> Bool {
        range.count == text.utf8CodeUnitCount && has(text, at: range.lowerBound)
    }

    /// Whether a range holds exactly these bytes, which are a part of others.
    func equals(_ bytes: [UInt8], _ part: Range<Int>, in range: Range<Int>) -> Bool {
        guard range.count == part.count, range.lowerBound >= 0, range.upperBound <= byteCount else { return false }
        for index in 0..<part.count where byte(range.lowerBound + index) != bytes[part.lowerBound + index] {
            return false
        }
        return true
    }

    /// A copy of a range, which is held inside.
    func copy(_ range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.append(contentsOf: self, in: range)
        return copy
    }
}

extension [UInt8] {
    /// Appends a range of a span, which is held inside.
    mutating func append(contentsOf bytes: RawSpan, in range: Range<Int>) {
        let inside = range.clamped(to: 0..<bytes.byteCount)
        guard !inside.isEmpty else { return }
        // Safe because: the buffer lives during the call only, and bytes are copied.
        unsafe bytes.extracting(inside).withUnsafeBytes { unsafe append(contentsOf: $0) }
    }
}

extension RawSpan {
    /// Whether a range of other bytes stands at an offset, thirty-two at a time.
    @inline(__always)
    func has(_ other: RawSpan, _ range: Range<Int>, at offset: Int) -> Bool {
        guard offset >= 0, range.upperBound <= other.byteCount, range.count <= byteCount - offset else { return false }
        var mine = offset
        var theirs = range.lowerBound
        let end = range.upperBound
        while theirs &+ 32 <= end {
            let first = vector(mine) ^ other.vector(theirs)
            let second = vector(mine &+ 16) ^ other.vector(theirs &+ 16)
            // Safe because: both are sixteen bytes.
            let words = unsafe unsafeBitCast(first | second, to: SIMD2<UInt64>.self)
            if words[0] | words[1] != 0 { return false }
            mine &+= 32
            theirs &+= 32
        }
        while theirs &+ 8 <= end {
            if word(mine) != other.word(theirs) { return false }
            mine &+= 8
            theirs &+= 8
        }
        if theirs < end, range.count >= 8 {
            // The last eight, of which some were compared before.
            return word(mine &- 8 &+ (end &- theirs)) == other.word(end &- 8)
        }
        while theirs < end {
            if byte(mine) != other.byte(theirs) { return false }
            mine &+= 1
            theirs &+= 1
        }
        return true
    }
}
