// SPDX-License-Identifier: Apache-2.0
import RealModule

private let halfLogTwoPi = 0.9189385332046727417803297

/// What Stirling's formula leaves over: `ln Γ(x) − (x−½) ln x + x − ½ ln 2π`, for `x > 0`.
///
/// The same number is left over for `ln x!`. About `1/(12x)`; 0.08106146679532726 at 1.
func stirlingError(_ x: Double) -> Double {
    if x < 15 { return .logGamma(x) - (x - 0.5) * .log(x) + x - halfLogTwoPi }
    let square = 1 / (x * x)
    let tail = 1.0 / 1680 - square * (1.0 / 1188 - square * (691.0 / 360_360))
    return (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * tail))) / x
}

/// The deviance part `x ln(x/m) + m − x` of a Poisson term, without cancellation near `x = m`.
///
/// The form and its use below are Loader's ("Fast and Accurate Computation of Binomial Probabilities", 2000).
func devianceTerm(_ x: Double, _ mean: Double) -> Double {
    let difference = x - mean
    guard abs(difference) < 0.1 * (x + mean) else { return x * .log(x / mean) + mean - x }
    let v = difference / (x + mean)
    let square = v * v
    var sum = difference * v
    var power = 2 * x * v
    var divisor = 3.0
    while true {
        power *= square
        let next = sum + power / divisor
        if next == sum { return next }
        sum = next
        divisor += 2
    }
}

/// Natural logarithm of the binomial probability of `x` among `n`, accurate to about 1e-14 at any size.
///
/// - Parameters:
///   - x: successes, 0 … n.
///   - n: trials.
///   - p: probability, strictly between 0 and 1.
func logBinomialDensity(_ x: Double, of n: Double, _ p: Double) -> Double {
    if x <= 0 { return n * .log(onePlus: -p) }
    if x >= n { return n * .log(p) }
    let rest = n - x
    let stirling = stirlingError(n) - stirlingError(x) - stirlingError(rest)
    let deviance = devianceTerm(x, n * p) + devianceTerm(rest, n * (1 - p))
    return stirling - deviance - halfLogTwoPi - 0.5 * (.log(x) + .log(rest / n))
}

/// `ln B(a, b)` beside its binomial weight: `ln B(a, b) − a ln p − b ln(1−p)`, without cancellation for large `a + b`.
func logBetaOverPower(_ a: Double, _ b: Double, _ p: Double) -> Double {
    let total = a + b
    let stirling = stirlingError(a) + stirlingError(b) - stirlingError(total)
    let deviance = devianceTerm(a, total * p) + devianceTerm(b, total * (1 - p))
    return deviance + stirling + halfLogTwoPi + 0.5 * (.log(total / a) - .log(b))
}
