// SPDX-License-Identifier: Apache-2.0
import RealModule

/// A log-normal value (latency, cost) with an optional slow tail.
public struct ValueModel: Sendable, Hashable {
    /// Median of the body.
    public var median: Double
    /// Standard deviation of the logarithm.
    public var sigma: Double
    /// Share of the values that have `tailAdded` on top.
    public var tailShare = 0.0
    /// What a tail value has on top.
    public var tailAdded = 0.0

    /// Latencies with median 150 ms and p99 450 ms.
    public static let latency = ValueModel(median: 150, sigma: 0.47226)
    /// Costs with a heavy tail: median 1 million nano-dollars, sigma 1.
    public static let cost = ValueModel(median: 1e6, sigma: 1)

    /// The same, every value multiplied.
    public func scaled(_ factor: Double) -> ValueModel {
        ValueModel(median: median * factor, sigma: sigma, tailShare: tailShare, tailAdded: tailAdded * factor)
    }

    /// The same with a slow tail.
    public func withTail(_ share: Double, adding value: Double) -> ValueModel {
        ValueModel(median: median, sigma: sigma, tailShare: share, tailAdded: value)
    }

    /// The body's quantile at one of the six levels.
    public func quantile(_ level: QuantileLevel) -> Double {
        let z: Double =
            switch level {
            case .q50: 0
            case .q75: 0.6744897501960817
            case .q90: 1.2815515655446004
            case .q95: 1.6448536269514722
            case .q99: 2.3263478740408408
            case .q999: 3.090232306167813
            }
        return median * .exp(sigma * z)
    }

    func draw(_ chance: inout Xoshiro256) -> Double {
        var x = 0.0
        var square = 0.0
        repeat {
            x = 2 * chance.uniform() - 1
            let y = 2 * chance.uniform() - 1
            square = x * x + y * y
        } while square >= 1 || square == 0
        let normal = x * (-2 * Double.log(square) / square).squareRoot()
        let value = median * .exp(sigma * normal)
        return tailShare > 0 && chance.uniform() < tailShare ? value + tailAdded : value
    }
}
