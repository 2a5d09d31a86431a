// SPDX-License-Identifier: Apache-2.0
import Crypto
import CryptoExtras
import SluiceCore
import SluiceTestKit
import Testing

@Suite("Signed tokens")
struct SignedTokenTests {
    private let forge: Forge
    private let keys: KeySet
    private let rules = TokenRules(issuer: "https://id.example", audiences: ["sluice"])

    init() throws {
        forge = try Forge.first.get()
        keys = try forge.keys()
    }

    /// Reads, verifies and checks; `nil` where the token is believed.
    private func fault(_ token: String, nonce: String? = "n1") -> TokenFault? {
        do throws(TokenFault) {
            let token = try SignedToken(parsing: token.utf8)
            try token.verify(with: keys)
            try rules.check(idToken: token.claims, for: "sluice", nonce: nonce, at: Forge.now)
            return nil
        } catch {
            return error
        }
    }

    private func changed(_ change: (inout JSONObject) -> Void) -> JSONObject {
        var claims = Forge.claims
        change(&claims)
        return claims
    }

    @Test("what an issuer signed is believed, in each of the four ways", arguments: SigningAlgorithm.allCases)
    func genuine(_ algorithm: SigningAlgorithm) throws {
        #expect(fault(try forge.token(algorithm)) == nil)
    }

    @Test("a changed byte of head, body or signature is seen", arguments: SigningAlgorithm.allCases)
    func changedBytes(_ algorithm: SigningAlgorithm) throws {
        let token = Array(try forge.token(algorithm).utf8)
        for index in stride(from: 0, to: token.count, by: 11) where token[index] != UInt8(ascii: ".") {
            var other = token
            other[index] = other[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(fault(String(decoding: other, as: UTF8.self)) != nil, "byte \(index)")
        }
    }

    @Test("no signature at all is refused, however none is spelt", arguments: ["none", "None", "NONE", "nOnE", ""])
    func none(_ name: String) throws {
        let body = Forge.part(Forge.claims)
        for signature in ["", "AA"] {
            let token = "\(Forge.part(["alg": .string(name), "kid": "e"])).\(body).\(signature)"
            #expect(fault(token) == .algorithm(name), "\(signature)")
        }
        let stripped = try forge.token().split(separator: ".").prefix(2).joined(separator: ".") + "."
        #expect(fault(stripped) != nil)
    }

    @Test("a shared secret is none, though it be the public key")
    func sharedSecret() throws {
        let texts = [
            forge.rsa.publicKey.pemRepresentation,
            String(decoding: forge.rsa.publicKey.derRepresentation, as: UTF8.self),
            try JSONValue.object(forge.rsaJSON("r")).jsonText,
        ]
        for text in texts {
            let signed = "\(Forge.part(["alg": "HS256", "kid": "r"])).\(Forge.part(Forge.claims))"
            let code = HMAC<SHA256>.authenticationCode(
                for: Array(signed.utf8),
                using: SymmetricKey(data: Array(text.utf8))
            )
            #expect(fault("\(signed).\(Base64URL.text(Array(code)))") == .algorithm("HS256"))
        }
    }

    @Test("a key that the head brings along, or says where to find, is not looked at")
    func ownKeys() throws {
        let stranger = try Forge.second.get()
        for (name, value) in [
            ("jwk", JSONValue.object(stranger.p256JSON("e"))), ("jku", "https://evil.example/keys"),
            ("x5u", "https://evil.example/cert"), ("x5c", ["MIIB"]),
        ] {
            #expect(fault(try stranger.token(head: JSONObject([(name, value)]))) == .signature)
            #expect(fault(try forge.token(head: JSONObject([(name, value)]))) == nil)
        }
    }

    @Test("a key of another name, kind or purpose did not sign it")
    func otherKeys() throws {
        #expect(fault(try forge.token(key: "x")) == .unknownKey("x"))
        #expect(fault(try forge.token(.es256, key: "r")) == .unknownKey("r"))
        // Without a name the only key of its kind is asked.
        #expect(fault(try forge.token(head: ["kid": .null])) == nil)
        var second = forge.p256JSON("e2")
        second["alg"] = "ES256"
        let two = try #require(
            KeySet(parsing: JSONValue.object(["keys": [.object(forge.p256JSON("e")), .object(second)]]).json)
        )
        let token = try SignedToken(parsing: try forge.token(head: ["kid": .null]).utf8)
        #expect(throws: TokenFault.unknownKey(nil)) { try token.verify(with: two) }
        for member in [("use", JSONValue.string("enc")), ("alg", "RS256"), ("key_ops", ["sign"]), ("crv", "P-384")] {
            var json = forge.p256JSON("e")
            json[member.0] = member.1
            #expect(PublicKey(json) == nil, "\(member.0)")
        }
        #expect(PublicKey(["kty": "oct", "k": "AAAA"]) == nil)
        var small = try forge.rsaJSON("r")
        small["n"] = .string(Base64URL.text(Array(repeating: 0xC1, count: 128)))
        #expect(PublicKey(small) == nil, "1024 bits")
        var off = forge.p256JSON("e")
        off["y"] = off["x"]
        #expect(PublicKey(off) == nil, "no point of the curve")
    }

    @Test("RS256 is not read as PS256, nor the other way round")
    func padding() throws {
        let parts = try forge.token(.rs256).split(separator: ".")
        let head = Forge.part(["alg": "PS256", "kid": "r"])
        #expect(fault("\(head).\(parts[1]).\(parts[2])") == .signature)
    }

    @Test("another issuer, audience, client or nonce is refused")
    func claims() throws {
        let cases: [(String, JSONValue?, TokenFault)] = [
            ("iss", "https://id.example/", .issuer), ("iss", nil, .issuer), ("iss", ["https://id.example"], .issuer),
            ("aud", "other", .audience), ("aud", nil, .audience), ("aud", [], .audience), ("aud", 5, .audience),
            ("aud", ["sluice", "other"], .authorizedParty), ("azp", "other", .authorizedParty),
            ("nonce", "n2", .nonce), ("nonce", nil, .nonce), ("nonce", 1, .nonce),
        ]
        for (name, value, expected) in cases {
            let token = try forge.token(.es256, changed { $0[name] = value })
            #expect(fault(token) == expected, "\(name) \(String(describing: value))")
        }
        let both = changed {
            $0["aud"] = ["sluice", "other"]
            $0["azp"] = "sluice"
        }
        #expect(fault(try forge.token(.es256, both)) == nil)
        #expect(fault(try forge.token(.es256, changed { $0["nonce"] = nil }), nonce: nil) == nil)
    }

    @Test("a token counts from its beginning to its end, and a minute on either side")
    func times() throws {
        let seconds = Forge.seconds
        let cases: [(String, JSONValue?, TokenFault?)] = [
            ("exp", .integer("\(seconds - 59)"), nil), ("exp", .integer("\(seconds - 60)"), .expired),
            ("exp", nil, .noExpiry), ("exp", "soon", .noExpiry), ("exp", -1, .noExpiry),
            ("exp", .double(.infinity), .noExpiry),
            ("exp", .double(1e300), .noExpiry), ("exp", .integer("99999999999999999999999"), .noExpiry),
            ("exp", .double(1_800_000_000.5), nil),
            ("nbf", .integer("\(seconds + 60)"), nil), ("nbf", .integer("\(seconds + 61)"), .notYetValid),
            ("iat", .integer("\(seconds + 61)"), .notYetValid), ("nbf", "x", .notYetValid),
        ]
        for (name, value, expected) in cases {
            let token = try forge.token(.es256, changed { $0[name] = value })
            #expect(fault(token) == expected, "\(name) \(String(describing: value))")
        }
    }

    @Test("huge, deep and half tokens are refused, and nothing traps")
    func malformed() throws {
        #expect(fault(String(repeating: "a", count: SignedToken.longest + 1)) != nil)
        #expect(fault("e30.e30." + String(repeating: "A", count: 200_000)) != nil)
        let deep = Base64URL.text(
            Array((String(repeating: "[", count: 3_000) + String(repeating: "]", count: 3_000)).utf8)
        )
        #expect(
            fault("\(Forge.part(["alg": "ES256", "kid": "e"])).\(deep).AAAA") == .malformed("its body cannot be read")
        )
        for text in ["", ".", "..", "...", "a.b.c", "e30.e30.e30", "e30=.e30.AA", "e31.e30.AA", "é.e30.AA"] {
            #expect(fault(text) != nil, "\(text)")
        }
        for head: JSONObject in [["crit": ["exp"]], ["typ": "logout+jwt"], ["typ": 1], ["kid": 1], ["alg": 1]] {
            #expect(fault(try forge.token(head: head)) != nil)
        }
        #expect(fault(try forge.token(head: ["typ": "at+JWT"])) == nil)
        let token = try forge.token()
        for count in 0..<token.utf8.count { #expect(fault(String(token.prefix(count))) != nil) }
    }

    @Test("a signature of any length but its own is wrong, and nothing traps", arguments: SigningAlgorithm.allCases)
    func signatureLengths(_ algorithm: SigningAlgorithm) throws {
        let parts = try forge.token(algorithm).split(separator: ".")
        for count in [1, 2, 31, 32, 63, 65, 128, 255, 257, 512, 1_024, 4_096] {
            for byte in [UInt8(0), 1, 0xFF] {
                let text = Base64URL.text(Array(repeating: byte, count: count))
                #expect(fault("\(parts[0]).\(parts[1]).\(text)") == .signature, "\(count) times \(byte)")
            }
        }
    }

    @Test("keys that are none are passed over beside one that is, and nothing traps")
    func badKeys() throws {
        func text(_ byte: UInt8, _ count: Int) -> JSONValue {
            .string(Base64URL.text(Array(repeating: byte, count: count)))
        }
        var list: [JSONValue] = []
        for byte in [UInt8(0), 1, 2, 0xFE, 0xFF] {
            for count in [0, 1, 31, 32, 33, 256, 1_024, 1_025] {
                for e in [text(0, 1), text(1, 1), text(2, 1), text(0xFF, 8), text(0xFF, 9), "", 65_537] {
                    list.append(["kty": "RSA", "kid": "e", "n": text(byte, count), "e": e])
                }
                list.append(["kty": "EC", "crv": "P-256", "kid": "e", "x": text(byte, count), "y": text(byte, count)])
                list.append(["kty": "OKP", "crv": "Ed25519", "kid": "d", "x": text(byte, count)])
            }
        }
        let tokens = try SigningAlgorithm.allCases.map { try SignedToken(parsing: forge.token($0).utf8) }
        for start in stride(from: 0, to: list.count, by: 90) {
            let some = Array(list[start..<min(start + 90, list.count)])
            let good: [JSONValue] = [.object(try forge.rsaJSON("r")), .object(forge.p256JSON("e"))]
            let set = try #require(KeySet(parsing: JSONValue.object(["keys": .array(some + good)]).json))
            for token in tokens where token.algorithm != .edDSA {
                #expect(throws: Never.self) { try token.verify(with: set) }
            }
        }
    }

    @Test("random bytes in a token's three parts never trap")
    func random() {
        var chance = SplitMix64(seed: 7)
        let letters = Array("abcXYZ019-_.=eyJ{}\"".utf8)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...80, using: &chance)
            let text = (0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &chance)] }
            #expect(fault(String(decoding: text, as: UTF8.self)) != nil)
        }
    }

    @Test("a set of keys comes back from its text, without what is not for signatures")
    func keySet() throws {
        var private_ = forge.p256JSON("e")
        private_["d"] = "AAAA"
        let list: [JSONValue] = [.object(private_), ["kty": "oct", "k": "AAAA"], 5, ["kty": "EC"]]
        let set = try #require(KeySet(parsing: JSONValue.object(["keys": .array(list)]).json))
        #expect(set.keys.map(\.id) == ["e"] && !set.text.contains("AAAA"))
        #expect(KeySet(parsing: Array(set.text.utf8))?.text == set.text)
        for text in ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[}"#] {
            #expect(KeySet(parsing: Array(text.utf8)) == nil)
        }
        #expect(KeySet(parsing: Array(repeating: 0x20, count: KeySet.longest + 1)) == nil)
    }

    @Test("base64 for URLs has one spelling for each text of bytes")
    func base64() {
        for count in 0..<20 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ 251) }
            #expect(Base64URL.bytes(Base64URL.text(bytes).utf8) == bytes)
        }
        for text in ["A", "AB", "AAB", "AA=", "A A", "+A", "/A", "AAAAA"] {
            #expect(Base64URL.bytes(text.utf8) == nil, "\(text)")
        }
    }
}

@Suite("Machines that call with tokens")
struct MachineAccessTests {
    private let forge: Forge
    private let other: Forge
    private let access: MachineAccess

    init() throws {
        forge = try Forge.first.get()
        other = try Forge.second.get()
        var first = MachineIssuer(
            rules: TokenRules(issuer: "https://id.example", audiences: ["sluice", "relay"]),
            userClaim: "email",
            callers: [
                MachineIssuer.Caller(
                    hash: [1],
                    claims: [ClaimRule("repo", ["a", "b"]), ClaimRule("realm.roles", ["ci"])]
                ),
                MachineIssuer.Caller(hash: [2], claims: [ClaimRule("sub", ["ada"])]),
            ]
        )
        first.keys = try forge.keys()
        var second = MachineIssuer(
            rules: TokenRules(issuer: "https://other.example", audiences: ["sluice"]),
            callers: [MachineIssuer.Caller(hash: [3], claims: [])]
        )
        second.keys = try other.keys()
        access = MachineAccess(issuers: [first, second], blockedUsers: ["bob@example.com"])
    }

    private func found(_ token: String) -> Result<MachineAccess.Identity, MachineAccess.Fault> {
        do throws(MachineAccess.Fault) {
            return .success(try access.identity(of: token.utf8, at: Forge.now))
        } catch {
            return .failure(error)
        }
    }

    private func claims(_ changes: JSONObject) -> JSONObject {
        var claims = Forge.claims
        for change in changes.members { claims[change.name] = change.value == .null ? JSONValue?.none : change.value }
        return claims
    }

    @Test("the first caller whose claims all fit is who calls, until a minute after the token's end")
    func callers() throws {
        let until = Timestamp(nanoseconds: 1_800_000_360_000_000_000)
        let full = claims(["repo": "b", "realm": ["roles": ["x", "ci"]]])
        let caller = try found(try forge.token(.es256, full)).get()
        #expect(caller.hash == [1] && caller.until == until)
        #expect(try found(try forge.token(.es256, claims(["repo": "b"]))).get().hash == [2])
        #expect(
            found(try forge.token(.rs256, claims(["sub": "eve"]))) == .failure(.nobody(issuer: "https://id.example"))
        )
        // The name as a whole goes first.
        let flat = claims(["repo": "a", "realm.roles": "ci", "realm": ["roles": ["x"]]])
        #expect(try found(try forge.token(.es256, flat)).get().hash == [1])
    }

    @Test("an issuer's keys open nothing in another's name")
    func mixUp() throws {
        #expect(found(try other.token(.es256)) == .failure(.token(.signature)))
        let own = claims(["iss": "https://other.example"])
        #expect(found(try forge.token(.es256, own)) == .failure(.token(.signature)))
        guard case .success = found(try other.token(.es256, own)) else {
            return #expect(Bool(false), "its own is taken")
        }
        #expect(found(try forge.token(.es256, claims(["iss": "https://evil.example"]))) == .failure(.token(.issuer)))
    }

    @Test("an address that the issuer says nobody verified is no caller's")
    func unverifiedAddress() throws {
        var issuer = MachineIssuer(
            rules: TokenRules(issuer: "https://id.example", audiences: ["sluice"]),
            callers: [MachineIssuer.Caller(hash: [9], claims: [ClaimRule("email", ["ada@example.com"])])]
        )
        issuer.keys = try forge.keys()
        let access = MachineAccess(issuers: [issuer])
        for (said, isTaken) in [
            (JSONValue.bool(true), true), (.null, true), ("true", true), (.bool(false), false), ("false", false),
        ] {
            let token = try forge.token(.es256, claims(["email_verified": said]))
            let found = try? access.identity(of: token.utf8, at: Forge.now)
            #expect((found != nil) == isTaken, "\(said)")
        }
    }

    @Test("a key that is not known yet names its issuer, and a blocked user is refused")
    func refusals() throws {
        let fault = TokenFault.unknownKey("new")
        #expect(found(try forge.token(key: "new")) == .failure(.unknownKey(issuer: "https://id.example", fault)))
        for email: JSONValue in ["bob@example.com", "Bob@Example.COM"] {
            #expect(found(try forge.token(.es256, claims(["email": email]))) == .failure(.blocked))
        }
        #expect(found(try forge.token(.es256, claims(["aud": "x"]))) == .failure(.token(.audience)))
        #expect(found(try forge.token(.es256, claims(["exp": 1]))) == .failure(.token(.expired)))
    }
}
