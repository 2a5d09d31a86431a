// SPDX-License-Identifier: Apache-2.0
import RealModule

/// How few canary requests could possibly tell: no test at level alpha needs fewer on average.
public enum LowerBound {
    /// Canary requests when the baseline's rate is known: `ln(1/alpha) / KL(p_c‖p_b)` (Wald).
    ///
    /// Samples at alpha .01: 1 → 5 %: 112; 1 → 2 %: 1 177.
    ///
    /// - Returns: infinity when the rates are equal.
    public static func known(baseline: Double, canary: Double, alpha: Double) -> Double {
        -Double.log(alpha) / bernoulliDivergence(canary, baseline)
    }

    /// Canary requests when the baseline's rate must be learnt from its own traffic.
    ///
    ///     ρ ln(1/alpha) / (ρ KL(p_c‖p*) + (1−ρ) KL(p_b‖p*)),   p* = ρ p_c + (1−ρ) p_b
    ///
    /// Samples at alpha .01 and ρ = 5 %: 1 → 5 %: 123; 1 → 2 %: 1 256; 1 → 50 %: 3.7.
    ///
    /// - Returns: infinity when the rates are equal.
    public static func twoSample(baseline: Double, canary: Double, share: Double, alpha: Double) -> Double {
        let mean = share * canary + (1 - share) * baseline
        let gain = share * bernoulliDivergence(canary, mean) + (1 - share) * bernoulliDivergence(baseline, mean)
        return -share * Double.log(alpha) / gain
    }

    /// Canary requests to exclude odds of `worst` when the truth is equal rates.
    public static func certificate(rate: Double, worst: Double, share: Double, alpha: Double) -> Double {
        let (baseline, canary) = nearestWorse(rate: rate, worst: worst, share: share)
        let gain = share * bernoulliDivergence(rate, canary) + (1 - share) * bernoulliDivergence(rate, baseline)
        return -share * Double.log(alpha) / gain
    }

    /// The pair of rates with odds ratio `worst` that looks most like equal rates.
    private static func nearestWorse(rate: Double, worst: Double, share: Double) -> (Double, Double) {
        var low = rate / worst
        var high = rate
        // The pooled rate stays the observed one at the optimum; bisect on the baseline's rate.
        for _ in 0..<100 {
            let baseline = 0.5 * (low + high)
            let canary = raised(baseline, by: worst)
            if share * canary + (1 - share) * baseline > rate { high = baseline } else { low = baseline }
        }
        return (low, raised(low, by: worst))
    }

    /// The rate whose odds are `factor` times those of `rate`.
    static func raised(_ rate: Double, by factor: Double) -> Double {
        let odds = factor * rate / (1 - rate)
        return odds.isFinite ? odds / (1 + odds) : 1
    }
}
