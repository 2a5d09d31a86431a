// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// A provider's error, read in any dialect and written in the caller's.
struct ProviderError {
    private var message: String?
    /// The provider's own word for it.
    private var word: String?
    private var param: String?
    private let status: Int

    /// - Parameter status: 200 where the error stood in an answer of that status.
    init(_ body: RawSpan, status: Int) {
        if let item = JSONItem(checking: body.copy(0..<body.byteCount)) {
            self.init(item, status: status)
        } else {
            self.init(message: nil, status: status)
        }
    }

    init(message: String?, status: Int) {
        self.message = message
        self.status = status
    }

    init(_ item: JSONItem, status: Int) {
        let error = item["error"] ?? item
        message = error.string ?? error["message"]?.string ?? error["Message"]?.string
        word =
            (error.said(item: "code") ?? error.said(item: "type"))?.string ?? error["type"]?.string
            ?? error["status"]?.string
        param = error["param"]?.string
        let code = error["code"]?.int.map { Int(clamping: $0) }
        self.status = status < 400 ? ProviderError.status(of: word) ?? code ?? 500 : status
    }

    private var text: String { message ?? "The provider answered with status \(status)." }

    /// `{"error":{"message","type","param","code"}}`.
    var openAI: [UInt8] {
        var out = JSONWriter(reserving: 256)
        out.beginObject()
        out.name("error")
        out.beginObject()
        out.member("message", text)
        out.member("type", openAIType)
        out.name("param")
        if let param { out.string(param) } else { out.word("null") }
        out.name("code")
        if let word { out.string(word) } else { out.word("null") }
        out.endObject()
        out.endObject()
        return out.bytes
    }

    /// `{"type":"error","error":{"type","message"},"request_id"}`.
    func anthropic(requestID: String?) -> [UInt8] {
        var out = JSONWriter(reserving: 256)
        out.beginObject()
        out.member("type", "error")
        out.name("error")
        out.beginObject()
        out.member("type", anthropicType)
        out.member("message", text)
        out.endObject()
        if let requestID { out.member("request_id", requestID) }
        out.endObject()
        return out.bytes
    }

    /// `{"error":{"code","message","status"}}`.
    var gemini: [UInt8] {
        var out = JSONWriter(reserving: 256)
        out.beginObject()
        out.name("error")
        out.beginObject()
        out.member("code", Int64(status))
        out.member("message", text)
        out.member("status", Gemini.status(status))
        out.endObject()
        out.endObject()
        return out.bytes
    }

    private var openAIType: String {
        switch status {
        case 401: "authentication_error"
        case 402: "insufficient_quota"
        case 403: "permission_error"
        case 429: "rate_limit_error"
        case 400..<500: "invalid_request_error"
        default: "server_error"
        }
    }

    private var anthropicType: String {
        if word == "insufficient_quota" { return "billing_error" }
        switch status {
        case 401: return "authentication_error"
        case 402: return "billing_error"
        case 403: return "permission_error"
        case 404: return "not_found_error"
        case 408, 504: return "timeout_error"
        case 413: return "request_too_large"
        case 429: return "rate_limit_error"
        case 400..<500: return "invalid_request_error"
        case 503, 529: return "overloaded_error"
        default: return "api_error"
        }
    }

    /// What an error in a stream would have had as its status.
    private static func status(of word: String?) -> Int? {
        switch word {
        case "invalid_request_error", "context_length_exceeded", "content_filter": 400
        case "authentication_error", "invalid_api_key": 401
        case "billing_error", "insufficient_quota": 402
        case "permission_error": 403
        case "not_found_error", "model_not_found": 404
        case "request_too_large": 413
        case "rate_limit_error", "rate_limit_exceeded": 429
        case "api_error", "server_error", "internal_server_error": 500
        case "timeout_error": 504
        case "overloaded_error", "overloaded": 529
        case "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE": 400
        case "UNAUTHENTICATED": 401
        case "PERMISSION_DENIED": 403
        case "NOT_FOUND": 404
        case "RESOURCE_EXHAUSTED": 429
        case "UNAVAILABLE": 503
        case "DEADLINE_EXCEEDED": 504
        default: nil
        }
    }
}
