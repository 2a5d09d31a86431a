// SPDX-License-Identifier: Apache-2.0

/// The one map from a refusal to status, OpenAI error type and code.
extension Refusal.Kind {
    package var row: (status: Int, type: String, code: String, origin: Refusal.Origin) {
        switch self {
        case .badRequest: (400, "invalid_request_error", "invalid_request", .caller)
        case .invalidJSON: (400, "invalid_request_error", "invalid_json", .caller)
        case .tooDeep: (400, "invalid_request_error", "json_too_deep", .caller)
        case .duplicateField: (400, "invalid_request_error", "duplicate_field", .caller)
        case .missingModel: (400, "invalid_request_error", "missing_model", .caller)
        case .missingKey: (401, "invalid_request_error", "invalid_api_key", .caller)
        case .invalidKey: (401, "invalid_request_error", "invalid_api_key", .caller)
        case .forbidden: (403, "invalid_request_error", "forbidden", .caller)
        case .unknownPath: (404, "invalid_request_error", "unknown_url", .caller)
        case .methodNotAllowed: (405, "invalid_request_error", "method_not_allowed", .caller)
        case .modelNotFound: (404, "invalid_request_error", "model_not_found", .caller)
        case .requestTimeout: (408, "invalid_request_error", "request_timeout", .caller)
        case .bodyTooLarge: (413, "invalid_request_error", "request_too_large", .caller)
        case .headersTooLarge: (431, "invalid_request_error", "headers_too_large", .caller)
        case .uriTooLong: (414, "invalid_request_error", "uri_too_long", .caller)
        case .unsupportedMediaType: (415, "invalid_request_error", "unsupported_media_type", .caller)
        case .unsupportedEncoding: (415, "invalid_request_error", "unsupported_content_encoding", .caller)
        case .expectationFailed: (417, "invalid_request_error", "expectation_failed", .caller)
        case .versionNotSupported: (505, "invalid_request_error", "http_version_not_supported", .relay)
        case .upgradeRequired: (426, "invalid_request_error", "upgrade_not_served", .caller)
        case .rateLimited: (429, "rate_limit_error", "rate_limit_exceeded", .caller)
        case .budgetExceeded: (402, "insufficient_quota", "budget_exceeded", .caller)
        case .overloaded: (503, "server_error", "overloaded", .relay)
        case .draining: (503, "server_error", "draining", .relay)
        case .notReady: (503, "server_error", "not_ready", .relay)
        case .noVersion: (503, "server_error", "no_version", .relay)
        case .upstreamUnreachable: (502, "server_error", "upstream_unreachable", .upstream)
        case .upstreamTLS: (502, "server_error", "upstream_tls", .upstream)
        case .upstreamReset: (502, "server_error", "upstream_reset", .upstream)
        case .upstreamMalformed: (502, "server_error", "upstream_malformed", .upstream)
        case .upstreamEmpty: (502, "server_error", "upstream_empty", .upstream)
        case .upstreamTimeout: (504, "server_error", "upstream_timeout", .upstream)
        case .upstreamCredential: (502, "server_error", "upstream_credentials", .upstream)
        }
    }
}
