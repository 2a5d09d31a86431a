// SPDX-License-Identifier: Apache-2.0

import Crypto
import CryptoExtras

/// How a token may be signed: with keys of which the verifier has the public half only.
package enum SigningAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case ps256 = "PS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}

/// An issuer's public key, from its JSON form (RFC 7517).
package struct PublicKey: Sendable {
    private enum Material: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    package let id: String?
    /// The only algorithm it is for, where that was said.
    private let algorithm: SigningAlgorithm?
    private let material: Material
    /// The members that matter, as the store keeps them.
    package let json: JSONObject

    /// The key, where it is one that signs and of a kind that is taken here: RSA of 2048 to 8192 bits, P-256, Ed25519.
    package init?(_ json: JSONObject) {
        if let use = json["use"], use.string != "sig" { return nil }
        if let operations = json["key_ops"]?.array, !operations.contains("verify") { return nil }
        var algorithm: SigningAlgorithm?
        if let name = json["alg"] {
            guard let known = name.string.flatMap({ SigningAlgorithm(rawValue: $0) }) else { return nil }
            algorithm = known
        }
        guard let kind = json["kty"]?.string, let material = PublicKey.material(kind, json) else { return nil }
        self.material = material
        self.algorithm = algorithm
        id = json["kid"]?.string
        var kept = JSONObject()
        for name in ["kid", "kty", "alg", "use", "crv", "n", "e", "x", "y"] { kept[name] = json[name] }
        self.json = kept
        if let algorithm, !fits(algorithm) { return nil }
    }

    private static func material(_ kind: String, _ json: JSONObject) -> Material? {
        func bytes(_ name: String, atMost limit: Int) -> [UInt8]? {
            guard let text = json[name]?.string, text.utf8.count <= limit * 2 else { return nil }
            return Base64URL.bytes(text.utf8).flatMap { $0.count <= limit ? $0 : nil }
        }
        switch kind {
        case "RSA":
            guard let modulus = bytes("n", atMost: 1_024), let exponent = bytes("e", atMost: 8),
                let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent)
            else { return nil }
            return .rsa(key)
        case "EC":
            guard json["crv"]?.string == "P-256", let x = bytes("x", atMost: 32), let y = bytes("y", atMost: 32),
                x.count == 32, y.count == 32,
                let key = try? P256.Signing.PublicKey(x963Representation: [4] + x + y)
            else { return nil }
            return .p256(key)
        case "OKP":
            guard json["crv"]?.string == "Ed25519", let x = bytes("x", atMost: 32),
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x)
            else { return nil }
            return .ed25519(key)
        default: return nil
        }
    }

    /// Whether a token signed in this way may have been signed with it.
    func fits(_ wanted: SigningAlgorithm) -> Bool {
        if let algorithm, algorithm != wanted { return false }
        return switch (material, wanted) {
        case (.rsa, .rs256), (.rsa, .ps256), (.p256, .es256), (.ed25519, .edDSA): true
        default: false
        }
    }

    /// Whether it made this signature of these bytes.
    func verifies(_ signature: [UInt8], of bytes: [UInt8], _ algorithm: SigningAlgorithm) -> Bool {
        guard fits(algorithm) else { return false }
        switch material {
        case .rsa(let key):
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature),
                for: SHA256.hash(data: bytes),
                padding: algorithm == .ps256 ? .PSS : .insecurePKCS1v1_5
            )
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: bytes)
        case .ed25519(let key): return key.isValidSignature(signature, for: bytes)
        }
    }
}

/// The keys of an issuer that are known.
package struct KeySet: Sendable {
    package let keys: [PublicKey]

    package static let none = KeySet([])
    /// Of the document that an issuer publishes.
    package static let longest = 256 << 10
    private static let most = 100

    private init(_ keys: [PublicKey]) { self.keys = keys }

    /// Reads what an issuer publishes (RFC 7517, 5); keys that are not for signatures, or not taken here, are passed over.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.count <= KeySet.longest,
            let json = try? JSONValue(parsing: bytes, limits: JSONLimits(depth: 8, members: 4_000)),
            let list = json.object?["keys"]?.array, list.count <= KeySet.most
        else { return nil }
        keys = list.compactMap { $0.object.flatMap { PublicKey($0) } }
    }

    /// As ``init(parsing:)`` reads it.
    package var text: String {
        JSONValue.object(["keys": .array(keys.map { .object($0.json) })]).jsonText
    }

    /// The keys that may have signed a token: that of its `kid`, or without one the only one of its kind.
    func candidates(for token: SignedToken) -> [PublicKey] {
        let fitting = keys.filter { $0.fits(token.algorithm) }
        guard let id = token.keyID else { return fitting.count == 1 ? fitting : [] }
        return fitting.filter { $0.id.map { id.utf8.elementsEqual($0.utf8) } ?? false }
    }
}
