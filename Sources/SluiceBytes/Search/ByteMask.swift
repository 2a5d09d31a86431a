// SPDX-License-Identifier: Apache-2.0

/// What a comparison of sixteen bytes found: a search by vectors ends here.
extension SIMDMask<SIMD16<Int8>> {
    /// Two words of all ones where a byte is marked and zeros elsewhere, the first byte in the lowest bits.
    @inlinable @inline(__always)
    package var words: (low: UInt64, high: UInt64) {
        // Safe because: a mask is sixteen bytes, each all ones or all zeros.
        let words = unsafe unsafeBitCast(self, to: SIMD2<UInt64>.self)
        return (UInt64(littleEndian: words[0]), UInt64(littleEndian: words[1]))
    }

    /// How many bytes stand before the first that is marked; 16 where none is.
    @inlinable @inline(__always)
    package var unmarkedPrefix: Int {
        let words = self.words
        if words.low != 0 { return words.low.trailingZeroBitCount &>> 3 }
        // All 64 bits zero count as eight bytes.
        return 8 &+ words.high.trailingZeroBitCount &>> 3
    }

    /// How many bytes in front are all marked.
    @inlinable @inline(__always)
    package var markedPrefix: Int {
        let words = self.words
        if ~words.low != 0 { return (~words.low).trailingZeroBitCount &>> 3 }
        return 8 &+ (~words.high).trailingZeroBitCount &>> 3
    }
}
