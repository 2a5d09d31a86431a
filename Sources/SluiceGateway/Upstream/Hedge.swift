// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP

/// A request that was sent twice because its first attempt is late; whoever has an answer first serves the caller.
///
/// Lives on one event loop.
final class Race {
    /// Makes the second attempt: an exchange of its own, of which the caller sees nothing.
    let second: Exchange
    /// What the second attempt came to.
    private(set) var result: AttemptResult?
    /// The first attempt has ended.
    var isFirstOver = false
    /// Nobody waits for the second attempt any more.
    var isOver = false
    /// Attempts of the race that failed by themselves, in order.
    var failures: [(attempt: FailedAttempt, target: CompiledTarget)] = []
    /// Where the first attempt, once it has failed, waits for the second.
    let point: WaitPoint

    init(_ second: Exchange) {
        self.second = second
        point = WaitPoint(on: second.loop.http)
    }

    /// Makes the second attempt, and interrupts the first where it has an answer before it.
    func run(against first: Exchange) async {
        guard !isOver else { return }
        let result = await second.attempt(second.target, purpose: .hedge)
        guard !isOver else { return second.closeConnection() }
        self.result = result
        if case .reply = result, !isFirstOver {
            first.connecting?.cancel()
            first.connection?.cancel()
        }
        point.wake()
    }
}

extension Exchange {
    /// Sends the request, and once more where no first byte has come after a while.
    ///
    /// The first with an answer (the first content of a stream, a whole answer) serves. The other is cancelled and settled
    /// as superseded; what it cost is unknown.
    func attemptHedged(
        _ first: CompiledTarget,
        _ version: CompiledVersion,
        after delay: UInt64
    ) async -> AttemptResult {
        let alarm = Deadline(on: loop.http.deadlines) { [weak self] in self?.hedge(first, version) }
        alarm.move(to: now &+ delay)
        let result = await attempt(first, purpose: .primary)
        alarm.retire()
        guard let race else { return result }
        race.isFirstOver = true
        if case .failed(let failure) = result, race.result == nil {
            settleAttempt(failure)
            closeConnection()
            race.failures.append((failure, first))
            await waitForSecond(race)
            return finish(race, settled: true, result)
        }
        return finish(race, settled: false, result)
    }

    /// The time has come: begins the second attempt where it may help.
    private func hedge(_ first: CompiledTarget, _ version: CompiledVersion) {
        guard race == nil, !isCallerGone, let attempt = transcript.outcome.attempts.last, attempt.status == nil,
            limit.hasTime(at: now), let target = secondTarget(first, version)
        else { return }
        let second = Exchange(hedging: self, at: target)
        guard target === first || second.prepare(target), second.enter(version, target),
            version.budget.takeHedge()
        else { return second.permit.slots.leave() }
        let race = Race(second)
        self.race = race
        nonisolated(unsafe) let work = (race, self)  // Safe because: the task runs on the same loop.
        loop.http.start {
            let (race, first) = unsafe work
            await race.run(against: first)
        }
    }

    /// The next healthy target of the version; the same again where it has only one.
    private func secondTarget(_ first: CompiledTarget, _ version: CompiledVersion) -> CompiledTarget? {
        let others = version.targets.count > 1 ? (order.isEmpty ? version.targets : order) : [first]
        return others.first { ($0 !== first || version.targets.count == 1) && !loop.isHeldBack($0) }
    }

    /// Waits for the second attempt after the first has failed, and keeps the caller of a stream awake.
    private func waitForSecond(_ race: Race) async {
        let began = now
        while race.result == nil {
            _ = await loop.http.sleep(until: pingAt, at: race.point)
            guard race.result == nil, now >= pingAt else { continue }
            do throws(UpstreamFailure) {
                try await ping()
            } catch {
                pingAt = .max
                race.second.abandon()
            }
        }
        race.point.retire()
        transcript.waitedForProvider += now - began
    }

    /// Ends the race: one of the two attempts is the request's last, the other is on record before it.
    ///
    /// - Parameters:
    ///   - settled: the first attempt failed by itself, and its books are closed.
    ///   - result: what the first attempt came to.
    private func finish(_ race: Race, settled: Bool, _ result: AttemptResult) -> AttemptResult {
        race.isOver = true
        switch race.result {
        case .reply(let reply):
            if !settled {
                closeConnection()
                supersede()
                if target !== race.second.target { loop.countLoss(target) }
            }
            take(race.second)
            self.race = nil
            return .reply(reply)
        case .failed(let failure) where settled:
            take(race.second)
            return .failed(failure)
        case .failed(let failure):
            race.second.settleAttempt(failure)
            race.second.closeConnection()
            race.second.permit.slots.leave()
            recordBefore(race.second)
            race.failures.append((failure, race.second.target))
        case nil:
            race.second.abandon()
            race.second.permit.slots.leave()
            race.second.supersede()
            recordBefore(race.second)
        }
        return result
    }

    /// Closes the books of an attempt that lost its race: it says nothing about its target, and its cost is not known.
    private func supersede() {
        let end = transcript.elapsed
        changeAttempt { attempt in
            attempt.duration = max(1, end - attempt.startedAfter)
            attempt.errorClass = .superseded
        }
    }

    /// Goes on with another exchange's attempt as the request's own.
    private func take(_ other: Exchange) {
        connection = other.connection
        other.connection = nil
        target = other.target
        upstream = other.upstream
        attemptBegan = other.attemptBegan
        isCounted = other.isCounted
        asked += other.asked
        permit.slots.takeTarget(of: &other.permit.slots)
        other.permit.slots.leave()
        if let attempt = other.transcript.outcome.attempts.last { transcript.outcome.attempts.append(attempt) }
    }

    /// Puts another exchange's attempt on record before the one under way, which stays the last.
    private func recordBefore(_ other: Exchange) {
        asked += other.asked
        let attempts = other.transcript.outcome.attempts
        guard attempts.count > transcript.outcome.attempts.count, let attempt = attempts.last else { return }
        transcript.outcome.attempts.insert(attempt, at: transcript.outcome.attempts.count - 1)
    }
}
