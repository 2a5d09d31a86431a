// SPDX-License-Identifier: Apache-2.0

/// Evidence from mirrored answers: how often the canary's answer fails the comparison with the baseline's.
public struct Equivalence: Sendable, Hashable {
    private let excess: BetaMixture
    private let shortfall: BetaMixture
    private static let coin = BetaMixture(limit: 0.5, a: 1, b: 1)
    /// The failure rate that is still allowed.
    public let limit: Double

    /// Prepares both directions.
    ///
    /// - Parameters:
    ///   - limit: allowed failure rate `p0`.
    ///   - margin: a failure rate of `p0 + margin` or more is what the certificate excludes.
    public init(limit: Double = 0.02, margin: Double = 0.02) {
        excess = BetaMixture(limit: limit)
        self.limit = excess.limit
        let bad = min(excess.limit + max(1e-6, margin.isNaN ? 0.02 : margin), 1 - 1e-9)
        shortfall = BetaMixture(limit: 1 - bad, a: (1 - bad) / bad, b: 1)
    }

    /// `log E` against "at most `limit` of the pairs fail".
    public func logExcess(failures: Int64, pairs: Int64) -> Double {
        excess.logEvidence(events: failures, trials: pairs)
    }

    /// `log E` against "`limit + margin` of the pairs or more fail": the certificate.
    public func logCertificate(failures: Int64, pairs: Int64) -> Double {
        shortfall.logEvidence(events: pairs - failures, trials: pairs)
    }

    /// `log E` against "the canary differs from the baseline no more than the baseline from itself".
    ///
    /// From triples (baseline, baseline again, canary): of those where just one of the two comparisons fails, it is the
    /// canary's with probability one half when the canary behaves like the baseline.
    ///
    /// - Parameters:
    ///   - canaryOnly: triples where only the comparison with the canary failed.
    ///   - baselineOnly: triples where only the baseline's comparison with itself failed.
    public static func logCalibrated(canaryOnly: Int64, baselineOnly: Int64) -> Double {
        let first = max(0, canaryOnly)
        return coin.logEvidence(events: first, trials: first.addingClamped(max(0, baselineOnly)))
    }
}
