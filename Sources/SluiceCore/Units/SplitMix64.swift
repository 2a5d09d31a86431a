// SPDX-License-Identifier: Apache-2.0

/// Random numbers that follow from a seed alone (Steele, Lea and Flood, 2014); not for secrets.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= SplitMix64.step
        return SplitMix64.mix(state)
    }

    /// A number from 0 up to, but not including, 1.
    package mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// The first number of a seed, as a hash of it.
    package static func first(seed: UInt64) -> UInt64 { mix(seed &+ step) }

    /// A one-to-one mix of 64 bits.
    package static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// The golden ratio of 2^64.
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
}
