// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceWire

extension Exchange {
    /// Asks for a reply and passes it on.
    func serve() async {
        do throws(Refusal) {
            switch try await forward() {
            case .whole(let answer): await wholeBack(answer)
            case .stream(let answer): await streamBack(answer)
            }
        } catch {
            await refuse(error)
        }
    }

    /// Gets a reply from a provider: tries, moves on, waits and tries again, all before the caller sees content.
    private func forward() async throws(Refusal) -> Reply {
        let version = assignment.version
        let first = target
        let isOwn = begin(version, at: first)
        let result =
            if let delay = version.hedgeAfter, isOwn {
                await attemptHedged(first, version, after: delay)
            } else {
                await attempt(first, purpose: isOwn ? .primary : .fallback)
            }
        switch result {
        case .reply(let reply): return reply
        case .failed(let failure): return try await forward(after: failure, of: version, at: first)
        }
    }

    /// The first attempt is about to be made; whether it is at the assigned version's own target.
    @inline(never)
    private func begin(_ version: CompiledVersion, at first: CompiledTarget) -> Bool {
        watchCaller()
        let isOwn = first.version == version.id
        if isOwn { transcript.beginEvidence(isCallerGone: isCallerGone) }
        if !call.headers.fields.isRetry { version.budget.countTry(loop: loop.http.index, at: call.startedAt) }
        return isOwn
    }

    /// Goes on after the first attempt has failed.
    private func forward(
        after failure: FailedAttempt,
        of version: CompiledVersion,
        at first: CompiledTarget
    ) async throws(Refusal) -> Reply {
        let candidates = assignment.candidates(from: first, order, transcript)
        var plan = AttemptPlan(
            targets: candidates.map { .init(credential: $0.target.credential, isForContext: $0.isForContext) },
            maxRepeats: version.retry.maxRetries,
            first: version.retryFirst ?? assignment.route.retryFirst ?? RetryFirst()
        )
        var failure = failure
        var index = 0
        if let race {
            for (failed, target) in race.failures {
                if let index = candidates.firstIndex(where: { $0.target === target }) { plan.note(failed, at: index) }
            }
            index = candidates.firstIndex { $0.target === self.target } ?? 0
            self.race = nil
        }
        while true {
            plan.note(failure, at: index)
            guard let (next, wait) = step(&plan, after: failure, at: index, candidates, version) else {
                // A caller who is told when to come back may do so.
                let isWorthWaiting = failure.reason.errorClass == .quota && failure.retryAfter != nil
                transcript.retryAdvice = RetryAdvice(
                    isExhausted: transcript.outcome.attempts.count > 1
                        && (!isWorthWaiting || failure.reason.isQuotaExhausted),
                    wait: isWorthWaiting ? failure.retryAfter : nil
                )
                return try conclude(failure)
            }
            settleAttempt(failure)
            closeConnection()
            guard await sleep(for: wait) else { return try conclude(nil) }
            let target = candidates[next].target
            self.target = target
            index = next
            let isNew = plan.targets[next].tries == 0
            switch await attempt(target, purpose: isNew ? .fallback : .retry) {
            case .reply(let reply): return reply
            case .failed(let next): failure = next
            }
        }
    }

    /// The next target and the wait before it in nanoseconds; `nil` when there is to be no further attempt.
    private func step(
        _ plan: inout AttemptPlan,
        after failure: FailedAttempt,
        at index: Int,
        _ candidates: [Candidate],
        _ version: CompiledVersion
    ) -> (index: Int, wait: UInt64)? {
        guard !isCallerGone else { return nil }
        while true {
            let chosen: (index: Int, wait: UInt64)
            switch plan.next(after: failure, at: index, isHeldBack: { loop.isHeldBack(candidates[$0].target) }) {
            case .stop: return nil
            case .move(let next): chosen = (next, 0)
            case .stay(let next, let count, let asked):
                chosen = (next, failure.reason == .stale ? 0 : pause(count: count, asked: asked, version.retry))
                guard limit.hasTime(at: now &+ chosen.wait),
                    version.budget.takeRetry(at: now)
                else {
                    plan.leave(next)
                    continue
                }
            case .repeated(let next, let count, let asked):
                let isAtOnce = failure.reason == .stale && next == index && count == 0
                chosen = (next, isAtOnce ? 0 : pause(count: count, asked: asked, version.retry))
                guard limit.hasTime(at: now &+ chosen.wait),
                    version.budget.takeRetry(at: now)
                else { return nil }
            }
            guard limit.hasTime(at: now) else { return nil }
            let next = candidates[chosen.index].target
            if next === target || (enter(candidates[chosen.index].version, next) && prepare(next)) {
                return chosen
            }
            plan.ruleOut(chosen.index)
        }
    }

    /// The last word: the provider's own answer, or a refusal.
    private func conclude(_ failure: FailedAttempt?) throws(Refusal) -> Reply {
        guard let failure, !isCallerGone else {
            if let failure { settleAttempt(failure.reason.errorClass, usage: failure.usage) }
            throw Refusal(.badRequest, "the caller has left")
        }
        if let reply = failure.reply { return reply }
        settleAttempt(failure.reason.errorClass, usage: failure.usage)
        throw failure.reason.refusal(provider: failure.provider)
    }

    /// Nanoseconds before a target is asked again: full jitter (0 to the backoff, which doubles), on top of what the
    /// provider asks for.
    private func pause(count: Int, asked: Duration?, _ policy: RetryPolicy) -> UInt64 {
        let ceiling = min(
            policy.backoff.nanoseconds << UInt64(min(count, 20)),
            policy.maxBackoff.nanoseconds
        )
        let wait = ceiling == 0 ? 0 : UInt64.random(in: 0...ceiling, using: &loop.chance)
        return wait &+ (asked ?? .zero).nanoseconds
    }

    /// Waits, and keeps the caller of a stream awake; `false` when the caller left first.
    private func sleep(for nanoseconds: UInt64) async -> Bool {
        guard nanoseconds > 0 else { return !isCallerGone }
        let point = WaitPoint(on: loop.http)
        pause = point
        let began = now
        let end = began &+ nanoseconds
        while now < end, !isCallerGone {
            _ = await loop.http.sleep(until: min(end, pingAt), at: point)
            guard now >= pingAt, !isCallerGone else { continue }
            do throws(UpstreamFailure) { try await ping() } catch { break }
        }
        transcript.waitedForProvider += now - began
        pause = nil
        point.retire()
        return !isCallerGone
    }
}
