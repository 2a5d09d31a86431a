// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceWire

/// Asks one target after the other, by the plan, after the first attempts have failed.
func sequential(
    after first: Tried,
    _ assigned: AssignedRequest,
    for caller: CallerListener
) async throws(Refusal) -> CallAnswer {
    var tried = first
    var sequence = AttemptSequence(of: assigned, after: first)
    while case .failed(let failure) = tried.result {
        sequence.note(failure)
        guard caller.departure == nil, let (next, wait) = sequence.next(after: failure, of: tried.attempt) else {
            assigned.transcript.retryAdvice = RetryAdvice(
                after: failure,
                attempts: assigned.transcript.outcome.attempts.count
            )
            return try conclude(failure, of: tried.attempt, assigned, for: caller)
        }
        tried.attempt.settle(failure)
        tried.attempt.closeConnection()
        guard await caller.pause(for: wait) else { throw .callerLeft }
        caller.follow(next)
        tried = await once(next, as: sequence.isNew ? .fallback : .retry, for: caller)
    }
    guard case .reply(let reply) = tried.result else { throw .callerLeft }
    return CallAnswer(reply, of: tried.attempt, to: assigned)
}

/// The last word: the provider's own answer, or a refusal.
private func conclude(
    _ failure: FailedAttempt,
    of attempt: UpstreamAttempt,
    _ assigned: AssignedRequest,
    for caller: CallerListener
) throws(Refusal) -> CallAnswer {
    if caller.departure == nil, let reply = failure.reply { return CallAnswer(reply, of: attempt, to: assigned) }
    attempt.settle(failure)
    attempt.closeConnection()
    throw failure.reason.refusal(provider: failure.provider)
}

/// Where the attempts of one request have been, and where the next one goes.
private struct AttemptSequence {
    private let assigned: AssignedRequest
    private let candidates: [Candidate]
    private var plan: AttemptPlan
    private var index = 0
    /// The target chosen last was not asked before.
    private(set) var isNew = false

    private var loop: GatewayLoop { assigned.loop }
    private var version: CompiledVersion { assigned.assignment.version }

    /// - Parameter first: of its attempts all but the last are noted.
    init(of assigned: AssignedRequest, after first: Tried) {
        self.assigned = assigned
        let version = assigned.assignment.version
        let all = assigned.candidates
        candidates = all
        plan = AttemptPlan(
            targets: all.map { .init(credential: $0.target.credential, isForContext: $0.isForContext) },
            maxRepeats: version.retry.maxRetries,
            first: version.retryFirst ?? assigned.assignment.route.retryFirst ?? RetryFirst()
        )
        for (failure, target) in first.failures {
            if let index = all.firstIndex(where: { $0.target === target }) { plan.note(failure, at: index) }
        }
        index = all.firstIndex { $0.target === first.attempt.target } ?? 0
    }

    mutating func note(_ failure: FailedAttempt) { plan.note(failure, at: index) }

    /// The next attempt and the wait before it in nanoseconds; `nil` when there is to be none.
    mutating func next(
        after failure: FailedAttempt,
        of attempt: UpstreamAttempt
    ) -> (attempt: UpstreamAttempt, wait: UInt64)? {
        let (loop, candidates) = (self.loop, self.candidates)
        // A batch that was made twice is paid for twice.
        if assigned.call.makesKept, failure.reason != .stale { return nil }
        while true {
            let chosen: (index: Int, wait: UInt64)
            switch plan.next(after: failure, at: index, isHeldBack: { loop.isHeldBack(candidates[$0].target) }) {
            case .stop: return nil
            case .move(let next): chosen = (next, 0)
            case .stay(let next, let count, let asked):
                chosen = (next, failure.reason == .stale ? 0 : pause(count: count, asked: asked))
                guard mayRetry(after: chosen.wait) else {
                    plan.leave(next)
                    continue
                }
            case .repeated(let next, let count, let asked):
                let isAtOnce = failure.reason == .stale && next == index && count == 0
                chosen = (next, isAtOnce ? 0 : pause(count: count, asked: asked))
                guard mayRetry(after: chosen.wait) else { return nil }
            }
            guard assigned.limit.hasTime(at: loop.http.now) else { return nil }
            if let next = assigned.attempt(at: candidates[chosen.index], after: attempt) {
                index = chosen.index
                isNew = plan.targets[index].tries == 0
                return (next, chosen.wait)
            }
            plan.ruleOut(chosen.index)
        }
    }

    private func mayRetry(after wait: UInt64) -> Bool {
        let now = loop.http.now
        return assigned.limit.hasTime(at: now &+ wait) && version.budget.takeRetry(at: now)
    }

    /// Nanoseconds before a target is asked again: full jitter (0 to the backoff, which doubles), on top of what the
    /// provider asks for.
    private func pause(count: Int, asked: Duration?) -> UInt64 {
        let policy = version.retry
        let ceiling = min(
            policy.backoff.nanoseconds << UInt64(min(count, 20)),
            policy.maxBackoff.nanoseconds
        )
        let wait = ceiling == 0 ? 0 : UInt64.random(in: 0...ceiling, using: &loop.chance)
        return wait &+ (asked ?? .zero).nanoseconds
    }
}

extension RetryAdvice {
    /// Our own retries are spent; a caller who hears when to come back may do so.
    ///
    /// - Parameter attempts: how many were made.
    fileprivate init(after failure: FailedAttempt, attempts: Int) {
        let isWorthWaiting = failure.reason.errorClass == .quota && failure.retryAfter != nil
        let isTooLong = failure.retryAfter ?? .zero > RetryAdvice.longestWait
        self.init(
            isExhausted: isTooLong || attempts > 1 && (!isWorthWaiting || failure.reason.isQuotaExhausted),
            wait: isWorthWaiting ? failure.retryAfter : nil
        )
    }
}

extension Refusal {
    /// Nobody reads it.
    fileprivate static let callerLeft = Refusal(.badRequest, "the caller has left")
}
