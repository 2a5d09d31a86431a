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
    let call = Call(consume head, at: client.startedAt, on: loop)
    let transcript = Transcript(of: call, on: loop)
    let caller = CallerListener(client, call, transcript)
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
        let chosen = try assign(request, of: call, by: key, in: snapshot, transcript)
        let assignment = try afford(chosen, request, of: call, by: key, in: snapshot, transcript)
        let first = try FirstTarget(for: request, of: call, assignment, transcript)
        caller.keepAwake(after: first.keepalive)
        let assigned = AssignedRequest(consume request, of: call, assignment, first, transcript)
        // Only what was made of the body is needed from now on, where it is sent nowhere else.
        if assigned.request == nil { permit.releaseOriginal(copies: snapshot.copiesOfBody) }
        let answer = try await ask(consume assigned, first: first.attempt, for: caller)
        if answer.resumption == nil { permit.releaseBody() }
        await pass(consume answer, to: caller)
    } catch {
        await refuse(error, to: caller)
    }
}

extension Refusal {
    fileprivate static let notReady = Refusal(
        .notReady,
        "The relay has no configuration yet.",
        retryAfter: .seconds(1)
    )
}
