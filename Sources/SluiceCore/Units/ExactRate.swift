// SPDX-License-Identifier: Apache-2.0

/// Decimal text as a rate, without a detour over binary fractions.
package enum ExactRate {
    /// A number times 10^`places`, rounded half to even; `nil` for other text, below 0, or where it does not fit.
    ///
    /// `2.5e-06` with 12 places is 2 500 000; `0.075` with 6 is 75 000.
    package static func scaled(_ text: String, by places: Int) -> Int64? {
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        guard let mantissa = parts.first else { return nil }
        var exponent = 0
        if parts.count == 2 {
            guard let written = Int(parts[1]), (-400...400).contains(written) else { return nil }
            exponent = written
        }
        let halves = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = halves.count == 2 ? halves[1] : ""
        let digits = halves[0] + fraction
        guard !digits.isEmpty, digits.utf8.count <= 400, digits.utf8.allSatisfy({ $0.isASCIIDigit }) else {
            return nil
        }
        let shift = exponent + places - fraction.utf8.count
        return shift >= 0
            ? whole(digits.utf8.map { $0 &- UInt8(ascii: "0") } + [UInt8](repeating: 0, count: shift))
            : rounded(digits.utf8.map { $0 &- UInt8(ascii: "0") }, dropping: -shift)
    }

    /// A plain decimal number, such as `0.0125`, times 10^`places`; `nil` for other text, where it does not fit, and where
    /// it has more decimals than that: who writes them means them.
    package static func exactly(_ text: String, by places: Int) -> Int64? {
        let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = halves.count == 2 ? halves[1] : ""
        guard text.utf8.allSatisfy({ $0.isASCIIDigit || $0 == UInt8(ascii: ".") }),
            fraction.reversed().drop(while: { $0 == "0" }).count <= places
        else { return nil }
        return scaled(text, by: places)
    }

    /// The rate a JSON number in US dollars per token means, in millionths of a dollar per million tokens.
    package static func perToken(_ value: JSONValue?) -> Int64? { scaled(value, by: 12) }

    /// The rate a JSON number in US dollars per million tokens means, in millionths of a dollar per million tokens.
    package static func perMillion(_ value: JSONValue?) -> Int64? { scaled(value, by: 6) }

    /// A number, or a text that holds one; a double's shortest text is what was written.
    package static func scaled(_ value: JSONValue?, by places: Int) -> Int64? {
        switch value {
        case .integer(let digits)?: scaled(digits, by: places)
        case .double(let number)?: number.isFinite ? scaled("\(number)", by: places) : nil
        case .string(let text)?: scaled(text, by: places)
        case .null?, .bool?, .array?, .object?, nil: nil
        }
    }

    private static func whole(_ digits: some Sequence<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(Int64(digit))
            guard !tooLarge, !overflow else { return nil }
            value = sum
        }
        return value
    }

    private static func rounded(_ digits: [UInt8], dropping count: Int) -> Int64? {
        let kept = digits.dropLast(count)
        guard let value = whole(kept) else { return nil }
        // Where more is dropped than there is, zeros stand before the digits.
        let dropped = [UInt8](repeating: 0, count: max(0, count - digits.count)) + digits.suffix(count)
        guard let first = dropped.first, first >= 5 else { return value }
        let isTie = first == 5 && dropped.dropFirst().allSatisfy { $0 == 0 }
        if isTie, value % 2 == 0 { return value }
        let (next, overflow) = value.addingReportingOverflow(1)
        return overflow ? nil : next
    }
}
