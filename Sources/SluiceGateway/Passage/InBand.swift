// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

// What happens once a stream's head has left although no content came yet: everything else is said inside the stream.
extension Exchange {
    /// Tells the caller of a stream that it is still being worked on; the first time, with the head of its answer.
    ///
    /// The head names what is known by then; another target may serve the content.
    func ping() async throws(UpstreamFailure) {
        let framing: AnswerFraming = committed ?? (call.takesChunks ? .chunked : .untilClose)
        var out = committed == nil ? earlyHead(framing) : ByteBuffer()
        committed = framing
        frame(ByteBuffer(staticString: ": keep-alive\n\n"), framing, in: &out)
        let isThere = await client.write(out, until: callerLimit)
        pingAt = now &+ keepalive
        guard isThere, !isCallerGone else { throw .callerGone }
    }

    private func earlyHead(_ framing: AnswerFraming) -> ByteBuffer {
        var bytes = HeadBytes(reserving: 1_024)
        HTTPAnswer.begin(200, in: &bytes)
        bytes.write(
            "content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\nx-accel-buffering: no\r\n"
        )
        fields.write(in: &bytes)
        fields.end(&bytes, framing)
        return bytes.buffer(reserving: 64)
    }

    /// Ends a stream with our own error; without a class, as one that has no content ends by its last attempt.
    func refuseInBand(_ refusal: Refusal, _ framing: AnswerFraming, errorClass known: ErrorClass? = nil) async {
        let errorClass = known ?? transcript.outcome.attempts.last?.errorClass ?? .refused
        transcript.record(.cut, status: 200, errorClass: errorClass)
        await endInBand(RefusalAnswer.event(refusal, transcript), framing)
    }

    /// Ends a stream that has no content with the provider's answer, which is no stream.
    func wholeInBand(_ answer: WholeAnswer, _ framing: AnswerFraming) async {
        closeConnection()
        let fault = answer.fault
        let errorClass = fault?.errorClass ?? .malformed
        settleAttempt(errorClass, usage: answer.usage, isQuotaExhausted: fault?.isQuotaExhausted ?? false)
        transcript.record(.cut, status: 200, errorClass: errorClass)
        let event: ByteBuffer
        let body = answer.body
        if fault != nil, answer.isEnded, ErrorBody.isObject(body.readableBytesSpan) {
            event = ByteBuffer(bytes: ErrorBody.event(of: body.readableBytesSpan))
        } else {
            let name = target.provider
            let text =
                fault == nil
                ? "Provider `\(name)` answered without a stream." : "Provider `\(name)` answered \(answer.status)."
            event = RefusalAnswer.event(Refusal(.upstreamMalformed, text), transcript)
        }
        await endInBand(event, framing)
    }

    private func endInBand(_ event: ByteBuffer, _ framing: AnswerFraming) async {
        var out = ByteBuffer()
        frame(event, framing, in: &out)
        _ = await client.write(out, until: callerLimit)
        client.breakOff()
    }

    func frame(_ bytes: ByteBuffer, _ framing: AnswerFraming, in out: inout ByteBuffer) {
        if case .chunked = framing { HTTPAnswer.chunk(bytes, in: &out) } else { out.writeImmutableBuffer(bytes) }
    }
}
