// SPDX-License-Identifier: Apache-2.0
import RealModule

/// The possible event counts of the canary in a block, and sums over them.
struct Support {
    let own: Double
    let low: Double
    let high: Double
    private let canary: Double
    private let events: Double
    private let spare: Double
    private let total: Double

    init(_ counts: Counts) {
        let all = counts.canaryEvents + counts.baselineEvents
        own = Double(counts.canaryEvents)
        low = Double(max(0, all - counts.baseline))
        high = Double(min(counts.canary, all))
        canary = Double(counts.canary)
        events = Double(all)
        spare = Double(counts.baseline - all)
        total = Double(counts.canary + counts.baseline)
    }

    /// Whether the plain polynomial is worth a try.
    var isShort: Bool { high - low <= 128 }

    /// Weight of `j − 1` over the weight of `j`.
    @inline(__always)
    func downFactor(_ j: Double) -> Double { j * (spare + j) / ((canary - j + 1) * (events - j + 1)) }

    /// The logarithm of a sum, told relative to a count near the mode so that large powers never meet.
    struct LogSum {
        var mode: Double
        var logPsi: Double
        var logWeight: Double
        var logTail: Double
    }

    /// `Σ_j C(n_c,j) C(n_b,m−j) psi^j` by recurrence outward from the mode, until terms fall below 1e-17.
    func logSum(_ psi: Double, log logPsi: Double) -> LogSum {
        let mode = mode(psi)
        var sum = 1.0
        var term = 1.0
        var j = mode
        while j < high {
            term *= psi / downFactor(j + 1)
            if term < 1e-17 { break }
            sum += term
            j += 1
        }
        term = 1
        j = mode
        while j > low {
            term *= downFactor(j) / psi
            if term < 1e-17 { break }
            sum += term
            j -= 1
        }
        return LogSum(mode: mode, logPsi: logPsi, logWeight: logWeight(mode), logTail: .log(sum))
    }

    /// `log e` of the observed count: `(psi/r)^k_c Z(r)/Z(psi)`.
    func logSum(_ psi: Double, log logPsi: Double, minus reference: LogSum) -> Double {
        let sum = logSum(psi, log: logPsi)
        let powers = (own - sum.mode) * logPsi - (own - reference.mode) * reference.logPsi
        return powers + (reference.logWeight - sum.logWeight) + (reference.logTail - sum.logTail)
    }

    /// The logarithm of `C(n_c,j) C(n_b,m−j)`, but for a term that is the same for every `j`.
    private func logWeight(_ j: Double) -> Double {
        let p = events / total
        return logBinomialDensity(j, of: canary, p) + logBinomialDensity(events - j, of: total - canary, p)
    }

    /// The largest term: the root of `(n_c−j+1)(m−j+1) psi = j (n_b−m+j)`, rounded down.
    private func mode(_ psi: Double) -> Double {
        let a = psi - 1
        let b = (canary + events + 2) * psi + spare
        let c = (canary + 1) * (events + 1) * psi
        let root = max(0, b * b - 4 * a * c).squareRoot()
        let peak = b >= 0 || a == 0 ? 2 * c / (b + root) : (b - root) / (2 * a)
        guard peak.isFinite else { return low }
        return min(max(peak.rounded(.down), low), high)
    }
}
