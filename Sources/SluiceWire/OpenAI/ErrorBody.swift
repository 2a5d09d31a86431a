// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

extension OpenAI {
    /// `{"error":{"message":…,"type":…,"param":…,"code":…,"request_id":…}}`; `param` is `null` where there is none.
    static func errorBody(_ refusal: Refusal, requestID: String? = nil) -> [UInt8] {
        let row = refusal.kind.row
        var bytes = Array(#"{"error":{"message":"#.utf8)
        JSONString.append(refusal.message, to: &bytes)
        bytes.append(contentsOf: #","type":"#.utf8)
        JSONString.append(type(of: refusal.kind), to: &bytes)
        bytes.append(contentsOf: #","param":"#.utf8)
        if let param = refusal.param {
            JSONString.append(param, to: &bytes)
        } else {
            bytes.append(contentsOf: "null".utf8)
        }
        bytes.append(contentsOf: #","code":"#.utf8)
        JSONString.append(row.code, to: &bytes)
        if let requestID {
            bytes.append(contentsOf: #","request_id":"#.utf8)
            JSONString.append(requestID, to: &bytes)
        }
        bytes.append(contentsOf: "}}".utf8)
        return bytes
    }

    /// An error object as one server-sent event; line breaks, which JSON has only between its parts, go.
    static func event(of body: RawSpan) -> [UInt8] {
        var bytes = Array("data: ".utf8)
        bytes.reserveCapacity(body.byteCount + 8)
        for index in 0..<body.byteCount {
            let byte = body.byte(index)
            bytes.append(byte.isLineEnd ? UInt8(ascii: " ") : byte)
        }
        return bytes + Array("\n\n".utf8)
    }

    /// Whether a body is one JSON object that says `error`, as callers of streams look for it.
    static func isErrorObject(_ body: RawSpan) -> Bool {
        guard let value = try? JSONValue(parsing: body), case .object(let object) = value else { return false }
        return object["error"] != nil
    }

    /// The `type` of an error.
    private static func type(of kind: Refusal.Kind) -> String {
        switch kind {
        case .rateLimited: "rate_limit_error"
        case .budgetExceeded: "insufficient_quota"
        case .overloaded, .draining, .notReady, .noVersion,
            .upstreamUnreachable, .upstreamTLS, .upstreamReset, .upstreamMalformed, .upstreamEmpty, .upstreamTimeout,
            .upstreamCredential:
            "server_error"
        default: "invalid_request_error"
        }
    }
}
