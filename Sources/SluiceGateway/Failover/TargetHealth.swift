// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What one loop knows of one place: a breaker for each kind of failure, and how fast it answers.
struct TargetHealth {
    private var attempts = AttemptWindow()
    private var breakers = InlineArray<5, Breaker>(repeating: Breaker())
    private(set) var firstToken = DecayedMean()
    /// Of whole answers, which come when all of them was generated.
    private(set) var wholeAnswer = DecayedMean()
    /// A bit for each kind of failure whose breaker is not closed.
    private(set) var openGroups: UInt8 = 0
    /// Something failed since the last success.
    private var isTroubled = false
    private let board: TargetBoard

    init(_ board: TargetBoard) { self.board = board }

    /// Not to be asked while another place is left.
    func isHeldBack(at now: UInt64) -> Bool {
        guard openGroups != 0 else { return false }
        for group in FaultGroup.allCases where breakers[group.rawValue].state(at: now) == .open { return true }
        return false
    }

    /// A request is about to be sent there.
    mutating func begin(at now: UInt64) {
        guard openGroups != 0 else { return }
        for group in FaultGroup.allCases { breakers[group.rawValue].beginProbe(at: now) }
    }

    /// Notes a failure; the kind where this opened its breaker.
    mutating func countFailure(_ errorClass: ErrorClass, isMoneyGone: Bool = false, at now: UInt64) -> FaultGroup? {
        guard let group = FaultGroup(errorClass) else { return nil }
        attempts.add(at: now)
        isTroubled = true
        guard breakers[group.rawValue].countFailure(at: now, in: attempts, opensAtOnce: isMoneyGone) else { return nil }
        setOpen(openGroups | 1 << UInt8(group.rawValue))
        return group
    }

    /// Notes an answer; `time` in nanoseconds to the first token of a stream, or to the end of a whole answer.
    mutating func countSuccess(began: UInt64, time: UInt64, isStream: Bool, at now: UInt64) {
        attempts.add(at: now)
        if isStream { firstToken.add(Double(time), at: now) } else { wholeAnswer.add(Double(time), at: now) }
        guard isTroubled else { return }
        var open: UInt8 = 0
        for group in FaultGroup.allCases {
            breakers[group.rawValue].countSuccess(began: began)
            if breakers[group.rawValue].state(at: now) != .closed { open |= 1 << UInt8(group.rawValue) }
        }
        isTroubled = open != 0
        setOpen(open)
    }

    private mutating func setOpen(_ groups: UInt8) {
        guard groups != openGroups else { return }
        board.change(from: openGroups, to: groups)
        openGroups = groups
    }
}

/// A mean in which what is new counts most, and which forgets: half of it in ten seconds without news.
///
/// So a place that was slow is tried again after a while.
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
