// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// Passes an answer on to its caller.
func pass(_ answer: consuming CallAnswer, to caller: CallerListener) async {
    switch answer.reply {
    case .whole(let whole): await Passage(attempt: answer.attempt, caller: caller).pass(whole)
    case .stream(let stream):
        await StreamPassage(stream, of: answer.attempt, to: caller).run(resumption: answer.resumption)
    }
}

/// The way of an answer, from the attempt that it comes from to its caller; and how it ends there.
struct Passage {
    let attempt: UpstreamAttempt
    let caller: CallerListener

    var transcript: Transcript { caller.transcript }

    /// The next bytes of the provider's answer, within the limits of a stall and of the whole request.
    ///
    /// - Parameter mayComment: the caller is between two events of a stream.
    func readMore(mayComment: Bool = false) async throws(UpstreamFailure) -> ByteBuffer? {
        let began = attempt.loop.http.look()
        caller.listen(from: began, mayComment: mayComment)
        defer { caller.waited(max(attempt.recent, began) - began) }
        return try await attempt.read(until: attempt.limitOfRead(from: began), caller)
    }

    /// Ends an answer that broke off after its first byte: an error event where it is a stream, and no clean end.
    func breakOff(
        _ fault: UpstreamFailure,
        errorClass: ErrorClass? = nil,
        usage: Usage?,
        status: Int,
        after passed: ByteBuffer = ByteBuffer(),
        _ framing: AnswerFraming? = nil,
        saysSo: Bool = true
    ) async {
        if caller.departure != nil || caller.client.isGone { return await giveUp(usage: usage, status: status) }
        attempt.closeConnection()
        let errorClass = errorClass ?? fault.errorClass
        attempt.settle(errorClass, usage: usage, isQuotaExhausted: fault.isQuotaExhausted)
        transcript.record(.cut, status: status, errorClass: errorClass)
        var out = passed
        if let framing, saysSo {
            let refusal = fault.refusal(provider: attempt.target.provider)
            framing.frame(RefusalAnswer.event(refusal, transcript), in: &out)
        }
        if out.readableBytes > 0 { await caller.writeLast(out) }
        caller.client.breakOff()
    }

    /// The caller has left, or the relay stops: stop the provider, bill what was seen.
    func giveUp(usage: Usage?, status: Int) async {
        attempt.closeConnection()
        if !attempt.isSettled {
            attempt.settle(caller.departure == .relayStopped ? .relayStopped : .callerGone, usage: usage)
        }
        await caller.endUnheard(status: status)
    }
}

extension SealedWatch {
    /// Puts on record what of an attempt's answer only its account can read, before it leaves.
    func look(at bytes: ByteBuffer?, of attempt: UpstreamAttempt) {
        guard attempt.request.translated == nil, let bytes else { return }
        look(at: bytes) { attempt.transcript.pinFurther([$0], at: attempt.target) }
    }
}
