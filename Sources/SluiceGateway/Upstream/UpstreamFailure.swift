// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceWire

/// Why an attempt gave no answer that can be passed on: the one failure of the provider's side.
///
/// It is mapped forward only: to an ``ErrorClass`` for the record, and to a ``Refusal`` for the caller.
enum UpstreamFailure: Error, Equatable {
    /// No connection, or it broke, or what came on it is not HTTP.
    case connection(ConnectionFault)
    /// The answer is an error, or has no answer in it.
    case answer(AnswerFault)
    /// The whole request has taken as long as it may.
    case outOfTime
    /// A kept connection was lost after the request had left on it: the provider may have begun with it.
    case stale
    /// The version's provider has no usable TLS.
    case noTarget
    case callerGone
    /// The relay ended it.
    case relayStopped
}

// MARK: for the record

extension UpstreamFailure {
    var errorClass: ErrorClass {
        switch self {
        case .connection(let fault): UpstreamFailure.errorClass(fault)
        case .answer(let fault): fault.errorClass
        case .outOfTime: .timeout
        case .stale: .reset
        case .noTarget: .tls
        case .callerGone: .callerGone
        case .relayStopped: .relayStopped
        }
    }

    private static func errorClass(_ fault: ConnectionFault) -> ErrorClass {
        switch fault {
        case .refused, .unreachable, .dns, .exhausted, .connectTimeout: .connect
        case .tls: .tls
        case .reset: .reset
        case .timeout: .timeout
        case .cancelled: .callerGone
        case .malformed, .tooLarge: .malformed
        case .truncated: .truncated
        case .empty: .empty
        }
    }
}

// MARK: for the next attempt

extension UpstreamFailure {
    /// Whether another attempt may fare better: not after a wrong certificate, and not without a caller.
    var isRetryable: Bool {
        if case .answer(let fault) = self { return fault.isRetryable && !fault.isQuotaExhausted }
        switch errorClass {
        case .tls, .callerGone, .relayStopped: return false
        default: return true
        }
    }

    /// The account has no money or quota left.
    var isQuotaExhausted: Bool { if case .answer(let fault) = self { fault.isQuotaExhausted } else { false } }

    /// The request is too long for the model.
    var isContextLength: Bool { if case .answer(let fault) = self { fault.isContextLength } else { false } }

    /// The provider has no such model.
    var isModelMissing: Bool { if case .answer(let fault) = self { fault.isModelMissing } else { false } }

    /// The connection was lost before any of an answer came.
    var isConnectionLost: Bool { self == .connection(.reset) || self == .connection(.empty) }
}

// MARK: for the caller

extension UpstreamFailure {
    func refusal(provider: ProviderID) -> Refusal {
        switch self {
        case .connection(let fault): UpstreamFailure.refusal(fault, provider)
        case .answer(let fault): UpstreamFailure.refusal(fault, provider)
        case .outOfTime:
            Refusal(
                .upstreamTimeout,
                "The answer of provider `\(provider)` was not complete within the time for the whole request"
                    + " (`timeouts.total` of the version or provider, or the caller's own limit)."
            )
        case .stale:
            Refusal(
                .upstreamReset,
                "Provider `\(provider)` closed a kept connection without an answer to the request sent on it."
            )
        case .noTarget: Refusal(.upstreamTLS, "TLS to provider `\(provider)` cannot be set up; see the relay's log.")
        case .callerGone: Refusal(.badRequest, "the caller has left")
        case .relayStopped: .relayStopped
        }
    }

    private static func refusal(_ fault: ConnectionFault, _ provider: ProviderID) -> Refusal {
        switch fault {
        case .refused: Refusal(.upstreamUnreachable, "Provider `\(provider)` refused the connection.")
        case .unreachable: Refusal(.upstreamUnreachable, "Provider `\(provider)` cannot be reached.")
        case .dns: Refusal(.upstreamUnreachable, "The host name of provider `\(provider)` cannot be resolved.")
        case .connectTimeout: Refusal(.upstreamTimeout, "Provider `\(provider)` did not take the connection in time.")
        case .tls: Refusal(.upstreamTLS, "The TLS certificate or handshake of provider `\(provider)` is not valid.")
        case .reset: Refusal(.upstreamReset, "Provider `\(provider)` broke the connection.")
        case .timeout: Refusal(.upstreamTimeout, "Provider `\(provider)` did not answer in time.")
        case .exhausted: Refusal(.overloaded, "The relay has no connections left.", retryAfter: .seconds(1))
        case .cancelled: Refusal(.badRequest, "the caller has left")
        case .malformed, .tooLarge: .unreadable(provider)
        case .truncated: .brokenOff(provider)
        case .empty: .noAnswer(provider)
        }
    }

    /// Asked for answers that cannot be passed on themselves.
    private static func refusal(_ fault: AnswerFault, _ provider: ProviderID) -> Refusal {
        if fault.isRefusedCredential {
            return Refusal(
                .upstreamCredential,
                "Provider `\(provider)` refused the credential of this relay (not the key of your request); its operator"
                    + " finds the provider's words in the log."
            )
        }
        if (300...399).contains(fault.status) {
            return Refusal(
                .upstreamMalformed,
                "Provider `\(provider)` answered \(fault.status), a redirect, which is not followed:"
                    + " its `base_url` may be wrong."
            )
        }
        switch fault.errorClass {
        case .malformed: return .unreadable(provider)
        case .truncated: return .brokenOff(provider)
        default: return .noAnswer(provider)
        }
    }
}

extension Refusal {
    /// The relay ends what is under way.
    static let relayStopped = Refusal(
        .draining,
        "The relay was stopped before the answer was complete; send the request again.",
        retryAfter: .seconds(1)
    )

    fileprivate static func unreadable(_ provider: ProviderID) -> Refusal {
        Refusal(.upstreamMalformed, "Provider `\(provider)` sent an answer that cannot be read.")
    }

    fileprivate static func brokenOff(_ provider: ProviderID) -> Refusal {
        Refusal(.upstreamReset, "Provider `\(provider)` broke off its answer before the end.")
    }

    fileprivate static func noAnswer(_ provider: ProviderID) -> Refusal {
        Refusal(.upstreamEmpty, "Provider `\(provider)` sent no answer, or one with nothing in it.")
    }
}
