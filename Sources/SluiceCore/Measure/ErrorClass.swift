// SPDX-License-Identifier: Apache-2.0

/// Whose fault a failed attempt was; decides what counts against a version.
package enum ErrorClass: String, Sendable, Codable, CaseIterable {
    // The version's own faults: evidence against it.
    case upstreamError = "upstream_error"  // 5xx
    case timeout
    case connect
    case tls
    case reset
    case malformed
    case empty
    case truncated
    case errorInStream = "error_in_stream"
    // Counted on both arms: a bad canary config shows, a bad caller cancels out.
    case badRequest = "bad_request"  // 400, 404, 413, 422 from the provider
    // Metrics of their own.
    case quota  // 429, spend limits
    case credential  // 401, 402, 403 from the provider
    // Never evidence.
    case contentFilter = "content_filter"
    case callerGone = "caller_gone"
    case relayStopped = "relay_stopped"  // the relay was stopped, and its time to drain was over
    case refused  // by the relay itself, before any attempt
    case superseded  // another attempt took its place: a faster one, or one without what the relay had added

    /// Whether an attempt that ended so speaks against the version that served it.
    package var countsAgainstVersion: Bool {
        switch self {
        case .upstreamError, .timeout, .connect, .tls, .reset, .malformed, .empty, .truncated, .errorInStream,
            .badRequest:
            true
        case .quota, .credential, .contentFilter, .callerGone, .relayStopped, .refused, .superseded: false
        }
    }
}
