// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Which place is asked next, and when none is: pure, so that every turn of it can be tested.
///
/// A place that failed is asked once more before any other where the policy says so, or where the request was lost on a
/// connection that had lain idle. Else an untried place is asked at once. A place that was asked already is asked again only after a pause, only as often as
/// the version's retry policy says, and only where its last failure may pass: never after a wrong certificate or with a
/// credential that was refused. One that stayed silent waits until no other is left. What is the caller's own mistake is
/// asked nowhere else, but for a request that is too long, which goes to the place named for it, and one for a model that a
/// provider does not have, which the version chose and not the caller.
struct AttemptPlan: Equatable {
    /// One place where the request may be sent.
    struct Place: Equatable {
        /// Places with the same number share a credential.
        var credential: Int
        /// Asked only when a request is too long for another.
        var isForContext = false
        /// Further tries at this place that its last failure allows.
        var mayRepeat = true
        var tries = 0
        var isSilent = false
        /// Its last failure will not pass during this request.
        var isOut = false
        /// Further tries there that came before any other place.
        var stays = 0
        /// It may not be asked again before another place.
        var mayNotStay = false

        init(credential: Int = 0, isForContext: Bool = false) {
            self.credential = credential
            self.isForContext = isForContext
        }
    }

    enum Step: Equatable {
        /// A place that was not asked yet, at once.
        case move(Int)
        /// The place that failed, once more before any other, after a pause; numbers as of `repeated`.
        case stay(Int, count: Int, after: Duration?)
        /// A place that was asked before, after a pause; `count` is the number of such pauses before.
        case repeated(Int, count: Int, after: Duration?)
        case stop
    }

    private(set) var places: [Place]
    /// Tries at places that were asked before.
    private(set) var repeats = 0
    private let maxRepeats: Int
    private let first: RetryFirst

    /// A provider that asks for a longer pause than this is not waited for.
    static let longestPause = Duration.seconds(60)

    /// - Parameter first: what is tried again where it failed before another place is asked.
    init(places: [Place], maxRepeats: Int, first: RetryFirst = RetryFirst()) {
        self.places = places
        self.maxRepeats = maxRepeats
        self.first = first
    }

    /// The place asked first: the first that is not held back by a breaker; the first of all where all are.
    static func first(of count: Int, isHeldBack: (Int) -> Bool) -> Int {
        var index = 0
        while index < count {
            if !isHeldBack(index) { return index }
            index += 1
        }
        return 0
    }

    /// What comes after a failure that was noted.
    ///
    /// - Parameter isHeldBack: a breaker is open there; such a place is not moved to, and not asked again while another
    ///   is left.
    mutating func next(after failed: FailedAttempt, at index: Int, isHeldBack: (Int) -> Bool) -> Step {
        let failure = failed.reason
        switch failure.errorClass {
        case .callerGone, .relayStopped, .contentFilter, .refused, .superseded: return .stop
        case .badRequest where failure.isModelMissing:
            return places.indices.first { isFresh($0) && !isHeldBack($0) }.map { .move($0) } ?? .stop
        case .badRequest:
            guard failure.isContextLength,
                let larger = places.firstIndex(where: { $0.isForContext && $0.tries == 0 && !$0.isOut })
            else { return .stop }
            return .move(larger)
        default: break
        }
        if mayStay(failed, at: index, isHeldBack) {
            places[index].stays += 1
            repeats += 1
            return .stay(index, count: repeats - 1, after: failed.retryAfter)
        }
        if let fresh = places.indices.first(where: { isFresh($0) && !isHeldBack($0) }) { return .move(fresh) }
        return again(failed, at: index, isHeldBack)
    }

    /// The place cannot take this request at all.
    mutating func ruleOut(_ index: Int) {
        if places.indices.contains(index) { places[index].isOut = true }
    }

    /// Notes that the request failed at a place.
    mutating func note(_ failed: FailedAttempt, at index: Int) {
        let failure = failed.reason
        guard places.indices.contains(index) else { return }
        places[index].tries += 1
        places[index].isSilent = places[index].isSilent || failure.errorClass == .timeout
        places[index].mayRepeat = failure.isRetryable && (failed.retryAfter ?? .zero) <= AttemptPlan.longestPause
        if failure.errorClass == .tls { places[index].isOut = true }
        guard failure.errorClass == .credential || failure.isQuotaExhausted else { return }
        for other in places.indices where places[other].credential == places[index].credential {
            places[other].isOut = true
        }
    }

    /// There is no time or no budget to stay at a place: the others come next, and it costs no try.
    mutating func leave(_ index: Int) {
        guard places.indices.contains(index) else { return }
        places[index].mayNotStay = true
        repeats -= 1
    }

    /// The place is worth another try before any other: what failed there is likely to pass at once.
    private func mayStay(_ failed: FailedAttempt, at index: Int, _ isHeldBack: (Int) -> Bool) -> Bool {
        guard repeats < maxRepeats, places.indices.contains(index), !isHeldBack(index) else { return false }
        let place = places[index]
        guard place.mayRepeat, !place.isOut, !place.mayNotStay else { return false }
        // Where there is no other place the usual rules say as much.
        guard places.indices.contains(where: { isFresh($0) && !isHeldBack($0) }) else { return false }
        if failed.reason == .stale { return place.stays == 0 }
        switch failed.reason.errorClass {
        case .quota: return failed.retryAfter.map { $0 <= first.waitUpTo } ?? false
        case .upstreamError: return place.stays < first.serverErrors
        default: return false
        }
    }

    private func isFresh(_ index: Int) -> Bool {
        places[index].tries == 0 && !places[index].isOut && !places[index].isForContext
    }

    private mutating func again(_ failed: FailedAttempt, at index: Int, _ isHeldBack: (Int) -> Bool) -> Step {
        guard repeats < maxRepeats else { return .stop }
        let usable = places.indices.filter { places[$0].tries > 0 && places[$0].mayRepeat && !places[$0].isOut }
        let free = usable.count > 1 ? usable.filter { !isHeldBack($0) } : usable
        let loud = free.filter { !places[$0].isSilent }
        let choice = (loud.isEmpty ? free : loud).min { (places[$0].tries, $0) < (places[$1].tries, $1) }
        guard let choice else { return .stop }
        repeats += 1
        return .repeated(choice, count: repeats - 1, after: choice == index ? failed.retryAfter : nil)
    }
}

extension AttemptPlan {
    /// Whether an attempt may start: not past the deadline, and not in the last tenth of the time allowed.
    ///
    /// All in nanoseconds.
    static func hasTime(at moment: UInt64, until deadline: UInt64, of allowance: UInt64) -> Bool {
        moment < deadline && deadline - moment > allowance / 10
    }
}
