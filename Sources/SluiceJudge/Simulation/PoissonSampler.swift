// SPDX-License-Identifier: Apache-2.0
import RealModule

/// Draws Poisson counts of a fixed mean from a table of cumulative probabilities.
struct PoissonSampler: Sendable {
    private var cumulative: [Double]
    private var guide: [Int32]
    private let first: Int

    /// Prepares the table.
    ///
    /// - Parameter mean: at least 0; above 10^7 it is brought down.
    init(mean: Double) {
        let mean = min(max(0, mean), 1e7)
        let spread = 12 * mean.squareRoot() + 30
        first = Int(max(0, mean - spread))
        let last = Int(mean + spread)
        cumulative = []
        cumulative.reserveCapacity(last - first + 1)
        var sum = 0.0
        for count in first...last {
            let k = Double(count)
            let log = mean > 0 ? k * .log(mean) - mean - .logGamma(k + 1) : (count == 0 ? 0 : -.infinity)
            sum += .exp(log)
            cumulative.append(sum)
        }
        guide = []
        var index = 0
        for step in 0..<256 {
            while index < cumulative.count - 1, cumulative[index] <= Double(step) / 256 { index += 1 }
            guide.append(Int32(index))
        }
    }

    @inline(__always)
    func draw(_ chance: inout Xoshiro256) -> Int64 {
        let u = chance.uniform()
        var index = Int(guide[Int(u * 256)])
        while index < cumulative.count - 1, cumulative[index] <= u { index += 1 }
        return Int64(first + index)
    }
}
