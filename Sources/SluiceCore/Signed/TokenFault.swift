// SPDX-License-Identifier: Apache-2.0

/// Why a signed token is not believed; its words hold nothing of the token but names that are public anyway.
package enum TokenFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// It is no signed token, or not one that is read here.
    case malformed(String)
    /// Signed in another way than is taken: `none`, or with a shared secret.
    case algorithm(String)
    /// None of its issuer's keys that are known has its `kid`.
    case unknownKey(String?)
    case signature
    case issuer
    case audience
    /// It was made for another client of the same issuer.
    case authorizedParty
    /// It does not answer the sign-in that was begun.
    case nonce
    case noExpiry
    case expired
    case notYetValid

    package var description: String {
        switch self {
        case .malformed(let why): "the token is malformed: \(why)"
        case .algorithm(let name):
            "the token is signed with '\(TokenFault.shown(name))'; taken are "
                + SigningAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
        case .unknownKey(let name):
            name.map { "the token is signed with a key '\(TokenFault.shown($0))' that is not among its issuer's" }
                ?? "the token does not say which of its issuer's keys signed it"
        case .signature: "the token's signature is wrong"
        case .issuer: "the token is of another issuer"
        case .audience: "the token is for another audience"
        case .authorizedParty: "the token was made for another client"
        case .nonce: "the token does not answer this sign-in"
        case .noExpiry: "the token has no end (exp)"
        case .expired: "the token has expired"
        case .notYetValid: "the token is not valid yet; does the clock of its issuer go before this one?"
        }
    }

    private static func shown(_ text: String) -> String {
        String(text.unicodeScalars.prefix(64).map { (0x20..<0x7F).contains($0.value) ? Character($0) : "?" })
    }
}
