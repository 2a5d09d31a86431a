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
        // A sign, ten digits, a point and nine digits at most.
        var text = InlineArray<24, UInt8>(repeating: UInt8(ascii: "0"))
        var end = 24
        var fraction = rawValue.magnitude % 1_000_000_000
        if fraction != 0 {
            var isTrailing = true
            for _ in 0..<9 {
                let digit = UInt8(truncatingIfNeeded: fraction % 10)
                fraction /= 10
                if isTrailing, digit == 0 { continue }
                isTrailing = false
                end -= 1
                text[end] = UInt8(ascii: "0") + digit
            }
            end -= 1
            text[end] = UInt8(ascii: ".")
        }
        var whole = rawValue.magnitude / 1_000_000_000
        repeat {
            end -= 1
            text[end] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: whole % 10)
            whole /= 10
        } while whole > 0
        if rawValue < 0 {
            end -= 1
            text[end] = UInt8(ascii: "-")
        }
        let (digits, first) = (text, end)
        // Safe because: the text holds `24 - first` ASCII digits from `first` on, which is the capacity asked for.
        return unsafe String(unsafeUninitializedCapacity: 24 - first) { target in
            for index in first..<24 { unsafe target[index - first] = digits[index] }
            return 24 - first
        }
    }
}
