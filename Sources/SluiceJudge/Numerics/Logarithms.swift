// SPDX-License-Identifier: Apache-2.0
import RealModule

/// `log(exp(a) + exp(b))` without overflow; minus infinity stands for zero.
func logAddExp(_ a: Double, _ b: Double) -> Double {
    let high = max(a, b)
    let low = min(a, b)
    if high == -.infinity { return high }
    return high + .log(onePlus: .exp(low - high))
}

/// `log(exp(a) − exp(b))` for `a ≥ b`; minus infinity when they are equal.
func logSubtractExp(_ a: Double, _ b: Double) -> Double {
    if b == -.infinity { return a }
    let gap = b - a
    if gap >= 0 { return -.infinity }
    return a + (gap > -0.6931471805599453 ? .log(-.expMinusOne(gap)) : .log(onePlus: -.exp(gap)))
}

/// `log(Σ exp(x))` of a list; minus infinity for an empty one.
func logSumExp(_ values: some Collection<Double>) -> Double {
    var high = -Double.infinity
    for value in values where value > high { high = value }
    if high == -.infinity { return high }
    var sum = 0.0
    for value in values where value > high - 60 { sum += .exp(value - high) }
    return high + .log(sum)
}

/// Kullback–Leibler divergence of Bernoulli(`p`) from Bernoulli(`q`), in nats.
///
/// Zero times the logarithm of zero counts as zero; infinite when `q` excludes what `p` allows.
func bernoulliDivergence(_ p: Double, _ q: Double) -> Double {
    var sum = 0.0
    if p > 0 { sum += p * .log(p / q) }
    if p < 1 { sum += (1 - p) * (.log(onePlus: -p) - .log(onePlus: -q)) }
    return max(0, sum)
}
