// SPDX-License-Identifier: Apache-2.0
import RealModule

/// The block-conditional 2×2 e-value: how well "the canary's odds are `psi`" explains a block, against "at most `tolerance`".
///
/// Given the requests of both arms and the `m` events among them, the canary's events are hypergeometric whenever both arms fail
/// with the same probability within the block, whatever that probability is. With
/// `Z(x) = Σ_j C(n_c,j) C(n_b,m−j) x^j`, the sum over every possible `j`,
///
///     exact:  e = (psi/r)^k_c · Z(r)/Z(psi)              E[e] ≤ 1 for every odds ratio ≤ r (monotone likelihood ratio)
///     fast:   e = psi^k_c / (1 − s + s·psi)^m, r = 1     s = n_c/(n_c+n_b); E[e] ≤ 1 by Hoeffding 1963
///
/// (Turner & Grünwald 2023; ter Schure et al.'s AV-logrank with ties.) With `psi < r` the same quotient tests "the odds are at least
/// `r`", which is the non-inferiority certificate. Log values at `psi = 5` for (k_c, k_b, n_c, n_b), exact | `r = 2` | fast:
/// (1,0,1,27): 1.4759065198 | .8178506591 | 1.4759065198; (2,1,3,40): 2.5247972250 | 1.3368209034 | 2.4804766163.
public struct BlockConditional: Sendable, Hashable {
    /// Which of the two forms is computed.
    public enum Path: String, Sendable, Hashable, Codable {
        /// The quotient of the two sums.
        case exact
        /// The binomial bound; needs `tolerance` 1.
        case fast
    }

    /// The most alternatives one value holds.
    public static let most = 15

    /// The tolerated odds ratio, above zero.
    public let tolerance: Double
    /// The alternatives' odds ratios (already multiplied by the tolerance).
    public let psi: [Double]
    public let path: Path
    /// `1/psi` of each alternative; the last lane holds `1/tolerance`.
    private let inverse: SIMD16<Double>
    private let logQuotient: [Double]
    private let logPsi: [Double]
    private let logTolerance: Double

    /// Prepares the alternatives.
    ///
    /// - Parameters:
    ///   - psi: odds ratios of the alternatives, within 1e-6 … 1e9 (others are brought in); the first ``most`` count.
    ///   - tolerance: the tolerated odds ratio, within 1e-6 … 1e6 (others are brought in).
    ///   - path: `.fast` is taken only where the tolerance is 1.
    public init(psi: [Double], tolerance: Double, path: Path = .exact) {
        let tolerance = Self.bounded(tolerance, 1e6)
        let psi = psi.prefix(Self.most).map { Self.bounded($0, 1e9) }
        self.tolerance = tolerance
        self.psi = psi
        self.path = tolerance == 1 ? path : .exact
        var inverse = SIMD16<Double>(repeating: 1)
        for (index, value) in psi.enumerated() { inverse[index] = 1 / value }
        inverse[Self.most] = 1 / tolerance
        self.inverse = inverse
        logQuotient = psi.map { .log($0 / tolerance) }
        logPsi = psi.map { .log($0) }
        logTolerance = .log(tolerance)
    }

    private static func bounded(_ value: Double, _ high: Double) -> Double {
        value.isNaN ? 1 : min(max(value, 1e-6), high)
    }

    /// Adds the logarithm of each alternative's e-value to `sums`; leaves them alone where the block says nothing.
    ///
    /// Nothing is said when every request had the event, none had, or an arm is empty. Costs O(min(n_c, m)) for
    /// small blocks and O(√(variance)) for large ones, for each alternative.
    ///
    /// - Returns: whether the block said anything.
    @inline(__always)
    func add(_ counts: Counts, to sums: inout [CompensatedSum]) -> Bool {
        each(counts) { index, log in sums[index].add(log) }
    }

    /// The logarithm of each alternative's e-value.
    public func logEvidence(_ counts: Counts) -> [Double] {
        var result = [Double](repeating: 0, count: psi.count)
        _ = each(counts) { index, log in result[index] = log }
        return result
    }

    @inline(__always)
    private func each(_ counts: Counts, _ body: (Int, Double) -> Void) -> Bool {
        let support = Support(counts)
        guard support.low < support.high else { return false }
        if path == .fast {
            fast(counts, body)
        } else if !(support.isShort && small(support, body)) {
            large(support, body)
        }
        return true
    }

    private func fast(_ counts: Counts, _ body: (Int, Double) -> Void) {
        let share = Double(counts.canary) / Double(counts.canary + counts.baseline)
        let events = Double(counts.canaryEvents + counts.baselineEvents)
        let own = Double(counts.canaryEvents)
        for index in psi.indices {
            body(index, own * logPsi[index] - events * .log(onePlus: share * (psi[index] - 1)))
        }
    }

    /// Both sums as polynomials in `1/psi`, normalised at the highest possible count; all alternatives at once.
    ///
    /// - Returns: `false`, before any call of `body`, when a sum leaves the safe range.
    private func small(_ support: Support, _ body: (Int, Double) -> Void) -> Bool {
        var powers = SIMD16<Double>(repeating: 1)
        var sums = SIMD16<Double>(repeating: 1)
        var term = 1.0
        var j = support.high
        while j > support.low {
            term *= support.downFactor(j)
            powers *= inverse
            sums += powers * term
            j -= 1
        }
        guard term < 1e150, sums.max() < 1e250 else { return false }
        let lead = support.own - support.high
        let reference = sums[Self.most]
        for index in psi.indices {
            body(index, lead * logQuotient[index] + .log(reference / sums[index]))
        }
        return true
    }

    private func large(_ support: Support, _ body: (Int, Double) -> Void) {
        let reference = support.logSum(tolerance, log: logTolerance)
        for index in psi.indices {
            body(index, support.logSum(psi[index], log: logPsi[index], minus: reference))
        }
    }
}
