// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension Exchange {
    /// The attempt under way has ended: its place is known a little better.
    ///
    /// What the caller is to blame for, his own limit in time included, says nothing about the place.
    func noteHealth(_ errorClass: ErrorClass?, isQuotaExhausted: Bool) {
        guard let target else { return }
        guard let errorClass else {
            if isCounted { return }
            isCounted = true
            let time = max(recent, attemptBegan) - attemptBegan
            return home.countSuccess(target, began: attemptBegan, time: time, isStream: outcome.isStream)
        }
        // A limit for the whole request ends answers that go on, and those that the caller is slow to take.
        if errorClass == .timeout, hasOwnLimit || outcome.firstToken != nil, now >= deadline { return }
        if errorClass == .timeout, !isCounted { noteWait(at: target) }
        home.countFailure(target, errorClass, isQuotaExhausted: isQuotaExhausted)
    }

    /// A stream's first content came: the place is well, however long the rest takes.
    func countFirstToken() {
        guard let target, !isCounted else { return }
        isCounted = true
        home.countSuccess(target, began: attemptBegan, time: max(recent, attemptBegan) - attemptBegan, isStream: true)
        noteWait(at: target)
    }
}
