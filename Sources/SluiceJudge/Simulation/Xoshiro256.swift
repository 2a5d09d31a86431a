// SPDX-License-Identifier: Apache-2.0

/// A random number generator that gives the same numbers for the same seed everywhere (xoshiro256**).
public struct Xoshiro256: RandomNumberGenerator, Sendable {
    private var s0: UInt64
    private var s1: UInt64
    private var s2: UInt64
    private var s3: UInt64

    /// Starts a stream; streams of one seed are independent of each other.
    public init(seed: UInt64, stream: UInt64 = 0) {
        let base = mixed(seed) ^ mixed(stream &* 0xD134_2543_DE82_EF95 &+ 1)
        s0 = mixed(base)
        s1 = mixed(s0)
        s2 = mixed(s1)
        s3 = mixed(s2) | 1
    }

    @inline(__always)
    public mutating func next() -> UInt64 {
        let turned = (s1 &* 5)
        let result = ((turned << 7) | (turned >> 57)) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = (s3 << 45) | (s3 >> 19)
        return result
    }

    /// A number in [0, 1).
    @inline(__always)
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}
