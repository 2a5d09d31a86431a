// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

extension Exchange {
    /// The answer of endpoints that need no provider: the models this relay offers.
    func answerLocally() throws(Refusal) -> [UInt8]? {
        switch endpoint {
        case .modelList: return snapshot.modelListJSON
        case .model(let name):
            guard let json = snapshot.modelJSON(name) else { throw snapshot.modelNotFound(name) }
            return json
        default: return nil
        }
    }

    /// Sends an answer of our own.
    func send(_ json: [UInt8]) async {
        var out = HeadBytes(reserving: json.count + 1_024)
        HTTPAnswer.begin(200, in: &out)
        out.write("content-type: application/json\r\n")
        writeOurFields(in: &out)
        end(&out, .length(json.count))
        if method != .HEAD { out.write(json) }
        let bytes = out.buffer()
        record(.complete, status: 200)
        _ = await client.write(bytes, until: callerLimit)
        await client.finish()
    }
}

/// The answer to a health probe, which needs no key and leaves no record; `nil` for every other request.
func probe(_ head: borrowing RequestHead, on home: GatewayLoop, keepsAlive: Bool) -> ByteBuffer? {
    guard head.target.count <= 64, head.method == .GET || head.method == .HEAD else { return nil }
    let isFine: Bool
    switch Endpoint(head) {
    case .alive: isFine = true
    case .ready: isFine = home.snapshot != nil && home.isReady()
    default: return nil
    }
    let body = ByteBuffer(string: isFine ? #"{"status":"ok"}"# : #"{"status":"not ready"}"#)
    return HTTPAnswer.whole(
        isFine ? 200 : 503,
        headers: [("date", home.dateText), ("content-type", "application/json"), ("cache-control", "no-store")],
        body: body,
        keepsAlive: keepsAlive,
        omitsBody: head.method == .HEAD
    )
}

/// Refuses a request that comes before the first snapshot.
func refuseUnready(_ head: consuming RequestHead, to client: ClientConnection, on home: GatewayLoop) async {
    let now = home.wallClock()
    let refusal = Refusal(.notReady, "The relay has no configuration yet.", retryAfter: .seconds(1))
    var outcome = Outcome(
        request: home.nextID(at: now),
        startedAt: now,
        endpoint: Endpoint(head).recorded,
        epoch: 0
    )
    outcome.status = refusal.kind.row.status
    outcome.errorClass = .refused
    home.sink.settled(outcome, loop: home.loop.index)
    let headers = [
        ("date", home.dateText), ("content-type", "application/json"), ("retry-after", "1"),
        ("x-request-id", outcome.request.description),
    ]
    let body = ByteBuffer(bytes: ErrorBody.json(refusal, requestID: outcome.request.description))
    _ = await client.write(
        HTTPAnswer.whole(outcome.status, headers: headers, body: body, keepsAlive: client.keepsAlive)
    )
    await client.finish()
}
