// SPDX-License-Identifier: Apache-2.0
package import Crypto
package import CryptoExtras
package import SluiceCore

/// Signs tokens as an issuer does, and as one who is none.
package struct Forge: Sendable {
    package let rsa: _RSA.Signing.PrivateKey
    package let p256 = P256.Signing.PrivateKey()
    package let ed25519 = Curve25519.Signing.PrivateKey()

    /// An issuer, and one of another name: keys of RSA take their time to be made.
    package static let first = Result { try Forge() }
    package static let second = Result { try Forge() }

    private init() throws { rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    package static let now = Timestamp(nanoseconds: 1_800_000_000_000_000_000)
    package static let seconds: Int64 = 1_800_000_000

    package static let claims: JSONObject = [
        "iss": "https://id.example", "aud": "sluice", "sub": "ada", "nonce": "n1", "email": "ada@example.com",
        "iat": 1_799_999_990, "exp": 1_800_000_300,
    ]

    package func rsaJSON(_ id: String) throws -> JSONObject {
        let parts = try rsa.publicKey.getKeyPrimitives()
        return [
            "kty": "RSA", "kid": .string(id), "use": "sig", "n": .string(Base64URL.text(parts.modulus)),
            "e": .string(Base64URL.text(parts.publicExponent)),
        ]
    }

    package func p256JSON(_ id: String) -> JSONObject {
        let point = Array(p256.publicKey.x963Representation)
        return [
            "kty": "EC", "crv": "P-256", "kid": .string(id), "x": .string(Base64URL.text(point[1..<33])),
            "y": .string(Base64URL.text(point[33...])),
        ]
    }

    package func ed25519JSON(_ id: String) -> JSONObject {
        [
            "kty": "OKP", "crv": "Ed25519", "kid": .string(id),
            "x": .string(Base64URL.text(Array(ed25519.publicKey.rawRepresentation))),
        ]
    }

    /// All three keys: `r`, `e`, `d`.
    package func keys() throws -> KeySet {
        let list: [JSONValue] = [.object(try rsaJSON("r")), .object(p256JSON("e")), .object(ed25519JSON("d"))]
        return KeySet(parsing: JSONValue.object(["keys": .array(list)]).json) ?? .none
    }

    package static func part(_ object: JSONObject) -> String { Base64URL.text(JSONValue.object(object).json) }

    /// A token whose signature is right for its algorithm.
    package func token(
        _ algorithm: SigningAlgorithm = .es256,
        key: String? = nil,
        head: JSONObject = JSONObject(),
        _ claims: JSONObject = Forge.claims
    ) throws -> String {
        var whole: JSONObject = ["alg": .string(algorithm.rawValue), "typ": "JWT"]
        let names: [SigningAlgorithm: String] = [.rs256: "r", .ps256: "r", .es256: "e", .edDSA: "d"]
        whole["kid"] = (key ?? names[algorithm]).map { .string($0) }
        for member in head.members { whole[member.name] = member.value == .null ? JSONValue?.none : member.value }
        let text = "\(Forge.part(whole)).\(Forge.part(claims))"
        let bytes = Array(text.utf8)
        let signature: [UInt8] =
            switch algorithm {
            case .rs256:
                Array(
                    try rsa.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation
                )
            case .ps256: Array(try rsa.signature(for: SHA256.hash(data: bytes), padding: .PSS).rawRepresentation)
            case .es256: Array(try p256.signature(for: bytes).rawRepresentation)
            case .edDSA: Array(try ed25519.signature(for: bytes))
            }
        return "\(text).\(Base64URL.text(signature))"
    }
}
