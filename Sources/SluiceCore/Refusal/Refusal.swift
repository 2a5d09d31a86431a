// SPDX-License-Identifier: Apache-2.0

/// Why one request gets no answer from a provider: a value that becomes the caller's error.
package struct Refusal: Error, Sendable, Equatable {
    package var kind: Kind
    /// What was wrong, where, and the next step; goes to the caller, so it holds no secret.
    package var message: String
    /// The request's field or header that is at fault.
    package var param: String?
    package var retryAfter: Duration?

    package init(_ kind: Kind, _ message: String, param: String? = nil, retryAfter: Duration? = nil) {
        self.kind = kind
        self.message = message
        self.param = param
        self.retryAfter = retryAfter
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
