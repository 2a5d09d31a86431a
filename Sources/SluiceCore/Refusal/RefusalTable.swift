// SPDX-License-Identifier: Apache-2.0

/// The one map from a refusal to its status and its code; each dialect adds what its errors hold beside them.
extension Refusal.Kind {
    package var row: (status: Int, code: String, origin: Refusal.Origin) {
        switch self {
        case .badRequest: (400, "invalid_request", .caller)
        case .invalidJSON: (400, "invalid_json", .caller)
        case .tooDeep: (400, "json_too_deep", .caller)
        case .duplicateField: (400, "duplicate_field", .caller)
        case .missingModel: (400, "missing_model", .caller)
        case .missingKey: (401, "invalid_api_key", .caller)
        case .invalidKey: (401, "invalid_api_key", .caller)
        case .forbidden: (403, "forbidden", .caller)
        case .unknownPath: (404, "unknown_url", .caller)
        case .methodNotAllowed: (405, "method_not_allowed", .caller)
        case .modelNotFound: (404, "model_not_found", .caller)
        case .storedNotFound: (404, "not_found", .caller)
        case .previousNotFound: (404, "previous_response_not_found", .caller)
        case .accountGone: (409, "account_gone", .caller)
        case .requestTimeout: (408, "request_timeout", .caller)
        case .bodyTooLarge: (413, "request_too_large", .caller)
        case .headersTooLarge: (431, "headers_too_large", .caller)
        case .uriTooLong: (414, "uri_too_long", .caller)
        case .unsupportedMediaType: (415, "unsupported_media_type", .caller)
        case .unsupportedEncoding: (415, "unsupported_content_encoding", .caller)
        case .expectationFailed: (417, "expectation_failed", .caller)
        case .versionNotSupported: (505, "http_version_not_supported", .relay)
        case .upgradeRequired: (426, "upgrade_not_served", .caller)
        case .rateLimited: (429, "rate_limit_exceeded", .caller)
        case .budgetExceeded: (402, "budget_exceeded", .caller)
        case .unpricedModel: (403, "model_unpriced", .caller)
        case .overloaded: (503, "overloaded", .relay)
        case .draining: (503, "draining", .relay)
        case .notReady: (503, "not_ready", .relay)
        case .noVersion: (503, "no_version", .relay)
        case .upstreamUnreachable: (502, "upstream_unreachable", .upstream)
        case .upstreamTLS: (502, "upstream_tls", .upstream)
        case .upstreamReset: (502, "upstream_reset", .upstream)
        case .upstreamMalformed: (502, "upstream_malformed", .upstream)
        case .upstreamEmpty: (502, "upstream_empty", .upstream)
        case .upstreamTimeout: (504, "upstream_timeout", .upstream)
        case .upstreamCredential: (502, "upstream_credentials", .upstream)
        }
    }
}
