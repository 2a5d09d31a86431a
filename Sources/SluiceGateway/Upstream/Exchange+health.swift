// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension Exchange {
    /// The attempt under way has ended: its target is known a little better.
    ///
    /// What the caller is to blame for, his own limit in time included, says nothing about the target.
    func noteHealth(_ errorClass: ErrorClass?, isQuotaExhausted: Bool) {
        guard let errorClass else {
            if isCounted { return }
            isCounted = true
            let time = max(recent, attemptBegan) - attemptBegan
            return loop.countSuccess(target, began: attemptBegan, time: time, isStream: transcript.outcome.isStream)
        }
        // A limit for the whole request ends answers that go on, and those that the caller is slow to take.
        if errorClass == .timeout, isCallerLimit || transcript.outcome.firstToken != nil, now >= limit.end { return }
        if errorClass == .timeout, !isCounted { noteWait(at: target) }
        loop.countFailure(target, errorClass, isQuotaExhausted: isQuotaExhausted)
    }

    /// A stream's first content came: the target is well, however long the rest takes.
    func countFirstToken() {
        guard !isCounted else { return }
        isCounted = true
        loop.countSuccess(target, began: attemptBegan, time: max(recent, attemptBegan) - attemptBegan, isStream: true)
        noteWait(at: target)
    }

    /// The attempt under way, a stream's, has come to its first token, or has given up waiting for it.
    private func noteWait(at target: CompiledTarget) {
        guard let index = target.limit, transcript.outcome.isStream else { return }
        loop.noteWait(index, began: attemptBegan, target)
    }
}
