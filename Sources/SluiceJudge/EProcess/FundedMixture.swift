// SPDX-License-Identifier: Apache-2.0
import RealModule

/// Capital spread over alternatives, with a reserve that is paid in as time goes by.
///
/// `E = Σ W_i + reserve` starts at one, and is a supermartingale under the null whatever the times at which it is looked at,
/// so `P(E ever reaches 1/alpha) ≤ alpha` (Ville). Each alternative's capital is multiplied by its e-value, block by block; a
/// payment of `d` adds `d·w_i` to alternative `i`.
struct FundedMixture: Sendable {
    private var wealth: [CompensatedSum]
    private let logWeights: [Double]
    private let funding: Funding
    private var minutes = 0
    private var logReserve: Double
    private var settled: Double = 0
    private var isSettled = true

    init(weights: [Double], funding: Funding) {
        self.funding = funding
        logWeights = weights.map { .log($0) }
        let start: Double = .log(funding.start)
        wealth = logWeights.map { CompensatedSum(max(-1e300, start + $0)) }
        logReserve = .log(1 - funding.start)
    }

    /// Pays in what is due after `minutes` whole minutes since the start; time never runs backwards.
    mutating func pay(through minutes: Int) {
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

    /// Multiplies the capital of each alternative by its e-value of one block.
    @inline(__always)
    mutating func multiply(_ counts: Counts, by test: BlockConditional) {
        if test.add(counts, to: &wealth) { isSettled = false }
    }

    /// Multiplies the capital of one alternative.
    @inline(__always)
    mutating func multiply(_ index: Int, logE: Double) {
        wealth[index].add(logE)
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

    private func total() -> Double {
        var high = logReserve
        for sum in wealth { high = max(high, sum.value) }
        guard high > -.infinity else { return -1e300 }
        var total = logReserve > -.infinity ? .exp(logReserve - high) : 0.0
        for sum in wealth {
            let gap = sum.value - high
            if gap > -45 { total += .exp(gap) }
        }
        return high + .log(total)
    }
}
