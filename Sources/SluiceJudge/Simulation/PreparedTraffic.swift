// SPDX-License-Identifier: Apache-2.0

/// A scenario's traffic with its tables ready, so that thousands of runs share them.
enum PreparedTraffic {
    struct Errors {
        var seconds: Int
        /// Events of both arms in a second.
        var events: PoissonSampler
        /// Probability that an event is the canary's.
        var canaryPart: Double
        /// Successes of the canary in a second.
        var canarySuccesses: PoissonSampler
        /// Successes of the baseline in a whole block, and in the shorter one at the phase's end.
        private var whole: (seconds: Int, sampler: PoissonSampler)
        private var rest: (seconds: Int, sampler: PoissonSampler)

        init(_ phase: Scenario.ErrorPhase, _ scenario: Scenario, blockSeconds: Int) {
            seconds = phase.seconds
            let canary = scenario.requestsPerSecond * scenario.share * phase.traffic
            let baseline = scenario.requestsPerSecond * (1 - scenario.share) * phase.traffic
            let failing = canary * phase.canary + baseline * phase.baseline
            events = PoissonSampler(mean: failing)
            canaryPart = failing > 0 ? canary * phase.canary / failing : 0
            canarySuccesses = PoissonSampler(mean: canary * (1 - phase.canary))
            let successes = baseline * (1 - phase.baseline)
            whole = (blockSeconds, PoissonSampler(mean: successes * Double(blockSeconds)))
            let left = phase.seconds % blockSeconds
            rest = (left, PoissonSampler(mean: successes * Double(left)))
        }

        func baselineSuccesses(_ seconds: Int) -> PoissonSampler {
            seconds == whole.seconds ? whole.sampler : rest.sampler
        }
    }

    struct Values {
        var seconds: Int
        var canary: ValueModel
        var baseline: ValueModel
        var canaryRequests: PoissonSampler
        var baselineRequests: PoissonSampler
    }

    /// A series and its limits.
    struct Limit {
        var series: SeriesID
        var canary: Double
        var baseline: Double
    }

    struct Sticky {
        var units: Int
        var requests: PoissonSampler
        private var model: Scenario.Tenants
        private var chronic: Int

        init(_ model: Scenario.Tenants, requestsPerSecond: Double) {
            self.model = model
            units = max(1, model.units)
            requests = PoissonSampler(mean: requestsPerSecond)
            chronic = Int((Double(units) * model.chronicShare).rounded())
        }

        /// The unit a request comes from.
        @inline(__always)
        func unit(_ u: Double) -> Int { min(units - 1, Int((model.isSkewed ? u * u : u) * Double(units))) }

        /// Chronic units are spread evenly over small and large ones.
        @inline(__always)
        func rate(_ unit: Int, _ arm: Arm) -> Double {
            if chronic > 0, unit % (units / chronic) == units / chronic / 2 { return model.chronicRate }
            return arm == .canary ? model.otherRate * model.canaryFactor : model.otherRate
        }
    }

    case errors([Errors])
    case values([Values], limits: [Limit])
    case sticky(Sticky)
    case observations(Scenario.Observations)

    /// Lengths of the phases, cut off at the horizon.
    private static func cut(_ seconds: [Int], _ horizon: Int) -> [Int] {
        var left = horizon
        return seconds.map { length in
            let kept = min(length, max(0, left))
            left -= kept
            return kept
        }
    }

    init(_ scenario: Scenario, blockSeconds: Int) {
        switch scenario.traffic {
        case .errors(let phases):
            let cut = Self.cut(phases.map(\.seconds), scenario.horizon)
            self = .errors(
                zip(phases, cut).filter { $1 > 0 }.map { phase, seconds in
                    var phase = phase
                    phase.seconds = seconds
                    return Errors(phase, scenario, blockSeconds: blockSeconds)
                }
            )
        case .values(let phases):
            let canary = PoissonSampler(mean: scenario.requestsPerSecond * scenario.share)
            let baseline = PoissonSampler(mean: scenario.requestsPerSecond * (1 - scenario.share))
            let tolerance = scenario.rule.tolerance ?? 1
            let model = phases.first?.baseline ?? .latency
            let limits = QuantileLevel.allCases.map { level in
                Limit(
                    series: .above(level, of: scenario.rule.metric),
                    canary: tolerance * model.quantile(level),
                    baseline: model.quantile(level)
                )
            }
            self = .values(
                zip(phases, Self.cut(phases.map(\.seconds), scenario.horizon)).map { phase, seconds in
                    Values(
                        seconds: seconds,
                        canary: phase.canary,
                        baseline: phase.baseline,
                        canaryRequests: canary,
                        baselineRequests: baseline
                    )
                },
                limits: limits
            )
        case .sticky(let tenants):
            self = .sticky(Sticky(tenants, requestsPerSecond: scenario.requestsPerSecond))
        case .observations(let kind): self = .observations(kind)
        }
    }
}
