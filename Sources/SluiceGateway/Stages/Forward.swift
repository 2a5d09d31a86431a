// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceWire

extension Exchange {
    /// Gets a reply from the provider: tries, waits and tries again, all before the caller sees a byte.
    func forward() async throws(Refusal) -> Reply {
        guard let version else { throw Refusal(.internalFault, "no version was chosen") }
        watchCaller()
        beginEvidence()
        home.countTry(version.id)
        var tries = 0
        while true {
            let result = await attempt(version, purpose: tries == 0 ? .primary : .retry)
            tries += 1
            switch result {
            case .reply(let reply): return reply
            case .failed(let failure):
                guard let pause = pause(after: failure, tries: tries, version) else {
                    isExhausted = tries > 1
                    return try conclude(failure)
                }
                settleAttempt(failure.errorClass, usage: failure.usage)
                closeConnection()
                guard await sleep(for: pause) else { return try conclude(nil) }
            }
        }
    }

    /// The last word: the provider's own answer, or a refusal.
    private func conclude(_ failure: AttemptFailure?) throws(Refusal) -> Reply {
        guard let failure, !isCallerGone else {
            if let failure { settleAttempt(failure.errorClass) }
            throw Refusal(.badRequest, "the caller has left")
        }
        switch failure.last {
        case .success(let reply): return reply
        case .failure(let refusal):
            settleAttempt(failure.errorClass)
            throw refusal
        }
    }

    /// How long to wait before the next attempt, in nanoseconds; `nil` when there is to be none.
    ///
    /// Full jitter (0 to the backoff, which doubles), on top of what the provider asks for. A wait of more than a
    /// minute, past the deadline, or into its last tenth is not worth it.
    private func pause(after failure: AttemptFailure, tries: Int, _ version: CompiledVersion) -> UInt64? {
        let policy = version.retry
        guard failure.isRetryable, !isCallerGone, tries <= policy.maxRetries else { return nil }
        let ceiling = min(
            UInt64(0).advanced(byNanosecondsOf: policy.backoff) << UInt64(min(tries - 1, 20)),
            UInt64(0).advanced(byNanosecondsOf: policy.maxBackoff)
        )
        var wait = ceiling == 0 ? 0 : UInt64.random(in: 0...ceiling, using: &home.chance)
        if let asked = failure.retryAfter {
            guard asked <= .seconds(60) else { return nil }
            wait += UInt64(0).advanced(byNanosecondsOf: asked)
        }
        let next = now.addingReportingOverflow(wait).partialValue
        guard next < deadline, deadline - next > allowance / 10 else { return nil }
        return home.takeRetry(version.id) ? wait : nil
    }

    /// Waits; `false` when the caller left first.
    private func sleep(for nanoseconds: UInt64) async -> Bool {
        let point = WaitPoint(on: home.loop)
        pause = point
        let began = now
        _ = await home.loop.sleep(until: began + nanoseconds, at: point)
        waitedForProvider += now - began
        pause = nil
        point.retire()
        return !isCallerGone
    }
}

extension AttemptFailure {
    /// What the provider says it counted, also for an answer that is not passed on.
    fileprivate var usage: Usage? {
        switch last {
        case .success(.whole(let answer)): answer.meter.usage
        case .success(.stream(let answer)): answer.meter.usage
        case .failure: nil
        }
    }
}
