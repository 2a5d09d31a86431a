// SPDX-License-Identifier: Apache-2.0

/// A JSON number without rounding: sign, digits and a power of ten.
///
/// Numbers that are the same are the same value: `1`, `1.0`, `10e-1` and `1e0` have the digits `1` and the power 0.
package struct ExactNumber: Sendable, Hashable {
    package let isNegative: Bool
    /// Values 0 to 9, neither the first nor the last of them 0; none for zero.
    let digits: [UInt8]
    /// Of the last digit, brought into ±1 000 000 000, which no number that anybody means reaches.
    let power: Int

    private static let highestPower = 1_000_000_000

    private init(isNegative: Bool, digits: [UInt8], power: Int) {
        let leading = digits.prefix { $0 == 0 }.count
        let significant = digits[leading...]
        let trailing = significant.reversed().prefix { $0 == 0 }.count
        self.digits = Array(significant.dropLast(trailing))
        self.isNegative = isNegative && !self.digits.isEmpty
        let limit = ExactNumber.highestPower
        self.power = self.digits.isEmpty ? 0 : min(limit, max(-limit, power + trailing))
    }

    /// Reads the text of a number that is known to be one: `-12.5e+3`.
    init(text: ArraySlice<UInt8>) {
        var digits: [UInt8] = []
        var afterPoint = 0
        var hasPoint = false
        var exponent = 0
        var isExponentNegative = false
        var position = text.startIndex
        reading: while position < text.endIndex {
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte - UInt8(ascii: "0"))
                if hasPoint { afterPoint += 1 }
            case UInt8(ascii: "."): hasPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): break reading
            default: break
            }
        }
        for byte in text[position...] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                exponent = min(ExactNumber.highestPower, exponent * 10 + Int(byte - UInt8(ascii: "0")))
            case UInt8(ascii: "-"): isExponentNegative = true
            default: break
            }
        }
        self.init(
            isNegative: text.first == UInt8(ascii: "-"),
            digits: digits,
            power: (isExponentNegative ? -exponent : exponent) - afterPoint
        )
    }

    package init(_ value: Int) {
        self.init(
            isNegative: value < 0,
            digits: String(value.magnitude).utf8.map { $0 - UInt8(ascii: "0") },
            power: 0
        )
    }

    package var isZero: Bool { digits.isEmpty }
    package var isInteger: Bool { power >= 0 }

    /// The whole number, where it is one that is not negative; `Int.max` where it does not fit.
    var count: Int? {
        guard isInteger, !isNegative else { return nil }
        guard digits.count + power <= 18 else { return isZero ? 0 : Int.max }
        var value = 0
        for digit in digits { value = value * 10 + Int(digit) }
        for _ in 0..<power { value *= 10 }
        return value
    }

    /// The nearest number with 53 bits.
    package var nearest: Double {
        let text = String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
        return Double("\(isNegative ? "-" : "")\(digits.isEmpty ? "0" : text)e\(power)") ?? .nan
    }
}

extension ExactNumber: Comparable {
    package static func < (left: ExactNumber, right: ExactNumber) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? right.isSmaller(than: left) : left.isSmaller(than: right)
    }

    /// Without the signs.
    private func isSmaller(than other: ExactNumber) -> Bool {
        if isZero || other.isZero { return isZero && !other.isZero }
        let (place, otherPlace) = (digits.count + power, other.digits.count + other.power)
        return place == otherPlace ? digits.lexicographicallyPrecedes(other.digits) : place < otherPlace
    }
}

extension ExactNumber {
    /// The longest divisor that ``isMultiple(of:)`` knows.
    static let longestDivisor = 36

    /// Whether it is a whole number of times another; `nil` of zero and of divisors with more than 36 digits.
    ///
    /// With `a·10^x` and `b·10^y`, neither `a` nor `b` ending in 0: `x < y` cannot be, since `b·10^(y−x)` ends in 0 and `a` does not; else
    /// the rest of `a·10^(x−y)` by `b` is taken digit by digit. `b < 10^36` has at most 119 factors of 2 or 5, so zeros beyond
    /// 120 change nothing.
    func isMultiple(of divisor: ExactNumber) -> Bool? {
        guard !divisor.isZero, divisor.digits.count <= ExactNumber.longestDivisor else { return nil }
        if isZero { return true }
        let zeros = power - divisor.power
        guard zeros >= 0 else { return false }
        var by: UInt128 = 0
        for digit in divisor.digits { by = by * 10 + UInt128(digit) }
        var rest: UInt128 = 0
        for digit in digits { rest = (rest * 10 + UInt128(digit)) % by }
        for _ in 0..<min(zeros, 120) { rest = rest * 10 % by }
        return rest == 0
    }
}
