// SPDX-License-Identifier: Apache-2.0
import Crypto

/// The fingerprint of a config.
package enum ConfigHash {
    /// The first 16 hex digits of SHA-256 over the config as `PythonJSON` writes it.
    package static func of(_ config: JSONValue) -> String {
        let digest = SHA256.hash(data: Array(PythonJSON.text(config).utf8))
        var digits: [UInt8] = []
        for byte in digest.prefix(8) {
            digits.append(JSONString.hexDigit(byte >> 4))
            digits.append(JSONString.hexDigit(byte & 15))
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
