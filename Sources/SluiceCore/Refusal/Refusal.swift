// SPDX-License-Identifier: Apache-2.0

/// Why one request gets no answer from a provider: a value that becomes the caller's error.
///
/// It is one reference wide: every frame of a task that may throw it keeps room for it for as long as the task lives.
package struct Refusal: Error, Sendable, Equatable {
    private final class Facts: Sendable {
        let kind: Kind
        let message: String
        let param: String?
        let retryAfter: Duration?

        init(_ kind: Kind, _ message: String, _ param: String?, _ retryAfter: Duration?) {
            self.kind = kind
            self.message = message
            self.param = param
            self.retryAfter = retryAfter
        }
    }

    private let facts: Facts

    package init(_ kind: Kind, _ message: String, param: String? = nil, retryAfter: Duration? = nil) {
        facts = Facts(kind, message, param, retryAfter)
    }

    package var kind: Kind { facts.kind }
    /// What was wrong, where, and the next step; goes to the caller, so it holds no secret.
    package var message: String { facts.message }
    /// The request's field or header that is at fault.
    package var param: String? { facts.param }
    package var retryAfter: Duration? { facts.retryAfter }

    /// The same with a time to wait.
    package func waiting(_ retryAfter: Duration) -> Refusal {
        Refusal(kind, message, param: param, retryAfter: retryAfter)
    }

    package static func == (left: Refusal, right: Refusal) -> Bool {
        left.kind == right.kind && left.message == right.message && left.param == right.param
            && left.retryAfter == right.retryAfter
    }

    package enum Kind: String, Sendable, CaseIterable {
        // The caller's side
        case badRequest, invalidJSON, tooDeep, duplicateField, missingModel
        case missingKey, invalidKey, forbidden
        case unknownPath, methodNotAllowed, modelNotFound, storedNotFound, previousNotFound, accountGone
        case requestTimeout, bodyTooLarge, headersTooLarge, uriTooLong, unsupportedMediaType, unsupportedEncoding
        case expectationFailed, versionNotSupported, upgradeRequired
        case rateLimited, budgetExceeded, unpricedModel
        // The relay's side
        case overloaded, draining, notReady, noVersion
        // The provider's side
        case upstreamUnreachable, upstreamTLS, upstreamReset, upstreamMalformed, upstreamEmpty, upstreamTimeout
        case upstreamCredential
    }

    package enum Origin: String, Sendable { case caller, relay, upstream }
}
