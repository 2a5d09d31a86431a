// SPDX-License-Identifier: Apache-2.0

/// An exact fraction of 128-bit whole numbers; what does not fit is nothing, never a wrong number.
package struct WideFraction: Sendable, Equatable {
    package let numerator: Int128
    /// Above zero.
    package let denominator: Int128

    /// - Parameter denominator: above zero.
    package init?(_ numerator: Int128, over denominator: Int128) {
        guard denominator > 0 else { return nil }
        self.numerator = numerator
        self.denominator = denominator
    }

    package func times(_ factor: Int64, over divisor: Int64) -> WideFraction? {
        let common = WideFraction.divisor(Int128(factor), Int128(divisor))
        guard common > 0 else { return nil }
        // What is common with the other half leaves room.
        var (top, bottom) = (Int128(factor) / common, Int128(divisor) / common)
        let cross = max(1, WideFraction.divisor(top, denominator))
        let under = max(1, WideFraction.divisor(numerator, bottom))
        top /= cross
        bottom /= under
        let (above, tooLarge) = (numerator / under).multipliedReportingOverflow(by: top)
        let (below, tooSmall) = (denominator / cross).multipliedReportingOverflow(by: bottom)
        guard !tooLarge, !tooSmall else { return nil }
        return WideFraction(above, over: below)
    }

    package func adding(_ other: WideFraction) -> WideFraction? {
        let common = WideFraction.divisor(denominator, other.denominator)
        let (below, tooSmall) = denominator.multipliedReportingOverflow(by: other.denominator / common)
        let (left, first) = numerator.multipliedReportingOverflow(by: other.denominator / common)
        let (right, second) = other.numerator.multipliedReportingOverflow(by: denominator / common)
        let (above, third) = left.addingReportingOverflow(right)
        guard !tooSmall, !first, !second, !third else { return nil }
        return WideFraction(above, over: below)
    }

    /// The nearest whole number, of two as near the even one: 5/2 is 2, 7/2 is 4.
    package func roundedHalfEven() -> Int128? {
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        let rest = remainder.magnitude
        let left = denominator.magnitude - rest
        let isAway = rest > left || (rest == left && quotient & 1 != 0)
        return isAway ? quotient + (numerator < 0 ? -1 : 1) : quotient
    }

    private static func divisor(_ left: Int128, _ right: Int128) -> Int128 {
        var (larger, smaller) = (left.magnitude, right.magnitude)
        while smaller != 0 { (larger, smaller) = (smaller, larger % smaller) }
        return Int128(exactly: larger) ?? 1
    }
}
