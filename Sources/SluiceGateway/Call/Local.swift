// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP

extension GatewaySnapshot {
    /// The answer of endpoints that need no provider: the models this relay offers.
    func answer(to endpoint: Endpoint, through gate: CompiledGate?) throws(Refusal) -> [UInt8] {
        try gate?.admit()
        switch endpoint {
        case .model(let dialect, let name):
            guard let json = modelJSON(name, for: dialect, through: gate) else {
                throw modelNotFound(name, through: gate)
            }
            return json
        default: return modelListJSON(for: endpoint.recorded.dialect, through: gate)
        }
    }
}

/// The answer to what needs no key and leaves no record: a health probe, or a browser's question before a request; `nil` for
/// every other request.
func unrecorded(_ head: borrowing RequestHead, on loop: GatewayLoop, keepsAlive: Bool) -> ByteBuffer? {
    head.method == .OPTIONS
        ? CrossOrigin.preflight(head, on: loop, keepsAlive: keepsAlive) : probe(head, on: loop, keepsAlive: keepsAlive)
}

private func probe(_ head: borrowing RequestHead, on loop: GatewayLoop, keepsAlive: Bool) -> ByteBuffer? {
    guard head.target.count <= 64, head.method == .GET || head.method == .HEAD else { return nil }
    let isFine: Bool
    switch Endpoint(head, in: loop.dialects) {
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

extension CrossOrigin {
    /// The answer to the question that browsers ask before a request; `nil` where this is none, or the page may not ask.
    ///
    /// It needs no key, since browsers send none with it.
    fileprivate static func preflight(
        _ head: borrowing RequestHead,
        on loop: GatewayLoop,
        keepsAlive: Bool
    ) -> ByteBuffer? {
        guard case .wrongMethod(let allowed, _) = Endpoint(head, in: loop.dialects) else { return nil }
        let bytes = head.bytes.readableBytesUInt8Span
        guard let range = HeaderLines.first("origin", of: bytes, head.lines), range.count <= 1_024,
            HeaderLines.first("access-control-request-method", of: bytes, head.lines) != nil
        else { return nil }
        let rules = loop.configuration.crossOrigin
        let origin = bytes.extracting(range)
        guard rules.allows(origin) else { return nil }
        var out = HeadBytes(reserving: 512)
        HTTPAnswer.begin(204, in: &out)
        loop.writeDate(in: &out)
        rules.write(origin, in: &out)
        out.field("access-control-allow-methods", "\(allowed), OPTIONS")
        if let wanted = HeaderLines.first("access-control-request-headers", of: bytes, head.lines),
            wanted.count <= 4_096, isList(bytes.extracting(wanted))
        {
            out.write("access-control-allow-headers: ")
            out.write(bytes.extracting(wanted))
            out.write("\r\n")
        }
        out.write("access-control-max-age: 600\r\n")
        if !keepsAlive { out.write("connection: close\r\n") }
        out.write("\r\n")
        return out.buffer()
    }

    /// Names of fields and what stands between them.
    private static func isList(_ text: Span<UInt8>) -> Bool {
        for index in text.indices {
            let byte = text[index]
            guard byte.isASCIIAlphanumeric || "-_., ".utf8.contains(byte) else { return false }
        }
        return true
    }
}
