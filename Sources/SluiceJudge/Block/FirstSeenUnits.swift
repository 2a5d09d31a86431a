// SPDX-License-Identifier: Apache-2.0

/// Tells a unit seen for the first time from one seen before, in bounded memory (a Bloom filter of four bits a unit hash).
///
/// May now and then take a new unit for an old one, in both arms alike; never the other way round.
public struct FirstSeenUnits: Sendable {
    private var words: [UInt64]
    private let mask: UInt64

    /// Prepares the filter.
    ///
    /// - Parameter bits: size, rounded up to a power of two; ten bits for each expected unit give about 1 % misses.
    public init(bits: Int = 1 << 20) {
        var size = 1024
        while size < min(bits, 1 << 32) { size *= 2 }
        words = [UInt64](repeating: 0, count: size / 64)
        mask = UInt64(size - 1)
    }

    /// Notes a unit's 64-bit hash.
    ///
    /// - Returns: whether it is new.
    public mutating func insert(_ unit: UInt64) -> Bool {
        var state = unit
        var isNew = false
        for _ in 0..<4 {
            state = mixed(state)
            let bit = state & mask
            let index = Int(bit >> 6)
            let flag: UInt64 = 1 << (bit & 63)
            if words[index] & flag == 0 {
                words[index] |= flag
                isNew = true
            }
        }
        return isNew
    }
}

/// A bijective mix of 64 bits (the finisher of SplitMix64).
@inline(__always)
func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
}
