// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP

/// Serves one caller's connection: the table of contents of the data plane.
func serve(_ client: ClientConnection, on loop: GatewayLoop) async {
    while true {
        do throws(HTTPProblem) {
            guard let head = try await client.nextRequest() else { return }
            await serve(head, from: client, on: loop)
        } catch {
            return await refuse(error, to: client, on: loop)
        }
    }
}

/// Serves one request: every ending of it gives exactly one outcome.
private func serve(_ head: consuming RequestHead, from client: ClientConnection, on loop: GatewayLoop) async {
    if let answer = probe(head, on: loop, keepsAlive: client.keepsAlive)
        ?? CrossOrigin.preflight(head, on: loop, keepsAlive: client.keepsAlive)
    {
        _ = await client.write(answer)
        return await client.finish()
    }
    let call = Call(head, at: client.startedAt, on: loop)
    let transcript = Transcript(of: call, on: loop)
    defer { client.forgetWatcher() }
    do throws(Refusal) {
        guard let snapshot = loop.snapshot else { throw .notReady }
        let operation = try call.operation()
        let caller = try authenticate(call, snapshot, transcript)
        var permit = try Permit(for: caller, on: loop)
        guard let operation else {
            return await send(try snapshot.answer(to: call.endpoint), of: call, transcript, to: client)
        }
        let request = try await read(operation, from: client, &permit, copies: snapshot.copiesOfBody, transcript)
        let assignment = try assign(request, of: call, by: caller, in: snapshot, transcript)
        let first = try FirstTarget(for: request, of: call, assignment, &permit.slots, transcript)
        let exchange = Exchange(
            consume request,
            of: call,
            from: client,
            assignment,
            consume first,
            permit: consume permit,
            in: snapshot,
            transcript
        )
        defer { exchange.permit.end() }
        await exchange.serve()
    } catch {
        await refuse(error, of: call, transcript, to: client)
    }
}

extension Refusal {
    fileprivate static let notReady = Refusal(
        .notReady,
        "The relay has no configuration yet.",
        retryAfter: .seconds(1)
    )
}
