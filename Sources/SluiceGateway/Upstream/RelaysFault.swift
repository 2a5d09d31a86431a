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
        guard hidesUsage, target.streamUsage == .auto, answer.status == 400 || answer.status == 422 else {
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
            AttemptPlan.hasTime(at: now, until: deadline, of: allowance), takeOutAddition(target)
        else { return false }
        let end = elapsed
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
        guard target.board?.noteRefusedStreamOptions() == true else { return }
        home.logger.notice(
            "a model refuses stream_options; its streams are asked for without from now on",
            metadata: ["sluice.provider": "\(target.provider)", "sluice.model": "\(target.model)"]
        )
    }

    private func takeOutAddition(_ target: CompiledTarget) -> Bool {
        let start = request.readableBytes - requestBytes
        guard start > 0, let body = request.getSlice(at: request.readerIndex + start, length: requestBytes),
            let plain = RequestRewrite.withoutUsageMember(body.readableBytesSpan, by: target.plan)
        else { return false }
        replaceBody(plain)
        hidesUsage = false
        return true
    }

    /// Puts another body in the place of the request's; its head ends with the body's length.
    func replaceBody(_ body: [UInt8]) {
        let start = request.readableBytes - requestBytes
        let end = "\(requestBytes)\r\n\r\n".utf8.count
        guard start >= end, var bytes = request.getSlice(at: request.readerIndex, length: start - end) else { return }
        bytes.writeString("\(body.count)\r\n\r\n")
        bytes.writeBytes(body)
        request = bytes
        requestBytes = body.count
    }
}
