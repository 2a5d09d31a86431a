// SPDX-License-Identifier: Apache-2.0

import RealModule

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
        /// Events of both arms and successes of the canary in a whole block.
        var block: (events: PoissonSampler, canarySuccesses: PoissonSampler)

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
            let length = Double(blockSeconds)
            block = (
                PoissonSampler(mean: failing * length), PoissonSampler(mean: canary * (1 - phase.canary) * length)
            )
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
        private let shares: [Double]
        private let stepSeconds: Int
        private let restartSeconds: Int

        init(_ model: Scenario.Tenants, _ scenario: Scenario) {
            self.model = model
            units = max(1, model.units)
            requests = PoissonSampler(mean: scenario.requestsPerSecond)
            chronic = Int((Double(units) * model.chronicShare).rounded())
            shares = model.steps.isEmpty ? [scenario.share] : model.steps
            stepSeconds = max(1, scenario.horizon / shares.count)
            restartSeconds = max(1, scenario.horizon / (model.restarts + 1))
        }

        var hasBadUnit: Bool { model.badShare > 0 }

        /// The canary's share in the step that holds a second.
        func share(at second: Int) -> Double { shares[min(shares.count - 1, second / stepSeconds)] }

        /// Whether a step or a life of the control plane begins.
        func begins(at second: Int) -> Bool { second % stepSeconds == 0 || second % restartSeconds == 0 }

        /// The unit a request comes from.
        @inline(__always)
        func unit(_ u: Double) -> Int {
            if u < model.badShare { return 0 }
            return min(units - 1, Int((model.isSkewed ? u * u : u) * Double(units)))
        }

        /// Chronic units are spread evenly over small and large ones.
        @inline(__always)
        func rate(_ unit: Int, _ arm: Arm) -> Double {
            if unit == 0, hasBadUnit { return 1 }
            if chronic > 0, unit % (units / chronic) == units / chronic / 2 { return model.chronicRate }
            return arm == .canary ? model.otherRate * model.canaryFactor : model.otherRate
        }
    }

    struct Blips {
        let model: Scenario.Blips
        /// Counts of a whole block between blips, and requests of one second of each arm.
        var block: (own: PoissonSampler, served: PoissonSampler, other: PoissonSampler, rest: PoissonSampler)
        var canary: PoissonSampler
        var baseline: PoissonSampler

        init(_ model: Scenario.Blips, _ scenario: Scenario, blockSeconds: Int) {
            self.model = model
            let own = scenario.requestsPerSecond * scenario.share
            let other = scenario.requestsPerSecond - own
            let length = Double(blockSeconds)
            block = (
                PoissonSampler(mean: Blips.rate * own * length),
                PoissonSampler(mean: (1 - Blips.rate) * own * length),
                PoissonSampler(mean: Blips.rate * other * length),
                PoissonSampler(mean: (1 - Blips.rate) * other * length)
            )
            canary = PoissonSampler(mean: own)
            baseline = PoissonSampler(mean: other)
        }

        /// Share of errors between blips.
        static let rate = 0.01

        /// Starts of an arm's blips, in order.
        func starts(_ horizon: Int, _ chance: inout Xoshiro256) -> [Int] {
            var starts: [Int] = []
            var next = 0.0
            while true {
                next -= 86_400 / model.perDay * Double.log(1 - chance.uniform())
                guard next < Double(horizon) else { return starts }
                starts.append(Int(next))
            }
        }
    }

    struct Versions {
        /// Failures and successes of a block: the canary's first, then each version's.
        var counts: [(failed: PoissonSampler, served: PoissonSampler)]
        var names: [String]

        init(_ versions: [Scenario.ProductionVersion], canary: Double, _ scenario: Scenario, blockSeconds: Int) {
            func samplers(_ part: Double, _ rate: Double) -> (PoissonSampler, PoissonSampler) {
                let mean = scenario.requestsPerSecond * part * Double(blockSeconds)
                return (PoissonSampler(mean: mean * rate), PoissonSampler(mean: mean * (1 - rate)))
            }
            counts = [samplers(scenario.share, canary)]
            counts += versions.map { samplers((1 - scenario.share) * $0.part, $0.errorRate) }
            names = versions.map(\.name)
        }
    }

    struct Answers {
        var seconds: Int
        var canary: AnswerModel
        var baseline: AnswerModel
        var canaryRequests: PoissonSampler
        var baselineRequests: PoissonSampler
        var limits: [Limit]
        /// Seconds after which a request of the baseline has ended, all but one in a thousand.
        var longest: Int
    }

    case errors([Errors])
    case values([Values], limits: [Limit])
    case sticky(Sticky)
    case observations(Scenario.Observations)
    case blips(Blips)
    case answers([Answers])
    case versions(Versions)

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
            self = .sticky(Sticky(tenants, scenario))
        case .observations(let kind): self = .observations(kind)
        case .blips(let model): self = .blips(Blips(model, scenario, blockSeconds: blockSeconds))
        case .versions(let list, let canary):
            self = .versions(Versions(list, canary: canary, scenario, blockSeconds: blockSeconds))
        case .answers(let phases): self = .answers(Self.answers(phases, scenario))
        }
    }

    private static func answers(_ phases: [Scenario.AnswerPhase], _ scenario: Scenario) -> [Answers] {
        let canary = PoissonSampler(mean: scenario.requestsPerSecond * scenario.share)
        let baseline = PoissonSampler(mean: scenario.requestsPerSecond * (1 - scenario.share))
        let model = phases.first?.baseline ?? AnswerModel()
        let limits = scenario.rules.filter { $0.form == .value && $0.tolerance != nil }.flatMap { rule in
            QuantileLevel.allCases.map { level in
                let limit = model.values(rule.metric).quantile(level)
                return Limit(
                    series: .above(level, of: rule.metric),
                    canary: (rule.tolerance ?? 1) * limit,
                    baseline: limit
                )
            }
        }
        return zip(phases, cut(phases.map(\.seconds), scenario.horizon)).map { phase, seconds in
            Answers(
                seconds: seconds,
                canary: phase.canary,
                baseline: phase.baseline,
                canaryRequests: canary,
                baselineRequests: baseline,
                limits: limits,
                longest: Int(max(phase.baseline.latency.quantile(.q999) / 1000, phase.baseline.errorAfter)) + 1
            )
        }
    }
}
