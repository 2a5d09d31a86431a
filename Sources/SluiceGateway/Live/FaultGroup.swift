// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The kinds of failure that a breaker tells apart.
enum FaultGroup: Int, CaseIterable, Sendable {
    /// No connection, or it broke.
    case reach
    /// Silence.
    case slow
    /// An error, or an answer that is none.
    case error
    /// 429.
    case quota
    /// 401, 402, 403, no money left.
    case credential

    /// `nil` for what the caller is to blame for.
    init?(_ errorClass: ErrorClass) {
        switch errorClass {
        case .connect, .tls, .reset: self = .reach
        case .timeout: self = .slow
        case .upstreamError, .malformed, .empty, .truncated, .errorInStream: self = .error
        case .quota: self = .quota
        case .credential: self = .credential
        case .badRequest, .contentFilter, .callerGone, .relayStopped, .refused, .superseded: return nil
        }
    }

    var name: String {
        switch self {
        case .reach: "reach"
        case .slow: "slow"
        case .error: "error"
        case .quota: "quota"
        case .credential: "credential"
        }
    }
}
