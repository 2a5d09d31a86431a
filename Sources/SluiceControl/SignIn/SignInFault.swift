// SPDX-License-Identifier: Apache-2.0

/// Why somebody is not signed in: what was wrong, and what to do about it.
package struct SignInFault: Error, Sendable, Equatable {
    package enum Code: String, Sendable {
        /// The relay has no issuer of identities.
        case notConfigured = "not_found"
        /// What came back does not belong to a sign-in that was begun here.
        case failed = "sign_in_failed"
        /// The person is known, and may not come in.
        case forbidden
        /// A device's code waits for its person.
        case pending = "authorization_pending"
        case slowDown = "slow_down"
        case tooMany = "rate_limit_exceeded"
        /// The issuer does not answer, or not as it should.
        case issuer = "issuer_unavailable"
        case store = "store_unavailable"

        package var status: Int {
            switch self {
            case .notConfigured: 404
            case .failed, .pending, .slowDown: 400
            case .forbidden: 403
            case .tooMany: 429
            case .issuer: 502
            case .store: 503
            }
        }
    }

    package var code: Code
    package var message: String
    package var hint: String?

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    static func failed(_ message: String) -> SignInFault {
        SignInFault(.failed, message, hint: "Begin again at /v1/admin/oidc/login, in the same browser.")
    }
}
