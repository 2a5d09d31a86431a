// SPDX-License-Identifier: Apache-2.0

import Crypto

/// How a key that was made under an `Idempotency-Key` is answered once more without having been kept.
///
/// The key's text is derived from the node's pepper, the salt and the caller's own words, so that the same call makes the
/// same text again, and the store alone tells nothing of it.
package struct KeyReplay: Sendable, Equatable {
    /// Of who called and the `Idempotency-Key`.
    package var digest: [UInt8]
    package var salt: [UInt8]
    /// Of what was asked for.
    package var request: [UInt8]

    /// How long the same call is answered in the same way.
    package static let lifetime: Duration = .seconds(86_400)

    package init(digest: [UInt8], salt: [UInt8], request: [UInt8]) {
        self.digest = digest
        self.salt = salt
        self.request = request
    }

    package static func digest(of parts: [String]) -> [UInt8] {
        var hash = SHA256()
        for part in parts {
            hash.update(data: Array("\(part.utf8.count):".utf8))
            hash.update(data: Array(part.utf8))
        }
        return Array(hash.finalize())
    }

    /// The chance that a key's text is made of.
    package func generator(words: String, pepper: Secret<[UInt8]>) -> some RandomNumberGenerator & Sendable {
        var code = HMAC<SHA256>(key: SymmetricKey(data: pepper.exposed))
        code.update(data: Array("sluice.key.replay".utf8))
        code.update(data: salt)
        code.update(data: KeyReplay.digest(of: [words]))
        return DerivedGenerator(seed: Array(code.finalize()))
    }

    /// The three as one text of hexadecimal digits.
    package var text: String { [digest, salt, request].map { HexText.of($0) }.joined(separator: ".") }

    package init?(text: String) {
        let parts = text.split(separator: ".").compactMap { HexText.bytes($0) }
        guard parts.count == 3, parts[0].count == 32, parts[2].count == 32 else { return nil }
        self.init(digest: parts[0], salt: parts[1], request: parts[2])
    }
}

/// SHA-256 over a seed and a counter, eight bytes at a time.
private struct DerivedGenerator: RandomNumberGenerator, Sendable {
    let seed: [UInt8]
    var count: UInt64 = 0

    mutating func next() -> UInt64 {
        var hash = SHA256()
        hash.update(data: seed)
        hash.update(data: (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) })
        count += 1
        return hash.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
