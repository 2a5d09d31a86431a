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
