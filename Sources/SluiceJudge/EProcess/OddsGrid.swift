// SPDX-License-Identifier: Apache-2.0

/// Alternatives of a test and the weight each starts with.
public struct OddsGrid: Sendable, Hashable, Codable {
    /// Odds ratios of the alternatives, in multiples of the tolerated odds ratio.
    public let odds: [Double]
    /// Weights of the alternatives; they sum to one.
    public let weights: [Double]

    init(odds: [Double], weights: [Double]) {
        precondition(odds.count == weights.count, "one weight for each alternative")
        self.odds = odds
        self.weights = weights
    }

    /// Ten alternatives "the canary is worse", from barely to dead, weighted as in the first formulation.
    public static let worse = OddsGrid(
        odds: [1.25, 1.5, 2, 3, 5, 8, 15, 40, 200, 5000],
        weights: [0.05, 0.10, 0.15, 0.15, 0.15, 0.12, 0.10, 0.08, 0.05, 0.05]
    )

    /// The same alternatives with more weight on those that take long to tell, 2 to 8 times: the others are found at once anyway.
    public static let likely = OddsGrid(
        odds: worse.odds,
        weights: [0.03, 0.09, 0.15, 0.18, 0.18, 0.14, 0.09, 0.06, 0.04, 0.04]
    )
}
