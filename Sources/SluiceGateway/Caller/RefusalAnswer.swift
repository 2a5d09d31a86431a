// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// Writes refusals, the only one to do so: as an answer of its own, or as an event in a stream that has begun.
enum RefusalAnswer {
    /// - Parameter call: absent where the request could not be read.
    static func whole(
        _ refusal: Refusal,
        of call: Call?,
        _ transcript: Transcript,
        to client: ClientConnection
    ) -> ByteBuffer {
        let fields = call.map { AnswerFields(of: $0, transcript, to: client) } ?? AnswerFields(transcript, to: client)
        let body = transcript.voice.body(of: refusal, requestID: transcript.outcome.request.description)
        if let retryAfter = refusal.retryAfter, retryAfter > RetryAdvice.longestWait {
            transcript.retryAdvice.isExhausted = true
        }
        if refusal.kind == .budgetExceeded || refusal.kind == .unpricedModel {
            transcript.retryAdvice.isExhausted = true
        }
        let isExhausted = transcript.retryAdvice.isExhausted
        var out = HeadBytes(reserving: 1_024 + body.count)
        HTTPAnswer.begin(refusal.kind.row.status, in: &out)
        out.write("content-type: application/json\r\n")
        if let retryAfter = refusal.retryAfter {
            out.field("retry-after", retryAfter.wholeSeconds)
        }
        if refusal.kind == .overloaded, !isExhausted { out.write("x-should-retry: true\r\n") }
        // No second try of the caller mends it.
        if refusal.kind == .upstreamCredential, !isExhausted { out.write("x-should-retry: false\r\n") }
        if refusal.kind == .methodNotAllowed { out.field("allow", allowed(call)) }
        if refusal.kind == .upgradeRequired { out.write("upgrade: HTTP/1.1\r\nconnection: upgrade\r\n") }
        if let name = transcript.voice.requestIDField {
            out.write(name)
            out.write(": ")
            out.writeRequestID(transcript.outcome.request)
            out.write("\r\n")
        }
        fields.write(in: &out)
        fields.end(&out, .length(body.count), keepsAlive: call != nil)
        if call?.method != .HEAD { out.write(body) }
        return out.buffer()
    }

    static func event(_ refusal: Refusal, _ transcript: Transcript) -> ByteBuffer {
        ByteBuffer(bytes: transcript.voice.event(of: refusal, requestID: transcript.outcome.request.description))
    }

    /// What a connection beyond the server's limits is answered with.
    static var noConnectionsLeft: ByteBuffer {
        let refusal = Refusal(.overloaded, "The relay has no connections left; try again in a moment.")
        return HTTPAnswer.whole(
            refusal.kind.row.status,
            headers: [("content-type", "application/json"), ("retry-after", "1")],
            body: ByteBuffer(bytes: CallerVoice.standard.body(of: refusal)),
            keepsAlive: false
        )
    }

    private static func allowed(_ call: Call?) -> String {
        if case .wrongMethod(let allowed, _) = call?.endpoint { allowed } else { "GET, HEAD, POST, OPTIONS" }
    }
}

/// Answers with a refusal, or says nothing to a caller who has left.
func refuse(_ refusal: Refusal, to caller: CallerListener) async {
    if caller.departure != nil || caller.client.isGone { return await caller.endUnheard(status: 0) }
    if let committed = caller.committed { return await caller.refuse(refusal, in: committed) }
    await caller.refuse(refusal)
}

extension CallerListener {
    /// Answers with a refusal; what it is on record as follows from the last attempt.
    fileprivate func refuse(_ refusal: Refusal, keepsAlive: Bool = true, as known: ErrorClass? = nil) async {
        let errorClass = known ?? transcript.outcome.attempts.last?.errorClass ?? .refused
        transcript.record(.refused, status: refusal.kind.row.status, errorClass: errorClass)
        await writeLast(RefusalAnswer.whole(refusal, of: call, transcript, to: client))
        await client.finish(keepsAlive: keepsAlive)
    }

    /// Ends a stream with our own error; what it is on record as follows from the last attempt, where it is not known.
    func refuse(_ refusal: Refusal, in framing: AnswerFraming, as known: ErrorClass? = nil) async {
        let errorClass = known ?? transcript.outcome.attempts.last?.errorClass ?? .refused
        transcript.record(.cut, status: 200, errorClass: errorClass)
        await end(in: framing, with: RefusalAnswer.event(refusal, transcript))
    }

    /// Writes an event as a stream's last, which has no clean end.
    func end(in framing: AnswerFraming, with event: ByteBuffer) async {
        var out = ByteBuffer()
        framing.frame(event, in: &out)
        await writeLast(out)
        client.breakOff()
    }

    /// Nobody waits for the answer any more: he has left, or hears that the relay stops.
    ///
    /// - Parameter status: of the answer that has begun; 0 where none has.
    func endUnheard(status: Int) async {
        if departure == .relayStopped { return await endStopped(status: status) }
        transcript.record(.callerGone, status: status, errorClass: .callerGone)
        client.close()
        await client.finish(keepsAlive: false)
    }

    /// The relay stops: an error where nothing has left yet, or in the stream; else there is no clean end.
    private func endStopped(status: Int) async {
        if let committed { return await refuse(.relayStopped, in: committed, as: .relayStopped) }
        if status == 0 { return await refuse(.relayStopped, keepsAlive: false, as: .relayStopped) }
        transcript.record(.cut, status: status, errorClass: .relayStopped)
        client.breakOff()
    }
}

/// Answers a problem of HTTP that left no request to speak of, and ends the connection.
func refuse(_ problem: HTTPProblem, to client: ClientConnection, on loop: GatewayLoop) async {
    let transcript = Transcript(unreadableAt: client.startedAt, on: loop)
    if problem.kind == .gone {
        transcript.record(.callerGone, status: 0, errorClass: .callerGone)
    } else {
        let refusal = Refusal(problem)
        transcript.record(.refused, status: refusal.kind.row.status, errorClass: .refused)
        let answer = RefusalAnswer.whole(refusal, of: nil, transcript, to: client)
        _ = await client.write(answer, until: loop.callerLimit)
    }
    await client.finish(keepsAlive: false)
}
