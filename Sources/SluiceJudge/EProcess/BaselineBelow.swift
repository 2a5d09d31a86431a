// SPDX-License-Identifier: Apache-2.0
import RealModule

/// One-sample evidence that the baseline is **below** an absolute ceiling now.
///
/// The third part of a ceiling's leg: a canary above a ceiling is at fault only where the baseline is shown to be below it. The null is
/// "the baseline's probability is at least the ceiling p0"; alternatives are p0 × {.1 .25 .5 .8}, equally weighted, funded over time.
/// What is kept is cut at a fixed height, so that a long good past is soon used up once the baseline is above the ceiling too
/// (a capital that is cut stays a supermartingale): at 26 requests/s and p0 = 5 % that takes a second at 30 % errors.
///
/// A request counts against the baseline when it has failed, and for it when it has ended well and so have all that began
/// before it. So what is open counts for nobody, and the evidence never stands above that of the requests told in full.
struct BaselineBelow: Sendable {
    private let gains: [(event: Double, other: Double)]
    private var mixture: FundedMixture

    /// Starts at `E = 1`.
    ///
    /// - Parameters:
    ///   - limit: the ceiling, brought into 1e-9 … 0.94.
    ///   - funding: how the capital is paid in.
    ///   - logMost: the logarithm of the evidence that is kept at most.
    init(limit: Double, funding: Funding, logMost: Double) {
        let p = limit.isNaN ? 0.94 : min(max(limit, 1e-9), 0.94)
        gains = [0.1, 0.25, 0.5, 0.8].map { (.log($0), .log((1 - $0 * p) / (1 - p))) }
        mixture = FundedMixture(weights: gains.map { _ in 0.25 }, funding: funding, logMost: logMost)
    }

    mutating func pay(through minutes: Int) { mixture.pay(through: minutes) }

    /// Takes `events` among `trials` of the baseline.
    mutating func absorb(events: Int64, trials: Int64) {
        guard trials > 0 else { return }
        let k = Double(min(max(0, events), trials))
        let rest = Double(trials) - k
        for index in gains.indices { mixture.multiply(index, logE: k * gains[index].event + rest * gains[index].other) }
        mixture.forgetSurplus()
    }

    /// Takes `events` of trials that were taken before as having none.
    mutating func turn(events: Int64) {
        guard events > 0 else { return }
        for index in gains.indices {
            mixture.multiply(index, logE: Double(events) * (gains[index].event - gains[index].other))
        }
        mixture.forgetSurplus()
    }

    var logEvidence: Double { mixture.logEvidence }

    mutating func settle() -> Double { mixture.settle() }
}
