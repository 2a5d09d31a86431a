// SPDX-License-Identifier: Apache-2.0
import SluiceJudge

/// A table the way the formulas are written: events first.
func table(_ kc: Int64, _ kb: Int64, of nc: Int64, _ nb: Int64) -> Counts { Counts(clamping: nc, kc, nb, kb) }

/// A small seeded source of chance for property loops.
func chance(_ seed: UInt64) -> Xoshiro256 { Xoshiro256(seed: seed) }

/// Binomial coefficients as they are, by Pascal's rule.
func binomials(_ n: Int) -> [Double] {
    var row = [1.0]
    for _ in 0..<n {
        row = zip([0] + row, row + [0]).map { $0 + $1 }
    }
    return row
}
