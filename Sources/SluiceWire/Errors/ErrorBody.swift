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
}
