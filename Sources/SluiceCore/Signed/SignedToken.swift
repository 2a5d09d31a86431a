// SPDX-License-Identifier: Apache-2.0

/// A token that its issuer has signed (RFC 7515, 7519), read but not believed yet.
///
/// What its head says of where keys are (`jku`, `x5u`, `jwk`, `x5c`) is not looked at: keys come from the configuration.
package struct SignedToken: Sendable {
    package let algorithm: SigningAlgorithm
    package let keyID: String?
    package let claims: JSONObject
    private let signed: [UInt8]
    private let signature: [UInt8]

    /// Bytes of the whole text.
    package static let longest = 16 << 10
    private static let limits = JSONLimits(depth: 16, members: 1_000)
    /// What kind of token may be in question: others (of a logout, of a proof) are not for signing in.
    private static let types: Set<String> = ["jwt", "at+jwt", "application/at+jwt"]

    /// Whether a text may be one: cheap, for telling it from keys.
    package static func isLikely(_ text: Substring.UTF8View) -> Bool {
        text.starts(with: "ey".utf8) && text.count { $0 == UInt8(ascii: ".") } == 2
    }

    package init(parsing text: some Collection<UInt8>) throws(TokenFault) {
        guard text.count <= SignedToken.longest else {
            throw .malformed("it has more than \(SignedToken.longest) bytes")
        }
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed("it must have three parts") }
        let head = try SignedToken.object(parts[0], "head")
        if head["crit"] != nil { throw .malformed("its head has 'crit', which says what is not known here") }
        if let type = head["typ"] {
            guard let name = type.string, SignedToken.types.contains(name.lowercased()) else {
                throw .malformed("it is a token of another kind (typ)")
            }
        }
        guard let name = head["alg"]?.string else { throw .malformed("its head has no 'alg'") }
        guard let algorithm = SigningAlgorithm(rawValue: name) else { throw .algorithm(name) }
        if let id = head["kid"] {
            guard let text = id.string else { throw .malformed("its 'kid' is no text") }
            keyID = text
        } else {
            keyID = nil
        }
        guard let signature = Base64URL.bytes(parts[2]), !signature.isEmpty else {
            throw .malformed("its signature cannot be read")
        }
        self.algorithm = algorithm
        claims = try SignedToken.object(parts[1], "body")
        signed = Array(parts[0]) + [UInt8(ascii: ".")] + Array(parts[1])
        self.signature = signature
    }

    private static func object(_ text: some Sequence<UInt8>, _ name: String) throws(TokenFault) -> JSONObject {
        guard let bytes = Base64URL.bytes(text), let json = try? JSONValue(parsing: bytes, limits: limits),
            case .object(let object) = json
        else { throw .malformed("its \(name) cannot be read") }
        return object
    }

    /// Whether one of these keys signed it.
    ///
    /// - Throws: ``TokenFault/unknownKey(_:)`` where none of them may have, ``TokenFault/signature`` where none did.
    package func verify(with keys: KeySet) throws(TokenFault) {
        let candidates = keys.candidates(for: self)
        guard !candidates.isEmpty else { throw .unknownKey(keyID) }
        guard candidates.contains(where: { $0.verifies(signature, of: signed, algorithm) }) else { throw .signature }
    }
}

/// Whom a token must be of and for, and when it counts.
package struct TokenRules: Sendable, Equatable {
    package var issuer: String
    /// It must be for one of them.
    package var audiences: [String]

    /// How far two clocks may be apart, in seconds.
    package static let skew: Int64 = 60

    package init(issuer: String, audiences: [String]) {
        self.issuer = issuer
        self.audiences = audiences
    }

    /// Looks at the claims of a token whose signature was right.
    ///
    /// - Returns: from when on it does not count any more.
    package func check(_ claims: JSONObject, at now: Timestamp) throws(TokenFault) -> Timestamp {
        guard claims["iss"]?.string?.utf8.elementsEqual(issuer.utf8) == true else { throw .issuer }
        let given = claims["aud"]?.texts ?? []
        guard given.contains(where: { given in audiences.contains { $0.utf8.elementsEqual(given.utf8) } }) else {
            throw .audience
        }
        let seconds = now.nanoseconds / 1_000_000_000
        guard let end = TokenRules.moment(claims["exp"]) else { throw .noExpiry }
        guard seconds < end + TokenRules.skew else { throw .expired }
        for name in ["nbf", "iat"] {
            guard let claim = claims[name] else { continue }
            guard let moment = TokenRules.moment(claim), moment <= seconds + TokenRules.skew else { throw .notYetValid }
        }
        return Timestamp(nanoseconds: (end + TokenRules.skew) * 1_000_000_000)
    }

    /// Looks also at what only holds for a sign-in (OpenID Connect Core, 3.1.3.7).
    ///
    /// - Parameter nonce: of the sign-in that was begun; a device's has none.
    package func check(
        idToken claims: JSONObject,
        for client: String,
        nonce: String?,
        at now: Timestamp
    ) throws(TokenFault) {
        _ = try check(claims, at: now)
        let party = claims["azp"]
        if let party {
            guard party.string?.utf8.elementsEqual(client.utf8) == true else { throw .authorizedParty }
        } else if (claims["aud"]?.texts.count ?? 0) > 1 {
            throw .authorizedParty
        }
        guard TokenRules.moment(claims["iat"]) != nil else {
            throw .malformed("it does not say when it was made (iat)")
        }
        guard claims["sub"]?.string?.isEmpty == false else { throw .malformed("it does not say whose it is (sub)") }
        guard let nonce else { return }
        guard claims["nonce"]?.string?.utf8.elementsEqual(nonce.utf8) == true else { throw .nonce }
    }

    /// Seconds since 1970, of a number that is a moment up to the year 2200.
    private static func moment(_ value: JSONValue?) -> Int64? {
        guard let number = value?.number, number >= 0, number < 7_258_118_400 else { return nil }
        return Int64(number)
    }
}
