// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A stream of numbers that follows from a seed alone.
struct Dice: RandomNumberGenerator {
    private var base: SplitMix64

    init(seed: UInt64) { base = SplitMix64(seed: seed) }

    /// The stream for one seed and a list of words: the same words give the same stream.
    init(seed: UInt64, _ words: String...) {
        var hash = SeededHash(seed: seed)
        for word in words { hash.add(word) }
        base = SplitMix64(seed: hash.value)
    }

    mutating func next() -> UInt64 { base.next() }

    /// A number from 0 up to, but not including, 1.
    mutating func fraction() -> Double { base.fraction() }
}

/// A 64-bit hash that is the same in every process and on every machine (FNV-1a, then mixed).
struct SeededHash {
    private var state: UInt64

    init(seed: UInt64) { state = 0xCBF2_9CE4_8422_2325 ^ SplitMix64.mix(seed) }

    mutating func add(_ word: String) {
        for byte in word.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        state = (state ^ 0xFF) &* 0x100_0000_01B3
    }

    var value: UInt64 { SplitMix64.mix(state) }

    /// Sixteen hex digits.
    var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
