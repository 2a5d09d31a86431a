// SPDX-License-Identifier: Apache-2.0

/// One-sample evidence that events are more frequent than `limit`: a beta mixture over the probabilities above it.
///
///     log E = ln B(a+k, b+n−k) + ln(1 − I_p0(a+k, b+n−k)) − ln B(a, b) − ln(1 − I_p0(a, b)) − k ln p0 − (n−k) ln(1−p0)
///
/// (the one-sided beta-binomial mixture of Howard & Ramdas). Sample: k = 22, n = 200, p0 = .05, Beta(1, 19): 4.6741437600.
public struct BetaMixture: Sendable, Hashable {
    /// The probability that is still allowed, strictly between 0 and 1.
    public let limit: Double
    /// Shape of the prior, towards events.
    public let a: Double
    /// Shape of the prior, away from events.
    public let b: Double
    private let prior: Double

    /// Prepares a limit and a prior.
    ///
    /// - Parameters:
    ///   - limit: brought into 1e-9 … 1 − 1e-9.
    ///   - a: prior shape towards events, brought above 1e-3.
    ///   - b: prior shape away from events; by default the prior's mean is the limit.
    public init(limit: Double, a: Double = 1, b: Double? = nil) {
        let p = limit.isNaN ? 0.5 : min(max(limit, 1e-9), 1 - 1e-9)
        self.limit = p
        self.a = min(max(a, 1e-3), 1e6)
        self.b = min(max(b ?? self.a * (1 - p) / p, 1e-3), 1e12)
        prior = BetaTail.logUpperOverPower(p, self.a, self.b)
    }

    /// `log E` after `events` among `trials`; the order does not matter.
    ///
    /// - Parameters:
    ///   - events: brought into 0 … trials.
    ///   - trials: brought above 0.
    public func logEvidence(events: Int64, trials: Int64) -> Double {
        let n = Double(max(0, trials))
        let k = min(max(0, Double(events)), n)
        return BetaTail.logUpperOverPower(limit, a + k, b + n - k) - prior
    }
}
