// SPDX-License-Identifier: Apache-2.0
import SluiceAdmin
import SluiceCore

/// Who shows which secret to the node: no two may show the same, or one of them has the other's rights.
struct SecretOwners {
    /// Why two owners must not share a secret; names both, and not the secret.
    struct Clash: Error, CustomStringConvertible {
        var first: String
        var second: String

        var description: String {
            "\(first) and \(second) have the same secret, so each has the rights of both; give each its own"
        }
    }

    private var owners: [String: String] = [:]

    /// - Throws: who has this secret already.
    mutating func take(_ secret: Secret<String>, for owner: String) throws(Clash) {
        if let other = owners.updateValue(owner, forKey: secret.exposed) {
            throw Clash(first: other, second: owner)
        }
    }
}

extension NodeConfiguration {
    /// Looks for a secret that two owners share: admin tokens and caller keys.
    ///
    /// - Parameter adminToken: the owner's, which may come from a file of its own; `nil` where it is not known yet.
    func checkOwners(adminToken: Secret<String>?) throws(SecretOwners.Clash) {
        var owners = SecretOwners()
        if let adminToken { try owners.take(adminToken, for: "the admin token") }
        for token in admin.tokens { try owners.take(token.secret, for: "the admin token '\(token.name)'") }
        for key in keys { try owners.take(key.text, for: "the caller key '\(key.id)'") }
    }
}
