// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// Reads and scans the body; its limits are those of the connection, and of the memory that the permit gets for it.
func read(
    _ operation: Outcome.Endpoint,
    of call: Call,
    from client: ClientConnection,
    _ permit: inout Permit,
    copies: Int,
    _ transcript: Transcript
) async throws(Refusal) -> CallRequest {
    let loop = transcript.loop
    let before = loop.http.recent
    let body: ByteBuffer
    do throws(HTTPProblem) {
        body = try await client.body.read { permit.reserve($0, copies: copies) }
    } catch {
        transcript.waitedForCaller += loop.http.recent - before
        let refusal = Refusal(error)
        throw refusal.kind == .overloaded ? refusal.waiting(loop.pauseAsked()) : refusal
    }
    transcript.waitedForCaller += loop.http.recent - before
    return try scan(body, operation, of: call, transcript)
}

@inline(never)
private func scan(
    _ body: ByteBuffer,
    _ operation: Outcome.Endpoint,
    of call: Call,
    _ transcript: Transcript
) throws(Refusal) -> CallRequest {
    transcript.outcome.requestBytes = Int64(body.readableBytes)
    if call.stored != nil {
        let isStream = call.method == .GET && call.headers.asksForStream
        transcript.outcome.isStream = isStream
        return CallRequest(passing: body, for: operation, isStream: isStream)
    }
    if case .form = call.endpoint {
        let type = call.headers.fields.contentType.map { call.headers.text($0) } ?? ""
        let request = try CallRequest(form: body, type: type, for: operation)
        transcript.outcome.isStream = request.facts.isStream
        return request
    }
    let dialects = transcript.loop.dialects
    let request =
        if case .named(_, let model, let isStream) = call.endpoint {
            try CallRequest(body, for: operation, named: model, isStream: isStream, in: dialects)
        } else {
            try CallRequest(body, for: operation, in: dialects)
        }
    transcript.outcome.isStream = request.facts.isStream
    return request
}
