// SPDX-License-Identifier: Apache-2.0
import RealModule

/// An always-valid confidence interval for the canary's odds ratio: every ratio whose test has not been rejected.
///
/// For each ratio `r` of a grid (64 down to 1/64, steps of 2^¼) the block-conditional e-value is kept against "at most `r`" and
/// against "at least `r`", each at half of the level. Meant for reports: a block costs some ten microseconds.
public struct OddsInterval: Sendable {
    private struct Side: Sendable {
        var test: BlockConditional
        var wealth: [CompensatedSum]
        var isRejected = false

        init(ratio: Double, away: [Double]) {
            test = BlockConditional(psi: away.map { $0 * ratio }, tolerance: ratio)
            wealth = away.map { _ in CompensatedSum(-.log(Double(away.count))) }
        }

        mutating func absorb(_ counts: Counts, logThreshold: Double) {
            guard !isRejected, test.add(counts, to: &wealth) else { return }
            isRejected = logSumExp(wealth.map(\.value)) >= logThreshold
        }
    }

    /// 1 − level of the interval.
    public let alpha: Double
    private let ratios: [Double]
    private var atMost: [Side]
    private var atLeast: [Side]

    /// Starts with everything possible.
    ///
    /// - Parameter alpha: brought into 1e-9 … 0.5.
    public init(alpha: Double = 0.05) {
        self.alpha = alpha.isNaN ? 0.05 : min(max(alpha, 1e-9), 0.5)
        let ratios: [Double] = (-24...24).map { .exp2(Double($0) / 4) }
        self.ratios = ratios
        atMost = ratios.map { Side(ratio: $0, away: [1.25, 2, 5]) }
        atLeast = ratios.map { Side(ratio: $0, away: [0.8, 0.5, 0.2]) }
    }

    /// Takes one block.
    public mutating func absorb(_ counts: Counts) {
        let logThreshold = Double.log(2 / alpha)
        for index in ratios.indices {
            atMost[index].absorb(counts, logThreshold: logThreshold)
            atLeast[index].absorb(counts, logThreshold: logThreshold)
        }
    }

    /// The largest ratio that the odds ratio has been shown to exceed; none at first.
    public var lower: Double? { ratios.indices.last { atMost[$0].isRejected }.map { ratios[$0] } }

    /// The smallest ratio that the odds ratio has been shown to stay below; none at first.
    public var upper: Double? { ratios.indices.first { atLeast[$0].isRejected }.map { ratios[$0] } }
}
