// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP

/// Serves one caller's connection: the table of contents of the data plane.
func serve(_ client: ClientConnection, on home: GatewayLoop) async {
    while true {
        do throws(HTTPProblem) {
            guard let head = try await client.nextRequest() else { return }
            await serve(head, from: client, on: home)
        } catch {
            return await refuse(error, to: client, on: home)
        }
    }
}

/// Serves one request: every ending of it gives exactly one outcome.
private func serve(_ head: consuming RequestHead, from client: ClientConnection, on home: GatewayLoop) async {
    if let answer = probe(head, on: home, keepsAlive: client.keepsAlive) {
        _ = await client.write(answer)
        return await client.finish()
    }
    if let answer = CrossOrigin.preflight(head, on: home, keepsAlive: client.keepsAlive) {
        _ = await client.write(answer)
        return await client.finish()
    }
    guard let snapshot = home.snapshot else { return await refuseUnready(head, to: client, on: home) }
    let exchange = Exchange(head, from: client, on: home, snapshot)
    defer { client.forgetWatcher() }
    do throws(Refusal) {
        try exchange.receive()
        try exchange.authenticate()
        try exchange.admit()
        defer { exchange.leave() }
        if let answer = try exchange.answerLocally() { return await exchange.send(answer) }
        try await exchange.readBody()
        try exchange.select()
        let reply = try await exchange.forward()
        switch reply {
        case .whole(let answer): await exchange.wholeBack(answer)
        case .stream(let answer): await exchange.streamBack(answer)
        }
    } catch {
        await exchange.refuse(error)
    }
}
