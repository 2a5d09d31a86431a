// SPDX-License-Identifier: Apache-2.0
import RealModule

/// Evidence that the canary is **not** worse: against "the odds of an event are at least `worst` times the baseline's".
///
/// The same block-conditional e-value with alternatives below the tested odds ratio, equally weighted. About 1 050 canary requests
/// at 1 % errors certify "odds below 2" at 95 %.
public struct Certificate: Sendable {
    /// The odds ratio to be excluded.
    public let worst: Double
    private let test: BlockConditional
    private var mixture: FundedMixture

    /// Starts at `E = 1`.
    ///
    /// - Parameters:
    ///   - worst: the odds ratio to be excluded; at least 1.3, above every alternative.
    ///   - psi: the odds ratios hoped for.
    public init(worst: Double = 2, psi: [Double] = [0.5, 0.8, 1, 1.2]) {
        let worst = worst.isNaN ? 2 : min(max(worst, 1.3), 1e6)
        self.worst = worst
        let better = psi.filter { $0 < worst }
        test = BlockConditional(psi: better, tolerance: worst)
        mixture = FundedMixture(weights: better.map { _ in 1 / Double(better.count) }, funding: .plain)
    }

    /// Takes one block.
    public mutating func absorb(_ counts: Counts) { mixture.multiply(counts, by: test) }

    /// `log E`; the certificate is given at level alpha once it reaches `log(1/alpha)`.
    public var logEvidence: Double { mixture.logEvidence }

    /// `log E`, kept until something changes.
    mutating func settle() -> Double { mixture.settle() }
}
