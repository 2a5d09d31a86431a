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

    /// Canary requests when the baseline's rate must be learnt from its own traffic, and odds of `tolerance` are let pass.
    ///
    ///     ρ ln(1/alpha) / (ρ KL(p_c‖q_c) + (1−ρ) KL(p_b‖q_b))
    ///
    /// `q_c` and `q_b` are the tolerated pair of rates that looks most like the true one: with odds `tolerance` apart, and
    /// `ρ q_c + (1−ρ) q_b = ρ p_c + (1−ρ) p_b`. At a tolerance of 1 both are that mean. Samples at alpha .01 and ρ = 5 %: 1 → 5 %: 123,
    /// 1 → 2 %: 1 256, 1 → 50 %: 3.7; tolerance 1.5: 199, 6 318, 4.4.
    ///
    /// - Returns: infinity when the canary's rate is within the tolerance.
    public static func twoSample(
        baseline: Double,
        canary: Double,
        share: Double,
        alpha: Double,
        tolerance: Double = 1
    ) -> Double {
        guard canary > raised(baseline, by: tolerance) else { return .infinity }
        let (other, own) = nearest(odds: tolerance, mean: share * canary + (1 - share) * baseline, share: share)
        let gain = share * bernoulliDivergence(canary, own) + (1 - share) * bernoulliDivergence(baseline, other)
        return -share * Double.log(alpha) / gain
    }

    /// Canary requests to exclude odds of `worst` when the truth is equal rates.
    public static func certificate(rate: Double, worst: Double, share: Double, alpha: Double) -> Double {
        let (baseline, canary) = nearest(odds: worst, mean: rate, share: share)
        let gain = share * bernoulliDivergence(rate, canary) + (1 - share) * bernoulliDivergence(rate, baseline)
        return -share * Double.log(alpha) / gain
    }

    /// The pair of rates (baseline, canary) of an odds ratio that looks most like rates of the same mean.
    private static func nearest(odds: Double, mean: Double, share: Double) -> (Double, Double) {
        var low = 0.0
        var high = 1.0
        // The mean stays the observed one at the optimum; bisect on the baseline's rate.
        for _ in 0..<200 {
            let baseline = 0.5 * (low + high)
            if share * raised(baseline, by: odds) + (1 - share) * baseline > mean {
                high = baseline
            } else {
                low = baseline
            }
        }
        return (low, raised(low, by: odds))
    }

    /// The rate whose odds are `factor` times those of `rate`.
    static func raised(_ rate: Double, by factor: Double) -> Double {
        let odds = factor * rate / (1 - rate)
        return odds.isFinite ? odds / (1 + odds) : 1
    }
}
