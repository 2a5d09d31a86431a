// SPDX-License-Identifier: Apache-2.0

/// Share of traffic in hundredths of a percent: 0 is none, 10 000 is all.
package struct BasisPoints: Sendable, Hashable, Comparable, Codable {
    package let rawValue: Int

    /// A share, or `nil` outside 0…10 000.
    package init?(_ rawValue: Int) {
        guard (0...10_000).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// The share nearest to a fraction, or `nil` outside 0.0…1.0 (or not a number).
    package init?(fraction: Double) {
        guard fraction >= 0, fraction <= 1 else { return nil }
        self.init(Int((fraction * 10_000).rounded()))
    }

    private init(known rawValue: Int) { self.rawValue = rawValue }

    package static let none = BasisPoints(known: 0)
    package static let all = BasisPoints(known: 10_000)

    /// The share as the wire writes it, 0.0…1.0.
    package var fraction: Double { Double(rawValue) / 10_000 }

    package static func < (left: BasisPoints, right: BasisPoints) -> Bool { left.rawValue < right.rawValue }
}
