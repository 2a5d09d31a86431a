// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How the `judge` verbs write.
enum JudgeOutput {
    /// A value as JSON with sorted keys, on one line or several.
    static func json(_ value: some Encodable, isPretty: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            isPretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "infinite",
            negativeInfinity: "-infinite",
            nan: "unknown"
        )
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Writes to the standard error, for progress.
    static func note(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            // Safe because: the pointer lives as long as the closure; a short write of progress is no loss.
            _ = unsafe write(2, bytes.baseAddress, bytes.count)
        }
    }

    /// Whether the standard error is a terminal.
    static var isInteractive: Bool { isatty(2) == 1 }

    /// A number with so many decimals, or a dash for none and `never` for infinity.
    static func number(_ value: Double?, _ decimals: Int = 0) -> String {
        guard let value else { return "-" }
        if value == .infinity { return "never" }
        guard value.isFinite, abs(value) < 1e13 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let whole = Int64((abs(value) * scale).rounded())
        var digits = String(whole)
        if decimals > 0 {
            while digits.count <= decimals { digits = "0" + digits }
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
        }
        return (value < 0 && whole != 0 ? "-" : "") + digits
    }

    /// A share as a percentage.
    static func percent(_ value: Double, _ decimals: Int = 2) -> String { number(100 * value, decimals) + " %" }

    /// A length of time, such as `9.3 h`.
    static func duration(_ seconds: Double) -> String {
        switch seconds {
        case .infinity: "never"
        case ..<120: "\(number(seconds, 1)) s"
        case ..<7200: "\(number(seconds / 60, 1)) min"
        case ..<172_800: "\(number(seconds / 3600, 1)) h"
        default: "\(number(seconds / 86_400, 1)) d"
        }
    }

    /// Text on the left of a column.
    static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Text on the right of a column.
    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
