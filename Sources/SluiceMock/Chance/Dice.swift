// SPDX-License-Identifier: Apache-2.0

/// A stream of numbers that follows from a seed alone (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The stream for one seed and a list of words: the same words give the same stream.
    init(seed: UInt64, _ words: String...) {
        var hash = SeededHash(seed: seed)
        for word in words { hash.add(word) }
        state = hash.value
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Dice.mix(state)
    }

    /// A number from 0 up to, but not including, 1.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// A 64-bit hash that is the same in every process and on every machine (FNV-1a, then mixed).
struct SeededHash {
    private var state: UInt64

    init(seed: UInt64) { state = 0xCBF2_9CE4_8422_2325 ^ Dice.mix(seed) }

    mutating func add(_ word: String) {
        for byte in word.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        state = (state ^ 0xFF) &* 0x100_0000_01B3
    }

    var value: UInt64 { Dice.mix(state) }

    /// Sixteen hex digits.
    var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
