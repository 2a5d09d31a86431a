// SPDX-License-Identifier: Apache-2.0
import Crypto

/// The hash chain over audit entries: hᵢ = SHA-256(hᵢ₋₁ ‖ canonical text of entry i), hashes as lower-case hex text.
///
/// A chain shows that an entry was altered, dropped or moved. It cannot show by itself that its end was cut off or that
/// all of it was written anew: only a head kept elsewhere does.
package enum AuditChain {
    /// The last entry of a chain, in short; kept elsewhere, it proves what came before.
    package struct Head: Sendable, Hashable {
        package var sequence: Int64
        /// SHA-256 in hex.
        package var hash: String

        package init(sequence: Int64, hash: String) {
            self.sequence = sequence
            self.hash = hash
        }

        /// Before the first entry: number 0, a hash of 64 zeros.
        package static let genesis = Head(sequence: 0, hash: String(repeating: "0", count: 64))
    }

    /// The text that is hashed: a JSON array, as Python's `json.dumps` writes it with `ensure_ascii=False` and
    /// `separators=(",", ":")`.
    ///
    /// `["sluice.audit.1",1,1700000000000000000,"admin","version.weight","version:v2","why",null,"{…}"]`: sequence,
    /// nanoseconds since 1970, actor, action, subject, reason, before, after.
    package static func canonicalText(of entry: AuditEntry) -> String {
        var text = "[\"sluice.audit.1\",\(entry.sequence),\(entry.at.nanoseconds)"
        for part in [entry.actor, entry.action, entry.subject, entry.reason, entry.before, entry.after] {
            text.append(",")
            if let part { appendQuoted(part, to: &text) } else { text.append("null") }
        }
        text.append("]")
        return text
    }

    /// The hash an entry must carry when it follows another; its own `hash` is not looked at.
    package static func hash(of entry: AuditEntry, after previous: String) -> String {
        var digest = SHA256()
        digest.update(data: Array(previous.utf8))
        digest.update(data: Array(canonicalText(of: entry).utf8))
        return hex(digest.finalize())
    }

    /// The entry with the number and hash that follow a head.
    package static func sealed(_ entry: AuditEntry, after head: Head) -> AuditEntry {
        var entry = entry
        entry.sequence = head.sequence + 1
        entry.hash = hash(of: entry, after: head.hash)
        return entry
    }

    private static func appendQuoted(_ part: String, to text: inout String) {
        text.append("\"")
        for scalar in part.unicodeScalars {
            switch scalar {
            case "\"": text.append("\\\"")
            case "\\": text.append("\\\\")
            case "\u{8}": text.append("\\b")
            case "\u{C}": text.append("\\f")
            case "\n": text.append("\\n")
            case "\r": text.append("\\r")
            case "\t": text.append("\\t")
            case "\u{0}"..<" ":
                text.append(scalar.value < 16 ? "\\u000" : "\\u00")
                text.append(String(scalar.value, radix: 16))
            default: text.unicodeScalars.append(scalar)
            }
        }
        text.append("\"")
    }

    private static func hex(_ digest: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in digest {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
