// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceHTTP

/// What is put on record of one call: it grows with the call, and becomes its one outcome.
///
/// Lives on one event loop.
final class Transcript {
    let loop: GatewayLoop
    /// Monotonic nanoseconds.
    let startedAt: UInt64
    var outcome: Outcome
    /// Nanoseconds spent waiting, for the provider and for the caller.
    var waitedForProvider: UInt64 = 0
    var waitedForCaller: UInt64 = 0
    /// The target that is asked now, or was last; the answer's fields name it.
    var target: CompiledTarget?
    /// How the call is judged, where it is.
    var judged: EvidenceRole?
    var retryAdvice = RetryAdvice()
    private var isRecorded = false

    init(of call: Call, on loop: GatewayLoop) {
        self.loop = loop
        startedAt = call.startedAt
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
        let now = loop.wallClock()
        outcome = Outcome(
            request: loop.nextID(at: now),
            startedAt: now,
            endpoint: .other,
            epoch: loop.snapshot?.epoch ?? 0
        )
    }

    /// The same so far, for a second attempt beside the first.
    init(besides other: Transcript) {
        loop = other.loop
        startedAt = other.startedAt
        outcome = other.outcome
    }

    var elapsed: Int64 { Int64(clamping: loop.http.now &- startedAt) }

    /// Lends the outcome, which is put back afterwards: to hand out a copy means to count a dozen references.
    func withOutcome(_ use: (Outcome) -> Void) {
        var lent = Outcome(request: outcome.request, startedAt: outcome.startedAt, endpoint: .other, epoch: 0)
        swap(&lent, &outcome)
        use(lent)
        swap(&lent, &outcome)
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
        withOutcome { loop.sink.settled($0, loop: loop.http.index) }
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

/// What the caller's library is told about sending the request again.
struct RetryAdvice {
    /// Our own retries are spent: the library should not add its own.
    var isExhausted = false
    /// How long a provider that has had enough asks to wait.
    var wait: Duration?
}
