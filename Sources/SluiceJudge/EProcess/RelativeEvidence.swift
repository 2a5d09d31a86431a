// SPDX-License-Identifier: Apache-2.0

/// Evidence that the canary has the event more often than the baseline, beyond the tolerance, over the ten alternatives.
public struct RelativeEvidence: Sendable {
    private let test: BlockConditional
    private var mixture: FundedMixture

    /// Starts at `E = 1`.
    ///
    /// - Parameters:
    ///   - tolerance: the tolerated odds ratio; 1 tolerates nothing.
    ///   - funding: how the capital is paid in.
    ///   - grid: the alternatives, in multiples of the tolerance.
    ///   - path: exact, or the binomial bound where the tolerance is 1.
    ///   - burst: how much a cluster of seconds may say; anything without.
    ///   - formulation: the rules of that limit.
    public init(
        tolerance: Double = 1,
        funding: Funding,
        grid: OddsGrid = .worse,
        path: BlockConditional.Path = .exact,
        burst: BurstLimit? = nil,
        formulation: Int = JudgeConfiguration.newest
    ) {
        test = BlockConditional(psi: grid.odds.map { $0 * tolerance }, tolerance: tolerance, path: path)
        mixture = FundedMixture(
            weights: grid.weights,
            funding: funding,
            burst: burst,
            formulation: formulation
        )
    }

    /// Pays in what is due after `minutes` whole minutes since the start.
    public mutating func pay(through minutes: Int) { mixture.pay(through: minutes) }

    /// Takes one block.
    ///
    /// Costs about a tenth of a microsecond when an event is in it, nothing otherwise.
    ///
    /// - Parameters:
    ///   - counts: its table.
    ///   - span: its seconds; they tell the cluster, and are needed only with a ``BurstLimit``.
    public mutating func absorb(_ counts: Counts, in span: Range<Int64> = 0..<1) {
        mixture.open(span)
        mixture.multiply(counts, by: test)
    }

    /// Makes `1 − kept` of the evidence new, paid for by capital that lay idle elsewhere.
    mutating func renew(keeping kept: Double) { mixture.renew(keeping: kept) }

    /// Becomes the weighted average of itself and another evidence of the same form.
    mutating func mix(in other: RelativeEvidence, part: Double) { mixture.mix(in: other.mixture, part: part) }

    /// `log E`; the null is rejected at level alpha once it reaches `log(1/alpha)`.
    public var logEvidence: Double { mixture.logEvidence }

    /// `log E`, kept until something changes.
    mutating func settle() -> Double { mixture.settle() }
}
