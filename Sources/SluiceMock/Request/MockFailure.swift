// SPDX-License-Identifier: Apache-2.0

/// An error, which each dialect writes in its own shape.
struct MockFailure: Error, Equatable {
    var status: Int
    var message: String
    var type = "invalid_request_error"
    var param: String?
    var code: String?
    var headers: [String: String] = [:]

    static func badRequest(_ message: String, param: String? = nil, code: String? = nil) -> MockFailure {
        MockFailure(status: 400, message: message, param: param, code: code)
    }

    static func missing(_ name: String) -> MockFailure {
        MockFailure(
            status: 400,
            message: "Missing required parameter: '\(name)'.",
            param: name,
            code: "missing_required_parameter"
        )
    }

    static func wrongType(_ name: String, expected: String) -> MockFailure {
        MockFailure(
            status: 400,
            message: "Invalid type for '\(name)': expected \(expected).",
            param: name,
            code: "invalid_type"
        )
    }

    static func unknownModel(_ model: String) -> MockFailure {
        MockFailure(
            status: 404,
            message: "The model '\(model)' does not exist or you do not have access to it.",
            code: "model_not_found"
        )
    }

    static let wrongKey = MockFailure(
        status: 401,
        message: "Incorrect API key provided.",
        code: "invalid_api_key"
    )

    /// The error of a status that was asked for by a model's name or drawn by `error_rate`.
    static func injected(_ status: Int, retryAfter: Double?) -> MockFailure {
        let (message, type, code): (String, String, String?) =
            switch status {
            case 400: ("The request was refused by the simulated provider.", "invalid_request_error", nil)
            case 401: ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
            case 402: ("You exceeded your current quota.", "insufficient_quota", "insufficient_quota")
            case 403: ("Country, region, or territory not supported.", "request_forbidden", "unsupported_country")
            case 404: ("The model does not exist.", "invalid_request_error", "model_not_found")
            case 409: ("Conflict, please try again.", "conflict", nil)
            case 413: ("The request is too large.", "invalid_request_error", "request_too_large")
            case 422: ("The request could not be processed.", "invalid_request_error", "unprocessable_entity")
            case 429: ("Rate limit reached for requests.", "requests", "rate_limit_exceeded")
            case 503, 529: ("The engine is currently overloaded, please try again later.", "server_error", nil)
            default: ("The server had an error while processing your request.", "server_error", nil)
            }
        var failure = MockFailure(status: status, message: message, type: type, code: code)
        if status == 429 || retryAfter != nil, status == 429 || status == 503 {
            let seconds = retryAfter ?? 1
            failure.headers["retry-after"] = seconds == seconds.rounded() ? "\(Int64(seconds))" : "\(seconds)"
            failure.headers["retry-after-ms"] = "\(Int64((seconds * 1_000).rounded()))"
        }
        return failure
    }

    /// In the shape of the Messages API.
    var messagesJSON: String {
        let type =
            switch status {
            case 401: "authentication_error"
            case 402: "billing_error"
            case 403: "permission_error"
            case 404: "not_found_error"
            case 413: "request_too_large"
            case 429: "rate_limit_error"
            case 503, 529: "overloaded_error"
            case 504: "timeout_error"
            case 500...: "api_error"
            default: "invalid_request_error"
            }
        return "{\"type\":\"error\",\"error\":{\"type\":\"\(type)\",\"message\":\(MockJSON.quoted(message))},"
            + "\"request_id\":\"req_simulated\"}"
    }

    /// In the shape of the OpenAI API.
    var json: String {
        let param = param.map(MockJSON.quoted) ?? "null"
        let code = code.map(MockJSON.quoted) ?? "null"
        return "{\"error\":{\"message\":\(MockJSON.quoted(message)),\"type\":\(MockJSON.quoted(type)),"
            + "\"param\":\(param),\"code\":\(code)}}"
    }
}
