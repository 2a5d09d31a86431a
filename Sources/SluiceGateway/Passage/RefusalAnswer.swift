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
        let body = ErrorBody.json(refusal, requestID: transcript.outcome.request.description)
        let isExhausted = transcript.retryAdvice.isExhausted
        var out = HeadBytes(reserving: 1_024 + body.count)
        HTTPAnswer.begin(refusal.kind.row.status, in: &out)
        out.write("content-type: application/json\r\n")
        if let retryAfter = refusal.retryAfter {
            out.field("retry-after", max(1, Int(clamping: retryAfter.components.seconds)))
        }
        if refusal.kind == .overloaded, !isExhausted { out.write("x-should-retry: true\r\n") }
        // No second try of the caller mends it.
        if refusal.kind == .upstreamCredential, !isExhausted { out.write("x-should-retry: false\r\n") }
        if refusal.kind == .methodNotAllowed { out.field("allow", allowed(call)) }
        if refusal.kind == .upgradeRequired { out.write("upgrade: HTTP/1.1\r\nconnection: upgrade\r\n") }
        fields.write(in: &out)
        fields.end(&out, .length(body.count), keepsAlive: call != nil)
        if call?.method != .HEAD { out.write(body) }
        return out.buffer()
    }

    static func event(_ refusal: Refusal, _ transcript: Transcript) -> ByteBuffer {
        ByteBuffer(bytes: ErrorBody.event(refusal, requestID: transcript.outcome.request.description))
    }

    /// What a connection beyond the server's limits is answered with.
    static var noConnectionsLeft: ByteBuffer {
        let refusal = Refusal(.overloaded, "The relay has no connections left; try again in a moment.")
        return HTTPAnswer.whole(
            refusal.kind.row.status,
            headers: [("content-type", "application/json"), ("retry-after", "1")],
            body: ByteBuffer(bytes: ErrorBody.json(refusal)),
            keepsAlive: false
        )
    }

    private static func allowed(_ call: Call?) -> String {
        if case .wrongMethod(let allowed) = call?.endpoint { allowed } else { "GET, HEAD, POST, OPTIONS" }
    }
}

/// Answers with a refusal before anything was asked of a provider, or says nothing to a caller who has left.
func refuse(_ refusal: Refusal, of call: Call, _ transcript: Transcript, to client: ClientConnection) async {
    if client.isGone {
        transcript.record(.callerGone, status: 0, errorClass: .callerGone)
        client.close()
        return await client.finish(keepsAlive: false)
    }
    transcript.record(.refused, status: refusal.kind.row.status, errorClass: .refused)
    let answer = RefusalAnswer.whole(refusal, of: call, transcript, to: client)
    _ = await client.write(answer, until: transcript.loop.callerLimit)
    await client.finish()
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
