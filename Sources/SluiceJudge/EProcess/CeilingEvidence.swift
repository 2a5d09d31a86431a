// SPDX-License-Identifier: Apache-2.0
import RealModule

/// One-sample evidence that events are more frequent than an absolute ceiling, funded over time so that late faults are found.
///
/// Alternatives are the ceiling × {1.2, 1.5, 2, 3, 5, 10} and .95, those above .95 left out, equally weighted.
public struct CeilingEvidence: Sendable {
    private let gains: [(event: Double, other: Double)]
    private var mixture: FundedMixture

    /// Starts at `E = 1`.
    ///
    /// - Parameters:
    ///   - limit: the allowed probability, brought into 1e-9 … 0.94.
    ///   - funding: how the capital is paid in.
    ///   - burst: how much a cluster of seconds may say; anything without.
    ///   - formulation: the rules of that limit.
    public init(
        limit: Double,
        funding: Funding,
        burst: BurstLimit? = nil,
        formulation: Int = JudgeConfiguration.newest
    ) {
        let p = limit.isNaN ? 0.94 : min(max(limit, 1e-9), 0.94)
        let alternatives = [1.2, 1.5, 2, 3, 5, 10].map { $0 * p }.filter { $0 < 0.95 } + [0.95]
        gains = alternatives.map { (.log($0 / p), .log((1 - $0) / (1 - p))) }
        let weight = 1 / Double(gains.count)
        mixture = FundedMixture(
            weights: gains.map { _ in weight },
            funding: funding,
            burst: burst,
            formulation: formulation
        )
    }

    /// Pays in what is due after `minutes` whole minutes since the start.
    public mutating func pay(through minutes: Int) { mixture.pay(through: minutes) }

    /// Takes `events` among `trials` of the canary; the baseline plays no part.
    ///
    /// - Parameters:
    ///   - events: requests with the event.
    ///   - trials: all requests.
    ///   - span: the seconds of the block; needed only with a ``BurstLimit``.
    public mutating func absorb(events: Int64, trials: Int64, in span: Range<Int64> = 0..<1) {
        mixture.open(span)
        guard trials > 0 else { return }
        let k = Double(min(max(0, events), trials))
        let rest = Double(trials) - k
        for index in gains.indices {
            mixture.multiply(index, logE: k * gains[index].event + rest * gains[index].other)
        }
    }

    /// Takes `events` of trials that were taken before as having none: until then the evidence was too low, never too high.
    mutating func turn(events: Int64, in span: Range<Int64> = 0..<1) {
        mixture.open(span)
        guard events > 0 else { return }
        for index in gains.indices {
            mixture.multiply(index, logE: Double(events) * (gains[index].event - gains[index].other))
        }
    }

    /// `log E`; the ceiling is broken once it reaches `log(1/alpha)`.
    public var logEvidence: Double { mixture.logEvidence }

    /// `log E`, kept until something changes.
    mutating func settle() -> Double { mixture.settle() }
}
