// SPDX-License-Identifier: Apache-2.0
import Crypto

/// Where something was made that a provider keeps: only the account that made it knows its id.
package struct Pin: Sendable, Hashable {
    package var digest: Digest
    /// Which version made it.
    package var version: VersionID
    package var provider: ProviderID
    /// The fingerprint of the account, see ``fingerprint(of:pepper:)``.
    package var account: UInt64
    package var madeAt: Timestamp
    /// What it cost is not on record yet: an answer that the provider was to make later.
    package var isOwed: Bool

    package init(
        digest: Digest,
        version: VersionID,
        provider: ProviderID,
        account: UInt64,
        madeAt: Timestamp,
        isOwed: Bool = false
    ) {
        self.digest = digest
        self.version = version
        self.provider = provider
        self.account = account
        self.madeAt = madeAt
        self.isOwed = isOwed
    }

    /// How many pins a node and its store keep; the oldest go first.
    package static let mostKept = 1_000_000
}

extension Pin {
    /// The first 128 bits of SHA-256 over the pepper, who may use an id, and the id, which is not kept itself.
    package struct Digest: Sendable, Hashable {
        package let high: UInt64
        package let low: UInt64

        package init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }

        /// - Parameter owner: what ``owner(key:team:)`` gave.
        package init(of id: [UInt8], owner: [UInt8], pepper: Secret<[UInt8]>) {
            (high, low) = Pin.hash([pepper.exposed, owner, id])
        }
    }

    /// Who may use what a key's requests have made: its team, else the key with those that took its place.
    ///
    /// - Parameter key: the first of the keys that took each other's place.
    package static func owner(key: KeyID, team: String?) -> [UInt8] {
        if let team { Array("team\u{1F}\(team)\u{1F}".utf8) } else { Array("key\u{1F}\(key)\u{1F}".utf8) }
    }

    /// Tells accounts apart, and a provider from itself with another credential or address; says nothing about either.
    package static func fingerprint(of provider: Provider, pepper: Secret<[UInt8]>) -> UInt64 {
        let fields = provider.headers.filter(\.namesAccount).map { "\($0.name)=\($0.value.exposed)" }
        let text =
            ([provider.address.hostHeader, provider.address.pathPrefix, provider.apiKey?.exposed ?? ""] + fields)
            .joined(separator: "\u{1F}")
        return hash([pepper.exposed, Array("account\u{1F}".utf8), Array(text.utf8)]).high
    }

    private static func hash(_ parts: [[UInt8]]) -> (high: UInt64, low: UInt64) {
        var digest = SHA256()
        for part in parts { digest.update(data: part) }
        var words: (high: UInt64, low: UInt64) = (0, 0)
        for (index, byte) in digest.finalize().prefix(16).enumerated() {
            if index < 8 {
                words.high = words.high << 8 | UInt64(byte)
            } else {
                words.low = words.low << 8 | UInt64(byte)
            }
        }
        return words
    }
}

extension ProviderHeader {
    /// Another value of it is another account, or may be.
    fileprivate var namesAccount: Bool {
        isSecret || ["organization", "project", "account"].contains { name.contains($0) }
    }
}
