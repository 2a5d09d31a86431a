// SPDX-License-Identifier: Apache-2.0

/// A decimal number as text says it, held exactly: digits × 10^exponent.
struct Decimal: Equatable {
    var digits: Int64
    var exponent: Int

    /// Reads `2`, `0.075`, `1.5e-3`; `nil` for other text or more than 18 significant digits.
    init?(_ text: String) {
        guard YAMLCore.isFloat(text) else { return nil }
        let parts = text.split(whereSeparator: { $0 == "e" || $0 == "E" })
        guard let mantissa = parts.first else { return nil }
        var exponent = 0
        if parts.count > 1 {
            guard let written = Int(parts[1].hasPrefix("+") ? parts[1].dropFirst() : parts[1]),
                (-400...400).contains(written)
            else { return nil }
            exponent = written
        }
        let isNegative = mantissa.hasPrefix("-")
        let unsigned = mantissa.drop { $0 == "-" || $0 == "+" }
        let halves = unsigned.split(separator: ".", omittingEmptySubsequences: false)
        var fraction = halves.count > 1 ? halves[1] : ""
        while fraction.hasSuffix("0") { fraction = fraction.dropLast() }
        let all = ((halves.first ?? "") + fraction).drop { $0 == "0" }
        guard all.utf8.count <= 18, let value = Int64(all.isEmpty ? "0" : String(all)) else { return nil }
        digits = isNegative ? -value : value
        self.exponent = exponent - fraction.utf8.count
    }

    /// The number times 10^`digits` as a whole number; `nil` where that is not whole or does not fit.
    func scaled(by digits: Int) -> Int64? {
        var value = self.digits
        var shift = exponent + digits
        if value == 0 { return 0 }
        while shift > 0 {
            let (next, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = next
            shift -= 1
        }
        while shift < 0 {
            guard value % 10 == 0 else { return nil }
            value /= 10
            shift += 1
        }
        return value
    }
}
