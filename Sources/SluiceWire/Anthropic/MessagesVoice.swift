// SPDX-License-Identifier: Apache-2.0
import SluiceCore

// What the relay itself says to callers of the Messages API.
extension Anthropic {
    /// `{"type":"error","error":{"type":…,"message":…,"details":{"error_code":…}},"request_id":…}`.
    static func errorBody(_ refusal: Refusal, requestID: String? = nil) -> [UInt8] {
        let row = refusal.kind.row
        var bytes = Array(#"{"type":"error","error":{"type":"#.utf8)
        JSONString.append(type(of: refusal.kind, status: row.status), to: &bytes)
        bytes.append(contentsOf: #","message":"#.utf8)
        JSONString.append(refusal.message, to: &bytes)
        bytes.append(contentsOf: #","details":{"error_code":"#.utf8)
        JSONString.append(row.code, to: &bytes)
        bytes.append(contentsOf: "}}".utf8)
        if let requestID {
            bytes.append(contentsOf: #","request_id":"#.utf8)
            JSONString.append(requestID, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// The `type` of an error, which follows from the status but where the relay itself has no room.
    private static func type(of kind: Refusal.Kind, status: Int) -> String {
        if kind == .overloaded || kind == .draining { return "overloaded_error" }
        return switch status {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 504: "timeout_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }

    /// `{"data":[…],"has_more":false,"first_id":…,"last_id":…}`; all models stand on one page.
    static func modelList(_ models: [CallerVoice.Model]) -> [UInt8] {
        var bytes = Array(#"{"data":["#.utf8)
        for (index, model) in models.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: modelJSON(model))
        }
        bytes.append(contentsOf: #"],"has_more":false,"first_id":"#.utf8)
        append(models.first?.id, to: &bytes)
        bytes.append(contentsOf: #","last_id":"#.utf8)
        append(models.last?.id, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// `{"type":"model","id":…,"display_name":…,"created_at":…}`.
    static func modelJSON(_ model: CallerVoice.Model) -> [UInt8] {
        var bytes = Array(#"{"type":"model","id":"#.utf8)
        JSONString.append(model.id, to: &bytes)
        bytes.append(contentsOf: #","display_name":"#.utf8)
        JSONString.append(model.id, to: &bytes)
        bytes.append(contentsOf: #","created_at":"#.utf8)
        JSONString.append(model.createdAt.description, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private static func append(_ id: String?, to bytes: inout [UInt8]) {
        if let id { JSONString.append(id, to: &bytes) } else { bytes.append(contentsOf: "null".utf8) }
    }
}
