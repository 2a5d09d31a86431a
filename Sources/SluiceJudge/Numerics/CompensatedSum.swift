// SPDX-License-Identifier: Apache-2.0

/// A running sum that carries its rounding error along (Neumaier), so that 10^8 small steps do not drift.
public struct CompensatedSum: Sendable, Hashable {
    private var sum: Double
    private var carry: Double

    public init(_ value: Double = 0) {
        sum = value
        carry = 0
    }

    /// The sum so far, to one rounding.
    @inline(__always) public var value: Double { sum + carry }

    @inline(__always)
    public mutating func add(_ term: Double) {
        let next = sum + term
        carry += abs(sum) >= abs(term) ? (sum - next) + term : (term - next) + sum
        sum = next
    }
}
