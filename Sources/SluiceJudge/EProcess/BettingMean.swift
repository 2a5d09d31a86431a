// SPDX-License-Identifier: Apache-2.0
import RealModule

/// Evidence about a mean, for the money statement of a report: bets on inverse-probability weighted, winsorised costs.
///
///     canary request:    E_f ·= 1 + f (1−ρ)/ρ · min(c/r, M)/M
///     baseline request:  E_f ·= 1 − f · min(c, M)/M                f ∈ {.01 .03 .1 .3 .8}, mixed equally
///
/// A supermartingale exactly when the canary's mean of `min(c/r, M)` is at most the baseline's of `min(c, M)`. Needs assignment
/// request by request at a known share ρ, and `M` (the baseline's .999 quantile) from earlier data.
public struct BettingMean: Sendable, Hashable {
    /// Share of the canary, ρ.
    public let share: Double
    /// Tolerated ratio of the means, r.
    public let tolerance: Double
    /// Costs above this count as this, M.
    public let cap: Double
    private static let fractions: [Double] = [0.01, 0.03, 0.1, 0.3, 0.8]
    private var wealth = Self.fractions.map { _ in CompensatedSum(0) }

    /// Starts at `E = 1`.
    ///
    /// - Parameters:
    ///   - share: strictly between 0 and 1.
    ///   - tolerance: above zero.
    ///   - cap: above zero, in the unit of the costs.
    /// - Returns: `nil` out of these ranges.
    public init?(share: Double, tolerance: Double = 1, cap: Double) {
        guard share > 0, share < 1, tolerance > 0, cap > 0, tolerance.isFinite, cap.isFinite else { return nil }
        self.share = share
        self.tolerance = tolerance
        self.cap = cap
    }

    /// Takes the cost of one request; a cost that is no number or below zero counts as zero.
    public mutating func absorb(_ cost: Double, of arm: Arm) {
        let cost = cost > 0 ? cost : 0
        switch arm {
        case .canary:
            let gain = (1 - share) / share * (min(cost / tolerance, cap) / cap)
            for index in wealth.indices { wealth[index].add(.log(onePlus: Self.fractions[index] * gain)) }
        case .baseline:
            let loss = min(cost, cap) / cap
            for index in wealth.indices { wealth[index].add(.log(onePlus: -Self.fractions[index] * loss)) }
        }
    }

    /// `log E` of the equal mixture.
    public var logEvidence: Double {
        logSumExp(wealth.map(\.value)) - .log(Double(Self.fractions.count))
    }
}
