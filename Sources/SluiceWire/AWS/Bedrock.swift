// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Amazon Bedrock's InvokeModel with Anthropic's models: the bodies of the Messages API but for a few members.
enum Bedrock {
    /// What Bedrock calls the version of the Messages API that it has.
    static let messagesVersion = "bedrock-2023-05-31"

    /// Below the provider's own path; a model may be an ARN, whose slashes are no parts of the path.
    static func path(of operation: Operation, model: String, isStream: Bool) -> String? {
        // Counts are asked for by Converse.
        if operation == .countTokens { return Converse.path(of: operation, model: model, isStream: false) }
        guard operation == .chat else { return nil }
        return "/model/\(PathText.encoded(model))/\(isStream ? "invoke-with-response-stream" : "invoke")"
    }

    /// An exception's word in Anthropic's dialect, by its name as Bedrock writes it in streams and in `x-amzn-errortype`.
    static func errorType(of exception: String) -> String? {
        var name = exception.lowercased().prefix { $0 != ":" }
        if name.hasSuffix("exception") { name = name.dropLast(9) }
        switch name {
        case "throttling", "modelnotready", "servicequotaexceeded": return "rate_limit_error"
        case "validation": return "invalid_request_error"
        case "accessdenied", "expiredtoken": return "permission_error"
        case "unrecognizedclient", "invalidsignature", "incompletesignature", "missingauthenticationtoken":
            return "authentication_error"
        case "resourcenotfound": return "not_found_error"
        case "serviceunavailable": return "overloaded_error"
        case "modeltimeout": return "timeout_error"
        case "internalserver", "modelstreamerror", "modelerror": return "api_error"
        default: return nil
        }
    }

    /// The body of an error answer, `{"message":"…"}`, in Anthropic's form.
    static func error(_ body: RawSpan, status: Int, exception: String?, requestID: String?) -> [UInt8] {
        let item = JSONItem(checking: body.copy(0..<body.byteCount))
        let message = item?["message"]?.string ?? item?["Message"]?.string
        let type = exception.flatMap { errorType(of: $0) } ?? errorType(ofStatus: status)
        return error(type, message ?? "The provider answered with status \(status).", requestID: requestID)
    }

    static func errorType(ofStatus status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 408: "timeout_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 400..<500 where status != 424: "invalid_request_error"
        case 503: "overloaded_error"
        default: "api_error"
        }
    }

    /// An error in Anthropic's form.
    static func error(_ type: String, _ message: String, requestID: String? = nil) -> [UInt8] {
        var out = JSONWriter(reserving: 256)
        out.beginObject()
        out.member("type", "error")
        out.name("error")
        out.beginObject()
        out.member("type", type)
        out.member("message", message)
        out.endObject()
        if let requestID { out.member("request_id", requestID) }
        out.endObject()
        return out.bytes
    }
}
