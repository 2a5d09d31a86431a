// SPDX-License-Identifier: Apache-2.0
import Crypto

/// The text of a caller key: `<prefix>_<8 id>_<43 secret>_<6 checksum>`, all base 62.
///
/// The secret has 256 bits. The checksum (CRC-32 of all before it) lets a mistyped key die before any look-up, and lets
/// scanners recognise a leak.
package enum KeyText {
    package static let standardPrefix = "sl"

    /// A new key and its id.
    package static func generate(
        prefix: String = standardPrefix,
        using generator: inout some RandomNumberGenerator
    ) -> (id: KeyID, text: Secret<String>)? {
        let idText = base62(count: 8, using: &generator)
        let body = "\(prefix)_\(idText)_\(base62(count: 43, using: &generator))"
        guard let id = KeyID(idText) else { return nil }
        return (id, Secret("\(body)_\(checksum(body.utf8))"))
    }

    /// The id inside a key text whose form and checksum are right.
    package static func id(in text: Substring.UTF8View) -> Substring.UTF8View? {
        let parts = text.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard parts.count >= 4, let check = parts.last, check.count == 6 else { return nil }
        let id = parts[parts.count - 3]
        guard id.count == 8, parts[parts.count - 2].count == 43 else { return nil }
        let body = text.prefix(text.count - 7)
        return check.elementsEqual(checksum(body).utf8) ? id : nil
    }

    /// What is stored of a key: SHA-256 over the pepper and the whole text.
    package static func hash(_ text: some Sequence<UInt8>, pepper: Secret<[UInt8]>) -> [UInt8] {
        var digest = SHA256()
        digest.update(data: pepper.exposed)
        digest.update(data: Array(text))
        return Array(digest.finalize())
    }

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private static func base62(count: Int, using generator: inout some RandomNumberGenerator) -> String {
        String(decoding: (0..<count).map { _ in alphabet[Int.random(in: 0..<62, using: &generator)] }, as: UTF8.self)
    }

    /// Six base-62 digits of the CRC-32 (IEEE 802.3, reflected) of the bytes.
    private static func checksum(_ bytes: some Sequence<UInt8>) -> String {
        var rest = CRC32.checksum(bytes)
        var digits: [UInt8] = []
        for _ in 0..<6 {
            digits.append(alphabet[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }
}
