// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP

extension GatewaySnapshot {
    /// The answer of endpoints that need no provider: the models this relay offers.
    func answer(to endpoint: Endpoint) throws(Refusal) -> [UInt8] {
        switch endpoint {
        case .model(let dialect, let name):
            guard let json = modelJSON(name, for: dialect) else { throw modelNotFound(name) }
            return json
        default: return modelListJSON(for: endpoint.recorded.dialect)
        }
    }
}

/// Sends an answer of our own.
func send(_ json: [UInt8], to caller: CallerListener) async {
    let fields = caller.fields
    var out = HeadBytes(reserving: json.count + 1_024)
    HTTPAnswer.begin(200, in: &out)
    out.write("content-type: application/json\r\n")
    fields.write(in: &out)
    fields.end(&out, .length(json.count))
    if caller.call.method != .HEAD { out.write(json) }
    let bytes = out.buffer()
    caller.transcript.record(.complete, status: 200)
    await caller.writeLast(bytes)
    await caller.client.finish()
}

/// The answer to a health probe, which needs no key and leaves no record; `nil` for every other request.
func probe(_ head: borrowing RequestHead, on loop: GatewayLoop, keepsAlive: Bool) -> ByteBuffer? {
    guard head.target.count <= 64, head.method == .GET || head.method == .HEAD else { return nil }
    let isFine: Bool
    switch Endpoint(head, in: loop.configuration.dialects) {
    case .alive: isFine = true
    case .ready: isFine = loop.isReady
    default: return nil
    }
    let body = ByteBuffer(string: isFine ? #"{"status":"ok"}"# : #"{"status":"not ready"}"#)
    return HTTPAnswer.whole(
        isFine ? 200 : 503,
        headers: [("date", loop.dateText), ("content-type", "application/json"), ("cache-control", "no-store")],
        body: body,
        keepsAlive: keepsAlive,
        omitsBody: head.method == .HEAD
    )
}
