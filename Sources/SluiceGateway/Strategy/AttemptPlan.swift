// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Which target is asked next, and when none is: pure, so that every turn of it can be tested.
///
/// A target that failed is asked once more before any other where the policy says so, or where the request was lost on a
/// connection that had lain idle. Else an untried target is asked at once. A target that was asked already is asked again only
/// after a pause, only as often as the version's retry policy says, and only where its last failure may pass: never after a
/// wrong certificate or with a credential that was refused. One that stayed silent waits until no other is left. What is the
/// caller's own mistake is asked nowhere else, but for a request that is too long, which goes to the target named for it, and
/// one for a model that a provider does not have, which the version chose and not the caller.
struct AttemptPlan: Equatable {
    /// One target where the request may be sent.
    struct Target: Equatable {
        /// Targets with the same number share a credential.
        var credential: Int
        /// Asked only when a request is too long for another.
        var isForContext = false
        /// Further tries at this target that its last failure allows.
        var mayRepeat = true
        var tries = 0
        var isSilent = false
        /// Its last failure will not pass during this request.
        var isOut = false
        /// Further tries there that came before any other target.
        var stays = 0
        /// It may not be asked again before another target.
        var mayNotStay = false

        init(credential: Int = 0, isForContext: Bool = false) {
            self.credential = credential
            self.isForContext = isForContext
        }
    }

    enum Step: Equatable {
        /// A target that was not asked yet, at once.
        case move(Int)
        /// The target that failed, once more before any other, after a pause; numbers as of `repeated`.
        case stay(Int, count: Int, after: Duration?)
        /// A target that was asked before, after a pause; `count` is the number of such pauses before.
        case repeated(Int, count: Int, after: Duration?)
        case stop
    }

    private(set) var targets: [Target]
    /// Tries at targets that were asked before.
    private(set) var repeats = 0
    private let maxRepeats: Int
    private let first: RetryFirst

    /// - Parameter first: what is tried again where it failed before another target is asked.
    init(targets: [Target], maxRepeats: Int, first: RetryFirst = RetryFirst()) {
        self.targets = targets
        self.maxRepeats = maxRepeats
        self.first = first
    }

    /// What comes after a failure that was noted.
    ///
    /// - Parameter isHeldBack: a breaker is open there; such a target is not moved to, and not asked again while another
    ///   is left.
    mutating func next(after failed: FailedAttempt, at index: Int, isHeldBack: (Int) -> Bool) -> Step {
        let failure = failed.reason
        switch failure.errorClass {
        case .callerGone, .relayStopped, .contentFilter, .refused, .superseded: return .stop
        case .badRequest where failure.isModelMissing:
            return targets.indices.first { isFresh($0) && !isHeldBack($0) }.map { .move($0) } ?? .stop
        case .badRequest:
            guard failure.isContextLength,
                let larger = targets.firstIndex(where: { $0.isForContext && $0.tries == 0 && !$0.isOut })
            else { return .stop }
            return .move(larger)
        default: break
        }
        if mayStay(failed, at: index, isHeldBack) {
            targets[index].stays += 1
            repeats += 1
            return .stay(index, count: repeats - 1, after: failed.retryAfter)
        }
        if let fresh = targets.indices.first(where: { isFresh($0) && !isHeldBack($0) }) { return .move(fresh) }
        return again(failed, at: index, isHeldBack)
    }

    /// The target cannot take this request at all.
    mutating func ruleOut(_ index: Int) {
        if targets.indices.contains(index) { targets[index].isOut = true }
    }

    /// Notes that the request failed at a target.
    mutating func note(_ failed: FailedAttempt, at index: Int) {
        let failure = failed.reason
        guard targets.indices.contains(index) else { return }
        targets[index].tries += 1
        targets[index].isSilent = targets[index].isSilent || failure.errorClass == .timeout
        targets[index].mayRepeat = failure.isRetryable && (failed.retryAfter ?? .zero) <= RetryAdvice.longestWait
        if failure.errorClass == .tls { targets[index].isOut = true }
        guard failure.errorClass == .credential || failure.isQuotaExhausted else { return }
        for other in targets.indices where targets[other].credential == targets[index].credential {
            targets[other].isOut = true
        }
    }

    /// There is no time or no budget to stay at a target: the others come next, and it costs no try.
    mutating func leave(_ index: Int) {
        guard targets.indices.contains(index) else { return }
        targets[index].mayNotStay = true
        repeats -= 1
    }

    /// The target is worth another try before any other: what failed there is likely to pass at once.
    private func mayStay(_ failed: FailedAttempt, at index: Int, _ isHeldBack: (Int) -> Bool) -> Bool {
        guard repeats < maxRepeats, targets.indices.contains(index), !isHeldBack(index) else { return false }
        let target = targets[index]
        guard target.mayRepeat, !target.isOut, !target.mayNotStay else { return false }
        // Where there is no other target the usual rules say as much.
        guard targets.indices.contains(where: { isFresh($0) && !isHeldBack($0) }) else { return false }
        if failed.reason == .stale { return target.stays == 0 }
        switch failed.reason.errorClass {
        case .quota: return failed.retryAfter.map { $0 <= first.waitUpTo } ?? false
        case .upstreamError: return target.stays < first.serverErrors
        default: return false
        }
    }

    private func isFresh(_ index: Int) -> Bool {
        targets[index].tries == 0 && !targets[index].isOut && !targets[index].isForContext
    }

    private mutating func again(_ failed: FailedAttempt, at index: Int, _ isHeldBack: (Int) -> Bool) -> Step {
        guard repeats < maxRepeats else { return .stop }
        let usable = targets.indices.filter { targets[$0].tries > 0 && targets[$0].mayRepeat && !targets[$0].isOut }
        let free = usable.count > 1 ? usable.filter { !isHeldBack($0) } : usable
        let loud = free.filter { !targets[$0].isSilent }
        let choice = (loud.isEmpty ? free : loud).min { (targets[$0].tries, $0) < (targets[$1].tries, $1) }
        guard let choice else { return .stop }
        repeats += 1
        return .repeated(choice, count: repeats - 1, after: choice == index ? failed.retryAfter : nil)
    }
}
