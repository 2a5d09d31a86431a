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
    ///
    /// Weighted as in the formulations 2 to 4.
    public static let likely = OddsGrid(
        odds: worse.odds,
        weights: [0.03, 0.09, 0.15, 0.18, 0.18, 0.14, 0.09, 0.06, 0.04, 0.04]
    )

    /// For events: nearly half of the weight on 3 to 5 times, where errors of some percent beside one percent lie.
    public static let events = OddsGrid(
        odds: worse.odds,
        weights: [0.02, 0.06, 0.13, 0.22, 0.30, 0.17, 0.05, 0.02, 0.01, 0.02]
    )

    /// For values above the baseline's median to p90: what is slower as a whole has there 1.5 to 2 times the odds, hardly ever more.
    public static let middle = OddsGrid(
        odds: worse.odds,
        weights: [0.05, 0.40, 0.35, 0.10, 0.04, 0.02, 0.01, 0.01, 0.01, 0.01]
    )

    /// For values above p95 to p999, where a few very slow answers have many times the odds.
    public static let tail = OddsGrid(
        odds: worse.odds,
        weights: [0.03, 0.10, 0.18, 0.20, 0.17, 0.12, 0.09, 0.06, 0.03, 0.02]
    )

    /// The alternatives of a series.
    ///
    /// - Parameters:
    ///   - level: of a value; nothing for events.
    ///   - formulation: the rules in force (see ``JudgeConfiguration/formulation``).
    static func standard(_ level: QuantileLevel? = nil, formulation: Int) -> OddsGrid {
        if formulation == 1 { return .worse }
        guard formulation > 4 else { return .likely }
        return switch level {
        case nil: .events
        case .q50, .q75, .q90: .middle
        case .q95, .q99, .q999: .tail
        }
    }
}
