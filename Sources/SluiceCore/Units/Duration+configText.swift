// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// Reads `500ms`, `30s`, `2m`, `1h`, `7d` (with decimals: `1.5s`), up to a hundred years.
    ///
    /// `nil` for anything else: a missing unit, a sign, a space, more than nine decimals.
    package init?(configText text: String) {
        let number = text.utf8.prefix { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }
        let units: [(name: String, nanoseconds: Int64)] = [
            ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
            ("d", 86_400_000_000_000),
        ]
        let suffix = text.utf8.dropFirst(number.count)
        guard let unit = units.first(where: { $0.name.utf8.elementsEqual(suffix) }) else { return nil }
        let parts = number.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let wholeText = parts.first, (1...12).contains(wholeText.count), let whole = Int64(Substring(wholeText))
        else { return nil }
        var billionths: Int64 = 0
        if parts.count > 1 {
            guard (1...9).contains(parts[1].count), let decimals = Int64(Substring(parts[1])) else { return nil }
            billionths = (parts[1].count..<9).reduce(decimals) { value, _ in value * 10 }
        }
        let total =
            Int128(whole) * Int128(unit.nanoseconds) + Int128(billionths) * Int128(unit.nanoseconds) / 1_000_000_000
        guard total <= 36_525 * 86_400_000_000_000, let nanoseconds = Int64(exactly: total) else { return nil }
        self = .nanoseconds(nanoseconds)
    }
}
