// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceHTTP
import SluiceWire

/// What is put on record of one call: it grows with the call, and becomes its one outcome.
///
/// Lives on one event loop.
final class Transcript {
    let loop: GatewayLoop
    /// Monotonic nanoseconds.
    let startedAt: UInt64
    var outcome: Outcome
    /// How the caller is spoken to.
    let voice: CallerVoice
    /// Nanoseconds spent waiting, for the provider and for the caller.
    var waitedForProvider: UInt64 = 0
    var waitedForCaller: UInt64 = 0
    /// The target that is asked now, or was last; the answer's fields name it.
    var target: CompiledTarget?
    /// How its answer is translated, where it is.
    var translated: TranslatedCall?
    /// Whose call it is.
    var key: CompiledKey?
    /// The provider keeps the answer: its id is put on record before it leaves.
    var awaitsID = false
    /// Finds what only the account can read that makes the answer, where that may come in it.
    var sealed: SealedWatch?
    /// What it is about, where a provider keeps that.
    var stored: StoredPath?
    /// It lists what an account keeps for several callers.
    var listsKept = false
    /// How the call is judged, where it is.
    var judged: EvidenceRole?
    /// Of a judged call: the caller asked for JSON, and what the answer has shown.
    var expectsJSON = false
    var marks: AnswerMarks?
    var retryAdvice = RetryAdvice()
    var charges = CallCharges()
    private var isRecorded = false

    init(of call: Call, on loop: GatewayLoop) {
        self.loop = loop
        startedAt = call.startedAt
        voice = loop.dialects.voice(of: call.endpoint.recorded)
        outcome = Outcome(
            request: call.id,
            startedAt: call.receivedAt,
            endpoint: call.endpoint.recorded,
            epoch: loop.snapshot?.epoch ?? 0
        )
        if let tags = call.headers.fields.tags { outcome.tags = call.headers.text(tags.prefix(256)) }
    }

    /// Of a request that cannot be read.
    init(unreadableAt startedAt: UInt64, on loop: GatewayLoop) {
        self.loop = loop
        self.startedAt = startedAt
        voice = .standard
        let now = loop.wallClock()
        outcome = Outcome(
            request: loop.nextID(at: now),
            startedAt: now,
            endpoint: .other,
            epoch: loop.snapshot?.epoch ?? 0
        )
    }

    var elapsed: Int64 { Int64(clamping: loop.http.now &- startedAt) }

    // MARK: entries of attempts, by their numbers

    /// Puts on record that an attempt is about to be sent; returns its number.
    func open(_ target: CompiledTarget, _ purpose: Attempt.Purpose, at moment: UInt64) -> Int {
        let number = outcome.attempts.count + 1
        outcome.attempts.append(
            Attempt(
                number: number,
                purpose: purpose,
                provider: target.provider,
                model: target.model,
                version: target.version,
                startedAfter: Int64(clamping: moment &- startedAt)
            )
        )
        loop.sink.opened(&outcome, loop: loop.http.index)
        return number
    }

    func entry(_ number: Int) -> Attempt? { index(of: number).map { outcome.attempts[$0] } }

    func change(_ number: Int, _ change: (inout Attempt) -> Void) {
        guard let index = index(of: number) else { return }
        change(&outcome.attempts[index])
    }

    /// Closes an attempt's entry.
    func settle(
        _ number: Int,
        at end: Int64,
        _ errorClass: ErrorClass?,
        _ usage: consuming Usage?,
        _ cost: Cost,
        _ pricing: consuming Attempt.Pricing?
    ) {
        guard let index = index(of: number) else { return }
        outcome.attempts[index].duration = max(1, end - outcome.attempts[index].startedAfter)
        outcome.attempts[index].errorClass = errorClass
        outcome.attempts[index].usage = usage
        outcome.attempts[index].cost = cost
        outcome.attempts[index].pricing = pricing
    }

    /// The attempt that serves the caller stands last.
    func moveToLast(_ number: Int) {
        guard let index = index(of: number), index < outcome.attempts.count - 1 else { return }
        outcome.attempts.append(outcome.attempts.remove(at: index))
    }

    /// A target of the same version, provider and model was asked already.
    func hasAsked(_ target: CompiledTarget) -> Bool {
        outcome.attempts.contains {
            $0.version == target.version && $0.provider == target.provider && $0.model == target.model
        }
    }

    /// Entries stand in the order of their numbers, but for those of a race.
    private func index(of number: Int) -> Int? {
        let index = number - 1
        if outcome.attempts.indices.contains(index), outcome.attempts[index].number == number { return index }
        return outcome.attempts.firstIndex { $0.number == number }
    }

    /// Puts the outcome on record; before the answer's last byte leaves, and exactly once.
    func record(_ ending: Outcome.Ending, status: Int, errorClass: ErrorClass? = nil) {
        guard !isRecorded else { return }
        isRecorded = true
        endEvidence(nil)
        outcome.ending = ending
        outcome.status = status
        outcome.errorClass = errorClass
        outcome.duration = elapsed
        outcome.overhead = max(0, outcome.duration - Int64(clamping: waitedForProvider &+ waitedForCaller))
        if charges.areOpen { charges.end(outcome, on: loop) }
        loop.sink.settled(&outcome, loop: loop.http.index)
        loop.logger.debug(
            "request settled",
            metadata: [
                "sluice.request.id": "\(outcome.request)", "sluice.ending": "\(ending.rawValue)",
                "http.status": "\(status)", "sluice.version": "\(outcome.version?.rawValue ?? "-")",
                "sluice.attempts": "\(outcome.attempts.count)",
            ]
        )
    }
}

/// What the caller's library hears about sending the request again.
struct RetryAdvice {
    /// Nobody waits for longer: we do not for a provider, and a library would sleep with its caller's request in hand.
    static let longestWait = Duration.seconds(60)

    /// Our own retries are spent, or the wait is too long: the library should not add its own.
    var isExhausted = false
    /// How long a provider that has had enough asks to wait.
    var wait: Duration?
}
