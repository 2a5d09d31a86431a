// SPDX-License-Identifier: Apache-2.0

/// An amount of money in billionths of a US dollar.
///
/// The only unit of money inside the house. 64 bits hold ± 9.2 billion dollars; sums are checked.
package struct NanoUSD: Sendable, Hashable, Comparable, Codable {
    package var rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }

    package static let zero = NanoUSD(0)

    package static func < (left: NanoUSD, right: NanoUSD) -> Bool { left.rawValue < right.rawValue }

    /// The sum, or `nil` when it does not fit.
    package func adding(_ other: NanoUSD) -> NanoUSD? {
        let (sum, overflow) = rawValue.addingReportingOverflow(other.rawValue)
        return overflow ? nil : NanoUSD(sum)
    }

    package init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension NanoUSD: CustomStringConvertible {
    /// US dollars with nine decimals at most, without trailing zeros: `0.001615`.
    package var description: String {
        let magnitude = rawValue.magnitude
        let whole = magnitude / 1_000_000_000
        let fraction = magnitude % 1_000_000_000
        let sign = rawValue < 0 ? "-" : ""
        guard fraction != 0 else { return "\(sign)\(whole)" }
        let digits = String(fraction + 1_000_000_000).dropFirst()
        let trimmed = digits.reversed().drop { $0 == "0" }.reversed()
        return "\(sign)\(whole).\(String(trimmed))"
    }
}
