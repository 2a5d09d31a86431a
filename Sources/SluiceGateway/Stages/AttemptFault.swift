// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP

/// Why an attempt gave no answer that can be passed on.
enum AttemptFault: Error, Equatable {
    case provider(ProviderFault)
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

    /// The connection was lost before any of an answer came.
    var isConnectionLost: Bool {
        switch self {
        case .provider(.reset), .answer(.empty): true
        default: false
        }
    }

    var errorClass: ErrorClass {
        switch self {
        case .provider(let fault):
            switch fault {
            case .refused, .unreachable, .dns, .exhausted, .connectTimeout: .connect
            case .tls: .tls
            case .reset: .reset
            case .timeout: .timeout
            case .cancelled: .callerGone
            }
        case .answer(let fault):
            switch fault {
            case .malformed, .tooLarge: .malformed
            case .truncated: .truncated
            case .empty: .empty
            }
        case .outOfTime: .timeout
        case .stale: .reset
        case .noTarget: .tls
        case .callerGone: .callerGone
        case .relayStopped: .relayStopped
        }
    }

    /// Whether another attempt may fare better: not after a wrong certificate, and not without a caller.
    var isRetryable: Bool {
        switch errorClass {
        case .tls, .callerGone, .relayStopped: false
        default: true
        }
    }

    /// What the caller is told.
    func refusal(provider: ProviderID) -> Refusal {
        switch self {
        case .provider(let fault): AttemptFault.refusal(fault, provider)
        case .answer(let fault):
            switch fault {
            case .malformed, .tooLarge:
                Refusal(.upstreamMalformed, "Provider `\(provider)` sent an answer that cannot be read.")
            case .truncated: Refusal(.upstreamReset, "Provider `\(provider)` broke off its answer before the end.")
            case .empty: Refusal(.upstreamEmpty, "Provider `\(provider)` sent no answer, or one with nothing in it.")
            }
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

    private static func refusal(_ fault: ProviderFault, _ provider: ProviderID) -> Refusal {
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
}
