// SPDX-License-Identifier: Apache-2.0

/// How a request's version was chosen on a route that chooses: all that the choice depended on beside the candidates' prices
/// and scores, so that it can be made again.
package struct VersionChoice: Sendable, Hashable {
    package var reason: Reason
    package var wish: Wish
    package var standings: Standings

    /// Why a version was chosen.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        /// It passed, with the best score.
        case score
        /// None passed: it is the cheapest that can answer.
        case cheapest
        /// What the request names, or the choice that its conversation began with.
        case pinned
        /// A rollout of the route, or a canary's weight, decided.
        case rollout
    }

    /// What a request asks for.
    package struct Wish: Sendable, Hashable {
        package var tier: RequestTier
        /// For the mean of a candidate's answers, in nanoseconds; absent is any.
        package var latencyBudget: Int64?
        /// For a thousand output tokens; absent is any.
        package var maxCostPer1k: NanoUSD?

        package init(tier: RequestTier, latencyBudget: Int64? = nil, maxCostPer1k: NanoUSD? = nil) {
            self.tier = tier
            self.latencyBudget = latencyBudget
            self.maxCostPer1k = maxCostPer1k
        }
    }

    /// How the candidates stood when the request was decided: a bit for each, by its place.
    package struct Standings: Sendable, Hashable {
        /// They lack what the request needs.
        package var lacking: UInt64
        /// A breaker holds back all that serve them.
        package var heldBack: UInt64
        /// Their answers take longer than the latency budget, or too few were seen to say.
        package var slow: UInt64

        package init(lacking: UInt64 = 0, heldBack: UInt64 = 0, slow: UInt64 = 0) {
            self.lacking = lacking
            self.heldBack = heldBack
            self.slow = slow
        }
    }

    package init(reason: Reason, wish: Wish, standings: Standings = Standings()) {
        self.reason = reason
        self.wish = wish
        self.standings = standings
    }
}

extension RoutingPolicy {
    /// What it asks for where a request does not say.
    package var wish: VersionChoice.Wish {
        VersionChoice.Wish(
            tier: tier,
            latencyBudget: latencyBudget.map { budget in
                let (seconds, attoseconds) = budget.components
                return Int64(clamping: Int128(seconds) * 1_000_000_000 + Int128(attoseconds / 1_000_000_000))
            },
            maxCostPer1k: maxCostPer1k
        )
    }
}

extension VersionChoice {
    /// `score economy 2000000000 10000000 0 5 0`: reason, tier, budget and cap (`-` where there is none), then the candidates that
    /// lacked something, were held back and were too slow, as numbers of sixteen.
    package var text: String {
        let bits = [standings.lacking, standings.heldBack, standings.slow].map { String($0, radix: 16) }
        let limits = [wish.latencyBudget, wish.maxCostPer1k?.rawValue].map { $0.map { "\($0)" } ?? "-" }
        return ([reason.rawValue, wish.tier.rawValue] + limits + bits).joined(separator: " ")
    }

    /// What ``text`` gave; `nil` for anything else.
    package init?(text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 7, let reason = Reason(rawValue: words[0]), let tier = RequestTier(rawValue: words[1])
        else {
            return nil
        }
        let (budget, cap) = (Int64(words[2]), Int64(words[3]))
        guard budget != nil || words[2] == "-", cap != nil || words[3] == "-",
            let lacking = UInt64(words[4], radix: 16), let heldBack = UInt64(words[5], radix: 16),
            let slow = UInt64(words[6], radix: 16)
        else { return nil }
        self.reason = reason
        wish = Wish(tier: tier, latencyBudget: budget, maxCostPer1k: cap.map { NanoUSD($0) })
        standings = Standings(lacking: lacking, heldBack: heldBack, slow: slow)
    }
}

extension UInt64 {
    /// A bit is set; those beyond 63 never are.
    package func holds(bit place: Int) -> Bool { (0..<64).contains(place) && self >> UInt64(place) & 1 == 1 }

    /// Sets a bit; those beyond 63 are left out.
    package mutating func set(bit place: Int) {
        if (0..<64).contains(place) { self |= 1 << UInt64(place) }
    }
}
