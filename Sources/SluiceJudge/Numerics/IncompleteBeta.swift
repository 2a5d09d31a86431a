// SPDX-License-Identifier: Apache-2.0
import RealModule

/// The continued fraction of the incomplete beta function by Lentz's method.
///
/// Converges fast for `x < (a+1)/(a+b+2)`, in about √max(a, b) steps.
private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    var c = 1.0
    var d = 1 - (a + b) * x / (a + 1)
    if abs(d) < tiny { d = tiny }
    d = 1 / d
    var value = d
    for step in 1...500_000 {
        let m = Double(step)
        let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 + even * d
        if abs(d) < tiny { d = tiny }
        c = 1 + even / c
        if abs(c) < tiny { c = tiny }
        d = 1 / d
        value *= d * c
        let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 + odd * d
        if abs(d) < tiny { d = tiny }
        c = 1 + odd / c
        if abs(c) < tiny { c = tiny }
        d = 1 / d
        let change = d * c
        value *= change
        if abs(change - 1) < 1e-16 { break }
    }
    return value
}

/// The exact binomial test of a share.
public enum ExactShare {
    /// How likely at least so many events are among so many trials, at an event probability of `rate`.
    ///
    /// `P(X ≥ k) = I_rate(k, n − k + 1)` for `X ~ Binomial(n, rate)`. Samples: 3 of 56 at 5 %: .5354; 12 of 100 at 5 %: .0043.
    ///
    /// - Parameters:
    ///   - events: brought into 0 … trials.
    ///   - trials: brought above 0.
    ///   - rate: brought into 0 … 1.
    public static func probability(ofAtLeast events: Int64, among trials: Int64, rate: Double) -> Double {
        let n = Double(max(0, trials))
        let k = min(max(0, Double(events)), n)
        guard k > 0 else { return 1 }
        guard rate > 0 else { return 0 }
        guard rate < 1 else { return 1 }
        return .exp(BetaTail.logUpper(1 - rate, n - k + 1, k))
    }
}

/// A tail of the beta distribution, kept apart from the beta function so that nothing cancels.
enum BetaTail {
    /// `ln [B(a, b) (1 − I_p(a, b))] − a ln p − b ln(1−p)`: the unnormalised upper tail beside its weight at `p`.
    ///
    /// The upper tail of Beta(a, b) above `p` is what a mixture over probabilities above `p` integrates.
    static func logUpperOverPower(_ p: Double, _ a: Double, _ b: Double) -> Double {
        if p >= (a + 1) / (a + b + 2) {
            return -.log(b) + .log(betaFraction(1 - p, b, a))
        }
        let whole = logBetaOverPower(a, b, p)
        let lower = -.log(a) + .log(betaFraction(p, a, b))
        return logSubtractExp(whole, min(lower, whole))
    }

    /// `ln(1 − I_p(a, b))`: the logarithm of the probability above `p`.
    static func logUpper(_ p: Double, _ a: Double, _ b: Double) -> Double {
        min(0, logUpperOverPower(p, a, b) - logBetaOverPower(a, b, p))
    }
}
