// SPDX-License-Identifier: Apache-2.0

import Crypto
import SluiceCore

/// What is known of a sign-in under way, kept by whoever signs in: sealed, so that it can be neither read nor made.
///
/// A node keeps nothing of it, so that nobody can fill its memory, and a browser that began cannot be another's.
struct SignInTicket: Sendable, Equatable {
    var purpose: Purpose
    /// What is to come back: the state of a browser, the code of a device.
    var code: String
    var nonce = ""
    var verifier = ""
    var returnTo = "/"
    var issuer: String
    var end: Timestamp

    enum Purpose: String, Sendable {
        case browser
        case device
    }

    /// The key that seals tickets of a node.
    static func key(_ pepper: Secret<[UInt8]>) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: pepper.exposed),
            info: Array("sluice.sign-in.ticket".utf8),
            outputByteCount: 32
        )
    }

    func sealed(_ key: SymmetricKey) -> String? {
        let members: JSONObject = [
            "code": .string(code), "nonce": .string(nonce), "verifier": .string(verifier),
            "return_to": .string(returnTo), "issuer": .string(issuer), "end": .integer("\(end.nanoseconds)"),
        ]
        let data = Array(purpose.rawValue.utf8)
        guard let box = try? AES.GCM.seal(JSONValue.object(members).json, using: key, authenticating: data),
            let combined = box.combined
        else { return nil }
        return Base64URL.text(combined)
    }

    /// The ticket in a text, where it was sealed here for this purpose and has not ended.
    init?(opening text: String, _ key: SymmetricKey, for purpose: Purpose, at now: Timestamp) {
        guard text.utf8.count <= 8_192, let bytes = Base64URL.bytes(text.utf8),
            let box = try? AES.GCM.SealedBox(combined: bytes),
            let opened = try? AES.GCM.open(box, using: key, authenticating: Array(purpose.rawValue.utf8)),
            let members = (try? JSONValue(parsing: Array(opened)))?.object,
            let code = members["code"]?.string, let nonce = members["nonce"]?.string,
            let verifier = members["verifier"]?.string, let returnTo = members["return_to"]?.string,
            let issuer = members["issuer"]?.string, let end = members["end"]?.int
        else { return nil }
        self.init(
            purpose: purpose,
            code: code,
            nonce: nonce,
            verifier: verifier,
            returnTo: returnTo,
            issuer: issuer,
            end: Timestamp(nanoseconds: end)
        )
        guard now < self.end else { return nil }
    }

    init(
        purpose: Purpose,
        code: String,
        nonce: String = "",
        verifier: String = "",
        returnTo: String = "/",
        issuer: String,
        end: Timestamp
    ) {
        self.purpose = purpose
        self.code = code
        self.nonce = nonce
        self.verifier = verifier
        self.returnTo = returnTo
        self.issuer = issuer
        self.end = end
    }

    /// What is sent of a verifier before it is shown (RFC 7636, S256).
    static func challenge(_ verifier: String) -> String {
        Base64URL.text(SHA256.hash(data: Array(verifier.utf8)))
    }
}
