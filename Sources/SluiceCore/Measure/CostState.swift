// SPDX-License-Identifier: Apache-2.0

/// How sure the cost of an attempt, or of several together, is; in the order in which the less sure one names a sum.
package enum CostState: String, Sendable, Codable, CaseIterable, Comparable {
    /// The provider's own numbers at the prices in force.
    case known
    /// Not all of the provider's numbers were seen: an amount of what was.
    case estimated
    /// The provider's numbers contradict each other: an amount by the more expensive reading.
    case inconsistent
    /// Usage is known, but not the price of all of it: no amount.
    case unpriced
    /// The usage was not seen, or cannot be believed: no amount.
    case unknown

    private var rank: Int {
        switch self {
        case .known: 0
        case .estimated: 1
        case .inconsistent: 2
        case .unpriced: 3
        case .unknown: 4
        }
    }

    package static func < (left: CostState, right: CostState) -> Bool { left.rank < right.rank }
}

extension Attempt {
    /// How sure its cost is.
    package var costState: CostState {
        switch cost {
        case .unknown: .unknown
        case .unpriced: .unpriced
        case .known:
            usage?.isInconsistent == true ? .inconsistent : usage?.isEstimated == true ? .estimated : .known
        }
    }
}

/// What the attempts of a request cost together: the same in the answer's headers and in the traffic log.
package struct CostSum: Sendable, Equatable {
    package var state: CostState
    /// All amounts there are, as the ledger has them; absent where there is none.
    package var amount: NanoUSD?

    package init(state: CostState, amount: NanoUSD?) {
        self.state = state
        self.amount = amount
    }

    /// The sum over some attempts; `nil` over none.
    ///
    /// An attempt that failed before the provider counted anything says nothing where another one was counted.
    package init?(of attempts: [Attempt]) {
        guard !attempts.isEmpty else { return nil }
        var sum: CostSum?
        for index in attempts.indices where !attempts[index].hasFailed || attempts[index].cost != .unknown {
            let part = CostSum(state: attempts[index].costState, amount: attempts[index].cost.known)
            sum = sum?.adding(part) ?? part
        }
        self = sum ?? CostSum(state: .unknown, amount: nil)
    }

    private func adding(_ other: CostSum) -> CostSum {
        guard let mine = amount, let theirs = other.amount else {
            return CostSum(state: max(state, other.state), amount: amount ?? other.amount)
        }
        guard let total = mine.adding(theirs) else { return CostSum(state: .unknown, amount: nil) }
        return CostSum(state: max(state, other.state), amount: total)
    }
}
