// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Sizes in bytes as people write them.
enum ByteSize {
    private static let units: [(name: String, bytes: Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1),
    ]

    /// Reads `32MiB`, `10MB` or plain bytes; `nil` for other text or more than fits.
    static func read(_ text: String) -> Int? {
        let unit = units.first { text.hasSuffix($0.name) }
        let digits = text.dropLast(unit?.name.count ?? 0)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0.isASCIIDigit }), let count = Int(digits) else {
            return nil
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit?.bytes ?? 1)
        return overflow ? nil : bytes
    }

    static func text(_ bytes: Int) -> String {
        for (name, size) in units.prefix(3).reversed() where bytes >= size && bytes % size == 0 {
            return "\(bytes / size)\(name)"
        }
        return "\(bytes)B"
    }
}
