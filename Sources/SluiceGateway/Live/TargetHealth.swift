// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Synchronization

/// What all loops know of one target together: a breaker for each kind of failure.
///
/// While all is well a request reads two words and counts itself in one that its loop alone writes; only what fails, and
/// what follows until the next success, takes the lock.
final class TargetBreakers: Sendable {
    private struct State {
        var breakers = InlineArray<5, Breaker>(repeating: Breaker())
        /// Races in a row that another target won.
        var losses = 0
    }

    let provider: ProviderID
    let model: String
    private let state = Mutex(State())
    /// A bit for each kind of failure whose breaker is not closed.
    private let open = Atomic<UInt8>(0)
    /// Not to be asked before this moment while another target is left; 0 while all breakers are closed.
    private let heldUntil = Atomic<UInt64>(0)
    /// Something failed since the last success.
    private let isTroubled = Atomic<Bool>(false)
    /// Of each loop: attempts that ended, whatever came of them.
    private let attempts: [TryCount]

    /// This model refused a stream for the `stream_options` that the relay had added, and served it without.
    private let refusal = Atomic<Bool>(false)

    /// Races lost in a row after which a target counts as slow.
    static let mostLosses = 20

    init(provider: ProviderID, model: String, loops: Int) {
        self.provider = provider
        self.model = model
        attempts = (0..<max(loops, 1)).map { _ in TryCount() }
    }

    /// The kinds of failure for which this target is held back.
    var openGroups: [FaultGroup] {
        let open = open.load(ordering: .relaxed)
        return FaultGroup.allCases.filter { open & $0.bit != 0 }
    }

    var refusesStreamOptions: Bool { refusal.load(ordering: .relaxed) }

    /// Notes a refusal; `true` the first time.
    func markStreamOptionsRefused() -> Bool { !refusal.exchange(true, ordering: .relaxed) }

    /// Not to be asked while another target is left.
    func isHeldBack(at now: UInt64) -> Bool { now < heldUntil.load(ordering: .relaxed) }

    /// A request is about to be sent there: the one probe, where the breakers wait for one.
    func begin(at now: UInt64) {
        let held = heldUntil.load(ordering: .relaxed)
        guard held != 0, now >= held else { return }
        change { state in
            for group in FaultGroup.allCases { state.breakers[group.rawValue].beginProbe(at: now) }
        }
    }

    /// Notes a failure; `true` where this opened the breaker of its kind, which was closed.
    func countFailure(_ group: FaultGroup, isQuotaExhausted: Bool, at now: UInt64, loop: Int) -> Bool {
        add(at: now, loop: loop)
        let tries = attempts.reduce(0) { $0 + $1.sum(through: now / PerSecond.length, seconds: Breaker.window) }
        return change { state in
            isTroubled.store(true, ordering: .relaxed)
            return state.breakers[group.rawValue].countFailure(at: now, of: tries, opensAtOnce: isQuotaExhausted)
        }
    }

    /// Notes that another target was faster; `true` where so many were lost in a row that this one counts as slow.
    func countLoss(at now: UInt64) -> Bool {
        change { state in
            isTroubled.store(true, ordering: .relaxed)
            state.losses += 1
            guard state.losses % TargetBreakers.mostLosses == 0 else { return false }
            return state.breakers[FaultGroup.slow.rawValue].countFailure(at: now, of: 0, opensAtOnce: true)
        }
    }

    /// Notes an answer to a request sent at `began`; `true` where this closed the last open breaker.
    func countSuccess(began: UInt64, at now: UInt64, loop: Int) -> Bool {
        add(at: now, loop: loop)
        guard isTroubled.load(ordering: .relaxed) else { return false }
        return change { state in
            let wasOpen = open.load(ordering: .relaxed) != 0
            state.losses = 0
            var isOpen = false
            for group in FaultGroup.allCases {
                state.breakers[group.rawValue].countSuccess(began: began)
                if state.breakers[group.rawValue].openUntil != 0 { isOpen = true }
            }
            isTroubled.store(isOpen, ordering: .relaxed)
            return wasOpen && !isOpen
        }
    }

    private func add(at now: UInt64, loop: Int) {
        if attempts.indices.contains(loop) { attempts[loop].add(at: now) }
    }

    /// Changes the breakers and tells what came of it to those who only read.
    @discardableResult
    private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            let result = body(&state)
            var groups: UInt8 = 0
            var until: UInt64 = 0
            for group in FaultGroup.allCases where state.breakers[group.rawValue].openUntil != 0 {
                groups |= group.bit
                until = max(until, state.breakers[group.rawValue].openUntil)
            }
            open.store(groups, ordering: .relaxed)
            heldUntil.store(until, ordering: .relaxed)
            return result
        }
    }
}

extension FaultGroup {
    fileprivate var bit: UInt8 { 1 << UInt8(rawValue) }
}

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
