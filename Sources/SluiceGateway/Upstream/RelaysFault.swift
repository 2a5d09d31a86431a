// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

// What the relay adds to requests must not fail them: some providers refuse every stream that asks for its usage.
extension Exchange {
    /// The provider refused the `stream_options` that the relay had added, and says so.
    func refusesAddition(_ answer: WholeAnswer, _ target: CompiledTarget) -> Bool {
        guard upstream.hidesUsage, target.streamUsage == .auto, answer.status == 400 || answer.status == 422 else {
            return false
        }
        let body = answer.body
        return UpstreamFault.namesStreamOptions(body.readableBytesSpan)
    }

    /// Takes the addition out of the request again, and closes the books of the attempt that was refused for it.
    ///
    /// It took no caller's retry and says nothing about the version: it is on record as superseded. `false` leaves all as
    /// it is: where two attempts race, or the caller sent `stream_options` too.
    @inline(never)
    func takeBackAddition(_ target: CompiledTarget, _ purpose: Attempt.Purpose) -> Bool {
        guard race == nil, purpose != .hedge, !isCallerGone,
            limit.hasTime(at: now), upstream.takeOutUsage(of: target)
        else { return false }
        let end = transcript.elapsed
        changeAttempt { attempt in
            attempt.duration = max(1, end - attempt.startedAfter)
            attempt.errorClass = .superseded
        }
        closeConnection()
        return true
    }

    /// Remembers where requests must do without the addition, once one was served so.
    @inline(never)
    func noteAddition(_ result: AttemptResult, _ target: CompiledTarget) {
        if case .failed(let failure) = result, failure.reason.errorClass != .quota { return }
        guard target.breakers?.noteRefusedStreamOptions() == true else { return }
        loop.logger.notice(
            "a model refuses stream_options; its streams are asked for without from now on",
            metadata: ["sluice.provider": "\(target.provider)", "sluice.model": "\(target.model)"]
        )
    }
}
