// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceWire

// What an attempt leaves behind: its entry in the transcript, and what it says about its target.
extension UpstreamAttempt {
    /// The caller asked for less time than the version has: running into that is not the version's slowness.
    private var isCallerLimit: Bool { limit.isCallers(at: target, isStream: transcript.outcome.isStream) }

    var isSettled: Bool { (transcript.entry(number)?.duration ?? 1) != 0 }

    /// Closes its entry.
    ///
    /// - Parameter isJudged: it stands for its request, or moves the brake.
    func settle(
        _ errorClass: ErrorClass?,
        usage: consuming Usage? = nil,
        isQuotaExhausted: Bool = false,
        isJudged: Bool = true
    ) {
        let end = transcript.elapsed
        let (operation, startedAt) = (transcript.outcome.endpoint.operation, transcript.outcome.startedAt)
        let isBilled =
            operation.isBilled || transcript.charges.isToBePaid
            || errorClass == nil && !isNone(usage) && transcript.charges.paysOwed(on: loop)
        if errorClass == nil {
            if !isBilled {
                usage = Usage()
            } else if isNone(usage) {
                usage = target.uncounted(operation, at: startedAt)
            } else if operation == .batches {
                target.markBatch(&usage, at: startedAt)
            }
        }
        let (cost, pricing) = isBilled ? target.prices.cost(of: usage, at: startedAt) : (.known(NanoUSD(0)), nil)
        transcript.settle(number, at: end, errorClass, usage, cost, pricing)
        if isJudged { transcript.judge(number, isCallerLimit: isCallerLimit) }
        noteHealth(errorClass, isQuotaExhausted: isQuotaExhausted)
    }

    /// See ``Transcript/pin(_:at:isOwed:)``.
    func pin(_ id: [UInt8], isOwed: Bool = false) {
        if request.translated == nil { transcript.pin(id, at: target, isOwed: isOwed) }
    }

    /// Closes the entry of an attempt that failed.
    func settle(_ failed: FailedAttempt, isJudged: Bool = true) {
        let (reason, usage) = (failed.reason, failed.usage)
        settle(reason.errorClass, usage: usage, isQuotaExhausted: reason.isQuotaExhausted, isJudged: isJudged)
    }

    /// Closes its entry where another attempt takes its place: it says nothing about its target, and its cost is not known.
    func supersede() {
        let end = transcript.elapsed
        transcript.change(number) { entry in
            entry.duration = max(1, end - entry.startedAfter)
            entry.errorClass = .superseded
        }
    }

    /// What a stream that has not come to its end has cost, as far as it was seen.
    func seenUsage(of answer: StreamAnswer) -> Usage? {
        answer.meter.seenUsage(requestBytes: request.bodyBytes)
    }

    /// Notes the first content of its stream as it goes on, and the finish.
    func note(_ answer: StreamAnswer, _ listener: some Listener) {
        if transcript.awaitsID { pin(answer.meter.id) }
        if answer.meter.hasFinish { progress.hasFinish = true }
        guard answer.meter.hasContent else { return }
        progress.contentBy = .max
        if !progress.isCounted { noteFirstContent(listener) }
    }

    /// The target is well, however long the rest takes.
    @inline(never)
    private func noteFirstContent(_ listener: some Listener) {
        progress.isCounted = true
        listener.firstContent()
        let elapsed = transcript.elapsed
        transcript.change(number) { $0.firstToken = max(0, elapsed - $0.startedAfter) }
        loop.countSuccess(target, began: progress.began, time: age, isStream: true)
        noteWait()
    }

    /// What the caller is to blame for, his own limit in time included, says nothing about the target.
    private func noteHealth(_ errorClass: ErrorClass?, isQuotaExhausted: Bool) {
        guard let errorClass else {
            if progress.isCounted { return }
            progress.isCounted = true
            let isStream = transcript.outcome.isStream
            return loop.countSuccess(target, began: progress.began, time: age, isStream: isStream)
        }
        // A limit for the whole request ends answers that go on, and those that the caller is slow to take.
        if errorClass == .timeout, isCallerLimit || transcript.outcome.firstToken != nil, now >= limit.end { return }
        if errorClass == .timeout, !progress.isCounted { noteWait() }
        loop.countFailure(target, errorClass, isQuotaExhausted: isQuotaExhausted)
    }

    /// A stream has come to its first token, or has given up waiting for it.
    private func noteWait() {
        guard let index = target.limit, transcript.outcome.isStream else { return }
        loop.noteWait(index, began: progress.began, target)
    }
}

/// A comparison with `nil` would copy both sides.
@inline(__always)
private func isNone(_ usage: borrowing Usage?) -> Bool {
    switch usage {
    case .none: true
    case .some: false
    }
}
