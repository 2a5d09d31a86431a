// SPDX-License-Identifier: Apache-2.0

/// What one loop knows of one target: how fast it answers, and the breakers that all loops share.
struct TargetHealth {
    let breakers: TargetBreakers
    private(set) var firstToken = DecayedMean()
    /// Of whole answers, which come when all of them was generated.
    private(set) var wholeAnswer = DecayedMean()

    init(_ breakers: TargetBreakers) { self.breakers = breakers }

    /// Notes an answer; `time` in nanoseconds to the first token of a stream, or to the end of a whole answer.
    mutating func add(time: UInt64, isStream: Bool, at now: UInt64) {
        if isStream { firstToken.add(Double(time), at: now) } else { wholeAnswer.add(Double(time), at: now) }
    }
}

/// A mean in which what is new counts most, and which forgets: half of it in ten seconds without news.
///
/// So a target that was slow is tried again after a while.
struct DecayedMean: Equatable {
    private var value: Double = 0
    private var at: UInt64 = 0

    private static let weight = 0.3
    /// Nanoseconds.
    private static let halfLife = 10_000_000_000.0

    /// 0 where nothing is known.
    func value(at now: UInt64) -> Double {
        guard value > 0, now > at else { return value }
        // Steps of a quarter are fine enough, and need no library.
        let quarters = min(Double(now - at) / DecayedMean.halfLife * 4, 400)
        var left = value
        for _ in 0..<Int(quarters) { left *= 0.8409 }
        return left
    }

    mutating func add(_ sample: Double, at now: UInt64) {
        value = value == 0 ? sample : value + (sample - value) * DecayedMean.weight
        at = now
    }
}
