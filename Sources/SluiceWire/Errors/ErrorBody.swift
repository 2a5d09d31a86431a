// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// A refusal in the caller's dialect.
package enum ErrorBody {
    /// `{"error":{"message":…,"type":…,"param":…,"code":…,"request_id":…}}`; `param` is `null` where there is none.
    package static func json(_ refusal: Refusal, requestID: String? = nil) -> [UInt8] {
        let row = refusal.kind.row
        var bytes = Array(#"{"error":{"message":"#.utf8)
        JSONString.append(refusal.message, to: &bytes)
        bytes.append(contentsOf: #","type":"#.utf8)
        JSONString.append(row.type, to: &bytes)
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

    /// The same as one server-sent event, for an answer that breaks off: `data: {"error":…}`, blank line.
    package static func event(_ refusal: Refusal, requestID: String? = nil) -> [UInt8] {
        Array("data: ".utf8) + json(refusal, requestID: requestID) + [0x0A, 0x0A]
    }

    /// A provider's error object as one server-sent event; line breaks, which JSON has only between its parts, go.
    package static func event(of body: RawSpan) -> [UInt8] {
        var bytes = Array("data: ".utf8)
        bytes.reserveCapacity(body.byteCount + 8)
        for index in 0..<body.byteCount {
            let byte = body.byte(index)
            bytes.append(byte == 0x0A || byte == 0x0D ? 0x20 : byte)
        }
        return bytes + [0x0A, 0x0A]
    }

    /// Whether a body is one JSON object that says `error`, as callers of streams look for it.
    package static func isObject(_ body: RawSpan) -> Bool {
        guard let value = try? JSONValue(parsing: body), case .object(let object) = value else { return false }
        return object["error"] != nil
    }
}
