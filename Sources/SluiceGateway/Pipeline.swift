// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP

/// Serves one caller's connection: the table of contents of the data plane.
@inline(never)
func serve(_ client: ClientConnection, on loop: GatewayLoop) async {
    var lastKey = LastKey()
    while true {
        do throws(HTTPProblem) {
            guard let head = try await client.nextRequest() else { return }
            await serve(consume head, from: client, on: loop, &lastKey)
        } catch {
            return await refuse(error, to: client, on: loop)
        }
    }
}

/// Serves one request: every ending of it gives exactly one outcome.
private func serve(
    _ head: consuming RequestHead,
    from client: ClientConnection,
    on loop: GatewayLoop,
    _ lastKey: inout LastKey
) async {
    if let answer = unrecorded(head, on: loop, keepsAlive: client.keepsAlive) {
        _ = await client.write(answer)
        return await client.finish()
    }
    let caller = listen(to: client, consume head, on: loop)
    let (call, transcript) = (caller.call, caller.transcript)
    defer { caller.close() }
    do throws(Refusal) {
        guard let snapshot = loop.snapshot else { throw .notReady }
        let operation = try call.operation()
        let key = try authenticate(call, snapshot, &lastKey, transcript)
        var permit = try Permit(for: key, on: loop)
        defer { permit.end() }
        guard let operation else {
            return await send(try snapshot.answer(to: call.endpoint, through: key.key.gate), to: caller)
        }
        if let gate = key.key.gate { try gate.admit(operation.operation) }
        let request = try await read(
            operation,
            of: call,
            from: client,
            &permit,
            copies: snapshot.copiesOfBody,
            transcript
        )
        let (assigned, first) = try decide(consume request, by: key, in: snapshot, for: caller)
        // Only what was made of the body is needed from now on, where it is sent nowhere else.
        if assigned.request == nil { permit.releaseOriginal(copies: snapshot.copiesOfBody) }
        let answer = try await ask(assigned, first: first, for: caller)
        if answer.resumption == nil { permit.releaseBody() }
        await pass(consume answer, to: caller)
    } catch {
        await refuse(error, to: caller)
    }
}

/// The caller of a request, and what is put on record of it.
@inline(never)
private func listen(
    to client: ClientConnection,
    _ head: consuming RequestHead,
    on loop: GatewayLoop
) -> CallerListener {
    let call = Call(consume head, at: client.startedAt, on: loop)
    return CallerListener(client, call, Transcript(of: call, on: loop))
}

/// What is decided once the body is there: the version, what is set aside for it, the first target and what is sent there.
///
/// It waits for nothing, so that what it needs is on no task's frame.
@inline(never)
private func decide(
    _ request: CallRequest,
    by key: Caller,
    in snapshot: GatewaySnapshot,
    for caller: CallerListener
) throws(Refusal) -> (AssignedRequest, first: UpstreamAttempt) {
    let (call, transcript) = (caller.call, caller.transcript)
    let chosen = try assign(request, of: call, by: key, in: snapshot, transcript)
    let assignment = try afford(chosen, request, of: call, by: key, in: snapshot, transcript)
    let first = try FirstTarget(for: request, of: call, assignment, transcript)
    caller.keepAwake(after: first.keepalive)
    return (AssignedRequest(request, of: call, assignment, first, transcript), first.attempt)
}

extension Refusal {
    fileprivate static let notReady = Refusal(
        .notReady,
        "The relay has no configuration yet.",
        retryAfter: .seconds(1)
    )
}
