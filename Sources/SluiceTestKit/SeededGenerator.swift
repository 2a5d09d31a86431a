// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Random numbers that a seed repeats: a failing run is run again by its seed.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var base: SplitMix64

    package init(seed: UInt64) { base = SplitMix64(seed: seed) }

    package mutating func next() -> UInt64 { base.next() }

    /// Random bytes.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 32) }
    }

    /// `true` with this probability, 0…1.
    package mutating func chance(_ probability: Double) -> Bool { base.fraction() < probability }
}
