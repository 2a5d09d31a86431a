// SPDX-License-Identifier: Apache-2.0
import RealModule

/// Capital spread over alternatives, with a reserve that is paid in as time goes by.
///
/// `E = Σ W_i + reserve` starts at one, and is a supermartingale under the null whatever the times at which it is looked at,
/// so `P(E ever reaches 1/alpha) ≤ alpha` (Ville). Each alternative's capital is multiplied by its e-value, block by block; a
/// payment of `d` adds `d·w_i` to alternative `i`. With a ``BurstLimit`` an alternative's capital is
/// `W_i · min(rise_i, cap)`, where `rise_i` is the product of the e-values since the cluster opened; payments wait for its end, so that
/// nothing that is paid in meanwhile escapes the cap. A block that is longer than a cluster is as many as go into it, and may say as much.
struct FundedMixture: Sendable {
    private var wealth: [CompensatedSum]
    private let logWeights: [Double]
    private let funding: Funding
    private var minutes = 0
    private var logReserve: Double
    private var settled: Double = 0
    private var isSettled = true

    private let burst: BurstLimit?
    private let logCap: Double
    /// The rules of the limit as they were in the second formulation.
    private let isSecond: Bool
    /// The logarithm of what the open cluster says, uncapped; empty without a limit.
    private var rise: [CompensatedSum] = []
    /// The logarithm of what the open cluster may still say.
    private var room: [Double] = []
    private var clusterEnd = Int64.min
    private var minutesDue = 0
    /// No alternative's capital exceeds its weight times this; see ``BaselineBelow``.
    private let logMost: Double

    /// Spreads the first capital.
    ///
    /// - Parameters:
    ///   - weights: of the alternatives; they sum to one.
    ///   - funding: how the capital is paid in.
    ///   - burst: how much a cluster of seconds may say; anything without.
    ///   - logMost: the logarithm of the evidence that is kept at most.
    ///   - formulation: the rules of the limit (see ``JudgeConfiguration/formulation``).
    init(
        weights: [Double],
        funding: Funding,
        burst: BurstLimit? = nil,
        logMost: Double = .infinity,
        formulation: Int = JudgeConfiguration.newest
    ) {
        self.funding = funding
        self.burst = burst
        self.logMost = logMost
        isSecond = formulation < 3
        logCap = burst.map { .log($0.cap) } ?? .infinity
        logWeights = weights.map { .log($0) }
        let start: Double = .log(funding.start)
        wealth = logWeights.map { CompensatedSum(max(-1e300, start + $0)) }
        logReserve = .log(1 - funding.start)
        guard burst != nil else { return }
        rise = wealth.map { _ in CompensatedSum() }
        room = wealth.map { _ in logCap }
    }

    /// Pays in what is due after `minutes` whole minutes since the start; time never runs backwards.
    mutating func pay(through minutes: Int) {
        if burst != nil {
            minutesDue = max(minutesDue, minutes)
        } else {
            payIn(through: minutes)
        }
    }

    private mutating func payIn(through minutes: Int) {
        guard minutes > self.minutes, logReserve > -.infinity else { return }
        let paid = funding.paid(after: minutes)
        let due = paid - funding.paid(after: self.minutes)
        self.minutes = minutes
        logReserve = paid < 1 ? .log(1 - paid) : -.infinity
        guard due > 0 else { return }
        isSettled = false
        let amount: Double = .log(due)
        for index in wealth.indices {
            wealth[index] = CompensatedSum(logAddExp(wealth[index].value, amount + logWeights[index]))
        }
    }

    /// Begins a block: where its start lies past the open cluster, that one is closed and a new one begins.
    @inline(__always)
    mutating func open(_ span: Range<Int64>) {
        guard let burst, span.lowerBound >= clusterEnd else { return }
        foldIn()
        payIn(through: minutesDue)
        clusterEnd = max(burst.end(ofClusterAt: span.lowerBound), span.upperBound)
        let most = isSecond ? logCap : logCap * burst.clusters(in: span)
        for index in room.indices { room[index] = most }
    }

    /// Makes what the cluster has said so far part of the capital.
    ///
    /// What it gained is no longer there to gain for the rest of the cluster, so that no cluster says more than the cap however often
    /// it is folded in.
    private mutating func foldIn() {
        for index in rise.indices where rise[index].value != 0 {
            let gained = min(rise[index].value, room[index])
            wealth[index].add(gained)
            rise[index] = CompensatedSum()
            if !isSecond { room[index] -= max(0, gained) }
        }
    }

    /// After a union of two mixtures the rest of the cluster may say what it might have said of either.
    private mutating func narrow(to other: FundedMixture) {
        guard burst != nil, !isSecond else { return }
        clusterEnd = max(clusterEnd, other.clusterEnd)
        for (index, its) in zip(room.indices, other.room) { room[index] = min(room[index], its) }
    }

    /// Multiplies the capital of each alternative by its e-value of one block.
    @inline(__always)
    mutating func multiply(_ counts: Counts, by test: BlockConditional) {
        let said = burst == nil ? test.add(counts, to: &wealth) : test.add(counts, to: &rise)
        if said { isSettled = false }
    }

    /// Multiplies the capital of one alternative.
    @inline(__always)
    mutating func multiply(_ index: Int, logE: Double) {
        if burst == nil { wealth[index].add(logE) } else { rise[index].add(logE) }
        isSettled = false
    }

    /// Throws away what exceeds the most that is kept; the rest is a supermartingale still.
    mutating func forgetSurplus() {
        guard logMost < .infinity else { return }
        for index in wealth.indices where wealth[index].value > logMost + logWeights[index] {
            wealth[index] = CompensatedSum(logMost + logWeights[index])
            isSettled = false
        }
    }

    /// Makes `1 − kept` of the evidence new: as if that part of the capital had come in just now, with nothing won or lost.
    ///
    /// `E := kept·E + 1 − kept`. Valid where the new part is paid for by capital that lay idle elsewhere.
    mutating func renew(keeping kept: Double) {
        guard kept > 0, kept < 1 else { return }
        foldIn()
        let paid = 1 - (logReserve > -.infinity ? Double.exp(logReserve) : 0)
        let old: Double = .log(kept)
        let new: Double = .log((1 - kept) * paid)
        for index in wealth.indices {
            wealth[index] = CompensatedSum(max(-1e300, logAddExp(old + wealth[index].value, new + logWeights[index])))
        }
        isSettled = false
    }

    /// The weighted average of two mixtures of the same alternatives and the same age.
    mutating func mix(in other: FundedMixture, part: Double) {
        var other = other
        foldIn()
        other.foldIn()
        payIn(through: minutesDue)
        other.payIn(through: minutesDue)
        narrow(to: other)
        let own: Double = .log(1 - part)
        let its: Double = .log(part)
        for (index, sum) in zip(wealth.indices, other.wealth) {
            wealth[index] = CompensatedSum(max(-1e300, logAddExp(own + wealth[index].value, its + sum.value)))
        }
        isSettled = false
    }

    /// The logarithm of all capital and the reserve, kept until something changes.
    mutating func settle() -> Double {
        if !isSettled {
            settled = total()
            isSettled = true
        }
        return settled
    }

    /// `log E`: all capital and the reserve.
    var logEvidence: Double { isSettled ? settled : total() }

    @inline(__always)
    private func logCapital(_ index: Int) -> Double {
        burst == nil ? wealth[index].value : wealth[index].value + min(rise[index].value, room[index])
    }

    private func total() -> Double {
        var high = logReserve
        for index in wealth.indices { high = max(high, logCapital(index)) }
        guard high > -.infinity else { return -1e300 }
        var total = logReserve > -.infinity ? .exp(logReserve - high) : 0.0
        for index in wealth.indices {
            let gap = logCapital(index) - high
            if gap > -45 { total += .exp(gap) }
        }
        return high + .log(total)
    }
}
