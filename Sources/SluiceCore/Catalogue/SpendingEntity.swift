// SPDX-License-Identifier: Apache-2.0
import Crypto

/// Who or what a budget or a rate limit holds for, as `kind:name`: `team:alpha`, `key:app`.
package struct SpendingEntity: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        case team, key, route, version, model, tag
        /// Whom a key was made for.
        case user
        /// Whom the caller's request names: `user`, or `metadata.user_id`.
        case endUser = "end_user"
    }

    package var kind: Kind
    package var name: String

    package init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    /// - Returns: `nil` for another form: an unknown kind, no name, one of more than 128 characters or with control
    ///   characters in it.
    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), let kind = Kind(rawValue: String(text[..<colon])) else {
            return nil
        }
        let name = text[text.index(after: colon)...]
        guard (1...128).contains(name.unicodeScalars.count),
            name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { return nil }
        self.init(kind, String(name))
    }

    package var description: String { "\(kind.rawValue):\(name)" }

    /// Eight hexadecimal digits of a hash of it.
    var digest: String {
        SHA256.hash(data: Array(description.utf8)).prefix(4).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
