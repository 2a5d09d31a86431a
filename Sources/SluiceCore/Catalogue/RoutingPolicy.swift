// SPDX-License-Identifier: Apache-2.0

/// What a request weighs more: a good answer or a cheap one.
package enum RequestTier: String, Sendable, Hashable, CaseIterable {
    case premium, balanced, economy

    /// The quality score that a candidate must have; absent where none is asked for.
    package var floor: Double? {
        switch self {
        case .premium: 0.95
        case .balanced: nil
        case .economy: 0.80
        }
    }

    /// The parts of price and quality in a candidate's score; together 1.
    package var shares: (price: Double, quality: Double) {
        switch self {
        case .premium: (0.2, 0.8)
        case .balanced: (0.5, 0.5)
        case .economy: (0.8, 0.2)
        }
    }

    package static let words = allCases.map(\.rawValue)
}

/// How a route chooses among its versions for each request, where no rollout and no pin decides.
package struct RoutingPolicy: Sendable, Hashable {
    /// Where a request does not say.
    package var tier: RequestTier
    /// The mean time of a candidate's answers must be within; absent is any.
    package var latencyBudget: Duration?
    /// The price of a thousand output tokens must be within; absent is any.
    package var maxCostPer1k: NanoUSD?
    /// The versions to choose among, in the order in which equal ones win; empty for those of the route in production.
    package var candidates: [VersionID]

    package static let mostCandidates = 64

    package init(
        tier: RequestTier = .balanced,
        latencyBudget: Duration? = nil,
        maxCostPer1k: NanoUSD? = nil,
        candidates: [VersionID] = []
    ) {
        self.tier = tier
        self.latencyBudget = latencyBudget
        self.maxCostPer1k = maxCostPer1k
        self.candidates = candidates
    }
}
