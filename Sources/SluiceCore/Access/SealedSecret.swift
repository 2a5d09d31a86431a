// SPDX-License-Identifier: Apache-2.0

import Crypto

/// A provider's credential as the store keeps it: sealed with a data key of its own, which a master key has wrapped.
///
/// AES-256-GCM with random nonces. What is sealed is bound to its provider, the provider's origin and its own version: put
/// into another row, or shown to another origin, it does not open.
package struct SealedSecret: Sendable, Equatable {
    package var provider: ProviderID
    /// From 1; each credential that is set has the next one.
    package var version: Int64
    /// The id of the master key that wrapped the data key.
    package var masterKey: String
    package var wrappedKey: [UInt8]
    package var sealed: [UInt8]
    package var setAt: Timestamp

    package init(
        provider: ProviderID,
        version: Int64,
        masterKey: String,
        wrappedKey: [UInt8],
        sealed: [UInt8],
        setAt: Timestamp
    ) {
        self.provider = provider
        self.version = version
        self.masterKey = masterKey
        self.wrappedKey = wrappedKey
        self.sealed = sealed
        self.setAt = setAt
    }
}

/// Why a credential does not open; in words for whoever administers the node.
package enum SealFault: Error, Sendable, Equatable, CustomStringConvertible {
    case notSet
    case noMasterKey
    case unknownMasterKey(String)
    /// It was changed, or belongs to another provider, origin or version.
    case doesNotFit

    package var description: String {
        switch self {
        case .notSet: "its credential was never set: sluice provider credential set NAME"
        case .noMasterKey: "its credential is sealed, and there is no master_key in the configuration"
        case .unknownMasterKey(let id): "its credential is sealed under the master key '\(id)', which is not given"
        case .doesNotFit:
            "its credential does not open: the row was changed, or the provider's base_url has another origin than when it "
                + "was set; set it again"
        }
    }
}

/// The keys that wrap the data keys of credentials: the first one wraps, all of them open.
package struct MasterKeys: Sendable {
    private struct Key: Sendable {
        var id: String
        var bytes: Secret<[UInt8]>
    }

    private let keys: [Key]

    /// Reads `ID:64 HEX DIGITS`, one key a line (or behind a comma); the first is the one in force.
    package init?(parsing text: String) {
        var keys: [Key] = []
        for line in text.split(whereSeparator: { $0.isNewline || $0 == "," }) {
            let parts = line.filter { !$0.isWhitespace }.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let id = KeyID(String(parts[0])), let bytes = HexText.bytes(parts[1]),
                bytes.count == 32, !keys.contains(where: { $0.id == id.rawValue })
            else { return nil }
            keys.append(Key(id: id.rawValue, bytes: Secret(bytes)))
        }
        guard !keys.isEmpty else { return nil }
        self.keys = keys
    }

    /// The id of the key that wraps now.
    package var current: String { keys[0].id }

    /// Seals a provider's credential under a data key made for it.
    package func seal(
        _ secret: Secret<String>,
        for provider: Provider,
        version: Int64,
        at now: Timestamp
    ) throws(SealFault) -> SealedSecret {
        let dataKey = SymmetricKey(size: .bits256)
        let sealed = try MasterKeys.seal(
            Array(secret.exposed.utf8),
            dataKey,
            MasterKeys.data(of: provider, version: version)
        )
        // Safe because: the bytes are copied while the key lends them.
        let bytes = unsafe dataKey.withUnsafeBytes { unsafe Array($0) }
        return SealedSecret(
            provider: provider.id,
            version: version,
            masterKey: current,
            wrappedKey: try wrap(bytes, of: provider.id, version: version),
            sealed: sealed,
            setAt: now
        )
    }

    /// A provider's credential, where it is this provider's at this origin.
    package func open(_ secret: SealedSecret, for provider: Provider) throws(SealFault) -> Secret<String> {
        let dataKey = SymmetricKey(data: try dataKey(of: secret))
        let bytes = try MasterKeys.open(
            secret.sealed,
            dataKey,
            MasterKeys.data(of: provider, version: secret.version)
        )
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .doesNotFit }
        return Secret(text)
    }

    /// The same credential, its data key wrapped by the key in force.
    package func rewrapped(_ secret: SealedSecret) throws(SealFault) -> SealedSecret {
        var rewrapped = secret
        let dataKey = try dataKey(of: secret)
        rewrapped.wrappedKey = try wrap(dataKey, of: secret.provider, version: secret.version)
        rewrapped.masterKey = current
        return rewrapped
    }

    private func dataKey(of secret: SealedSecret) throws(SealFault) -> [UInt8] {
        guard let key = keys.first(where: { $0.id == secret.masterKey }) else {
            throw .unknownMasterKey(secret.masterKey)
        }
        return try MasterKeys.open(
            secret.wrappedKey,
            SymmetricKey(data: key.bytes.exposed),
            MasterKeys.data(of: secret.provider, version: secret.version, wrappedBy: key.id)
        )
    }

    private func wrap(_ dataKey: [UInt8], of provider: ProviderID, version: Int64) throws(SealFault) -> [UInt8] {
        try MasterKeys.seal(
            dataKey,
            SymmetricKey(data: keys[0].bytes.exposed),
            MasterKeys.data(of: provider, version: version, wrappedBy: current)
        )
    }

    /// What a credential is bound to: tenant, provider, origin, version.
    private static func data(of provider: Provider, version: Int64) -> [UInt8] {
        let origin = "\(provider.address.isTLS ? "https" : "http")://\(provider.address.hostHeader)"
        return bound("sluice.credential", ["default", provider.id.rawValue, origin, "\(version)"])
    }

    private static func data(of provider: ProviderID, version: Int64, wrappedBy id: String) -> [UInt8] {
        bound("sluice.data-key", ["default", provider.rawValue, id, "\(version)"])
    }

    private static func bound(_ purpose: String, _ parts: [String]) -> [UInt8] {
        Array(([purpose] + parts).map { "\($0.utf8.count):\($0)" }.joined(separator: ",").utf8)
    }

    private static func seal(_ bytes: [UInt8], _ key: SymmetricKey, _ data: [UInt8]) throws(SealFault) -> [UInt8] {
        guard let box = try? AES.GCM.seal(bytes, using: key, authenticating: data), let combined = box.combined else {
            throw .doesNotFit
        }
        return Array(combined)
    }

    private static func open(_ bytes: [UInt8], _ key: SymmetricKey, _ data: [UInt8]) throws(SealFault) -> [UInt8] {
        guard let box = try? AES.GCM.SealedBox(combined: bytes),
            let opened = try? AES.GCM.open(box, using: key, authenticating: data)
        else { throw .doesNotFit }
        return Array(opened)
    }
}
