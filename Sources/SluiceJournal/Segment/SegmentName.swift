// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The name of a segment file: `<node>-<loop>-<sequence, 16 hex digits>.slj`.
///
/// Sequence numbers start at the milliseconds of the process's start and never come twice, so that a position read
/// from the store never means another file of the same name.
struct SegmentName: Hashable {
    static let suffix = ".slj"

    var node: String
    var loop: Int
    var sequence: UInt64

    init(node: String, loop: Int, sequence: UInt64) {
        self.node = node
        self.loop = loop
        self.sequence = sequence
    }

    /// Reads a file name; `nil` for any other file.
    init?(_ text: String) {
        guard text.hasSuffix(SegmentName.suffix) else { return nil }
        let parts = text.dropLast(SegmentName.suffix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard
            parts.count >= 3, let digits = parts.last, digits.utf8.count == 16,
            let sequence = UInt64(digits, radix: 16), let loop = Int(parts[parts.count - 2]), loop >= 0
        else { return nil }
        let node = parts.dropLast(2).joined(separator: "-")
        guard SegmentName.isNode(node) else { return nil }
        self.init(node: node, loop: loop, sequence: sequence)
        guard fileName == text else { return nil }
    }

    var fileName: String {
        let digits = String(sequence, radix: 16)
        return "\(node)-\(loop)-\(String(repeating: "0", count: 16 - digits.utf8.count))\(digits)\(SegmentName.suffix)"
    }

    /// Whether a text can name a node: 1–64 of `A–Z a–z 0–9 . _ -`, not beginning with a dot.
    static func isNode(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), !text.hasPrefix(".") else { return false }
        return text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-._".utf8.contains($0) }
    }
}
