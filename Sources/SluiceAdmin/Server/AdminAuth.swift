// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Finds the token a request shows; always in the same time, whatever it shows.
struct AdminAuth: Sendable {
    private let tokens: [(token: AdminToken, hash: [UInt8])]

    init(_ tokens: [AdminToken]) {
        self.tokens = tokens.map { ($0, AdminAuth.hash($0.secret.exposed)) }
    }

    /// The token with this text; every token is compared, each to its last byte.
    func token(matching text: String) -> AdminToken? {
        let shown = AdminAuth.hash(text)
        var found: AdminToken?
        for (token, hash) in tokens {
            let difference = zip(hash, shown).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
            if difference == 0, !token.secret.exposed.isEmpty { found = token }
        }
        return found
    }

    /// A hash makes all comparisons equally long; it is not what protects the secret.
    private static func hash(_ text: String) -> [UInt8] { KeyText.hash(text.utf8, pepper: Secret([])) }
}
