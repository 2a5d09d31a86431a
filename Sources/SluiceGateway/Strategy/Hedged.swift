// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP

/// Sends a request, and once more where no first byte has come after a while.
///
/// The first with an answer (the first content of a stream, a whole answer) serves. The other is cancelled and settled as
/// superseded; what it cost is unknown.
func hedged(
    _ first: UpstreamAttempt,
    after delay: UInt64,
    _ assigned: AssignedRequest,
    for caller: CallerListener
) async -> Tried {
    let race = Race(first, assigned, caller)
    let alarm = Deadline(on: first.loop.http.deadlines) { [weak race] in race?.beginSecond() }
    alarm.move(to: first.now &+ delay)
    let tried = await once(first, as: .primary, for: caller, in: race)
    alarm.retire()
    return await race.end(tried.result)
}

/// A request that is sent twice because its first attempt is late; whoever has an answer first serves the caller.
///
/// Lives on one event loop.
final class Race {
    var first: UpstreamAttempt
    /// Nobody listens to it, until it serves.
    private(set) var second: UpstreamAttempt?
    private let assigned: AssignedRequest
    private let caller: CallerListener
    /// What the second attempt came to.
    private var result: AttemptResult?
    private var isFirstOver = false
    private var isOver = false
    /// Where the first attempt, once it has failed, waits for the second.
    private let point: WaitPoint

    private var loop: GatewayLoop { assigned.loop }

    init(_ first: UpstreamAttempt, _ assigned: AssignedRequest, _ caller: CallerListener) {
        self.first = first
        self.assigned = assigned
        self.caller = caller
        point = WaitPoint(on: assigned.loop.http)
    }

    // MARK: the second attempt

    /// The time has come: begins the second attempt where it may help.
    func beginSecond() {
        guard second == nil, !isFirstOver, caller.departure == nil, first.number > 0, !first.hasHead,
            assigned.limit.hasTime(at: loop.http.now), let attempt = makeSecond()
        else { return }
        second = attempt
        caller.interrupt = { attempt.end(as: .superseded) }
        nonisolated(unsafe) let race = self  // Safe because: the task runs on the same loop.
        loop.inBackground(attempt) { attempt in unsafe await race.run(attempt) }
    }

    private func makeSecond() -> UpstreamAttempt? {
        let version = assigned.assignment.version
        guard let target = secondTarget(of: version),
            assigned.transcript.charges.hold?.covers(target, assigned.transcript) ?? true
        else { return nil }
        var slots = TargetSlots(on: loop)
        guard let request = target === first.target ? first.request : assigned.prepared(for: target),
            slots.enter(version), slots.enter(target), version.budget.takeHedge()
        else { return nil }
        return UpstreamAttempt(
            at: target,
            sending: request,
            within: assigned.limit,
            holding: slots,
            assigned.transcript
        )
    }

    /// The next healthy target of the version; the same again where it has only one.
    private func secondTarget(of version: CompiledVersion) -> CompiledTarget? {
        let isOnly = version.targets.count == 1 || assigned.assignment.only != nil
        let others = isOnly ? [first.target] : assigned.order.isEmpty ? version.targets : assigned.order
        return others.first { ($0 !== first.target || isOnly) && !loop.isHeldBack($0) }
    }

    /// Makes the second attempt, and interrupts the first where it has an answer before it.
    private func run(_ attempt: UpstreamAttempt) async {
        guard !isOver else { return }
        let result = await attempt.run(as: .hedge, for: NoListener())
        guard !isOver else { return attempt.closeConnection() }
        self.result = result
        if case .reply = result, !isFirstOver { first.interrupt() }
        point.wake()
    }

    // MARK: the end

    /// Ends the race: one of the two attempts is the request's last, the other is on record before it.
    ///
    /// - Parameter result: what the first attempt came to.
    func end(_ result: AttemptResult) async -> Tried {
        isFirstOver = true
        guard let second else { return Tried(attempt: first, result: result) }
        var failures: [(failure: FailedAttempt, target: CompiledTarget)] = []
        if case .failed(let failure) = result, self.result == nil {
            first.settle(failure)
            first.closeConnection()
            failures.append((failure, first.target))
            await wait(for: second)
        }
        isOver = true
        caller.interrupt = nil
        switch self.result {
        case .reply(let reply):
            if failures.isEmpty {
                first.closeConnection()
                first.supersede()
                if first.target !== second.target { loop.countLoss(first.target) }
            }
            serve(by: second, instead: first)
            return Tried(attempt: second, result: .reply(reply))
        case .failed(let failure) where !failures.isEmpty:
            serve(by: second, instead: first)
            return Tried(attempt: second, result: .failed(failure), failures: failures)
        case .failed(let failure):
            second.settle(failure, isJudged: false)
            second.closeConnection()
            failures.append((failure, second.target))
        case nil:
            second.end(as: .superseded)
            second.supersede()
        }
        serve(by: first, instead: second)
        return Tried(attempt: first, result: result, failures: failures)
    }

    private func serve(by winner: UpstreamAttempt, instead loser: UpstreamAttempt) {
        loser.slots.leave()
        caller.follow(winner)
        assigned.transcript.moveToLast(winner.number)
    }

    /// Waits for the second attempt after the first has failed, and keeps the caller of a stream awake.
    private func wait(for second: UpstreamAttempt) async {
        let began = loop.http.now
        while result == nil {
            _ = await loop.http.sleep(until: caller.silentAfter, at: point)
            guard result == nil, loop.http.now >= caller.silentAfter else { continue }
            do throws(UpstreamFailure) {
                try await caller.silence()
            } catch {
                caller.fallSilent()
                second.end(as: .superseded)
            }
        }
        point.retire()
        caller.waited(loop.http.now - began)
    }
}
