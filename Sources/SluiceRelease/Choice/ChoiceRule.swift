// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The versions that a route chooses among, ready for requests: their scores are computed once.
///
/// A candidate passes what the request needs, health, the latency budget, the cost cap and the tier's quality floor, in this
/// order; the best score of those that pass wins, the earlier in the list where two are equal. Where none passes, the cheapest
/// that can answer at all is taken.
package struct ChoiceRule: Sendable, Hashable {
    package let candidates: [Candidate]
    /// Places in ``candidates``, by tier: those that reach its floor, the best score first.
    private let best: [[Int]]
    /// All places, the cheapest first; those without a price last.
    private let cheapest: [Int]

    package struct Candidate: Sendable, Hashable {
        package var version: VersionID
        /// For a million output tokens; `nil` where nobody has said it.
        package var price: NanoUSD?
        /// 0…1; `nil` where nobody has said it.
        package var quality: Double?

        package init(version: VersionID, price: NanoUSD?, quality: Double?) {
            self.version = version
            self.price = price
            self.quality = quality
        }

        /// The price's part is 1 / (dollars for a million tokens + 0.01); what is not known counts nothing.
        package func score(in tier: RequestTier) -> Double {
            let cheapness = price.map { 1 / (Double($0.rawValue) / 1_000_000_000 + 0.01) } ?? 0
            let shares = tier.shares
            return shares.price * cheapness + shares.quality * (quality ?? 0)
        }
    }

    /// Why a candidate cannot be chosen by its score, in the order in which this is looked at.
    package enum Obstacle: String, Sendable, Hashable, CaseIterable {
        /// The request needs what it does not have: its dialect, room, tools, images, answers in a form.
        case lacking
        case heldBack = "held_back"
        /// Slower than the budget, or not known to be faster.
        case slow
        case dear
        case unpriced
        case belowFloor = "below_floor"
        /// The tier has a floor, and nobody has said how good it is.
        case unrated
    }

    /// - Parameter candidates: at most 64 of them; further ones are never chosen.
    package init(_ candidates: [Candidate]) {
        let candidates = Array(candidates.prefix(RoutingPolicy.mostCandidates))
        self.candidates = candidates
        best = RequestTier.allCases.map { tier in
            let scores = candidates.map { $0.score(in: tier) }
            return candidates.indices
                .filter { candidates[$0].obstacle(below: tier) == nil }
                .sorted { (scores[$1], $0) < (scores[$0], $1) }
        }
        cheapest = candidates.indices.sorted {
            (candidates[$0].price?.rawValue ?? .max, $0) < (candidates[$1].price?.rawValue ?? .max, $1)
        }
    }

    /// Decides.
    ///
    /// - Returns: a place in ``candidates``; `nil` only where there are none.
    package func choose(
        _ wish: VersionChoice.Wish,
        _ standings: VersionChoice.Standings
    ) -> (place: Int, reason: VersionChoice.Reason)? {
        let out = standings.lacking | standings.heldBack | standings.slow
        for place in best[wish.tier.place]
        where !out.holds(bit: place) && candidates[place].obstacle(above: wish.maxCostPer1k) == nil {
            return (place, .score)
        }
        let capable = cheapest.filter { !standings.lacking.holds(bit: $0) }
        let healthy = capable.first { !standings.heldBack.holds(bit: $0) }
        return (healthy ?? capable.first ?? cheapest.first).map { ($0, .cheapest) }
    }

    /// What keeps a candidate from being chosen by its score, if anything does.
    package func obstacle(
        _ place: Int,
        _ wish: VersionChoice.Wish,
        _ standings: VersionChoice.Standings
    ) -> Obstacle? {
        guard candidates.indices.contains(place) else { return nil }
        if standings.lacking.holds(bit: place) { return .lacking }
        if standings.heldBack.holds(bit: place) { return .heldBack }
        if standings.slow.holds(bit: place) { return .slow }
        return candidates[place].obstacle(above: wish.maxCostPer1k) ?? candidates[place].obstacle(below: wish.tier)
    }
}

extension ChoiceRule.Candidate {
    fileprivate func obstacle(above cap: NanoUSD?) -> ChoiceRule.Obstacle? {
        guard let cap else { return nil }
        guard let price else { return .unpriced }
        let (most, overflow) = cap.rawValue.multipliedReportingOverflow(by: 1_000)
        return !overflow && price.rawValue > most ? .dear : nil
    }

    fileprivate func obstacle(below tier: RequestTier) -> ChoiceRule.Obstacle? {
        guard let floor = tier.floor else { return nil }
        guard let quality else { return .unrated }
        return quality < floor ? .belowFloor : nil
    }
}

extension RequestTier {
    /// In ``RequestTier/allCases``.
    fileprivate var place: Int {
        switch self {
        case .premium: 0
        case .balanced: 1
        case .economy: 2
        }
    }
}
